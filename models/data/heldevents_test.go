package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomTrains are the spike trains of so many examples, some of which are empty, and some long.
func randomTrains(n int, rng *rand.Rand) (times [][]float64, units [][]uint32) {
	times, units = make([][]float64, n), make([][]uint32, n)
	for i := range n {
		events := rng.IntN(4)
		if rng.IntN(500) == 0 {
			events = rng.IntN(3000)
		}
		for range events {
			times[i] = append(times[i], float64(rng.IntN(1000)))
			units[i] = append(units[i], uint32(rng.IntN(700)))
		}
	}
	return times, units
}

func wantTrains(t *testing.T, e *Events, times [][]float64, units [][]uint32) {
	t.Helper()
	if e.Len() != len(times) {
		t.Fatalf("%d examples, want %d", e.Len(), len(times))
	}
	for i := range times {
		gotTimes, gotUnits, err := e.Example(i)
		if err != nil || !slices.Equal(gotTimes, times[i]) || !slices.Equal(gotUnits, units[i]) || e.Label(i) != i%20 {
			t.Fatalf("example %d: %v, %v, label %d (%v), want %v, %v", i, gotTimes, gotUnits, e.Label(i), err, times[i], units[i])
		}
	}
}

// Events that are added come back, in whatever block they are.
func TestHeldEvents(t *testing.T) {
	times, units := randomTrains(9000, rand.New(rand.NewPCG(1, 2)))
	times = append(times, make([]float64, 3*maxHeldBlock), []float64{7})
	units = append(units, make([]uint32, 3*maxHeldBlock), []uint32{8})
	e, err := NewEvents(700, 20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range times {
		if err := e.Append(times[i], units[i], i%20, noSpeaker); err != nil {
			t.Fatal(err)
		}
	}
	wantTrains(t, e, times, units)
}

// Lines of a file in any order are those of their examples.
func TestEventsCSVShuffled(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	times, units := randomTrains(2*csvBlock+10, rng)
	type event struct{ example, k int }
	var order []event
	for i := range times {
		order = append(order, event{i, -1})
		for k := range times[i] {
			order = append(order, event{i, k})
		}
	}
	rng.Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
	seen := make([]int, len(times)) // events of an example keep their order
	lines := strings.Builder{}
	lines.WriteString("example,time,unit,label\n")
	for _, o := range order {
		if o.k < 0 {
			fmt.Fprintf(&lines, "%d,,,%d\n", 3*o.example, o.example%20)
			continue
		}
		k := seen[o.example]
		seen[o.example]++
		fmt.Fprintf(&lines, "%d,%v,%d,%d\n", 3*o.example, times[o.example][k], units[o.example][k], o.example%20)
	}
	text := lines.String()
	path := pour(t, "", 1, func(int) string { return text })
	e, err := ReadEventsCSV(path, CSVOptions{Units: 700})
	if err != nil {
		t.Fatal(err)
	}
	wantTrains(t, e, times, units)
}
