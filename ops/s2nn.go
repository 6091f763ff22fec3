package ops

import "math"

// S2NN is γ·ασ(αv)(1 − σ(αv)) below the threshold and γ·β/(v + 1) above it (Suetake et al.
// 2023).
type S2NN struct {
	Alpha float64 `json:"alpha,omitempty"` // α; default 4
	Beta  float64 `json:"beta,omitempty"`  // β; default 1
	Gamma float64 `json:"gamma,omitempty"` // scale γ; default 1
}

func (s S2NN) Derivative(v float64) float64 {
	a := or(s.Alpha, 4)
	if v < 0 {
		return or(s.Gamma, 1) * a * logistic(a*v) * logistic(-a*v)
	}
	return or(s.Gamma, 1) * or(s.Beta, 1) / (v + 1)
}

func (s S2NN) derivatives32(v, dst []float32) {
	a, beta := or(s.Alpha, 4), float32(or(s.Gamma, 1)*or(s.Beta, 1))
	logisticSlopes(v, dst, or(s.Gamma, 1)*a, a)
	for i, v := range v {
		if !(v < 0) {
			dst[i] = beta / (v + 1)
		}
	}
}

func (s S2NN) Smooth(v float64) float64 {
	if v < 0 {
		return or(s.Gamma, 1) * logistic(or(s.Alpha, 4)*v)
	}
	return or(s.Gamma, 1) * (.5 + or(s.Beta, 1)*math.Log1p(v))
}
