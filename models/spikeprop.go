package models

import (
	"encoding/json"
	"fmt"
	"slices"

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
//
// It is a [train.Model] for data such as [SpikePatterns], with [SpikeTimeError] as the loss and [SpikeTiming] as
// a metric. The paper's learning is that by optim.SGD in batches of one.
type SpikeProp struct {
	In         int         `json:"in"`                   // inputs
	Inhibitory int         `json:"inhibitory,omitempty"` // how many of the inputs, the last ones, are inhibitory
	Layers     []nodes.SRM `json:"layers"`               // from the inputs on; the last are the outputs

	// Horizon is the end of time, ms: neurons that have not spiked until then are silent. Default 50. It
	// is that of all layers.
	Horizon float64 `json:"horizon"`

	Dtype tensor.Dtype `json:"-"` // tensor.Float32 or tensor.Float64; default Float32
	Seed  uint64       `json:"-"` // of the initial weights
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
	p, err := graph.NewParams(g, dtypeOr32(c.Dtype), c.Seed)
	if err != nil {
		return nil, err
	}
	return c.Declare(p)
}

// Declare declares the network's parameters among others, see [SRNN.Declare].
func (c SpikeProp) Declare(p *graph.Params) (*SpikePropNetwork, error) {
	if err := sameAs(p, c.Dtype, c.Seed); err != nil {
		return nil, err
	}
	c.Dtype, c.Seed = p.Dtype(), p.Seed()
	return declareSpikeProp(p, c.withHorizon())
}

// Forward implements [train.Model]. The times of the inputs' spikes, in ms, are the features of the one step that
// an example has.
func (c SpikeProp) Forward(p *graph.Params, b train.Batch) (*SpikeTimes, error) {
	n, err := c.Declare(p)
	if err != nil {
		return nil, err
	}
	s := b.X.Shape()
	if s[0] != 1 || b.Spec.Events {
		return nil, errors.Errorf("srnn: SpikeProp: x has shape %v, want [1, batch, %d] of times", s, c.In)
	}
	times, err := graph.Reshape(b.X, s[1], s[2])
	if err != nil {
		return nil, err
	}
	return n.Forward(times)
}

// MarshalJSON writes what the network is, without what its weights were made with.
func (c SpikeProp) MarshalJSON() ([]byte, error) {
	c = c.withHorizon()
	c.Layers = slices.Clone(c.Layers)
	for i := range c.Layers {
		if c.Layers[i].Horizon == 0 {
			c.Layers[i].Horizon = c.Horizon
		}
	}
	type plain SpikeProp
	return json.Marshal(plain(c))
}

func (c SpikeProp) withHorizon() SpikeProp {
	if c.Horizon == 0 {
		c.Horizon = 50
	}
	return c
}

// sameAs refuses a dtype and a seed, where they are set, that are not those of the parameters.
func sameAs(p *graph.Params, dt tensor.Dtype, seed uint64) error {
	if dt != (tensor.Dtype{}) && dt != p.Dtype() {
		return errors.Errorf("srnn: the network is to be of %v, and its parameters are of %v", dt, p.Dtype())
	}
	if seed != 0 && seed != p.Seed() {
		return errors.Errorf("srnn: the network's seed is to be %d, and that of its parameters is %d", seed, p.Seed())
	}
	return nil
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
	Out     *gorgonia.Node // [batch, units] of the last layer
	Layers  gorgonia.Nodes // the same of all layers, the outputs last
	Horizon float64        // the end of time, ms, in the precision of the network
}

// Forward runs the network on the times of its inputs' spikes, [batch, in], in ms. An input from the
// horizon on is silent.
func (n *SpikePropNetwork) Forward(times *gorgonia.Node) (*SpikeTimes, error) {
	out := &SpikeTimes{Out: times, Horizon: n.config.Horizon}
	if n.params.Dtype() == tensor.Float32 {
		out.Horizon = float64(float32(out.Horizon))
	}
	for _, l := range n.layers {
		var err error
		if out.Out, err = l.Forward(out.Out); err != nil {
			return nil, err
		}
		out.Layers = append(out.Layers, out.Out)
	}
	return out, nil
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

func init() { train.MustRegisterModel("spikeprop", SpikeProp{}) }
