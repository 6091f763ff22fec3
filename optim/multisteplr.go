package optim

import "math"

// MultiStepLR multiplies the rate by Factor at each milestone: step n has the rate
// Rate·Factor^k, where k is the number of milestones below n, so that after a milestone m, step
// m+1 is the first with another rate.
type MultiStepLR struct {
	// Rate is the rate of the first step.
	Rate float64

	// Milestones are the numbers of the last steps before the rate changes.
	Milestones []int

	// Factor is a positive number. Default 0.1.
	Factor float64
}

// At implements [Schedule].
func (s MultiStepLR) At(step int) (float64, error) {
	factor := or(s.Factor, .1)
	if err := first(positive("Rate", s.Rate), positive("Factor", factor)); err != nil {
		return 0, err
	}
	passed := 0
	for _, m := range s.Milestones {
		if err := atLeastOne("a milestone", m); err != nil {
			return 0, err
		}
		if m < step {
			passed++
		}
	}
	return s.Rate * math.Pow(factor, float64(passed)), nil
}
