package ops

import "math"

// Tanh is γ·(1 − tanh²(kv)).
type Tanh struct {
	Slope float64 `json:"slope,omitempty"` // k; default 1
	Gamma float64 `json:"gamma,omitempty"` // peak γ; default 1
}

func (s Tanh) Derivative(v float64) float64 {
	t := math.Tanh(or(s.Slope, 1) * v)
	return or(s.Gamma, 1) * (1 - t) * (1 + t)
}

// derivatives32 uses 1 − tanh²(x) = 4σ(2x)(1 − σ(2x)).
func (s Tanh) derivatives32(v, dst []float32) {
	logisticSlopes(v, dst, 4*or(s.Gamma, 1), 2*or(s.Slope, 1))
}

func (s Tanh) Smooth(v float64) float64 {
	k := or(s.Slope, 1)
	return or(s.Gamma, 1) / k * (1 + math.Tanh(k*v))
}
