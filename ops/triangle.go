package ops

import (
	"math"

	"github.com/srnn-go/srnn/graph"
)

// Triangle is γ·max(0, 1 − |v|/w)/w (Bellec et al. 2020).
type Triangle struct {
	Width float64 `json:"width,omitempty"` // half the base, w; default 1
	Gamma float64 `json:"gamma,omitempty"` // area γ; default 0.3
}

// PiecewiseLinear is 0.5·max(0, 1 − |v|), the linear surrogate of Yin et al. 2021.
func PiecewiseLinear() Triangle { return Triangle{Width: 1, Gamma: .5} }

// PiecewiseQuadratic is max(0, α − α²|v|), whose antiderivative is quadratic in pieces.
// SpikingJelly's default is α = 1.
func PiecewiseQuadratic(alpha float64) Triangle { return Triangle{Width: 1 / alpha, Gamma: 1} }

func (s Triangle) Derivative(v float64) float64 {
	return triangle(v, s.slope(), s.peak())
}

func (s Triangle) derivatives32(v, dst []float32) {
	k, peak := float32(s.slope()), float32(s.peak())
	each(v, dst, func(v float32) float32 { return triangle(v, k, peak) })
}

func (s Triangle) slope() float64 { return 1 / or(s.Width, 1) }
func (s Triangle) peak() float64  { return or(s.Gamma, .3) / or(s.Width, 1) }

func triangle[F graph.Float](v, k, peak F) F { return peak * max(0, 1-k*abs(v)) }

func (s Triangle) Smooth(v float64) float64 {
	x := math.Abs(v) / or(s.Width, 1)
	y := .5
	if x < 1 {
		y = x - x*x/2
	}
	return or(s.Gamma, .3) * (.5 + math.Copysign(y, v))
}
