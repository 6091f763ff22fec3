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

// Update implements [Transform].
func (d DecoupledWeightDecay) Update(_ int, leaves []*Leaf) (err error) {
	decay := or(d.Decay, .01)
	if err := positive("Decay", decay); err != nil {
		return err
	}
	if len(d.Names) > 0 {
		if leaves, err = d.Names.of(leaves); err != nil {
			return err
		}
	}
	for _, l := range leaves {
		for i, v := range l.Value {
			l.Update[i] += decay * v
		}
	}
	return nil
}
