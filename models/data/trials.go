package data

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// Trials are trials of a task for networks of spiking neurons, in steps of 1 ms: spikes come in, and in
// some periods of the trial a class is to be named. They are a [train.Dataset] of events with a class for
// each step, which is [train.Ignore] outside of those periods.
//
// A trial is made when it is asked for, and trial i depends on the task, the seed and i alone. So there
// can be as many as one likes, and two seeds give trials that have nothing to do with each other.
type Trials struct {
	count, steps, classes int
	populations           []Population
	seed                  uint64
	first                 int // the trial that comes first, see Fresh

	// plan draws what happens in a trial; the spikes are drawn from that.
	plan func(rng *rand.Rand) ([]burst, []Decision)
}

// Population is a group of inputs of which each fires for the same reason.
type Population struct {
	Name  string
	Units int
}

// Decision is a period of a trial, the steps From ≤ t < To, in which a class is to be named.
type Decision struct{ From, To, Class int }

// burst is a population firing at a rate in the steps from ≤ t < to, as a Poisson process: at every
// step with a probability.
type burst struct {
	population, from, to int
	probability          float64
}

var _ train.Dataset = (*Trials)(nil)

// Len is the number of trials.
func (t *Trials) Len() int { return t.count }

// Spec implements [train.Dataset].
func (t *Trials) Spec() train.Spec {
	return train.Spec{Steps: t.steps, Features: t.inputs(), Classes: t.classes, PerStep: true, Events: true}
}

func (t *Trials) inputs() (n int) {
	for _, p := range t.populations {
		n += p.Units
	}
	return n
}

// Populations are the inputs, from the first to the last.
func (t *Trials) Populations() []Population { return append([]Population(nil), t.populations...) }

// Decisions are those of trial i, in the order of time.
func (t *Trials) Decisions(i int) ([]Decision, error) {
	if err := wantExample(i, t.count); err != nil {
		return nil, err
	}
	_, decisions := t.plan(t.stream(i))
	return decisions, nil
}

// Read implements [train.Dataset].
func (t *Trials) Read(i int, e *train.Example) error {
	if err := wantExample(i, t.count); err != nil {
		return err
	}
	rng := t.stream(i)
	bursts, decisions := t.plan(rng)
	for _, b := range bursts {
		first := 0
		for _, p := range t.populations[:b.population] {
			first += p.Units
		}
		for unit := range t.populations[b.population].Units {
			poisson(rng, b.from, b.to, b.probability, func(step int) {
				e.Events = append(e.Events, train.Event{Step: step, Feature: first + unit})
			})
		}
	}
	for step := range e.Classes {
		e.Classes[step] = train.Ignore
	}
	for _, d := range decisions {
		for step := d.From; step < d.To; step++ {
			e.Classes[step] = d.Class
		}
	}
	return nil
}

// Fresh are the trials as a dataset for training in which no trial comes twice: epoch n has the trials
// (n−1)·Len to n·Len−1 of as many as one likes, of which those of t are the first.
func (t *Trials) Fresh() FreshTrials { return FreshTrials{t} }

// FreshTrials are [Trials] that are others in each epoch, see [Trials.Fresh].
type FreshTrials struct{ *Trials }

var _ train.Epochs = FreshTrials{}

// Epoch implements [train.Epochs]. It is *[Trials], which knows the decisions of those trials.
func (f FreshTrials) Epoch(n int) (train.Dataset, error) {
	if n < 1 || n-1 > (math.MaxInt-f.first)/f.count-1 {
		return nil, errors.Errorf("data: trials: there is no epoch %d of %d trials", n, f.count)
	}
	t := *f.Trials
	t.first += (n - 1) * t.count
	return &t, nil
}

func (t *Trials) stream(i int) *rand.Rand { return rand.New(rand.NewPCG(t.seed, uint64(t.first+i))) }

// poisson calls spike for the steps from ≤ t < to of a Poisson process that spikes at each step with
// the same probability. It draws the intervals, of which there are far fewer than steps.
func poisson(rng *rand.Rand, from, to int, probability float64, spike func(step int)) {
	if probability <= 0 {
		return
	}
	silence := 1 / math.Log1p(-probability)
	for t := from; ; t++ {
		// The interval has a geometric distribution; at a probability of 1 it is always 0.
		interval := math.Floor(math.Log(1-rng.Float64()) * silence)
		if !(interval < float64(to-t)) {
			return
		}
		t += int(interval)
		spike(t)
	}
}

// probabilityOf is that of a spike in a step of 1 ms at a rate in Hz.
func probabilityOf(rate float64) float64 { return rate / 1000 }

// wantRate reports an error unless a rate in Hz can be had in steps of 1 ms.
func wantRate(task, name string, rate float64) error {
	if !(rate >= 0 && rate <= 1000) {
		return errors.Errorf("data: %s: %s is %v Hz, want 0 to 1000 in steps of 1 ms", task, name, rate)
	}
	return nil
}

// maxTrialSteps keeps lengths that make no sense from using up the memory.
const maxTrialSteps = 1 << 20

// or is v, or what stands for its zero value.
func or[N int | float64](v, otherwise N) N {
	if v == 0 {
		return otherwise
	}
	return v
}
