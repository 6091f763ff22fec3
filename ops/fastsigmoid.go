package ops

import (
	"math"

	"github.com/srnn-go/srnn/graph"
)

// FastSigmoid is γ/(1 + k|v|)², the derivative of the fast sigmoid (Zenke & Ganguli 2018).
type FastSigmoid struct {
	Slope float64 `json:"slope,omitempty"` // k; default 25
	Gamma float64 `json:"gamma,omitempty"` // peak γ; default 1
}

// SuperSpike is FastSigmoid with Norse's slope of 100.
func SuperSpike() FastSigmoid { return FastSigmoid{Slope: 100, Gamma: 1} }

// SoftSign is 1/(2α(1/α + |v|)²). SpikingJelly's default is α = 2.
func SoftSign(alpha float64) FastSigmoid { return FastSigmoid{Slope: alpha, Gamma: alpha / 2} }

func (s FastSigmoid) Derivative(v float64) float64 {
	return fastSigmoid(v, or(s.Slope, 25), or(s.Gamma, 1))
}

func (s FastSigmoid) derivatives32(v, dst []float32) {
	k, gamma := float32(or(s.Slope, 25)), float32(or(s.Gamma, 1))
	each(v, dst, func(v float32) float32 { return fastSigmoid(v, k, gamma) })
}

func fastSigmoid[F graph.Float](v, k, gamma F) F {
	d := 1 + k*abs(v)
	return gamma / (d * d)
}

func (s FastSigmoid) Smooth(v float64) float64 {
	k := or(s.Slope, 25)
	return or(s.Gamma, 1) * (1/k + v/(1+k*math.Abs(v)))
}
