package nodes

// Current is an input current over time in ms, in the unit that a neuron's equations give it. That of a time step
// is the current at its end.
type Current func(t float64) float64

// ConstantCurrent is a current that lasts.
func ConstantCurrent(level float64) Current { return func(float64) float64 { return level } }

// StepCurrent is a current from one time to another, in ms, and zero elsewhere.
func StepCurrent(level, from, to float64) Current {
	return func(t float64) float64 {
		if t > from && t <= to {
			return level
		}
		return 0
	}
}

// RampCurrent is a current that rises from zero to the highest, from one time to another, in ms, and is zero
// elsewhere.
func RampCurrent(highest, from, to float64) Current {
	return func(t float64) float64 { return StepCurrent(highest, from, to)(t) * (t - from) / (to - from) }
}

// Plus is the sum of two currents.
func (c Current) Plus(d Current) Current { return func(t float64) float64 { return c(t) + d(t) } }
