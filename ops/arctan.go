package ops

import "math"

// Arctan is γ·(α/2)/(1 + (παv/2)²) (Fang et al. 2021).
type Arctan struct {
	Alpha float64 `json:"alpha,omitempty"` // α; default 2
	Gamma float64 `json:"gamma,omitempty"` // area γ; default 1
}

func (s Arctan) Derivative(v float64) float64 {
	a := or(s.Alpha, 2)
	x := math.Pi / 2 * a * v
	return or(s.Gamma, 1) * a / 2 / (1 + x*x)
}

func (s Arctan) Smooth(v float64) float64 {
	return or(s.Gamma, 1) * (.5 + math.Atan(math.Pi/2*or(s.Alpha, 2)*v)/math.Pi)
}
