package optim

import (
	"math"

	"github.com/pkg/errors"
)

// LearningRate multiplies the updates by −rate: what was the direction of ascent becomes a step
// of descent.
type LearningRate struct {
	// Schedule gives the rate of each step.
	Schedule Schedule
}

var _ Descent = LearningRate{}

// Rate implements [Descent].
func (r LearningRate) Rate() Schedule { return r.Schedule }

// WithRate implements [Descent].
func (LearningRate) WithRate(s Schedule) Transform { return LearningRate{s} }

// Update implements [Transform].
func (r LearningRate) Update(step int, leaves []*Leaf) error { return update(r, step, leaves) }

func (r LearningRate) rule(step int) (rule, error) {
	if r.Schedule == nil {
		return rule{}, errors.New("has no Schedule")
	}
	rate, err := r.Schedule.At(step)
	if err != nil {
		return rule{}, errors.WithMessagef(err, "%T", r.Schedule)
	}
	if !(rate >= 0) || math.IsInf(rate, 0) {
		return rule{}, errors.Errorf("%T gives the rate %v, want a number that is not negative", r.Schedule, rate)
	}
	return scaling(nil, -rate), nil
}
