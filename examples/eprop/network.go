package main

import (
	"math"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// network is a recurrent layer and a readout of leaky integrators in a graph, for batches of one size:
//
//	inputs → neurons (recurrent) → readout (leaky integrators) → loss of the task
//
// Nothing in it depends on how gradients are estimated but one field of the layer.
type network struct {
	params         *graph.Params
	neurons        nodes.Layer
	x, target      *gorgonia.Node // packed spikes [T, batch, ⌈inputs/24⌉]; what the loss compares with
	activity       *nodes.Activity
	spikes, counts *gorgonia.Node // [T, batch, units]; Σ over the steps, [batch, units]
	out            *gorgonia.Node // [T, batch, outputs]
	loss, total    *gorgonia.Node // of the task; with the regulariser
}

// layers are what a network is made of.
func (s settings) layers() (neurons, readout nodes.Layer) {
	d := s.task.dims()
	neurons = nodes.Layer{
		Units: s.Units, Cell: s.cell(), Recurrent: true, Estimator: s.estimator,
		Linear: nodes.Linear{Weight: normal(d.inputs), NoBias: true}, WRec: graph.ZeroDiagonal{Initializer: normal(s.Units)},
	}
	feedback := nodes.Feedback{Kind: s.Feedback}
	if s.Feedback == nodes.RandomFeedback && s.broadcast > 0 {
		feedback.Init = graph.Normal{Std: s.broadcast}
	}
	readout = nodes.Layer{
		Units: d.outputs, Cell: nodes.LI{TauM: graph.Constant(s.readoutTau)},
		Linear: nodes.Linear{Weight: normal(s.Units), NoBias: true, Feedback: feedback},
	}
	return neurons, readout
}

// normal are weights from N(0, 1/inputs).
func normal(inputs int) graph.Initializer { return graph.Normal{Std: 1 / math.Sqrt(float64(inputs))} }

// newNetwork declares a network with parameters of its own.
func (s settings) newNetwork(seed uint64) (*network, error) {
	params, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, seed)
	if err != nil {
		return nil, err
	}
	return s.declare(params)
}

// twin declares a network with these settings in another graph, with the parameters of n.
func (s settings) twin(n *network) (*network, error) {
	params, err := n.params.In(gorgonia.NewGraph())
	if err != nil {
		return nil, err
	}
	return s.declare(params)
}

func (s settings) declare(params *graph.Params) (*network, error) {
	d := s.task.dims()
	n := &network{params: params}
	var readout nodes.Layer
	n.neurons, readout = s.layers()
	var err error
	if n.x, err = input(params, "x", d.steps, s.Batch, graph.BitWords(d.inputs)); err != nil {
		return nil, err
	}
	if n.target, err = input(params, "target", s.task.target(s.Batch)...); err != nil {
		return nil, err
	}
	events, err := graph.Bits(n.x, d.inputs)
	if err != nil {
		return nil, err
	}
	recurrent, err := n.neurons.Declare(params, "neurons", d.inputs)
	if err != nil {
		return nil, err
	}
	if n.activity, err = recurrent.Forward(events); err != nil {
		return nil, err
	}
	if n.spikes, err = n.activity.Spikes(); err != nil {
		return nil, err
	}
	if n.counts, err = ops.SumOverTime(n.spikes, nil, 0); err != nil {
		return nil, err
	}
	integrators, err := readout.Declare(params, "readout", s.Units)
	if err != nil {
		return nil, err
	}
	outputs, err := integrators.Forward(n.spikes)
	if err != nil {
		return nil, err
	}
	if n.out, err = outputs.Membrane(); err != nil {
		return nil, err
	}
	if n.loss, err = s.task.loss(n.out, n.target); err != nil {
		return nil, err
	}
	// The paper's regulariser is a sum over the neurons, c/2 Σ_j (f_j − f*)², and ours a mean.
	rates := models.RateTarget{Target: s.Rate / 1000, Weight: s.RateWeight / 2 * float64(s.Units)}
	n.total, err = models.Regularize(n.loss, &models.Output{Membrane: n.out, Hidden: []*nodes.Activity{n.activity}, Readout: outputs}, rates)
	return n, err
}

// input is a node with a value.
func input(p *graph.Params, name string, shape ...int) (*gorgonia.Node, error) {
	n := gorgonia.NewTensor(p.Graph(), p.Dtype(), len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
	return n, gorgonia.Let(n, tensor.New(tensor.Of(p.Dtype()), tensor.WithShape(shape...)))
}

// trained are the parameters that learning changes: the weights, those of adaptive feedback, and the time
// constants where asked for.
func (n *network) trained(taus bool) (trained []graph.Param) {
	for _, p := range n.params.Trainable() {
		if p.Group != "tau" || taus {
			trained = append(trained, p)
		}
	}
	return trained
}

// gradients are those of the parameters by the layer's estimator.
func (n *network) gradients(of []graph.Param) (gorgonia.Nodes, error) {
	var params gorgonia.Nodes
	for _, p := range of {
		params = append(params, p.Node)
	}
	return gorgonia.Grad(n.total, params...)
}

// numbers are the elements of a node that has a value.
func numbers(n *gorgonia.Node) []float32 { return n.Value().Data().([]float32) }

// number is the value of a scalar node.
func number(n *gorgonia.Node) (float64, error) {
	x, err := graph.Float64s(n.Value())
	if err != nil {
		return 0, err
	}
	return x[0], nil
}
