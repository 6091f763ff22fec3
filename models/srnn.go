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

// SRNN is a spiking recurrent neural network: hidden layers of spiking neurons, and a readout
// (Yin, Corradi & Bohté 2020, 2021).
type SRNN struct {
	In      int           // input features
	Hidden  []nodes.Layer // from the input to the readout
	Readout Readout

	Dtype tensor.Dtype // tensor.Float32 or tensor.Float64; default Float32
	Seed  uint64       // of the initial weights
}

// Network is an SRNN declared in a graph. Its parameters are named layer0.w_in, …,
// readout.tau_m.
type Network struct {
	config  SRNN
	params  *graph.Params
	hidden  []*nodes.Neurons
	readout *nodes.Neurons
}

// NewSRNN declares the network's parameters in g.
func NewSRNN(g *gorgonia.ExprGraph, c SRNN) (*Network, error) {
	p, err := graph.NewParams(g, dtypeOr32(c.Dtype), c.Seed)
	if err != nil {
		return nil, err
	}
	return c.Declare(p)
}

// Declare declares the network's parameters among others. Two networks of one graph each have a scope
// of their own, see [graph.Params.Scope]. Dtype and Seed are those of p; if they are set, they must be
// the same.
func (c SRNN) Declare(p *graph.Params) (*Network, error) {
	if err := sameAs(p, c.Dtype, c.Seed); err != nil {
		return nil, err
	}
	c.Dtype, c.Seed = p.Dtype(), p.Seed()
	return declare(p, c)
}

// Forward implements [train.Model].
func (c SRNN) Forward(p *graph.Params, b train.Batch) (*Output, error) {
	n, err := c.Declare(p)
	if err != nil {
		return nil, err
	}
	return n.Forward(b.X)
}

// Of is the network of a training, or of a file that was loaded, declared in a graph of its own with the same
// parameters: what the one learns, the other has learnt.
func Of(t *train.Network) (*Network, error) {
	c, ok := t.Model().(SRNN)
	if !ok {
		return nil, errors.Errorf("srnn: the model is %T, want an SRNN", t.Model())
	}
	p, err := t.Params().In(gorgonia.NewGraph())
	if err != nil {
		return nil, err
	}
	return c.Declare(p)
}

// In declares the same network in another graph. Both share the memory of their parameters: a
// solver step on one changes the other. So one network can run at several batch sizes.
func (n *Network) In(g *gorgonia.ExprGraph) (*Network, error) {
	p, err := n.params.In(g)
	if err != nil {
		return nil, err
	}
	return declare(p, n.config)
}

func declare(p *graph.Params, c SRNN) (*Network, error) {
	n := &Network{config: c, params: p}
	in := c.In
	for i, l := range c.Hidden {
		if spikes, err := spiking(l.Cell); err != nil {
			return nil, graph.Wrapf(err, "layer%d", i)
		} else if !spikes {
			return nil, errors.Errorf("srnn: layer%d: %T neurons do not spike, they can only be a readout", i, l.Cell)
		}
		h, err := l.Declare(p, fmt.Sprintf("layer%d", i), in)
		if err != nil {
			return nil, err
		}
		n.hidden = append(n.hidden, h)
		in = l.Outputs()
	}
	l, err := c.Readout.layer()
	if err != nil {
		return nil, graph.Wrapf(err, "readout")
	}
	if n.readout, err = l.Declare(p, "readout", in); err != nil {
		return nil, err
	}
	return n, nil
}

// Config is what the network was declared from.
func (n *Network) Config() SRNN { return n.config }

// Params are the network's parameters, in its scope.
func (n *Network) Params() *graph.Params { return n.params }

// Learnables are the nodes of the network's parameters, for gorgonia.Grad and solvers.
func (n *Network) Learnables() gorgonia.Nodes { return n.params.Nodes() }

// Output is what a network did over a sequence.
type Output struct {
	// Membrane is the readout's membrane potential, [T, batch, classes].
	Membrane *gorgonia.Node

	// Spikes are those of the hidden layers, and last of the readout if it spikes, each
	// [T, batch, units].
	Spikes gorgonia.Nodes

	// Hidden and Readout give access to everything else.
	Hidden  []*nodes.Activity
	Readout *nodes.Activity
}

// Forward runs the network over a sequence x [T, batch, in], from its initial state.
func (n *Network) Forward(x *gorgonia.Node) (*Output, error) {
	if s := x.Shape(); len(s) != 3 || s[2] != n.config.In {
		return nil, errors.Errorf("srnn: x (%s) has shape %v, want [T, batch, %d]", x.Name(), s, n.config.In)
	}
	out := new(Output)
	for _, h := range n.hidden {
		a, err := h.Forward(x)
		if err != nil {
			return nil, err
		}
		if x, err = a.Spikes(); err != nil {
			return nil, err
		}
		out.Hidden = append(out.Hidden, a)
		out.Spikes = append(out.Spikes, x)
	}
	readout, err := n.readout.Forward(x)
	if err != nil {
		return nil, err
	}
	shared := n.params.Run()
	layers := shared.Layers()
	if err := shared.MarkReadout(layers[len(layers)-1].Layer); err != nil {
		return nil, err
	}
	read, err := OutputOf(readout)
	if err != nil {
		return nil, err
	}
	out.Readout, out.Membrane, out.Spikes = readout, read.Membrane, append(out.Spikes, read.Spikes...)
	return out, nil
}
