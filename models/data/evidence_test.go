package data_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func ExampleEvidence() {
	trials, err := data.Evidence{Trials: 512}.Generate(1)
	if err != nil {
		panic(err)
	}
	d := trials.Spec()
	decisions, err := trials.Decisions(0)
	if err != nil {
		panic(err)
	}
	fmt.Println(trials.Len(), "trials of", d.Steps, "ms,", d.Features, "inputs")
	fmt.Println("decision from", decisions[0].From, "to", decisions[0].To, "ms")
	// Output:
	// 512 trials of 2250 ms, 40 inputs
	// decision from 2100 to 2250 ms
}

func TestEvidenceConforms(t *testing.T) {
	trials, err := data.Evidence{Trials: 20}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, trials)
	checkDeterministic(t, func(n int, seed uint64) (*data.Trials, error) { return data.Evidence{Trials: n}.Generate(seed) })
}

// Spikes come when and where they should, at the rates that they should have, and the class is the side
// of most cues.
func TestEvidence(t *testing.T) {
	const trials = 400
	set, err := data.Evidence{Trials: trials}.Generate(7)
	if err != nil {
		t.Fatal(err)
	}
	var cueRate, recallRate, noiseRate, right, majority float64
	for i := range trials {
		s := spikesOf(t, set, i)
		var sides [2]int
		for k := range 7 {
			from := 150*k + 50
			left, other := rate(s, from, from+100, 0, 10), rate(s, from, from+100, 10, 20)
			if left*other != 0 || left+other == 0 {
				t.Fatalf("trial %d, cue %d: left fires at %v Hz, right at %v Hz", i, k, left, other)
			}
			if left > 0 {
				sides[0]++
			} else {
				sides[1]++
			}
			cueRate += (left + other) / 7 / trials
			if quiet := rate(s, 150*k, 150*k+50, 0, 30); quiet != 0 {
				t.Fatalf("trial %d fires at %v Hz before cue %d", i, quiet, k)
			}
		}
		if quiet := rate(s, 1050, 2250, 0, 20) + rate(s, 0, 2100, 20, 30); quiet != 0 {
			t.Fatalf("trial %d: cues come when they should not", i)
		}
		recallRate += rate(s, 2100, 2250, 20, 30) / trials
		noiseRate += rate(s, 0, 2250, 30, 40) / trials

		decisions := checkLabels(t, set, i)
		class := 0
		if sides[1] > sides[0] {
			class = 1
		}
		if want := (data.Decision{From: 2100, To: 2250, Class: class}); len(decisions) != 1 || decisions[0] != want {
			t.Fatalf("trial %d: %d cues on the left and %d on the right, and the decisions are %+v", i, sides[0], sides[1], decisions)
		}
		right += float64(class) / trials
		majority += float64(max(sides[0], sides[1])) / 7 / trials
	}
	near(t, "rate of cues", cueRate, 40, .6)
	near(t, "rate of the recall cue", recallRate, 40, 1)
	near(t, "rate of noise", noiseRate, 10, .2)
	near(t, "share of right trials", right, .5, .08)

	// Of seven cues, each on one side with .7, the expected share of the side that has more.
	want := 0.
	for k := range 8 {
		ways := math.Gamma(8) / math.Gamma(float64(k+1)) / math.Gamma(float64(8-k))
		want += ways * math.Pow(.7, float64(k)) * math.Pow(.3, float64(7-k)) * float64(max(k, 7-k)) / 7
	}
	near(t, "share of the side with more cues", majority, want, .03)
}

// Fields other than the defaults are heeded.
func TestEvidenceSettings(t *testing.T) {
	set, err := data.Evidence{Trials: 5, Inputs: 8, Cues: 3, Cue: 20, Gap: 10, Delay: 40, Recall: 30, Favoured: 1, Rate: 1000, NoiseRate: -1}.Generate(2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Len() {
		s := spikesOf(t, set, i)
		class := checkLabels(t, set, i)[0].Class
		if len(s) != 160 || rate(s, 0, 160, 6, 8) != 0 || rate(s, 130, 160, 4, 6) != 1000 {
			t.Errorf("trial %d: %d steps, noise and recall cue are not as they should be", i, len(s))
		}
		for k := range 3 {
			if rate(s, 30*k+10, 30*k+30, 2*class, 2*class+2) != 1000 {
				t.Errorf("trial %d: cue %d is not on side %d", i, k, class)
			}
		}
	}
}

func TestEvidenceErrors(t *testing.T) {
	for _, e := range []data.Evidence{
		{Trials: -1}, {Inputs: 41}, {Inputs: -4}, {Cues: 4}, {Cues: -1}, {Cue: -5}, {Gap: -1}, {Delay: -1}, {Recall: -1},
		{Cue: 1 << 40}, {Cues: 1<<19 + 1}, {Delay: math.MaxInt}, {Favoured: 1.2}, {Favoured: math.NaN()},
		{Rate: 1001}, {Rate: -1}, {Rate: math.NaN()}, {NoiseRate: 2000}, {NoiseRate: math.NaN()},
	} {
		if _, err := e.Generate(1); err == nil {
			t.Errorf("%+v gives no error", e)
		}
	}
	set, err := data.Evidence{Trials: 2}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 2} {
		if _, err := set.Decisions(i); err == nil {
			t.Errorf("trial %d gives no error", i)
		}
	}
}
