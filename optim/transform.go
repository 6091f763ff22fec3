package optim

import "github.com/pkg/errors"

// Transform turns the updates of all parameters into better ones. It is a settings value that
// never changes; what it must remember from step to step lies in the slots of the leaves.
type Transform interface {
	// Update changes the Update of each leaf in place. step counts from 1. The leaves are
	// those of all parameters in the order of their names, the same in every step, and Update
	// must ask for the same slots in every step. It must not keep the leaves or their slices,
	// which the next step uses again. Settings out of range are an error.
	Update(step int, leaves []*Leaf) error
}

// Chain is a sequence of transforms, each fed with the updates of the one before it.
type Chain []Transform

// Update implements [Transform].
func (c Chain) Update(step int, leaves []*Leaf) error {
	for i, t := range c {
		err := within(i, leaves, func() error { return t.Update(step, leaves) })
		if err != nil {
			return errors.WithMessagef(err, "%T", t)
		}
	}
	return nil
}

// flatten replaces chains within c by their transforms.
func (c Chain) flatten() Chain {
	var flat Chain
	for _, t := range c {
		if inner, ok := t.(Chain); ok {
			flat = append(flat, inner.flatten()...)
		} else {
			flat = append(flat, t)
		}
	}
	return flat
}

// check finds orders of transforms that would train, but not as they seem to.
func (c Chain) check() error {
	var descents, scalings, constraints int
	for _, t := range c {
		if t == nil {
			return errors.New("the chain has a nil transform")
		}
		if is[Constraint](t) {
			constraints++
		} else if constraints > 0 {
			return errors.Errorf("%T stands after a constraint, which it could break", t)
		}
		if is[Normalizer](t) && descents+scalings > 0 {
			return errors.Errorf("%T stands after a LearningRate or GroupRate, whose factor it would undo", t)
		}
		if is[Penalty](t) && descents > 0 {
			return errors.Errorf("%T stands after LearningRate, where it would make the weights grow", t)
		}
		if is[Scaling](t) {
			scalings++
		}
		if is[Descent](t) {
			descents++
		}
	}
	if descents != 1 {
		return errors.Errorf("the chain has %d LearningRate transforms, want 1", descents)
	}
	return nil
}

func is[T any](t Transform) bool {
	_, ok := t.(T)
	return ok
}
