package optim

import (
	"math"

	"github.com/pkg/errors"
)

// AtLeast keeps parameters from falling below a minimum, as time constants must: the values
// after each step are at least Min, also those that were below it before.
type AtLeast struct {
	// Names are the parameters.
	Names Names

	// Min is the smallest value that they may have.
	Min float64
}

// AtMost keeps parameters from rising above a maximum.
type AtMost struct {
	// Names are the parameters.
	Names Names

	// Max is the largest value that they may have.
	Max float64
}

var _, _ Constraint = AtLeast{}, AtMost{}

// Constraint implements [Constraint].
func (AtLeast) Constraint() {}

// Constraint implements [Constraint].
func (AtMost) Constraint() {}

// Update implements [Transform].
func (b AtLeast) Update(_ int, leaves []*Leaf) error {
	if err := checkFinite([]float64{b.Min}); err != nil {
		return errors.Errorf("Min is %v, want a finite number", b.Min)
	}
	return clamp(leaves, b.Names, b.Min, math.Inf(1))
}

// Update implements [Transform].
func (b AtMost) Update(_ int, leaves []*Leaf) error {
	if err := checkFinite([]float64{b.Max}); err != nil {
		return errors.Errorf("Max is %v, want a finite number", b.Max)
	}
	return clamp(leaves, b.Names, math.Inf(-1), b.Max)
}

func clamp(leaves []*Leaf, names Names, lo, hi float64) error {
	selected, err := names.of(leaves)
	if err != nil {
		return err
	}
	for _, l := range selected {
		l.Clamp(lo, hi)
	}
	return nil
}
