package optim

import "github.com/pkg/errors"

// WarmUp raises the rate in equal steps at the start of training: step n has n/Steps of the rate
// that Schedule gives for it, and step Steps is the first with all of it. The schedule counts
// all steps, those of the warm-up too.
type WarmUp struct {
	// Steps is the number of steps of the warm-up.
	Steps int

	// Schedule gives the rate to which the warm-up leads.
	Schedule Schedule
}

var _ Wrapping = WarmUp{}

// Unwrap implements [Wrapping].
func (w WarmUp) Unwrap() Schedule { return w.Schedule }

// At implements [Schedule].
func (w WarmUp) At(step int) (float64, error) {
	if w.Schedule == nil {
		return 0, errors.New("has no Schedule")
	}
	if err := atLeastOne("Steps", w.Steps); err != nil {
		return 0, err
	}
	rate, err := w.Schedule.At(step)
	if err != nil {
		return 0, errors.WithMessagef(err, "%T", w.Schedule)
	}
	return rate * min(1, float64(step)/float64(w.Steps)), nil
}
