package optim

import (
	"math"

	"github.com/pkg/errors"
)

// Plateau lowers the rates of another schedule whenever a metric has not become better for a while
// (PyTorch's ReduceLROnPlateau). The metric comes from [Solver.Report], once an epoch.
//
// It stands around the other schedules, as in Plateau{Schedule: WarmUp{…}}, and is itself that of a
// [LearningRate].
type Plateau struct {
	// Schedule gives the rates before they are lowered.
	Schedule Schedule

	// Metric is the name of the metric.
	Metric string

	// Highest says that a higher metric is a better one, as of an accuracy. Without it a lower one
	// is better, as of a loss.
	Highest bool

	// Factor is what the rates are multiplied by each time, more than 0 and less than 1. Default
	// 0.1.
	Factor float64

	// Patience is the number of successive epochs without a better metric that have no effect. The
	// one after them lowers the rates, and the count starts anew. Zero is zero: each epoch without
	// a better metric lowers them.
	Patience int

	// Threshold is by how much of its size the best value so far must be surpassed for a better
	// one, less than 1. Zero is zero: a little is enough.
	Threshold float64

	// MinRate is the rate that others are not lowered beyond. (What is below it without this, as in
	// a warm-up, stays as it is.) Zero is zero.
	MinRate float64

	now *plateau // of a solver
}

var (
	_ Follower = Plateau{}
	_ Wrapping = Plateau{}
)

// plateau is what a Plateau knows of the metric.
type plateau struct {
	best   float64 // its best value
	since  float64 // number of epochs since then, or since the rates were lowered
	factor float64 // of the rates
}

// At implements [Schedule].
func (p Plateau) At(step int) (float64, error) {
	if p.now == nil {
		return 0, errors.New("is within another schedule or transform, where the metric does not reach it: put the other schedule into it")
	}
	rate, err := p.Schedule.At(step)
	if err != nil {
		return 0, errors.WithMessagef(err, "%T", p.Schedule)
	}
	return max(rate*p.now.factor, min(rate, p.MinRate)), nil
}

// Follows implements [Follower].
func (p Plateau) Follows() string { return p.Metric }

// Unwrap implements [Wrapping].
func (p Plateau) Unwrap() Schedule { return p.Schedule }

// Given implements [Follower].
func (p Plateau) Given(memory []float64) (Schedule, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	now, err := p.recall(memory)
	p.now = &now
	return p, err
}

// Follow implements [Follower].
func (p Plateau) Follow(memory []float64, value float64) ([]float64, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	now, err := p.recall(memory)
	if err != nil {
		return nil, err
	}
	if memory == nil || p.better(value, now.best) {
		now.best, now.since = value, 0
	} else {
		now.since++
	}
	if now.since > float64(p.Patience) {
		now.factor, now.since = now.factor*or(p.Factor, .1), 0
	}
	return []float64{now.best, now.since, now.factor}, nil
}

func (p Plateau) better(value, best float64) bool {
	margin := p.Threshold * math.Abs(best)
	if p.Highest {
		return value > best+margin
	}
	return value < best-margin
}

func (p Plateau) recall(memory []float64) (plateau, error) {
	if memory == nil {
		return plateau{factor: 1}, nil
	}
	if len(memory) != 3 || !(memory[1] >= 0) || memory[1] != math.Trunc(memory[1]) || !(memory[2] >= 0 && memory[2] <= 1) {
		return plateau{}, errors.Errorf("got %v of the metric, want its best value, the number of epochs since then, and a factor up to 1", memory)
	}
	return plateau{memory[0], memory[1], memory[2]}, nil
}

func (p Plateau) check() error {
	factor := or(p.Factor, .1)
	switch {
	case p.Schedule == nil:
		return errors.New("has no Schedule")
	case p.Metric == "":
		return errors.New("has no Metric")
	case !(factor > 0 && factor < 1):
		return errors.Errorf("Factor is %v, want more than 0 and less than 1", factor)
	case p.Patience < 0:
		return errors.Errorf("Patience is %d, want at least 0", p.Patience)
	}
	return first(fraction("Threshold", p.Threshold), notAbove("MinRate", p.MinRate, math.MaxFloat64))
}
