package models

// OnlineScaled is the loss of a step times a factor, and so is its gradient.
type OnlineScaled struct {
	OnlineLoss
	Factor float64
}

// Loss implements [OnlineLoss].
func (s OnlineScaled) Loss(y, target, gradient []float64) (float64, error) {
	loss, err := s.OnlineLoss.Loss(y, target, gradient)
	for i := range gradient {
		gradient[i] *= s.Factor
	}
	return s.Factor * loss, err
}
