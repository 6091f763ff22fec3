package ops

import "math"

// CircDist is γ·α³/(α² + v²)^1.5, the derivative of γ·αv/√(α² + v²).
type CircDist struct {
	Alpha float64 `json:"alpha,omitempty"` // α; default 1
	Gamma float64 `json:"gamma,omitempty"` // peak γ; default 1
}

func (s CircDist) Derivative(v float64) float64 {
	a := or(s.Alpha, 1)
	c := a / math.Hypot(a, v)
	return or(s.Gamma, 1) * c * c * c
}

func (s CircDist) Smooth(v float64) float64 {
	a := or(s.Alpha, 1)
	return or(s.Gamma, 1) * a * (1 + v/math.Hypot(a, v))
}
