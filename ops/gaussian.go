package ops

import (
	"math"

	"github.com/srnn-go/srnn/internal/kernel"
)

// Gaussian is γ·N(v; 0, σ²), a normal density around the threshold (Yin et al. 2020).
type Gaussian struct {
	Sigma float64 `json:"sigma,omitempty"` // width σ; default 0.5
	Gamma float64 `json:"gamma,omitempty"` // scale γ; default 0.5
}

// Erf is the derivative (α/√π)·exp(−α²v²) of the error function's step, a Gaussian of σ =
// 1/(α√2). SpikingJelly's default is α = 2.
func Erf(alpha float64) Gaussian { return Gaussian{Sigma: 1 / (alpha * math.Sqrt2), Gamma: 1} }

func (s Gaussian) sigma() float64 { return or(s.Sigma, .5) }
func (s Gaussian) gamma() float64 { return or(s.Gamma, .5) }

func (s Gaussian) Derivative(v float64) float64 { return s.gamma() * normal(v, s.sigma()) }

func (s Gaussian) Smooth(v float64) float64 { return s.gamma() * normalCDF(v, s.sigma()) }

func (s Gaussian) derivatives32(v, dst []float32) {
	kernel.Gaussians(v, dst, normal32(s.gamma(), 0, s.sigma()))
}

// normal is the density of N(0, σ²) at v.
func normal(v, sigma float64) float64 {
	z := v / sigma
	return math.Exp(-z*z/2) / (sigma * math.Sqrt(2*math.Pi))
}

// normal32 is weight·N(v; mean, σ²) for single precision.
func normal32(weight, mean, sigma float64) kernel.Gaussian {
	return kernel.Gaussian{A: float32(weight * normal(0, sigma)), K: float32(1 / (2 * sigma * sigma)), Mu: float32(mean)}
}

// normalCDF is the distribution function of N(0, σ²) at v.
func normalCDF(v, sigma float64) float64 {
	return math.Erfc(-v/(sigma*math.Sqrt2)) / 2
}
