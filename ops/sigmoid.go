package ops

// Sigmoid is γ·k·σ(kv)(1 − σ(kv)), the derivative of the logistic function.
type Sigmoid struct {
	Slope float64 `json:"slope,omitempty"` // k; default 4
	Gamma float64 `json:"gamma,omitempty"` // area γ; default 1
}

func (s Sigmoid) Derivative(v float64) float64 {
	k := or(s.Slope, 4)
	return or(s.Gamma, 1) * k * logistic(k*v) * logistic(-k*v)
}

func (s Sigmoid) derivatives32(v, dst []float32) {
	k := or(s.Slope, 4)
	logisticSlopes(v, dst, or(s.Gamma, 1)*k, k)
}

func (s Sigmoid) Smooth(v float64) float64 {
	return or(s.Gamma, 1) * logistic(or(s.Slope, 4)*v)
}
