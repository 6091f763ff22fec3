package data

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Evidence is the accumulation of evidence of Bellec et al. 2020 ("A solution to the learning dilemma
// for recurrent networks of spiking neurons", figure 3), after the experiments of Morcos & Harvey 2016:
// a rodent runs along a track, sees cues to its left and right, and has to turn at the end of it to the
// side where there were more.
//
// There are four populations of inputs of equal size: left cues, right cues, the recall cue, and
// background noise all the time. In each trial one side is favoured, and every cue is on that side with
// a probability. After the last cue there is a delay, and then the recall cue, which asks for the class:
// 0 where most of the cues that were drawn are left, and 1 where they are right.
//
// The zero value of each field is its default, which is that of the authors' program; a trial then takes
// 2,250 ms.
type Evidence struct {
	Trials    int     // how many there are; default 1000
	Inputs    int     // of all populations together; default 40
	Cues      int     // an odd number; default 7
	Cue       int     // duration of a cue, ms; default 100
	Gap       int     // silence before each cue, ms; default 50
	Delay     int     // from the end of the last cue to the recall cue, ms; default 1050
	Recall    int     // duration of the recall cue, ms; default 150
	Favoured  float64 // probability of a cue to be on the side that is favoured; default 0.7
	Rate      float64 // of an active population, Hz; default 40
	NoiseRate float64 // of the background noise, Hz; default 10; a negative value stands for none
}

func (e Evidence) withDefaults() Evidence {
	e.Trials, e.Inputs, e.Cues = or(e.Trials, 1000), or(e.Inputs, 40), or(e.Cues, 7)
	e.Cue, e.Gap, e.Delay, e.Recall = or(e.Cue, 100), or(e.Gap, 50), or(e.Delay, 1050), or(e.Recall, 150)
	e.Favoured, e.Rate, e.NoiseRate = or(e.Favoured, .7), or(e.Rate, 40), or(e.NoiseRate, 10)
	e.NoiseRate = max(e.NoiseRate, 0)
	return e
}

// The populations of Evidence. Left and right are the classes, too.
const (
	leftCues = iota
	rightCues
	recallCue
	noise
)

// Generate makes the trials.
func (e Evidence) Generate(seed uint64) (*Trials, error) {
	e = e.withDefaults()
	if err := e.check(); err != nil {
		return nil, err
	}
	group := e.Inputs / 4
	return &Trials{
		count: e.Trials, steps: e.steps(), classes: 2, seed: seed, plan: e.plan,
		populations: []Population{{"left", group}, {"right", group}, {"recall", group}, {"noise", group}},
	}, nil
}

func (e Evidence) check() error {
	if err := wantCounts("Evidence", count{"Trials", e.Trials, 1}, count{"Inputs", e.Inputs, 1}, count{"Cues", e.Cues, 1},
		count{"Cue", e.Cue, 1}, count{"Recall", e.Recall, 1}, count{"Gap", e.Gap, 0}, count{"Delay", e.Delay, 0}); err != nil {
		return err
	}
	if e.Inputs%4 != 0 {
		return errors.Errorf("data: Evidence: %d inputs are not four populations of equal size", e.Inputs)
	}
	if e.Cues%2 == 0 {
		return errors.Errorf("data: Evidence: %d cues can be the same number on both sides, want an odd number", e.Cues)
	}
	for _, n := range []int{e.Cues, e.Cue, e.Gap, e.Delay, e.Recall} {
		if n > maxTrialSteps {
			return errors.Errorf("data: Evidence: a trial of more than %d ms", maxTrialSteps)
		}
	}
	if e.steps() > maxTrialSteps {
		return errors.Errorf("data: Evidence: a trial takes %d ms, want at most %d", e.steps(), maxTrialSteps)
	}
	if !(e.Favoured >= 0 && e.Favoured <= 1) {
		return errors.Errorf("data: Evidence: Favoured is %v, want a probability", e.Favoured)
	}
	if err := wantRate("Evidence", "Rate", e.Rate); err != nil {
		return err
	}
	return wantRate("Evidence", "NoiseRate", e.NoiseRate)
}

func (e Evidence) steps() int { return e.Cues*(e.Gap+e.Cue) + e.Delay + e.Recall }

func (e Evidence) plan(rng *rand.Rand) ([]burst, []Decision) {
	favoured := rng.IntN(2)
	steps, rate := e.steps(), probabilityOf(e.Rate)
	bursts := []burst{{noise, 0, steps, probabilityOf(e.NoiseRate)}, {recallCue, steps - e.Recall, steps, rate}}
	var cues [2]int
	for k := range e.Cues {
		side := favoured
		if rng.Float64() >= e.Favoured {
			side = 1 - favoured
		}
		cues[side]++
		from := k*(e.Gap+e.Cue) + e.Gap
		bursts = append(bursts, burst{side, from, from + e.Cue, rate}) // leftCues or rightCues
	}
	class := leftCues
	if cues[rightCues] > cues[leftCues] {
		class = rightCues
	}
	return bursts, []Decision{{steps - e.Recall, steps, class}}
}
