package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Simulate runs neurons on a current [T, batch, units] given as numbers, float32 or float64, without
// training: each example and unit is a neuron of its own. It returns all that the neurons record, by
// name, each [T, batch, units]: element t of a series is the state at the end of step t.
func Simulate(c Cell, current *tensor.Dense, initial Initial) (map[string]*tensor.Dense, error) {
	g := gorgonia.NewGraph()
	p, err := graph.NewParams(g, current.Dtype(), 0)
	if err != nil {
		return nil, err
	}
	x, err := graph.Input(g, "current", current)
	if err == nil {
		err = wantSequence("current", "units", x)
	}
	if err != nil {
		return nil, graph.Wrapf(err, "simulation")
	}
	n, err := Layer{Units: current.Shape()[2], Cell: c, Initial: initial}.DeclareNeurons(p, "neurons")
	if err != nil {
		return nil, err
	}
	a, err := n.Drive(x)
	if err != nil {
		return nil, err
	}
	var series gorgonia.Nodes
	for _, name := range a.Names() {
		s, err := a.Series(name)
		if err != nil {
			return nil, err
		}
		series = append(series, s)
	}
	m, err := graph.NewMachine(series...)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	recorded := map[string]*tensor.Dense{}
	for i, name := range a.Names() {
		recorded[name] = series[i].Value().(*tensor.Dense)
	}
	return recorded, nil
}
