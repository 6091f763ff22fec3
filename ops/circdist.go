package ops

import (
	"math"

	"github.com/srnn-go/srnn/graph"
)

// CircDist is γ·α³/(α² + v²)^1.5, the derivative of γ·αv/√(α² + v²).
type CircDist struct {
	Alpha float64 `json:"alpha,omitempty"` // α; default 1
	Gamma float64 `json:"gamma,omitempty"` // peak γ; default 1
}

func (s CircDist) Derivative(v float64) float64 {
	return circDist(v, 1/or(s.Alpha, 1), or(s.Gamma, 1))
}

func (s CircDist) derivatives32(v, dst []float32) {
	k, gamma := float32(1/or(s.Alpha, 1)), float32(or(s.Gamma, 1))
	each(v, dst, func(v float32) float32 { return circDist(v, k, gamma) })
}

// circDist is γ/(1 + (kv)²)^1.5 with k = 1/α.
func circDist[F graph.Float](v, k, gamma F) F {
	x := k * v
	c := 1 / F(math.Sqrt(float64(1+x*x)))
	return gamma * c * c * c
}

func (s CircDist) Smooth(v float64) float64 {
	a := or(s.Alpha, 1)
	return or(s.Gamma, 1) * a * (1 + v/math.Hypot(a, v))
}
