package optim

// Schedule is a learning rate that may change from step to step. Steps are those of the solver,
// not epochs: multiply by the number of batches per epoch where epochs are meant.
type Schedule interface {
	// At is the rate of the step of that number, counted from 1. Settings out of range are an
	// error.
	At(step int) (rate float64, err error)
}

// Constant is one rate for all steps.
type Constant float64

// At implements [Schedule].
func (c Constant) At(int) (float64, error) {
	return float64(c), positive("the rate", float64(c))
}
