package optim

// Schedule is a learning rate that may change from step to step. Steps are those of the solver,
// not epochs: multiply by the number of batches per epoch where epochs are meant.
type Schedule interface {
	// At is the rate of the step of that number, counted from 1. Settings out of range are an
	// error.
	At(step int) (rate float64, err error)
}

// Planned is a Schedule that is made for a certain number of steps, as [Cosine] is. A run that is
// lengthened beyond them is not the run that would have been planned to be as long.
type Planned interface {
	Schedule

	// Horizon is that number. All later steps have one rate.
	Horizon() int
}

// Wrapping is a Schedule that changes the rates of another, as [WarmUp] does.
type Wrapping interface {
	Schedule

	// Unwrap is the other schedule.
	Unwrap() Schedule
}

// horizon is that of the schedule, or of the one that it wraps, if either has one.
func horizon(s Schedule) (steps int, ok bool) {
	for s != nil {
		if p, ok := s.(Planned); ok {
			return p.Horizon(), true
		}
		w, ok := s.(Wrapping)
		if !ok {
			break
		}
		s = w.Unwrap()
	}
	return 0, false
}

// Constant is one rate for all steps.
type Constant float64

// At implements [Schedule].
func (c Constant) At(int) (float64, error) {
	return float64(c), positive("the rate", float64(c))
}
