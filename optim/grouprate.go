package optim

import "github.com/srnn-go/srnn/internal/kernel"

// GroupRate multiplies the updates of some parameters: a group with a learning rate of its own.
// It belongs next to [LearningRate]; where groups overlap, their factors multiply.
type GroupRate struct {
	// Names are the parameters of the group.
	Names Names

	// Factor is a positive number. (For parameters that are to stay as they are, see graph.Params.Fix.)
	Factor float64
}

var _ Scaling = GroupRate{}

// Scaling implements [Scaling].
func (GroupRate) Scaling() {}

// Update implements [Transform].
func (g GroupRate) Update(step int, leaves []*Leaf) error { return update(g, step, leaves) }

func (g GroupRate) rule(int) (rule, error) {
	return scaling(g.Names, g.Factor), first(positive("Factor", g.Factor), g.Names.check())
}

// scaling multiplies the updates of the named parameters.
func scaling(names Names, factor float64) rule {
	return rule{names: names, apply: func(b block) bool {
		kernel.Scale(factor, b.update)
		return true
	}}
}
