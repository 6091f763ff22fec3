package optim

import "github.com/pkg/errors"

// OneCycle raises the rate from a low one to Rate and lowers it to one that is next to nothing,
// each along half a cosine (Smith & Topin 2018, in the two phases that PyTorch's OneCycleLR has).
// Step 1 has the first rate, step Rise·Steps has Rate, and step Steps has the last rate, as all
// later ones do. The decay of a momentum stays what it is.
type OneCycle struct {
	// Rate is the highest rate.
	Rate float64

	// Steps is the number of steps of the cycle.
	Steps int

	// Rise is the share of the steps in which the rate rises: less than 1, and more than one
	// step. Default 0.3.
	Rise float64

	// Div is how many times lower than Rate the first rate is, at least 1. Default 25.
	Div float64

	// FinalDiv is how many times lower than the first rate the last one is, at least 1. Default
	// 10,000.
	FinalDiv float64
}

var _ Planned = OneCycle{}

// At implements [Schedule].
func (c OneCycle) At(step int) (float64, error) {
	rise, div, finalDiv := or(c.Rise, .3), or(c.Div, 25), or(c.FinalDiv, 1e4)
	err := first(positive("Rate", c.Rate), atLeastOne("Steps", c.Steps), fraction("Rise", rise),
		factor("Div", div), factor("FinalDiv", finalDiv))
	if err != nil {
		return 0, err
	}
	top, end := rise*float64(c.Steps)-1, float64(c.Steps-1) // in steps after the first
	if !(top > 0) {
		return 0, errors.Errorf("Rise is %v of %d steps, want more than one step", rise, c.Steps)
	}
	initial := c.Rate / div
	final := initial / finalDiv
	switch at := float64(step - 1); {
	case at <= top:
		return halfCosine(initial, c.Rate, at/top), nil
	case at < end:
		return halfCosine(c.Rate, final, (at-top)/(end-top)), nil
	}
	return final, nil
}

// Horizon implements [Planned]: it is Steps.
func (c OneCycle) Horizon() int { return c.Steps }

// factor checks a number that something else is divided by to become smaller.
func factor(name string, x float64) error {
	if !(x >= 1) {
		return errors.Errorf("%s is %v, want at least 1", name, x)
	}
	return finite(name, x)
}
