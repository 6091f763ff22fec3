package models_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/tensor"
)

// toy is a task of two classes: which of two inputs spikes more, in a whole sequence or, with
// perStep, which of them spiked last.
type toy struct {
	n, steps int
	perStep  bool
}

func (d toy) Len() int { return d.n }

func (d toy) Spec() train.Spec {
	return train.Spec{Steps: d.steps, Features: 2, Classes: 2, PerStep: d.perStep}
}

func (d toy) Read(i int, e *train.Example) error {
	if i < 0 || i >= d.n || len(e.X) != 2*d.steps || len(e.Classes) != d.Spec().Targets(d.steps) {
		return fmt.Errorf("example %d into %d and %d", i, len(e.X), len(e.Classes))
	}
	rng := rand.New(rand.NewPCG(uint64(i), 77))
	class := i % 2
	last := train.Ignore
	for t := range d.steps {
		if rng.Float64() < .4 {
			c := class
			if d.perStep || rng.Float64() < .2 {
				c = rng.IntN(2)
			}
			e.X[2*t+c] = 1
			last = c
		}
		if d.perStep {
			e.Classes[t] = last
		}
	}
	if !d.perStep {
		e.Classes[0] = class
	}
	return nil
}

// toyNet is a small network for the toy task.
func toyNet(kind models.ReadoutKind) models.SRNN {
	return models.SRNN{
		In:      2,
		Hidden:  []nodes.Layer{{Units: 8, Cell: nodes.ALIF{TauAdp: graph.Constant(30)}, Recurrent: true, Initial: nodes.Random(1)}},
		Readout: models.Readout{Kind: kind, Layer: nodes.Layer{Units: 2, Initial: nodes.Random(1)}},
		Seed:    3,
	}
}

func adam(rate float64) *optim.Solver {
	return optim.New(optim.Adam(optim.Constant(rate)), optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: .5})
}

// relaxed is a two-layer network without steps, whose gradients are exact.
func relaxed(kind models.ReadoutKind) models.SRNN {
	s := ops.Relaxed{Surrogate: ops.Gaussian{}}
	start := nodes.Initial{nodes.Membrane: nodes.Constant(.3), nodes.Adaptation: nodes.Baseline(), nodes.Spikes: nodes.Constant(.2)}
	cell := nodes.ALIF{TauM: graph.Uniform{Low: 3, High: 9}, TauAdp: graph.Uniform{Low: 8, High: 20}, B0: new(.1), Surrogate: s}
	c := models.SRNN{
		In: 3,
		Hidden: []nodes.Layer{
			{Units: 4, Cell: cell, Recurrent: true, Initial: start},
			{Units: 3, Cell: nodes.LIF{TauM: graph.Uniform{Low: 3, High: 9}, Surrogate: s}, Recurrent: true, Initial: start},
		},
		Readout: models.Readout{Kind: kind, Layer: nodes.Layer{Units: 3, Initial: start}},
		Dtype:   tensor.Float64, Seed: 11,
	}
	if kind != models.Integrator {
		c.Readout.Layer.Cell = cell
	}
	return c
}
