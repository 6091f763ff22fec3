package ops

// StraightThrough is the constant γ: the backward pass takes the spike for the identity
// (Bengio et al. 2013).
type StraightThrough struct {
	Gamma float64 `json:"gamma,omitempty"` // γ; default 1
}

func (s StraightThrough) Derivative(float64) float64 { return or(s.Gamma, 1) }

func (s StraightThrough) derivatives32(_, dst []float32) {
	gamma := float32(or(s.Gamma, 1))
	for i := range dst {
		dst[i] = gamma
	}
}

func (s StraightThrough) Smooth(v float64) float64 { return or(s.Gamma, 1) * v }
