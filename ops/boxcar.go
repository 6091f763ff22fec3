package ops

import "math"

// Boxcar is γ/w where |v| ≤ w/2, else 0. The box includes its edges, so that a v just inside,
// which single precision rounds onto the edge, has the derivative that it has in double.
type Boxcar struct {
	Width float64 `json:"width,omitempty"` // w; default 1
	Gamma float64 `json:"gamma,omitempty"` // area γ; default 1
}

func (s Boxcar) Derivative(v float64) float64 {
	if math.Abs(v) <= s.edge() {
		return s.peak()
	}
	return 0
}

func (s Boxcar) derivatives32(v, dst []float32) {
	edge, values := s.edge(), [2]float32{0, float32(s.peak())}
	each(v, dst, func(v float32) float32 {
		inside := 0 // set without a branch, which would often be mispredicted
		if math.Abs(float64(v)) <= edge {
			inside = 1
		}
		return values[inside]
	})
}

func (s Boxcar) edge() float64 { return or(s.Width, 1) / 2 }
func (s Boxcar) peak() float64 { return or(s.Gamma, 1) / or(s.Width, 1) }

func (s Boxcar) Smooth(v float64) float64 {
	x := v / or(s.Width, 1)
	return or(s.Gamma, 1) * (.5 + math.Min(.5, math.Max(-.5, x)))
}
