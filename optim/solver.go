package optim

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Solver is a gorgonia.Solver that applies a [Chain]. It must not be used by several goroutines
// at once, nor while a graph that holds the parameters is running.
type Solver struct {
	chain    Chain
	step     int
	model    *model            // of the steps since New or Restore, if there were any
	restored map[string][]slot // the state before the first of them
	memory   []float64         // of the Follower in the chain, if there is one
}

var _ gorgonia.Solver = (*Solver)(nil)

// New makes a solver of transforms; chains among them are taken apart. A chain needs exactly one
// [LearningRate], and constraints at its end. Settings are checked by [Solver.Step].
func New(transforms ...Transform) *Solver {
	return &Solver{chain: Chain(transforms).flatten()}
}

// Step updates the parameters by their gradients and then sets the gradients to zero, as
// Gorgonia's solvers do: gorgonia.BindDualValues adds up the gradients of successive runs.
//
// Parameters must have names, as nodes have, and the names and shapes must be the same in every
// step; their order is free. Values and gradients must be finite, of equal shapes, and of dtype
// float32 or float64.
//
// If Step returns an error, it has changed nothing: neither a value, nor a gradient, nor the
// state of the solver.
func (s *Solver) Step(model []gorgonia.ValueGrad) error {
	if err := s.apply(model); err != nil {
		return errors.Wrapf(err, "srnn: solver step %d", s.step+1)
	}
	return nil
}

func (s *Solver) apply(nodes []gorgonia.ValueGrad) (err error) {
	if err := s.chain.check(); err != nil {
		return err
	}
	m := s.model
	if m == nil {
		m, err = newModel(nodes, s.restored)
	} else {
		err = m.bind(nodes)
	}
	if err != nil {
		return err
	}
	if err := s.run(m); err != nil {
		return err
	}
	m.commit()
	s.model, s.restored = m, nil
	s.step++
	return nil
}

// Horizon is the number of steps that the learning rate is planned for ([Planned]), also where other
// schedules stand around the one that is ([Wrapping]). It is not ok if there is no such number.
func (s *Solver) Horizon() (steps int, ok bool) {
	for _, t := range s.chain {
		if d, is := t.(Descent); is {
			return horizon(d.Rate())
		}
	}
	return 0, false
}

// run takes the parameters through the chain. Rules are only planned, until a transform that is
// none needs their results.
func (s *Solver) run(m *model) error {
	step, first := s.step+1, true
	for i, t := range s.chain {
		t, err := given(t, s.memory)
		if err != nil {
			return errors.WithMessagef(err, "%T", s.chain[i])
		}
		r, ok := rulerOf(t)
		if !ok {
			if err := m.pass(first, false); err != nil {
				return err
			}
			first = false
		}
		err = within(i, m.leaves, func() error {
			if ok {
				return plan(r, step, m.leaves)
			}
			return t.Update(step, m.leaves)
		})
		if err != nil {
			return errors.WithMessagef(err, "%T", t)
		}
	}
	if err := m.checkSlots(s.step == 0); err != nil {
		return err
	}
	return m.pass(first, true)
}
