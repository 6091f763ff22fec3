package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// Settings are checked by a method Check of a cell, if it has one, when a layer is declared.

func wantPositive(name string, x float64) error {
	if x > 0 && graph.Finite(x) {
		return nil
	}
	return errors.Errorf("%s is %v, want a positive number", name, x)
}

func wantFinite(name string, x float64) error {
	if graph.Finite(x) {
		return nil
	}
	return errors.Errorf("%s is %v, want a finite number", name, x)
}

// wantAtLeastDt is for time constants of forward Euler's method, as far as an initialiser says what they are.
func wantAtLeastDt(name string, init graph.Initializer, dt float64) error {
	if tau := restingAt(init, dt); tau < dt {
		return errors.Errorf("%s is %v ms, less than the time step of %v ms, where Euler's method overshoots: take a smaller step, or leave Euler out", name, tau, dt)
	}
	return nil
}

// firstOf is the first error that there is.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
