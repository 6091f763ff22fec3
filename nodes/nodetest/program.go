package nodetest

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// program is what is computed in a graph: named quantities, and the inputs that they depend on. Each
// is in one or several parts along its first axis.
type program struct {
	*population
	quantities, inputs map[string]gorgonia.Nodes
}

// program has all inputs of the population, and no quantities yet.
func (p *population) program() *program {
	inputs := map[string]gorgonia.Nodes{"x": {p.x}}
	for name, n := range p.own {
		inputs[name] = gorgonia.Nodes{n}
	}
	for name, n := range p.start {
		inputs["initial "+name] = gorgonia.Nodes{n}
	}
	return &program{p, map[string]gorgonia.Nodes{}, inputs}
}

// way is a way to run an experiment.
type way func(experiment) (*program, error)

// layered runs the layer.
func layered(e experiment) (*program, error) {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	return p.layered()
}

func (p *population) layered() (*program, error) {
	out := p.program()
	_, err := out.forward(p.x, p.start)
	return out, err
}

// forward runs the layer on one part of x, and adds what it recorded.
func (p *program) forward(x *gorgonia.Node, start nodes.State) (*nodes.Activity, error) {
	a, err := p.neurons.ForwardFrom(x, nodes.FromState(start))
	if err != nil {
		return nil, err
	}
	for _, name := range a.Names() {
		n, err := a.Series(name)
		if err != nil {
			return nil, errors.Wrap(err, name)
		}
		p.quantities[name] = append(p.quantities[name], n)
	}
	return a, nil
}

// values runs what the quantities need and nothing else.
func (p *program) values() (outcome, error) {
	m, err := graph.NewMachine(slices.Concat(slices.Collect(maps.Values(p.quantities))...)...)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	out := outcome{}
	for name, parts := range p.quantities {
		if out[name], err = joined(parts); err != nil {
			return nil, errors.Wrap(err, name)
		}
	}
	return out, nil
}

// joined are the values of nodes, one after the other.
func joined(parts gorgonia.Nodes) (all []float64, err error) {
	for _, n := range parts {
		x, err := graph.Float64s(n.Value())
		if err != nil {
			return nil, err
		}
		all = append(all, x...)
	}
	return all, nil
}
