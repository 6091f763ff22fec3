package ops

import (
	"math"

	"github.com/srnn-go/srnn/graph"
)

// Arctan is γ·(α/2)/(1 + (παv/2)²) (Fang et al. 2021).
type Arctan struct {
	Alpha float64 `json:"alpha,omitempty"` // α; default 2
	Gamma float64 `json:"gamma,omitempty"` // area γ; default 1
}

func (s Arctan) Derivative(v float64) float64 {
	return arctan(v, s.slope(), s.peak())
}

func (s Arctan) derivatives32(v, dst []float32) {
	k, peak := float32(s.slope()), float32(s.peak())
	each(v, dst, func(v float32) float32 { return arctan(v, k, peak) })
}

func (s Arctan) slope() float64 { return math.Pi / 2 * or(s.Alpha, 2) }
func (s Arctan) peak() float64  { return or(s.Gamma, 1) * or(s.Alpha, 2) / 2 }

// arctan is the derivative of (peak/k)·arctan(kv).
func arctan[F graph.Float](v, k, peak F) F {
	x := k * v
	return peak / (1 + x*x)
}

func (s Arctan) Smooth(v float64) float64 {
	return or(s.Gamma, 1) * (.5 + math.Atan(s.slope()*v)/math.Pi)
}
