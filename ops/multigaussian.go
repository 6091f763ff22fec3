package ops

import "github.com/srnn-go/srnn/internal/kernel"

// MultiGaussian is γ·[(1+h)·N(v; 0, σ²) − h·N(v; σ, (sσ)²) − h·N(v; −σ, (sσ)²)]: a normal
// density with shallow negative flanks (Yin, Corradi & Bohté 2021).
type MultiGaussian struct {
	Sigma  float64 `json:"sigma,omitempty"`  // width σ of the centre; default 0.5
	Height float64 `json:"height,omitempty"` // height h of the flanks; default 0.15. Without flanks it is a Gaussian
	Scale  float64 `json:"scale,omitempty"`  // width s of the flanks, in σ; default 6
	Gamma  float64 `json:"gamma,omitempty"`  // scale γ; default 0.5
}

func (s MultiGaussian) params() (sigma, h, wide, gamma float64) {
	sigma = or(s.Sigma, .5)
	return sigma, or(s.Height, .15), sigma * or(s.Scale, 6), or(s.Gamma, .5)
}

func (s MultiGaussian) Derivative(v float64) float64 {
	sigma, h, wide, gamma := s.params()
	return gamma * ((1+h)*normal(v, sigma) - h*normal(v-sigma, wide) - h*normal(v+sigma, wide))
}

func (s MultiGaussian) Smooth(v float64) float64 {
	sigma, h, wide, gamma := s.params()
	return gamma * ((1+h)*normalCDF(v, sigma) - h*normalCDF(v-sigma, wide) - h*normalCDF(v+sigma, wide))
}

func (s MultiGaussian) derivatives32(v, dst []float32) {
	sigma, h, wide, gamma := s.params()
	kernel.Gaussians(v, dst, normal32(gamma*(1+h), 0, sigma), normal32(-gamma*h, sigma, wide), normal32(-gamma*h, -sigma, wide))
}
