package outside

import "math"

// Cauchy is a surrogate with the tails of 1/v².
type Cauchy struct{ Height float64 }

// Derivative implements ops.Surrogate.
func (c Cauchy) Derivative(v float64) float64 { return c.Height / (1 + v*v) }

// Smooth implements ops.Surrogate.
func (c Cauchy) Smooth(v float64) float64 { return c.Height * math.Atan(v) }
