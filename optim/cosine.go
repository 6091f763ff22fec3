package optim

import "math"

// Cosine lowers the rate along half a cosine (Loshchilov & Hutter 2017, without restarts): step
// n has the rate Final + (Rate−Final)·(1 + cos(π·(n−1)/Steps))/2 up to step Steps+1, which is
// the first with the rate Final; so are all later ones.
type Cosine struct {
	// Rate is the rate of the first step.
	Rate float64

	// Final is the last rate, not above Rate. Zero is zero.
	Final float64

	// Steps is the number of steps before the rate is Final.
	Steps int
}

var _ Planned = Cosine{}

// At implements [Schedule].
func (c Cosine) At(step int) (float64, error) {
	err := first(positive("Rate", c.Rate), atLeastOne("Steps", c.Steps), notAbove("Final", c.Final, c.Rate))
	if err != nil {
		return 0, err
	}
	if step > c.Steps {
		return c.Final, nil
	}
	return halfCosine(c.Rate, c.Final, float64(step-1)/float64(c.Steps)), nil
}

// Horizon implements [Planned]: it is Steps.
func (c Cosine) Horizon() int { return c.Steps }

// halfCosine goes from one rate to another as half a cosine does. At is 0 at the start and 1 at
// the end.
func halfCosine(from, to, at float64) float64 {
	return to + (from-to)*(1+math.Cos(math.Pi*at))/2
}
