package nodetest

import (
	"strings"

	"github.com/pkg/errors"
)

// batchIndependence compares a batch with its examples, one at a time.
func (s *suite) batchIndependence() error {
	for _, e := range s.ways(s.experiment(s.spiking())) {
		if err := e.batchIndependence(); err != nil {
			return errors.Wrapf(err, "%T", e.cell)
		}
	}
	return nil
}

func (e experiment) batchIndependence() error {
	all, err := e.outcome(layered)
	if err != nil {
		return err
	}
	for b := range e.batch {
		got, err := e.example(b).outcome(layered)
		if err != nil {
			return err
		}
		want := outcome{}
		for name, v := range all {
			_, by, gradient := strings.Cut(name, " by ")
			switch {
			case !gradient, by == "x":
				want[name] = rows(v, e.steps, e.batch, b)
			case strings.HasPrefix(by, "initial "):
				want[name] = rows(v, 1, e.batch, b)
			default: // of a parameter, the sum over the examples
				delete(got, name)
			}
		}
		if err := agree(got, want, 1e-10); err != nil {
			return errors.Wrapf(err, "example %d of %d alone", b, e.batch)
		}
	}
	return nil
}

// example is one example of the batch.
func (e experiment) example(b int) experiment {
	of := func(all map[string][]float64, steps int) map[string][]float64 {
		out := map[string][]float64{}
		for name, v := range all {
			out[name] = rows(v, steps, e.batch, b)
		}
		return out
	}
	e.x, e.initial, e.weights = rows(e.x, e.steps, e.batch, b), of(e.initial, 1), of(e.weights, e.steps)
	e.batch = 1
	return e
}

// rows are those of example b in v [steps, batch, n].
func rows(v []float64, steps, batch, b int) []float64 {
	n := len(v) / steps / batch
	var out []float64
	for t := range steps {
		out = append(out, v[(t*batch+b)*n:][:n]...)
	}
	return out
}
