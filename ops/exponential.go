package ops

import (
	"math"

	"github.com/srnn-go/srnn/internal/kernel"
)

// Exponential is γ·exp(−k|v|).
type Exponential struct {
	Slope float64 `json:"slope,omitempty"` // k; default 5
	Gamma float64 `json:"gamma,omitempty"` // peak γ; default 1
}

// SLayer is 0.5·exp(−5|v|), as in Shrestha & Orchard 2018 and Yin et al. 2021.
func SLayer() Exponential { return Exponential{Slope: 5, Gamma: .5} }

// PiecewiseExp is (α/2)·exp(−α|v|). SpikingJelly's default is α = 1.
func PiecewiseExp(alpha float64) Exponential { return Exponential{Slope: alpha, Gamma: alpha / 2} }

func (s Exponential) Derivative(v float64) float64 {
	return or(s.Gamma, 1) * math.Exp(-or(s.Slope, 5)*math.Abs(v))
}

func (s Exponential) derivatives32(v, dst []float32) {
	kernel.Decay(v, dst, float32(or(s.Gamma, 1)), float32(or(s.Slope, 5)))
}

func (s Exponential) Smooth(v float64) float64 {
	k := or(s.Slope, 5)
	return or(s.Gamma, 1) / k * (1 + math.Copysign(-math.Expm1(-k*math.Abs(v)), v))
}
