package optim

import "math"

// StepLR multiplies the rate by Factor after every so many steps: step n has the rate
// Rate·Factor^⌊(n−1)/Every⌋, so that step Every+1 is the first with another rate.
type StepLR struct {
	// Rate is the rate of the first step.
	Rate float64

	// Every is the number of steps with the same rate.
	Every int

	// Factor is a positive number. Default 0.1.
	Factor float64
}

// At implements [Schedule].
func (s StepLR) At(step int) (float64, error) {
	factor := or(s.Factor, .1)
	err := first(positive("Rate", s.Rate), atLeastOne("Every", s.Every), positive("Factor", factor))
	if err != nil {
		return 0, err
	}
	return s.Rate * math.Pow(factor, float64((step-1)/s.Every)), nil
}
