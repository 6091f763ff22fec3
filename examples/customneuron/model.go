package main

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// model is a network declared as a graph, for batches of one size:
//
//	current = tanh(x W + b)        a dense layer of ordinary Gorgonia
//	spikes  = TCLIF(current)       the neurons in neuron.go, a recurrent layer over all steps
//	smooth  = LI(spikes)           leaky integrators of this module
//	scores  = smooth W + b         a dense layer of ordinary Gorgonia
type model struct {
	params *graph.Params
	layer  nodes.Layer // of the TCLIF neurons

	x, labels      *gorgonia.Node // [T, batch, channels], [T, batch]
	neurons        *nodes.Activity
	spikes, scores *gorgonia.Node // [T, batch, neurons], [T, batch, classes]
	loss           *gorgonia.Node // cross entropy in nats: the sum over the steps, the mean over the batch
}

const (
	features = 16 // of the first dense layer
	tau      = 5  // of the leaky integrators, steps
	skip     = 10 // steps at the beginning of a record that do not count, as in the example ecg
)

func newModel(d models.Dims, batch, neurons int, seed uint64) (*model, error) {
	g := gorgonia.NewGraph()
	m := &model{
		layer:  nodes.Layer{Units: neurons, Cell: TCLIF{}, Recurrent: true},
		x:      gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(d.Steps, batch, d.Features), gorgonia.WithName("x")),
		labels: gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(d.Steps, batch), gorgonia.WithName("labels")),
	}
	var err error
	if m.params, err = graph.NewParams(g, tensor.Float32, seed); err != nil {
		return nil, err
	}
	encoded, err := dense(m.params.Scope("encoder"), m.x, features)
	if err != nil {
		return nil, err
	}
	current, err := gorgonia.Tanh(encoded)
	if err != nil {
		return nil, err
	}
	if m.neurons, err = run(m.params, "neurons", m.layer, current); err != nil {
		return nil, err
	}
	if m.spikes, err = m.neurons.Spikes(); err != nil {
		return nil, err
	}
	integrators, err := run(m.params, "integrators", nodes.Layer{Units: neurons, Cell: nodes.LI{TauM: graph.Constant(tau)}}, m.spikes)
	if err != nil {
		return nil, err
	}
	smooth, err := integrators.Membrane()
	if err != nil {
		return nil, err
	}
	if m.scores, err = dense(m.params.Scope("readout"), smooth, d.Classes); err != nil {
		return nil, err
	}
	m.loss, err = ops.CrossEntropy(m.scores, m.labels, ops.CrossEntropySettings{Skip: skip})
	return m, err
}

// run declares a layer and runs it over x [T, batch, in].
func run(p *graph.Params, name string, l nodes.Layer, x *gorgonia.Node) (*nodes.Activity, error) {
	n, err := l.Declare(p, name, x.Shape()[2])
	if err != nil {
		return nil, err
	}
	return n.Forward(x)
}

// dense is x W + b at every step: [T, batch, in] to [T, batch, out].
func dense(p *graph.Params, x *gorgonia.Node, out int) (*gorgonia.Node, error) {
	w, err := p.Declare("w", "weight", graph.XavierUniform{}, x.Shape()[2], out)
	if err != nil {
		return nil, err
	}
	b, err := p.Declare("b", "bias", graph.Constant(0), out)
	if err != nil {
		return nil, err
	}
	return graph.Of(x).MatMul(graph.Of(w)).Add(graph.Of(b)).Node()
}
