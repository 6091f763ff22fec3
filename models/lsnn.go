package models

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/tensor"
)

// LSNN is the network of Bellec et al. 2018 and 2020, a long short-term memory of spiking neurons: one
// recurrent population of regular and of adaptive neurons with a refractory period, see [nodes.LSNN],
// that leaky integrators read out. Zero, or nil where zero is a setting, stands for the defaults, which are
// those of the accumulation of evidence in the paper of 2020.
type LSNN struct {
	In, Out  int
	Regular  int // neurons with a fixed threshold, which are the first ones
	Adaptive int // neurons with an adaptive threshold

	TauM       float64  // membrane time constant, ms; default 20
	TauAdp     float64  // adaptation time constant, ms; default 2000
	TauOut     float64  // time constant of the readout, ms; default 20
	Threshold  float64  // at rest; default 0.6
	Strength   *float64 // of the adaptation; nil is 1.7
	Refractory *float64 // ms; nil is 5, and 0 is no refractory period
	Dt         float64  // time step, ms; default 1

	// Estimator says how the gradient of the recurrent layer assigns credit over time; default
	// ops.EProp{}, with the reset left out of the gradient as in the paper. With any other the gradient
	// has the reset in it.
	Estimator ops.Estimator
	Feedback  nodes.Feedback // from the readout; default symmetric

	Dtype tensor.Dtype
	Seed  uint64
}

// SRNN is the network as the settings of an SRNN, which can be changed further. All weights start from
// N(0, 1/inputs), there are no biases, and no neuron has a synapse to itself. The time constants are
// trainable parameters, as everywhere; in the paper they are fixed.
//
// The strength is that of the adaptation where current and adaptation are scaled by one minus their
// decay. In nodes.LSNN, where they are not, it is
//
//	β = strength (1 − e^{−dt/τadp}) / (1 − e^{−dt/τm})
func (c LSNN) SRNN() (SRNN, error) {
	for _, d := range []struct {
		field *float64
		value float64
	}{{&c.TauM, 20}, {&c.TauAdp, 2000}, {&c.TauOut, 20}, {&c.Threshold, .6}, {&c.Dt, 1}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	strength, refractory := 1.7, 5.0
	if c.Strength != nil {
		strength = *c.Strength
	}
	if c.Refractory != nil {
		refractory = *c.Refractory
	}
	if c.Estimator == nil {
		c.Estimator = ops.EProp{}
	}
	units := c.Regular + c.Adaptive
	switch {
	case c.Regular < 0 || c.Adaptive < 0 || units == 0:
		return SRNN{}, errors.Errorf("srnn: LSNN: there are %d regular and %d adaptive neurons, want at least one", c.Regular, c.Adaptive)
	case c.In < 1 || c.Out < 1:
		return SRNN{}, errors.Errorf("srnn: LSNN: there are %d inputs and %d outputs, want at least one of each", c.In, c.Out)
	case !(c.TauM > 0 && c.TauAdp > 0 && c.TauOut > 0 && c.Dt > 0):
		return SRNN{}, errors.Errorf("srnn: LSNN: the time constants are %v, %v and %v ms, and dt %v ms: want positive times", c.TauM, c.TauAdp, c.TauOut, c.Dt)
	}
	if !(refractory >= 0) || !graph.Finite(refractory) {
		return SRNN{}, errors.Errorf("srnn: LSNN: the refractory period is %v ms, want 0 for none, or a positive time", refractory)
	}
	eprop := ops.PathsOf(c.Estimator).Cut
	var cell nodes.Cell = nodes.LSNN{
		TauM: graph.Constant(c.TauM), TauAdp: graph.Constant(c.TauAdp), B0: c.Threshold, Dt: c.Dt,
		Beta:    new(strength * math.Expm1(-c.Dt/c.TauAdp) / math.Expm1(-c.Dt/c.TauM)),
		Regular: float64(c.Regular) / float64(units), DetachReset: eprop,
	}
	if refractory > 0 {
		cell = nodes.Refractory{Cell: cell, Period: refractory}
	}
	normal := func(inputs int) graph.Initializer { return graph.Normal{Std: 1 / math.Sqrt(float64(inputs))} }
	return SRNN{
		In: c.In,
		Hidden: []nodes.Layer{{
			Units: units, Cell: cell, Recurrent: true, Estimator: c.Estimator,
			Linear: nodes.Linear{Weight: normal(c.In), NoBias: true}, WRec: normal(units), RecMask: nodes.NoAutapses{},
		}},
		Readout: Readout{Kind: Integrator, Layer: nodes.Layer{
			Units: c.Out, Cell: nodes.LI{TauM: graph.Constant(c.TauOut), Dt: c.Dt},
			Linear: nodes.Linear{Weight: normal(units), NoBias: true, Feedback: c.Feedback},
		}},
		Dtype: c.Dtype, Seed: c.Seed,
	}, nil
}
