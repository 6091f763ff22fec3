package ops

import "math"

// Leaky is γ/(2w) where |v| < w, and the small slope γ·c elsewhere, so that a neuron far from
// its threshold still learns.
type Leaky struct {
	Width float64 `json:"width,omitempty"` // w; default 1
	Leak  float64 `json:"leak,omitempty"`  // c; default 0.01
	Gamma float64 `json:"gamma,omitempty"` // scale γ; default 1
}

func (s Leaky) Derivative(v float64) float64 {
	w := or(s.Width, 1)
	if math.Abs(v) < w {
		return or(s.Gamma, 1) / (2 * w)
	}
	return or(s.Gamma, 1) * or(s.Leak, .01)
}

func (s Leaky) Smooth(v float64) float64 {
	w := or(s.Width, 1)
	in := math.Min(w, math.Max(-w, v))
	return or(s.Gamma, 1) * (.5 + in/(2*w) + or(s.Leak, .01)*(v-in))
}
