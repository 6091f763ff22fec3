package ops

import "math"

// Boxcar is γ/w where |v| ≤ w/2, else 0. The box includes its edges, so that a v just inside,
// which single precision rounds onto the edge, has the derivative that it has in double.
type Boxcar struct {
	Width float64 `json:"width,omitempty"` // w; default 1
	Gamma float64 `json:"gamma,omitempty"` // area γ; default 1
}

func (s Boxcar) Derivative(v float64) float64 {
	w := or(s.Width, 1)
	if math.Abs(v) <= w/2 {
		return or(s.Gamma, 1) / w
	}
	return 0
}

func (s Boxcar) Smooth(v float64) float64 {
	x := v / or(s.Width, 1)
	return or(s.Gamma, 1) * (.5 + math.Min(.5, math.Max(-.5, x)))
}
