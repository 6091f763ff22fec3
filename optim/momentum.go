package optim

import "github.com/srnn-go/srnn/internal/kernel"

// Momentum replaces the update g by a decaying sum of all updates so far, b ← μ·b + g: the heavy
// ball of Polyak (1964). With Nesterov it looks one step ahead and gives g + μ·b (Sutskever et
// al. 2013).
type Momentum struct {
	// Decay is μ, less than 1. Default 0.9.
	Decay float64

	// Nesterov asks for the accelerated form.
	Nesterov bool
}

// Update implements [Transform].
func (m Momentum) Update(step int, leaves []*Leaf) error { return update(m, step, leaves) }

func (m Momentum) rule(int) (rule, error) {
	decay := or(m.Decay, .9)
	return rule{slots: buffer, apply: func(b block) bool {
		before, after := b.before[0], b.after[0]
		for i, g := range b.update {
			sum := float64(decay*before[i]) + g
			after[i] = sum
			if m.Nesterov {
				sum = g + float64(decay*sum)
			}
			b.update[i] = sum
		}
		return kernel.Finite(after)
	}}, fraction("Decay", decay)
}

// buffer is the name of the sum of all updates so far.
var buffer = []string{"b"}
