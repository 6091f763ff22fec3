package optim

import "math"

// AtLeast keeps parameters from falling below a minimum, as time constants must: the values
// after each step are at least Min, also those that were below it before.
type AtLeast struct {
	// Names are the parameters.
	Names Names

	// Min is the smallest value that they may have.
	Min float64
}

// AtMost keeps parameters from rising above a maximum.
type AtMost struct {
	// Names are the parameters.
	Names Names

	// Max is the largest value that they may have.
	Max float64
}

var _, _ Constraint = AtLeast{}, AtMost{}

// Constraint implements [Constraint].
func (AtLeast) Constraint() {}

// Constraint implements [Constraint].
func (AtMost) Constraint() {}

// Update implements [Transform].
func (b AtLeast) Update(step int, leaves []*Leaf) error { return update(b, step, leaves) }

// Update implements [Transform].
func (b AtMost) Update(step int, leaves []*Leaf) error { return update(b, step, leaves) }

func (b AtLeast) rule(int) (rule, error) {
	return bounds(b.Names, b.Min, math.Inf(1)), first(finite("Min", b.Min), b.Names.check())
}

func (b AtMost) rule(int) (rule, error) {
	return bounds(b.Names, math.Inf(-1), b.Max), first(finite("Max", b.Max), b.Names.check())
}

func bounds(names Names, lo, hi float64) rule {
	return rule{names: names, apply: func(b block) bool {
		clamp(b.value, b.update, lo, hi, b.single)
		return true
	}}
}
