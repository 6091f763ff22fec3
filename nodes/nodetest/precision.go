package nodetest

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// singlePrecision compares the precisions with spikes relaxed, as a spike that comes a step later
// changes all that follows.
func (s *suite) singlePrecision() error {
	for _, recurrent := range s.recurrences() {
		e := s.experiment(recurrent)
		e.cell, _ = relaxed(e.cell)
		single := e
		single.dtype = tensor.Float32
		if err := single.same(layered, e, layered, 1e-2); err != nil {
			return errors.Wrap(err, recurrence(recurrent)+", relaxed")
		}
		single.cell = s.cell
		out, err := single.outcome(layered)
		if err != nil {
			return err
		}
		if err := out.finite(); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}
