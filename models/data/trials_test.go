package data_test

import (
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// spikesOf are the spikes of a trial, [steps, inputs].
func spikesOf(t *testing.T, trials *data.Trials, i int) [][]bool {
	t.Helper()
	d := trials.Spec()
	s := make([][]bool, d.Steps)
	for step := range s {
		s[step] = make([]bool, d.Features)
	}
	e, err := train.ReadExample(trials, i)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range e.Events {
		s[v.Step][v.Feature] = true
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
	d := trials.Spec()
	want := make([]int, d.Steps)
	for step := range want {
		want[step] = train.Ignore
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
	e, err := train.ReadExample(trials, i)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.Classes, want) {
		t.Errorf("trial %d: the labels are not those of the decisions %+v", i, decisions)
	}
	return decisions
}

// Epochs of fresh trials are one stream, of which no trial comes twice.
func TestFreshTrials(t *testing.T) {
	generate := func(trials int) *data.Trials {
		set, err := data.Evidence{Trials: trials, Inputs: 8, Cue: 20, Gap: 10, Delay: 30, Recall: 20}.Generate(5)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	stream, fresh := generate(12), generate(4).Fresh()
	traintest.Dataset(t, fresh)
	for n := 1; n <= 3; n++ {
		d, err := fresh.Epoch(n)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			got, err := train.ReadExample(d, i)
			if err != nil {
				t.Fatal(err)
			}
			want, err := train.ReadExample(stream, 4*(n-1)+i)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Events, want.Events) || !slices.Equal(got.Classes, want.Classes) {
				t.Errorf("epoch %d, trial %d is not trial %d of all", n, i, 4*(n-1)+i)
			}
			decisions, err := d.(*data.Trials).Decisions(i)
			if err != nil || got.Classes[decisions[0].From] != decisions[0].Class {
				t.Errorf("epoch %d, trial %d: the decisions are %+v, %v", n, i, decisions, err)
			}
		}
	}
	for _, n := range []int{0, -1, math.MinInt, math.MaxInt} {
		if _, err := fresh.Epoch(n); err == nil {
			t.Errorf("epoch %d gives no error", n)
		}
	}
}

// Trials are what they have always been: results of trainings depend on them.
func TestTrialsAreFrozen(t *testing.T) {
	set, err := data.Evidence{Trials: 20}.Generate(3)
	if err != nil {
		t.Fatal(err)
	}
	sum := crc32.NewIEEE()
	for i := range 4 {
		for _, row := range spikesOf(t, set, i) {
			for _, fired := range row {
				if fired {
					sum.Write([]byte{1})
				} else {
					sum.Write([]byte{0})
				}
			}
		}
		e, err := train.ReadExample(set, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range e.Classes {
			sum.Write([]byte{byte(c)})
		}
	}
	if sum.Sum32() != 0x9fb2db5e {
		t.Errorf("four trials have the sum %#x", sum.Sum32())
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.3f, want %.3f ± %.3f", what, got, want, within)
	}
}
