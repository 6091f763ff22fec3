package data

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models"
)

// Trials are trials of a task for networks of spiking neurons, in steps of 1 ms: spikes come in, and in
// some periods of the trial a class is to be named. They are a [models.EventDataset] with a label for
// each step, which is models.Ignore outside of those periods.
//
// A trial is made when it is asked for, and trial i depends on the task, the seed and i alone. So there
// can be as many as one likes, and two seeds give trials that have nothing to do with each other.
type Trials struct {
	count, steps, classes int
	populations           []Population
	seed                  uint64

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

var _ models.EventDataset = (*Trials)(nil)

// Len is the number of trials.
func (t *Trials) Len() int { return t.count }

// Dims gives the sizes of a trial.
func (t *Trials) Dims() models.Dims {
	return models.Dims{Steps: t.steps, Features: t.inputs(), Classes: t.classes, PerStep: true}
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
	if err := t.check(i); err != nil {
		return nil, err
	}
	_, decisions := t.plan(t.stream(i))
	return decisions, nil
}

// Example copies trial i into x, [steps, inputs], and the classes of its steps into labels.
func (t *Trials) Example(i int, x []float32, labels []int) error {
	inputs := t.inputs()
	if len(x) != t.steps*inputs {
		return errors.Errorf("data: trial %d: there is room for %d inputs, want %d steps of %d", i, len(x), t.steps, inputs)
	}
	clear(x)
	return t.Events(i, labels, func(step, feature int) { x[step*inputs+feature] = 1 })
}

// Events calls spike for every spike of trial i, and writes the classes of its steps to labels.
func (t *Trials) Events(i int, labels []int, spike func(step, feature int)) error {
	if err := t.check(i); err != nil {
		return err
	}
	if len(labels) != t.steps {
		return errors.Errorf("data: trial %d: there is room for %d labels, want %d", i, len(labels), t.steps)
	}
	rng := t.stream(i)
	bursts, decisions := t.plan(rng)
	for _, b := range bursts {
		first := 0
		for _, p := range t.populations[:b.population] {
			first += p.Units
		}
		for unit := range t.populations[b.population].Units {
			poisson(rng, b.from, b.to, b.probability, func(step int) { spike(step, first+unit) })
		}
	}
	for step := range labels {
		labels[step] = models.Ignore
	}
	for _, d := range decisions {
		for step := d.From; step < d.To; step++ {
			labels[step] = d.Class
		}
	}
	return nil
}

func (t *Trials) check(i int) error {
	if i < 0 || i >= t.count {
		return errors.Errorf("data: trial %d of %d", i, t.count)
	}
	return nil
}

func (t *Trials) stream(i int) *rand.Rand { return rand.New(rand.NewPCG(t.seed, uint64(i))) }

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
