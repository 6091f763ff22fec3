package optim

import (
	"math"

	"github.com/pkg/errors"
)

// Cosine lowers the rate along half a cosine (Loshchilov & Hutter 2017, without restarts): step
// n has the rate Final + (Rate−Final)·(1 + cos(π·(n−1)/Steps))/2 up to step Steps+1, which is
// the first with the rate Final; so are all later ones.
type Cosine struct {
	// Rate is the rate of the first step.
	Rate float64

	// Final is the last rate, not above Rate. Default 0.
	Final float64

	// Steps is the number of steps before the rate is Final.
	Steps int
}

// At implements [Schedule].
func (c Cosine) At(step int) (float64, error) {
	if err := first(positive("Rate", c.Rate), atLeastOne("Steps", c.Steps)); err != nil {
		return 0, err
	}
	if !(c.Final >= 0 && c.Final <= c.Rate) {
		return 0, errors.Errorf("Final is %v, want 0 to Rate, %v", c.Final, c.Rate)
	}
	if step > c.Steps {
		return c.Final, nil
	}
	return c.Final + (c.Rate-c.Final)*(1+math.Cos(math.Pi*float64(step-1)/float64(c.Steps)))/2, nil
}
