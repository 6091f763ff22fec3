package main

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Network is a [train.Model] of one's own, written as a Gorgonia graph. What it gives are scores
// [T, batch, classes]:
//
//	current = tanh(x W + b)        a dense layer of ordinary Gorgonia
//	spikes  = TCLIF(current)       the neurons in neuron.go, a recurrent layer over all steps
//	smooth  = LI(spikes)           leaky integrators of this module
//	scores  = smooth W + b         a dense layer of ordinary Gorgonia
type Network struct {
	Features int         `json:"features"` // of the first dense layer
	Neurons  nodes.Layer `json:"neurons"`
	Tau      float64     `json:"tau"` // of the leaky integrators, steps
	Classes  int         `json:"classes"`
}

// Forward implements [train.Model].
func (n Network) Forward(p *graph.Params, b train.Batch) (*gorgonia.Node, error) {
	integrators := nodes.Layer{Units: n.Neurons.Units, Cell: nodes.LI{TauM: graph.Constant(n.Tau)}}
	current := dense(p, "encoder", n.Features, graph.Of(b.X)).Map(gorgonia.Tanh)
	spikes := layer(p, "neurons", n.Neurons, current, (*nodes.Activity).Spikes)
	smooth := layer(p, "integrators", integrators, spikes, (*nodes.Activity).Membrane)
	return dense(p, "readout", n.Classes, smooth).Node()
}

// dense is x W + b at every step: [T, batch, in] to [T, batch, out].
func dense(p *graph.Params, name string, out int, x graph.Expr) graph.Expr {
	return x.Map(func(x *gorgonia.Node) (*gorgonia.Node, error) {
		p := p.Scope(name)
		w, err := p.Declare("w", "weight", graph.XavierUniform{}, x.Shape()[2], out)
		if err != nil {
			return nil, err
		}
		b, err := p.Declare("b", "bias", graph.Constant(0), out)
		if err != nil {
			return nil, err
		}
		return graph.Of(x).MatMul(graph.Of(w)).Add(graph.Of(b)).Node()
	})
}

// layer declares a layer, runs it over x [T, batch, in], and gives one of its series [T, batch, units].
func layer(p *graph.Params, name string, l nodes.Layer, x graph.Expr, series func(*nodes.Activity) (*gorgonia.Node, error)) graph.Expr {
	return x.Map(func(x *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := l.Declare(p, name, x.Shape()[2])
		if err != nil {
			return nil, err
		}
		a, err := n.Forward(x)
		if err != nil {
			return nil, err
		}
		return series(a)
	})
}

// Loss is a [train.Loss] of one's own: the cross entropy of the scores with the class of every step, summed
// over the steps from Skip on.
type Loss struct {
	Skip int `json:"skip"`
}

// Loss implements [train.Loss].
func (Loss) Loss(scores *gorgonia.Node, b train.Batch) (*gorgonia.Node, error) {
	return ops.CrossEntropy(scores, b.Y, ops.CrossEntropySettings{})
}

// Scores implements [train.Scorer]: accuracies and predictions read them.
func (Loss) Scores(scores *gorgonia.Node, _ train.Batch) (*gorgonia.Node, error) { return scores, nil }

// Summed implements [train.Summed]: reports are per step.
func (Loss) Summed() {}

// FirstStep implements [train.Delayed]: earlier steps have no class, neither here nor in metrics.
func (l Loss) FirstStep() int { return l.Skip }

// Under these names, files tell which model and which loss they have.
func init() {
	train.MustRegisterModel("customneuron", Network{})
	train.MustRegisterLoss("customneuron", Loss{})
}
