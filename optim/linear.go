package optim

// Linear lowers the rate in equal steps: step n has the rate Rate + (Final−Rate)·(n−1)/Steps up
// to step Steps+1, which is the first with the rate Final; so are all later ones.
type Linear struct {
	// Rate is the rate of the first step.
	Rate float64

	// Final is the last rate, not above Rate. Zero is zero.
	Final float64

	// Steps is the number of steps before the rate is Final.
	Steps int
}

var _ Planned = Linear{}

// At implements [Schedule].
func (l Linear) At(step int) (float64, error) {
	err := first(positive("Rate", l.Rate), atLeastOne("Steps", l.Steps), notAbove("Final", l.Final, l.Rate))
	if err != nil {
		return 0, err
	}
	if step > l.Steps {
		return l.Final, nil
	}
	return l.Rate + (l.Final-l.Rate)*float64(step-1)/float64(l.Steps), nil
}

// Horizon implements [Planned]: it is Steps.
func (l Linear) Horizon() int { return l.Steps }
