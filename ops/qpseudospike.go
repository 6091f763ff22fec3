package ops

import (
	"math"

	"github.com/srnn-go/srnn/internal/kernel"
)

// QPseudoSpike is γ·(1 + 2|v|/(α−1))^(−α), with a tail whose weight α > 1 sets (Herranz-Celotti
// & Rouat 2022).
type QPseudoSpike struct {
	Alpha float64 `json:"alpha,omitempty"` // α; default 2
	Gamma float64 `json:"gamma,omitempty"` // peak γ; default 1
}

func (s QPseudoSpike) alpha() float64 { return or(s.Alpha, 2) }

func (s QPseudoSpike) Derivative(v float64) float64 {
	a := s.alpha()
	return or(s.Gamma, 1) * math.Pow(1+2*math.Abs(v)/(a-1), -a)
}

// derivatives32 takes the power as exp(−α·log(…)).
func (s QPseudoSpike) derivatives32(v, dst []float32) {
	a, gamma := s.alpha(), float32(or(s.Gamma, 1))
	k := 2 / (a - 1)
	if a == 2 {
		each(v, dst, func(v float32) float32 { return fastSigmoid(v, float32(k), gamma) })
		return
	}
	each(v, dst, func(v float32) float32 { return float32(math.Log(1 + k*math.Abs(float64(v)))) })
	kernel.Decay(dst, dst, gamma, float32(a))
}

func (s QPseudoSpike) Smooth(v float64) float64 {
	a := s.alpha()
	y := 1 - math.Pow(1+2*math.Abs(v)/(a-1), 1-a)
	return or(s.Gamma, 1) * (1 + math.Copysign(y, v)) / 2
}
