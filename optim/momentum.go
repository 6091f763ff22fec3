package optim

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
func (m Momentum) Update(_ int, leaves []*Leaf) error {
	decay := or(m.Decay, .9)
	if err := fraction("Decay", decay); err != nil {
		return err
	}
	for _, l := range leaves {
		b := l.Slot("b")
		for i, g := range l.Update {
			b[i] = decay*b[i] + g
			if m.Nesterov {
				l.Update[i] = g + decay*b[i]
			} else {
				l.Update[i] = b[i]
			}
		}
	}
	return nil
}
