package data_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
)

// spikesOf are the spikes of a trial, [steps, inputs], as Events tells them.
func spikesOf(t *testing.T, trials *data.Trials, i int) [][]bool {
	t.Helper()
	d := trials.Dims()
	s := make([][]bool, d.Steps)
	for step := range s {
		s[step] = make([]bool, d.Features)
	}
	labels := make([]int, d.Steps)
	if err := trials.Events(i, labels, func(step, feature int) { s[step][feature] = true }); err != nil {
		t.Fatal(err)
	}
	return s
}

// rate is how often inputs from ≤ i < to fire in steps first ≤ t < last, Hz.
func rate(spikes [][]bool, first, last, from, to int) float64 {
	n := 0
	for _, row := range spikes[first:last] {
		for _, fired := range row[from:to] {
			if fired {
				n++
			}
		}
	}
	return 1000 * float64(n) / float64((last-first)*(to-from))
}

// sameTrial reports whether trials of two sets are the same.
func sameTrial(t *testing.T, a *data.Trials, i int, b *data.Trials, k int) bool {
	t.Helper()
	one, other := spikesOf(t, a, i), spikesOf(t, b, k)
	for step := range one {
		if !slices.Equal(one[step], other[step]) {
			return false
		}
	}
	return true
}

// checkDeterministic checks that a trial depends on the seed and its number, and on nothing else.
func checkDeterministic(t *testing.T, generate func(count int, seed uint64) (*data.Trials, error)) {
	t.Helper()
	make := func(count int, seed uint64) *data.Trials {
		trials, err := generate(count, seed)
		if err != nil {
			t.Fatal(err)
		}
		return trials
	}
	many, few, other := make(50, 3), make(9, 3), make(50, 4)
	for i := range 9 {
		if !sameTrial(t, many, i, few, i) {
			t.Errorf("trial %d depends on how many there are", i)
		}
		if sameTrial(t, many, i, other, i) || sameTrial(t, many, i, many, i+1) {
			t.Errorf("trial %d is another trial, too", i)
		}
	}
}

// checkLabels checks that the labels of steps are those of the decisions.
func checkLabels(t *testing.T, trials *data.Trials, i int) []data.Decision {
	t.Helper()
	d := trials.Dims()
	want := make([]int, d.Steps)
	for step := range want {
		want[step] = models.Ignore
	}
	decisions, err := trials.Decisions(i)
	if err != nil {
		t.Fatal(err)
	}
	for _, decision := range decisions {
		for step := decision.From; step < decision.To; step++ {
			want[step] = decision.Class
		}
	}
	labels := make([]int, d.Steps)
	if err := trials.Example(i, make([]float32, d.Steps*d.Features), labels); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(labels, want) {
		t.Errorf("trial %d: the labels are not those of the decisions %+v", i, decisions)
	}
	return decisions
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.3f, want %.3f ± %.3f", what, got, want, within)
	}
}
