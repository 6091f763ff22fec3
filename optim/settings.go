package optim

import (
	"math"

	"github.com/pkg/errors"
)

// or is the setting x, or its default where it is zero.
func or(x, standard float64) float64 {
	if x == 0 {
		return standard
	}
	return x
}

func positive(name string, x float64) error {
	if !(x > 0) || math.IsInf(x, 0) {
		return errors.Errorf("%s is %v, want a positive number", name, x)
	}
	return nil
}

func finite(name string, x float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return errors.Errorf("%s is %v, want a finite number", name, x)
	}
	return nil
}

func fraction(name string, x float64) error {
	if !(x >= 0 && x < 1) {
		return errors.Errorf("%s is %v, want at least 0 and less than 1", name, x)
	}
	return nil
}

// notAbove checks a number that may be zero, up to another one.
func notAbove(name string, x, limit float64) error {
	if !(x >= 0 && x <= limit) {
		return errors.Errorf("%s is %v, want 0 to %v", name, x, limit)
	}
	return nil
}

// first is the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func atLeastOne(name string, n int) error {
	if n < 1 {
		return errors.Errorf("%s is %d, want at least 1", name, n)
	}
	return nil
}
