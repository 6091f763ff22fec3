package optim

// DecoupledWeightDecay adds λ·value to the update, so that the parameter shrinks by rate·λ in
// each step. After [ScaleByAdam] and before [LearningRate] it makes AdamW (Loshchilov & Hutter
// 2019); before ScaleByAdam it is the older penalty on the squared weights.
type DecoupledWeightDecay struct {
	// Decay is λ. Default 0.01.
	Decay float64

	// Names are the parameters that decay. Default: all of them, time constants included.
	Names Names
}

var _ Penalty = DecoupledWeightDecay{}

// Penalty implements [Penalty].
func (DecoupledWeightDecay) Penalty() {}

// Update implements [Transform].
func (d DecoupledWeightDecay) Update(step int, leaves []*Leaf) error { return update(d, step, leaves) }

func (d DecoupledWeightDecay) rule(int) (rule, error) {
	decay := or(d.Decay, .01)
	return rule{names: d.Names, apply: func(b block) bool {
		for i, v := range b.value {
			b.update[i] += float64(decay * v)
		}
		return true
	}}, positive("Decay", decay)
}
