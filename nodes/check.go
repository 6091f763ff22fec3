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

// firstOf is the first error that there is.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
