package coding

import (
	"math"
	"slices"
)

// Normalise scales a signal to amplitude 1: from 0 to 1 or, if it is for two neurons, with a mean of 0 up to 1 or down
// to −1. One that does not vary has no scale, and becomes NaN, which [Bench.Check] refuses.
func Normalise(w []float64, signed bool) {
	shift := slices.Min(w)
	if signed {
		shift = mean(w)
	}
	for t := range w {
		w[t] -= shift
	}
	peak := Peak(w)
	for t := range w {
		w[t] /= peak
	}
}

// Peak is the amplitude of a signal: its largest value, whatever the sign.
func Peak(w []float64) float64 { return max(slices.Max(w), -slices.Min(w)) }

// Spread are amplitudes from low to high, at least so many in a power of ten, at equal ratios.
func Spread(low, high float64, perDecade int) []float64 {
	decades := math.Log10(high / low)
	n := max(1, int(math.Ceil(decades*float64(perDecade)-1e-9)))
	list := make([]float64, n+1)
	for i := range list {
		list[i] = low * math.Pow(10, decades*float64(i)/float64(n))
	}
	list[n] = high
	return list
}
