package ops

import "math"

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
	w := or(s.Width, 1)
	return or(s.Gamma, .3) * math.Max(0, 1-math.Abs(v)/w) / w
}

func (s Triangle) Smooth(v float64) float64 {
	x := math.Abs(v) / or(s.Width, 1)
	y := .5
	if x < 1 {
		y = x - x*x/2
	}
	return or(s.Gamma, .3) * (.5 + math.Copysign(y, v))
}
