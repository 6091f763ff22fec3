package nodetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// measurement is a machine for a program and its gradients.
type measurement struct {
	*program
	machine *graph.Machine
	weights map[string]gorgonia.Nodes // of the parts of each quantity, in the loss
	grads   map[string]gorgonia.Nodes // by the parts of each input
}

func (p *program) measurement() (*measurement, error) {
	loss, weights, err := p.loss()
	if err != nil {
		return nil, err
	}
	m := &measurement{program: p, weights: weights, grads: map[string]gorgonia.Nodes{}}
	var wrt gorgonia.Nodes
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		wrt = append(wrt, p.inputs[name]...)
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return nil, err
	}
	run := slices.Clone(grads)
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		n := len(p.inputs[name])
		m.grads[name], grads = grads[:n], grads[n:]
	}
	for _, name := range slices.Sorted(maps.Keys(p.quantities)) {
		run = append(run, p.quantities[name]...)
	}
	m.machine, err = graph.NewMachine(run...)
	return m, err
}

// loss is the weighted sum of all quantities, with the weights as inputs, and of all inputs with
// weights of zero: it then depends on each of them.
func (p *program) loss() (loss *gorgonia.Node, weights map[string]gorgonia.Nodes, err error) {
	sum := sum{}
	weights = map[string]gorgonia.Nodes{}
	for _, name := range slices.Sorted(maps.Keys(p.quantities)) {
		for k, n := range p.quantities[name] {
			w := p.input(fmt.Sprintf("weights of %s %d", name, k), nil, n.Shape()...)
			weights[name] = append(weights[name], w)
			sum.add(graph.Of(n).Mul(graph.Of(w)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		for _, n := range p.inputs[name] {
			sum.add(graph.Of(n).Times(0))
		}
	}
	loss, err = sum.node()
	return loss, weights, err
}

// outcome runs the machine once for each quantity in the loss.
func (m *measurement) outcome() (outcome, error) {
	out := outcome{}
	for _, name := range slices.Sorted(maps.Keys(m.quantities)) {
		if err := m.weigh(name); err != nil {
			return nil, err
		}
		if err := m.machine.RunAll(); err != nil {
			return nil, err
		}
		var err error
		if out[name], err = joined(m.quantities[name]); err != nil {
			return nil, errors.Wrap(err, name)
		}
		for input, grads := range m.grads {
			by := gradientOf + name + " by " + input
			if out[by], err = joined(grads); err != nil {
				return nil, errors.Wrap(err, by)
			}
		}
	}
	return out, nil
}

// weigh gives one quantity its weights in the loss, and all others zero.
func (m *measurement) weigh(quantity string) error {
	for name, parts := range m.weights {
		w := m.experiment.weights[name]
		if w == nil {
			return errors.Errorf("%s is recorded, but not given by the step", name)
		}
		for _, part := range parts {
			n := part.Shape().TotalSize()
			if name == quantity {
				overwrite(part.Value(), w[:n])
			} else {
				overwrite(part.Value(), nil)
			}
			w = w[n:]
		}
	}
	return nil
}
