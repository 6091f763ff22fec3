package nodetest

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// stateCarry compares a run with two that hand the state on.
func (s *suite) stateCarry() error {
	for _, recurrent := range s.recurrences() {
		for _, e := range s.ways(s.experiment(recurrent)) {
			if err := e.same(split(5), e, layered, 1e-10); err != nil {
				return errors.Wrapf(err, "%T %s", e.cell, recurrence(recurrent))
			}
		}
	}
	return nil
}

// split runs the layer on the first steps of x, and from the state that it is in then on the others.
func split(first int) way {
	return func(e experiment) (*program, error) {
		p, err := e.declare(gorgonia.NewGraph(), "population")
		if err != nil {
			return nil, err
		}
		out := p.program()
		at := first * e.batch * e.in
		out.inputs["x"] = gorgonia.Nodes{
			p.input("first x", e.x[:at], first, e.batch, e.in),
			p.input("second x", e.x[at:], e.steps-first, e.batch, e.in),
		}
		state := p.start
		for _, x := range out.inputs["x"] {
			a, err := out.forward(x, state)
			if err != nil {
				return nil, err
			}
			if state, err = a.Final(); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}
