package optim

import "math"

// WarmRestarts lowers the rate from Rate to Final along half a cosine in each of many periods, at
// whose starts it jumps back to Rate (SGDR; Loshchilov & Hutter 2017): step n of a period of N has
// the rate Final + (Rate−Final)·(1 + cos(π·(n−1)/N))/2, so that step N+1, which would have the rate
// Final, is the first of the next period.
type WarmRestarts struct {
	// Rate is the rate of the first step of each period.
	Rate float64

	// Final is the rate that a period leads to, not above Rate. Zero is zero.
	Final float64

	// Period is the number of steps of the first period.
	Period int

	// Multiplier is how many times longer than the one before each period is. Default 1.
	Multiplier int
}

// At implements [Schedule].
func (w WarmRestarts) At(step int) (float64, error) {
	multiplier := w.Multiplier
	if multiplier == 0 {
		multiplier = 1
	}
	err := first(positive("Rate", w.Rate), atLeastOne("Period", w.Period), atLeastOne("Multiplier", multiplier),
		notAbove("Final", w.Final, w.Rate))
	if err != nil {
		return 0, err
	}
	at, period := float64(step-1), float64(w.Period)
	if multiplier == 1 {
		at = math.Mod(at, period)
	}
	for at >= period {
		at -= period
		period *= float64(multiplier)
	}
	return halfCosine(w.Rate, w.Final, at/period), nil
}
