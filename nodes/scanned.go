package nodes

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// population is a cell declared in a graph, to be run by scanning its step.
type population struct {
	cell   Cell
	names  []string // of the parameters
	params gorgonia.Nodes
	wRec   *gorgonia.Node // nil without recurrence
	mask   *gorgonia.Node // of recurrent spikes, [T, batch, units]; nil: all pass as they are
	keep   int            // see graph.Scan

	estimator ops.Estimator
}

// scan runs the neurons on currents [T, batch, units] from a state. Moment, if there is one, see
// drive.split, is added to the current where it makes the outputs, and not where it makes the state.
func (n *population) scan(current, moment *gorgonia.Node, variables []Variable, initial State) (record, func() (State, error), error) {
	var start gorgonia.Nodes
	for _, v := range variables {
		start = append(start, initial[v.Name])
	}
	var names []string
	captured := slices.Clone(n.params)
	if n.wRec != nil {
		captured = append(captured, n.wRec)
	}
	sequences := gorgonia.Nodes{current}
	if moment != nil {
		sequences = append(sequences, moment)
	}
	if n.mask != nil {
		sequences = append(sequences, n.mask)
	}
	scan := graph.Scan{
		Sequences: sequences, Initial: start, Captured: captured,
		KeepEvery: n.keep, Truncate: ops.PathsOf(n.estimator).Piece, Batched: true,
		Step: func(x, state, captured gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			var mask *gorgonia.Node
			if n.mask != nil {
				mask, x = x[len(x)-1], x[:len(x)-1]
			}
			var values Values
			if values, err = n.step(variables, x[0], mask, state, captured); err != nil {
				return nil, nil, err
			}
			names = outputNames(values)
			if out, err = values.nodesOf(names); err != nil {
				return nil, nil, err
			}
			for _, v := range variables {
				next = append(next, out[slices.Index(names, v.Name)])
			}
			if len(x) == 1 {
				return out, next, nil
			}
			atOnce, err := gorgonia.Add(x[0], x[1])
			if err != nil {
				return nil, nil, err
			}
			if values, err = n.step(variables, atOnce, mask, state, captured); err != nil {
				return nil, nil, err
			}
			out, err = values.nodesOf(names)
			return out, next, err
		},
	}
	result, err := scan.Apply()
	if err != nil {
		return nil, nil, errors.Wrap(err, nameOf(n.cell))
	}
	r := record{}
	for k, name := range names {
		r[name] = func() (*gorgonia.Node, error) { return result.Output(k) }
	}
	final := func() (State, error) {
		s := State{}
		for k, v := range variables {
			var err error
			if s[v.Name], err = result.Final(k); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
	return r, final, nil
}

// step is one step of the neurons with their recurrent synapses, as nodes; mask may be nil.
func (n *population) step(variables []Variable, current, mask *gorgonia.Node, state, captured gorgonia.Nodes) (Values, error) {
	p, s := Values{}, Values{}
	for i, name := range n.names {
		p[name] = graph.Of(captured[i])
	}
	for i, v := range variables {
		s[v.Name] = graph.Of(state[i])
	}
	if n.wRec != nil {
		// The transposed weights are the same at every step, and so computed once.
		weights, err := gorgonia.Transpose(captured[len(n.names)], 1, 0)
		if err != nil {
			return nil, err
		}
		spikes := s[Spikes]
		if ops.PathsOf(n.estimator).Cut {
			spikes = spikes.Detach()
		}
		if mask != nil {
			spikes = spikes.Mul(graph.Of(mask))
		}
		recurrent := spikes.Map(func(spikes *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mul(spikes, weights) })
		if current, err = graph.Of(current).Add(recurrent).Node(); err != nil {
			return nil, err
		}
	}
	values := n.cell.Step(p, s, graph.Of(current))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		node, err := values[name].Node()
		if err != nil {
			return nil, errors.Wrapf(err, "the step's %s", name)
		}
		if want := (tensor.Shape{current.Shape()[0], current.Shape()[1]}); !graph.SameShape(node.Shape(), want) {
			return nil, errors.Errorf("the step's %s has shape %v, want %v", name, node.Shape(), want)
		}
	}
	return values, nil
}

// outputNames are the names of what a step gives, the one that is the output first.
func outputNames(v Values) []string {
	names := slices.Sorted(maps.Keys(v))
	for _, first := range []string{Membrane, Spikes} {
		if i := slices.Index(names, first); i >= 0 {
			names = slices.Insert(slices.Delete(names, i, i+1), 0, first)
		}
	}
	return names
}
