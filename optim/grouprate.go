package optim

// GroupRate multiplies the updates of some parameters: a group with a learning rate of its own.
// It belongs next to [LearningRate]; where groups overlap, their factors multiply.
type GroupRate struct {
	// Names are the parameters of the group.
	Names Names

	// Factor is a positive number. (To freeze a parameter, leave it out of the model.)
	Factor float64
}

// Update implements [Transform].
func (g GroupRate) Update(_ int, leaves []*Leaf) error {
	if err := positive("Factor", g.Factor); err != nil {
		return err
	}
	group, err := g.Names.of(leaves)
	if err != nil {
		return err
	}
	for _, l := range group {
		for i := range l.Update {
			l.Update[i] *= g.Factor
		}
	}
	return nil
}
