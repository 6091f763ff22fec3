package models

import (
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SpikeProp is a feed-forward network of neurons that spike once at most, whose inputs and outputs are the
// times of spikes: that of Bohte, Kok & La Poutré 2002, "Error-backpropagation in temporally encoded
// networks of spiking neurons". Its gradient is that of the times at which potentials cross their
// thresholds, see [ops.SpikeTime], and no surrogate.
type SpikeProp struct {
	In         int         // inputs
	Inhibitory int         // how many of the inputs, the last ones, are inhibitory
	Layers     []nodes.SRM // from the inputs on; the last are the outputs

	// Horizon is the end of time, ms: neurons that have not spiked until then are silent. Default 50. It
	// is that of all layers.
	Horizon float64

	Dtype tensor.Dtype // tensor.Float32 or tensor.Float64; default Float32
	Seed  uint64       // of the initial weights
}

// SpikePropNetwork is a SpikeProp declared in a graph. Its parameters are named layer0.w, layer1.w, …, and
// layer0.delay, … where delays are trained. [train.SaveParams] and [train.LoadParams] save and load them.
type SpikePropNetwork struct {
	config SpikeProp
	params *graph.Params
	layers []*nodes.SRMNeurons
}

// NewSpikeProp declares the network's parameters in g.
func NewSpikeProp(g *gorgonia.ExprGraph, c SpikeProp) (*SpikePropNetwork, error) {
	c.Dtype = dtypeOr32(c.Dtype)
	p, err := graph.NewParams(g, c.Dtype, c.Seed)
	if err != nil {
		return nil, err
	}
	if c.Horizon == 0 {
		c.Horizon = 50
	}
	return declareSpikeProp(p, c)
}

// In declares the same network in another graph. Both share the memory of their parameters, see
// [Network.In].
func (n *SpikePropNetwork) In(g *gorgonia.ExprGraph) (*SpikePropNetwork, error) {
	p, err := n.params.In(g)
	if err != nil {
		return nil, err
	}
	return declareSpikeProp(p, n.config)
}

func declareSpikeProp(p *graph.Params, c SpikeProp) (*SpikePropNetwork, error) {
	if len(c.Layers) == 0 {
		return nil, errors.New("srnn: SpikeProp: there are no layers, want at least the outputs")
	}
	n := &SpikePropNetwork{config: c, params: p}
	in, inhibitory := c.In, c.Inhibitory
	for i, l := range c.Layers {
		if l.Horizon != 0 && l.Horizon != c.Horizon {
			return nil, errors.Errorf("srnn: SpikeProp: layer%d has a horizon of %v ms, and the network one of %v ms", i, l.Horizon, c.Horizon)
		}
		l.Horizon = c.Horizon
		layer, err := l.Declare(p, fmt.Sprintf("layer%d", i), in, inhibitory)
		if err != nil {
			return nil, graph.Wrapf(err, "SpikeProp")
		}
		n.layers = append(n.layers, layer)
		in, inhibitory = l.Units, l.Inhibitory
	}
	return n, nil
}

// Config is what the network was declared from.
func (n *SpikePropNetwork) Config() SpikeProp { return n.config }

// Params are the network's parameters.
func (n *SpikePropNetwork) Params() *graph.Params { return n.params }

// Learnables are the nodes of the network's parameters, for gorgonia.Grad and solvers.
func (n *SpikePropNetwork) Learnables() gorgonia.Nodes { return n.params.Nodes() }

// Neurons are those of each layer, the outputs last.
func (n *SpikePropNetwork) Neurons() []*nodes.SRMNeurons { return n.layers }

// SpikeTimes are when the neurons of a network spike, in ms. Those that are silent have the time of the
// horizon.
type SpikeTimes struct {
	Out    *gorgonia.Node // [batch, units] of the last layer
	Layers gorgonia.Nodes // the same of all layers, the outputs last
}

// Forward runs the network on the times of its inputs' spikes, [batch, in], in ms. An input from the
// horizon on is silent.
func (n *SpikePropNetwork) Forward(times *gorgonia.Node) (*SpikeTimes, error) {
	out := &SpikeTimes{Out: times}
	for _, l := range n.layers {
		var err error
		if out.Out, err = l.Forward(out.Out); err != nil {
			return nil, err
		}
		out.Layers = append(out.Layers, out.Out)
	}
	return out, nil
}

// SpikeTimeError is the loss of the paper, ½ Σ (t − target)² over all outputs and all examples of a batch,
// in ms², a scalar. Times and targets are [batch, units]. As it is a sum, a step on a batch is that of all
// its examples together, and a learning rate for single examples may be too large for batches.
func SpikeTimeError(times, target *gorgonia.Node) (*gorgonia.Node, error) {
	if times == nil || target == nil {
		return nil, errors.New("srnn: SpikeTimeError: times or targets are nil, want [batch, units]")
	}
	if !graph.SameShape(times.Shape(), target.Shape()) {
		return nil, errors.Errorf("srnn: SpikeTimeError: times have shape %v, and targets %v", times.Shape(), target.Shape())
	}
	loss, err := graph.Of(times).Sub(graph.Of(target)).Square().Times(.5).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Sum(n)
	}).Node()
	return loss, graph.Wrapf(err, "SpikeTimeError")
}

// FirstSpike is the neuron that spikes first, the class that outputs name. Where several are the first it is
// that with the lowest number; where none spikes before the horizon, it is [train.Ignore].
func FirstSpike(times []float64, horizon float64) int {
	first := train.Ignore
	for j, t := range times {
		if t < horizon && (first == train.Ignore || t < times[first]) {
			first = j
		}
	}
	return first
}
