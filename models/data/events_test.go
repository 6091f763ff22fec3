package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/srnn-go/srnn/internal/conform"
	"github.com/srnn-go/srnn/models"
)

// someEvents are examples of random events, of speakers 0 to 4.
func someEvents(t testing.TB, examples int) *Events {
	t.Helper()
	e, err := NewEvents(30, 4)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range examples {
		n := rng.IntN(200)
		times, units := make([]float32, n), make([]uint16, n)
		for k := range times {
			times[k], units[k] = 100*rng.Float32(), uint16(rng.IntN(30))
		}
		if err := e.Append(times, units, i%4, i%5); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestBin(t *testing.T) {
	e, err := NewEvents(3, 5)
	if err != nil {
		t.Fatal(err)
	}
	// Two events of unit 2 in the first step, one on the border between steps, one too late.
	if err := e.Append([]float32{1.5, 0, 2, 7.9, 8}, []uint16{2, 2, 0, 1, 1}, 4, -3); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		b    Binning
		want []float32
	}{
		{Binning{Dt: 2, Duration: 8}, []float32{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
		{Binning{Dt: 2, Duration: 7, Counts: true}, []float32{0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
		{Binning{Dt: 4, Counts: true}, []float32{1, 0, 2, 0, 1, 0, 0, 1, 0}},
	} {
		d, err := e.Bin(c.b)
		if err != nil {
			t.Fatal(err)
		}
		x, label := make([]float32, len(c.want)), make([]int, 1)
		if err := d.Example(0, x, label); err != nil {
			t.Fatalf("%+v: %v, dims %+v", c.b, err, d.Dims())
		}
		if !slices.Equal(x, c.want) || label[0] != 4 {
			t.Errorf("%+v: x is %v of class %d, want %v of 4", c.b, x, label[0], c.want)
		}
	}
	if e.Speaker(0) != noSpeaker || e.Speakers() != nil {
		t.Errorf("speaker is %d, speakers %v, want none", e.Speaker(0), e.Speakers())
	}
}

func TestBinned(t *testing.T) {
	e := someEvents(t, 40)
	for name, b := range map[string]Binning{
		"binary": {}, "counts": {Dt: 3, Counts: true}, "some": {Only: []int{3, 3, 39}},
		"augmented": {Dt: 2, Counts: true, Augment: Augmentation{TimeJitter: 3, UnitJitter: 2, UnitShift: 4, Seed: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := e.Bin(b)
			if err != nil {
				t.Fatal(err)
			}
			conform.Dataset(t, d)
		})
	}
}

// dense are the numbers of an example.
func dense(t testing.TB, d *Binned, i int) []float32 {
	t.Helper()
	x := make([]float32, d.Dims().Steps*d.Dims().Features)
	if err := d.Example(i, x, make([]int, 1)); err != nil {
		t.Fatal(err)
	}
	return x
}

// Augmentation depends on the seed, the epoch and the example, and moves events by as much as it says.
func TestAugmentation(t *testing.T) {
	e, err := NewEvents(1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	times, units := make([]float32, 4000), make([]uint16, 4000)
	for k := range times {
		times[k], units[k] = 500, 500
	}
	for range 2 {
		if err := e.Append(times, units, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	bin := func(a Augmentation) *Binned {
		d, err := e.Bin(Binning{Duration: 1000, Counts: true, Augment: a})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	moments := func(x []float32, of func(at int) float64) (mean, std float64) {
		n, sum, square := 0., 0., 0.
		for at, v := range x {
			n += float64(v)
			sum += float64(v) * of(at)
			square += float64(v) * of(at) * of(at)
		}
		if n != 4000 {
			t.Errorf("%v events are left of 4000", n)
		}
		return sum / n, math.Sqrt(max(square/n-sum*sum/n/n, 0))
	}
	a := Augmentation{TimeJitter: 20, UnitJitter: 10, Seed: 3}
	x := dense(t, bin(a), 0)
	if mean, std := moments(x, func(at int) float64 { return float64(at/1000) + .5 }); math.Abs(mean-500) > 2 || math.Abs(std-20) > 1 {
		t.Errorf("times have mean %v and deviation %v, want 500 and 20", mean, std)
	}
	if mean, std := moments(x, func(at int) float64 { return float64(at % 1000) }); math.Abs(mean-500) > 1 || math.Abs(std-10) > .5 {
		t.Errorf("units have mean %v and deviation %v, want 500 and 10", mean, std)
	}
	if !slices.Equal(x, dense(t, bin(a), 0)) {
		t.Error("the same seed gives something else")
	}
	if slices.Equal(x, dense(t, bin(a), 1)) {
		t.Error("two examples are moved alike")
	}
	later, other := bin(a), a
	later.SetEpoch(1)
	other.Seed++
	if slices.Equal(x, dense(t, later, 0)) || slices.Equal(x, dense(t, bin(other), 0)) {
		t.Error("another epoch or seed gives the same")
	}
	seen := map[int]bool{}
	shifted := bin(Augmentation{UnitShift: 2})
	for epoch := range 60 {
		shifted.SetEpoch(epoch)
		x := dense(t, shifted, 0)
		at := slices.Index(x, 4000)
		if at < 0 {
			t.Fatal("a shift takes events apart")
		}
		seen[at%1000-500] = true
	}
	for d := -2; d <= 2; d++ {
		if !seen[d] || len(seen) != 5 {
			t.Errorf("shifts are %v, want −2 to 2", seen)
		}
	}
}

// No event is lost or doubled by binning with counts.
func TestBinKeepsEvents(t *testing.T) {
	e := someEvents(t, 20)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, 19).Draw(t, "example")
		d, err := e.Bin(Binning{Dt: rapid.Float64Range(.01, 200).Draw(t, "dt"), Counts: true})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, d.Dims().Steps*d.Dims().Features)
		if err := d.Example(i, x, make([]int, 1)); err != nil {
			t.Fatal(err)
		}
		sum := float32(0)
		for _, v := range x {
			sum += v
		}
		if times, _ := e.Example(i); int(sum) != len(times) {
			t.Fatalf("%v events of %d", sum, len(times))
		}
	})
}

func TestSplit(t *testing.T) {
	e := someEvents(t, 50)
	rest, held, err := e.Split(1, .2)
	if err != nil {
		t.Fatal(err)
	}
	if all := slices.Concat(rest, held); len(held) != 10 || len(all) != 50 {
		t.Errorf("%d and %d examples", len(rest), len(held))
	} else if slices.Sort(all); all[0] != 0 || len(slices.Compact(all)) != 50 {
		t.Errorf("the parts are %v", all)
	}
	_, again, _ := e.Split(1, .2)
	_, other, _ := e.Split(2, .2)
	if !slices.Equal(held, again) || slices.Equal(held, other) {
		t.Error("the seed does not decide")
	}
	rest, held, err = e.SplitSpeakers(1, .4)
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != 20 || len(rest) != 30 {
		t.Errorf("%d and %d examples, want 2 of 5 speakers", len(rest), len(held))
	}
	for _, i := range rest {
		if slices.ContainsFunc(held, func(k int) bool { return e.Speaker(k) == e.Speaker(i) }) {
			t.Fatalf("speaker %d is in both parts", e.Speaker(i))
		}
	}
}

func TestEventsErrors(t *testing.T) {
	e := someEvents(t, 3)
	unknown := someEvents(t, 2)
	if err := unknown.Append(nil, nil, models.Ignore, -1); err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		want string
		err  error
	}{
		{"0 units", second(NewEvents(0, 1))},
		{"65537 units", second(NewEvents(1<<16+1, 1))},
		{"0 classes", second(NewEvents(1, 0))},
		{"1 times, but 0 units", e.Append([]float32{1}, nil, 0, 0)},
		{"label is 4", e.Append(nil, nil, 4, 0)},
		{"label is -2", e.Append(nil, nil, -2, 0)},
		{"event 1 is at NaN", e.Append([]float32{1, nan}, []uint16{0, 0}, 0, 0)},
		{"event 0 is at -1", e.Append([]float32{-1}, []uint16{0}, 0, 0)},
		{"event 0 is of unit 30", e.Append([]float32{1}, []uint16{30}, 0, 0)},
		{"dt is -1", second(e.Bin(Binning{Dt: -1}))},
		{"dt is NaN", second(e.Bin(Binning{Dt: math.NaN()}))},
		{"dt is +Inf", second(e.Bin(Binning{Dt: math.Inf(1)}))},
		{"steps of 1e-09 ms", second(e.Bin(Binning{Dt: 1e-9}))},
		{"duration of -5 ms", second(e.Bin(Binning{Duration: -5}))},
		{"example 3 of 3", second(e.Bin(Binning{Only: []int{3}}))},
		{"augmentation", second(e.Bin(Binning{Augment: Augmentation{TimeJitter: -1}}))},
		{"share of 1 ", third(e.Split(1, 1))},
		{"share of 0 ", third(e.SplitSpeakers(1, 0))},
		{"speaker of example 2 is not known", third(unknown.SplitSpeakers(1, .5))},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", c.err, c.want)
		}
	}
	if e.Len() != 3 {
		t.Errorf("%d examples after errors, want 3", e.Len())
	}
}

func second[T any](_ T, err error) error   { return err }
func third[T any](_, _ T, err error) error { return err }

// A dataset of spikes names the same spikes as the dense example has, with augmentation too; steps that
// count their events are numbers only.
func TestBinnedDataset(t *testing.T) {
	e, err := Cochlea{Examples: 20, Channels: 30}.Generate(3)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []Augmentation{{}, {TimeJitter: 5, UnitJitter: 1, UnitShift: 2, Seed: 4}} {
		d, err := e.Bin(Binning{Dt: 10, Augment: a})
		if err != nil {
			t.Fatal(err)
		}
		events, ok := d.Dataset().(models.EventDataset)
		if !ok {
			t.Fatal("it has no events")
		}
		for i := range d.Len() {
			want := dense(t, d, i)
			got := make([]float32, len(want))
			var labels, wantLabels [1]int
			if err := events.Events(i, labels[:], func(step, unit int) { got[step*d.Dims().Features+unit] = 1 }); err != nil {
				t.Fatal(err)
			}
			if err := d.Example(i, want, wantLabels[:]); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) || labels != wantLabels {
				t.Errorf("example %d: events and numbers differ", i)
			}
		}
	}
	counted, err := e.Bin(Binning{Dt: 10, Counts: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := counted.Dataset().(models.EventDataset); ok {
		t.Error("steps that count events are given as spikes")
	}
}
