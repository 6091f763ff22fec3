package graphtest

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// runsAgain runs one machine on the inputs, on others, and on the first ones again.
func (s suite) runsAgain() error {
	p, err := s.trainable(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	vm := gorgonia.NewTapeMachine(p.out.Graph())
	defer vm.Close()
	run := func(values []*tensor.Dense) ([][]float64, error) {
		vm.Reset()
		for i, v := range values {
			if err := gorgonia.Let(p.in[i], v); err != nil {
				return nil, err
			}
		}
		if err := vm.RunAll(); err != nil {
			return nil, err
		}
		return p.state()
	}
	first, err := run(nil)
	if err != nil {
		return err
	}
	if _, err := run(s.moved().values(tensor.Float64)); err != nil {
		return err
	}
	other, err := p.state()
	if err != nil {
		return err
	}
	want, err := s.moved().reference()
	if err != nil {
		return err
	}
	if err := same(other, want, 0); err != nil {
		return errors.Wrap(err, "run again on other inputs")
	}
	again, err := run(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	return errors.Wrap(same(again, first, 0), "run again on the first inputs")
}

// twoMachines runs two machines over one graph in turn.
func (s suite) twoMachines() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	a, b := gorgonia.NewTapeMachine(p.out.Graph()), gorgonia.NewTapeMachine(p.out.Graph())
	defer a.Close()
	defer b.Close()
	for i, vm := range []gorgonia.VM{a, b, a, b} {
		vm.Reset()
		if err := vm.RunAll(); err != nil {
			return err
		}
		got, err := p.state()
		if err != nil {
			return err
		}
		if err := same(got, want, 0); err != nil {
			return errors.Wrapf(err, "run %d", i)
		}
	}
	return nil
}

// machineOptions runs with values bound to the nodes on the way, and gradients to the inputs.
func (s suite) machineOptions() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	got, err := p.finish(gorgonia.TraceExec())
	if err != nil {
		return err
	}
	if err := same(got, want, 0); err != nil {
		return errors.Wrap(err, "TraceExec")
	}
	if p, err = s.trainable(s.values(tensor.Float64)); err != nil {
		return err
	}
	if got, err = p.finish(gorgonia.BindDualValues(p.wrt...)); err != nil {
		return err
	}
	got, err = boundGradients(got[0], p.wrt)
	if err != nil {
		return err
	}
	return errors.Wrap(same(got, want, 0), "BindDualValues")
}

func (s suite) lispMachine() error {
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	loss := func(p *subject) (*gorgonia.Node, error) {
		if p.out.IsScalar() {
			return p.out, nil
		}
		return gorgonia.Sum(p.out)
	}
	if _, err := loss(p); err != nil {
		return err
	}
	m := gorgonia.NewLispMachine(p.out.Graph())
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return err
	}
	for i, n := range p.in {
		if !slices.Contains(s.constant, i) {
			p.wrt = append(p.wrt, n)
		}
	}
	got, err := boundGradients(nil, p.wrt)
	if err != nil {
		return err
	}
	q, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	l, err := loss(q)
	if err != nil {
		return err
	}
	if err := q.differentiate(s, l); err != nil {
		return err
	}
	want, err := q.finish()
	if err != nil {
		return err
	}
	return same(got, want, 1e-12)
}

// boundGradients are the gradients that a machine bound to nodes, behind an output.
func boundGradients(out []float64, nodes gorgonia.Nodes) ([][]float64, error) {
	state := [][]float64{out}
	for _, n := range nodes {
		v, err := n.Grad()
		if err != nil {
			return nil, err
		}
		x, err := numbers(v)
		if err != nil {
			return nil, err
		}
		state = append(state, x)
	}
	return state, nil
}
