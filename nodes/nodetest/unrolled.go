package nodetest

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// unrolled applies the cell's step to every step of x, one after the other in one graph.
func unrolled(e experiment) (*program, error) {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	out := p.program()
	out.quantities, err = unroll(e, p.x, p.own, p.start)
	return out, err
}

func unroll(e experiment, x *gorgonia.Node, own, start map[string]*gorgonia.Node) (map[string]gorgonia.Nodes, error) {
	biases := gorgonia.Nodes{own["b_in"]}
	if e.recurrent {
		biases = append(biases, own["b_rec"])
	}
	currents, err := ops.Linear(x, own["w_in"], biases...)
	if err != nil {
		return nil, err
	}
	out, state := map[string]gorgonia.Nodes{}, maps.Clone(start)
	for t := range e.steps {
		current, err := graph.Step(currents, t)
		if err != nil {
			return nil, err
		}
		if e.recurrent {
			recurrent, err := ops.Linear(state[nodes.Spikes], own["w_rec"])
			if err != nil {
				return nil, err
			}
			if current, err = gorgonia.Add(current, recurrent); err != nil {
				return nil, err
			}
		}
		step, err := apply(e.cell, current, own, state)
		if err != nil {
			return nil, errors.Wrapf(err, "step %d", t)
		}
		for name, n := range step {
			out[name] = append(out[name], n)
		}
		for name := range state {
			state[name] = step[name]
		}
	}
	return out, nil
}

// apply adds one step of a cell to a graph.
func apply(cell nodes.Cell, current *gorgonia.Node, own, state map[string]*gorgonia.Node) (map[string]*gorgonia.Node, error) {
	p, s := nodes.Values{}, nodes.Values{}
	for _, q := range cell.Parameters() {
		p[q.Name] = graph.Of(own[q.Name])
	}
	for _, v := range cell.State() {
		s[v.Name] = graph.Of(state[v.Name])
	}
	values, out := cell.Step(p, s, graph.Of(current)), map[string]*gorgonia.Node{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		n, err := values[name].Node()
		if err != nil {
			return nil, errors.Wrapf(err, "the step's %s", name)
		}
		if !graph.SameShape(n.Shape(), current.Shape()) {
			return nil, errors.Errorf("the step's %s has shape %v, want %v", name, n.Shape(), current.Shape())
		}
		out[name] = n
	}
	return out, nil
}
