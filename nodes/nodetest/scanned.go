package nodetest

import (
	"github.com/pkg/errors"
)

// scannedIsUnrolled compares the scan with the steps one after the other, on a batch that is run in one
// piece, and on one that is large enough to be divided.
func (s *suite) scannedIsUnrolled() error {
	for _, recurrent := range s.recurrences() {
		for _, e := range []experiment{s.experiment(recurrent), s.sized(3, 17, 2, 4, recurrent)} {
			if err := e.scanned().same(layered, e, unrolled, 1e-10); err != nil {
				return errors.Wrapf(err, "batch of %d %s", e.batch, recurrence(recurrent))
			}
		}
	}
	return nil
}

// fusedIsScanned compares the layer with one that scans the steps.
func (s *suite) fusedIsScanned() error {
	if !s.fused {
		return nil
	}
	for _, recurrent := range s.recurrences() {
		e := s.experiment(recurrent)
		if err := e.same(layered, e.scanned(), layered, 1e-10); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

// sizesOfOne checks the layers whose dimensions Gorgonia is prone to drop.
func (s *suite) sizesOfOne() error {
	for _, size := range [][4]int{{1, 3, 2, 4}, {4, 1, 2, 4}, {4, 3, 1, 4}, {4, 3, 2, 1}, {1, 1, 1, 1}} {
		e := s.sized(size[0], size[1], size[2], size[3], s.spiking())
		want, err := e.outcome(unrolled)
		if err != nil {
			return err
		}
		for _, e := range s.ways(e) {
			got, err := e.outcome(layered)
			if err == nil {
				err = agree(got, want, 1e-10)
			}
			if err != nil {
				return errors.Wrapf(err, "%d steps, batch of %d, %d inputs, %d units: %T", e.steps, e.batch, e.in, e.units, e.cell)
			}
		}
	}
	return nil
}

func (s *suite) keepsEvery() error {
	e := s.experiment(s.spiking()).scanned()
	for _, k := range []int{1, 3, e.steps + 5} {
		some := e
		some.keepEvery = k
		if err := some.same(layered, e, layered, 0); err != nil {
			return errors.Wrapf(err, "KeepEvery %d", k)
		}
	}
	return nil
}

func recurrence(recurrent bool) string {
	if recurrent {
		return "with recurrent synapses"
	}
	return "without recurrent synapses"
}
