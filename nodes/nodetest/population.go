package nodetest

import (
	"slices"
	"strings"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// population is an experiment's layer, declared in a graph with what it runs on.
type population struct {
	experiment
	name    string
	params  *graph.Params
	neurons *nodes.Neurons
	own     map[string]*gorgonia.Node // the layer's parameters by their names
	x       *gorgonia.Node
	start   nodes.State
}

// declare adds the layer to a graph under a name.
func (e experiment) declare(g *gorgonia.ExprGraph, name string) (*population, error) {
	params, err := graph.NewParams(g, e.dtype, 1)
	if err != nil {
		return nil, err
	}
	p := &population{experiment: e, name: name, params: params, own: map[string]*gorgonia.Node{}, start: nodes.State{}}
	layer := nodes.Layer{Units: e.units, Cell: e.cell, Recurrent: e.recurrent, KeepEvery: e.keepEvery, Estimator: e.estimator}
	if p.neurons, err = layer.Declare(params, name, e.in); err != nil {
		return nil, err
	}
	for _, q := range params.All() {
		if err := params.Set(q.Name, q.Node.Shape(), e.valuesOf(q)); err != nil {
			return nil, err
		}
		short := strings.TrimPrefix(q.Name, name+".")
		p.own[short] = q.Node
		if tau, ok := e.taus[short]; ok {
			overwrite(q.Node.Value(), slices.Repeat([]float64{tau}, e.units))
		}
	}
	p.x = p.input("x", e.x, e.steps, e.batch, e.in)
	for _, v := range e.variables() {
		p.start[v.Name] = p.input("initial "+v.Name, e.initial[v.Name], e.batch, e.units)
	}
	return p, nil
}

// setDrive scales the synapses from the inputs.
func (p *population) setDrive(drive float64) {
	p.drive = drive
	for _, q := range p.params.All() {
		if q.Node == p.own["w_in"] || q.Node == p.own["b_in"] {
			overwrite(q.Node.Value(), p.valuesOf(q))
		}
	}
}

// input adds an input of these values.
func (p *population) input(name string, values []float64, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.Of(p.dtype), tensor.WithShape(shape...))
	overwrite(v, values)
	return gorgonia.NewTensor(p.params.Graph(), p.dtype, len(shape), gorgonia.WithShape(shape...),
		gorgonia.WithName(p.name+" "+name), gorgonia.WithValue(v))
}

// overwrite copies values to a tensor of either precision; nil are zeros.
func overwrite(v gorgonia.Value, values []float64) {
	switch d := v.Data().(type) {
	case []float32:
		clear(d)
		for i, x := range values {
			d[i] = float32(x)
		}
	case []float64:
		clear(d)
		copy(d, values)
	}
}
