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

// Constraint is a Transform that limits the new values, Value + Update. In a chain, only
// constraints may follow a constraint.
type Constraint interface {
	Transform

	// Constraint does nothing; it tells constraints from other transforms.
	Constraint()
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
	var rates, groups, constraints int
	for _, t := range c {
		if t == nil {
			return errors.New("the chain has a nil transform")
		}
		if _, ok := t.(Constraint); ok {
			constraints++
		} else if constraints > 0 {
			return errors.Errorf("%T stands after a constraint, which it could break", t)
		}
		switch t.(type) {
		case LearningRate:
			rates++
		case GroupRate:
			groups++
		case ScaleByAdam, ScaleByRMS:
			if rates+groups > 0 {
				return errors.Errorf("%T stands after a LearningRate or GroupRate, whose factor it would undo", t)
			}
		case DecoupledWeightDecay:
			if rates > 0 {
				return errors.New("DecoupledWeightDecay stands after LearningRate, where it would make the weights grow")
			}
		}
	}
	if rates != 1 {
		return errors.Errorf("the chain has %d LearningRate transforms, want 1", rates)
	}
	return nil
}
