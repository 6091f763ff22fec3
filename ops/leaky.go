package ops

import "math"

// Leaky is γ/(2w) where |v| < w, and the small slope γ·c elsewhere, so that a neuron far from
// its threshold still learns.
type Leaky struct {
	Width float64 `json:"width,omitempty"` // w; default 1
	Leak  float64 `json:"leak,omitempty"`  // c; default 0.01. Without a leak it is a Boxcar
	Gamma float64 `json:"gamma,omitempty"` // scale γ; default 1
}

func (s Leaky) Derivative(v float64) float64 {
	if math.Abs(v) < or(s.Width, 1) {
		return s.peak()
	}
	return s.slope()
}

func (s Leaky) derivatives32(v, dst []float32) {
	edge, values := or(s.Width, 1), [2]float32{float32(s.slope()), float32(s.peak())}
	each(v, dst, func(v float32) float32 {
		inside := 0 // set without a branch, which would often be mispredicted
		if math.Abs(float64(v)) < edge {
			inside = 1
		}
		return values[inside]
	})
}

func (s Leaky) peak() float64  { return or(s.Gamma, 1) / (2 * or(s.Width, 1)) }
func (s Leaky) slope() float64 { return or(s.Gamma, 1) * or(s.Leak, .01) }

func (s Leaky) Smooth(v float64) float64 {
	w := or(s.Width, 1)
	in := math.Min(w, math.Max(-w, v))
	return or(s.Gamma, 1) * (.5 + in/(2*w) + or(s.Leak, .01)*(v-in))
}
