package models

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Regularizers are terms that training adds to the loss, see [train.Task]. Those here are means over the
// neurons of a layer, summed over the hidden layers of a graph, whatever graph that is, times a weight. They
// count the steps that exist, and the examples alike. The cross entropy beside them is a mean over the batch,
// and with [PerStep] a sum over the steps.
//
// Terms of spikes cost little: what the next layer reads is counted. A loss that reads two outputs
// of one layer, as spikes and membrane potential, goes backwards through the layer once for each.

// RateTarget draws each neuron's firing rate, the mean over batch and steps, to a target:
//
//	weight · mean over neurons of (rate − target)²
//
// See Bellec et al. 2018, whose target of 10 Hz is .01 at steps of 1 ms.
type RateTarget struct {
	Target  float64 `json:"target"` // spikes per step, 0 to 1
	Weight  float64 `json:"weight"`
	Readout bool    `json:"readout,omitempty"` // the readout too, which must spike
}

// RateBounds keeps each neuron's firing rate, the mean over batch and steps, between bounds, so that
// neurons are neither silent nor busy all the time (Zenke & Vogels 2021):
//
//	weight · mean over neurons of max(0, lower − rate)² + max(0, rate − upper)²
type RateBounds struct {
	Lower   float64 `json:"lower"`           // spikes per step
	Upper   float64 `json:"upper,omitempty"` // spikes per step; 0: there is no upper bound
	Weight  float64 `json:"weight"`
	Readout bool    `json:"readout,omitempty"` // the readout too, which must spike
}

// SpikeL1 makes spikes rare, all alike: weight · mean of S_t over neurons, batch and steps.
type SpikeL1 struct {
	Weight  float64 `json:"weight"`
	Readout bool    `json:"readout,omitempty"` // the readout too, which must spike
}

// SpikeL2 makes spikes rare where there are many: weight · mean of r² over neurons and batch, where
// r is the rate of a neuron in one example, in spikes per step.
type SpikeL2 struct {
	Weight  float64 `json:"weight"`
	Readout bool    `json:"readout,omitempty"` // the readout too, which must spike
}

// MembraneRange keeps membrane potentials in a range:
//
//	weight · mean over neurons, batch and steps of max(0, low − u_t)² + max(0, u_t − high)²
//
// It reads a second output of the hidden layers, and so has them go backwards twice.
type MembraneRange struct {
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Weight  float64 `json:"weight"`
	Readout bool    `json:"readout,omitempty"` // the readout too
}

// Term implements [train.Term].
func (r RateTarget) Term(v train.View) (*gorgonia.Node, error) {
	if !(r.Target >= 0 && r.Target <= 1) {
		return nil, errors.Errorf("the target is %v spikes per step, want 0 to 1", r.Target)
	}
	return penalty(v, nodes.Spikes, r.Weight, r.Readout, func(x graph.Expr) graph.Expr {
		return mean(average(rates(x, v), v.Weight).Plus(-r.Target).Square())
	})
}

// Term implements [train.Term].
func (r RateBounds) Term(v train.View) (*gorgonia.Node, error) {
	upper := r.Upper
	if upper == 0 {
		upper = math.Inf(1)
	}
	if !(r.Lower >= 0 && r.Lower <= upper) {
		return nil, errors.Errorf("the bounds are %v and %v spikes per step, want 0 ≤ lower ≤ upper", r.Lower, r.Upper)
	}
	return penalty(v, nodes.Spikes, r.Weight, r.Readout, func(x graph.Expr) graph.Expr {
		return mean(outside(average(rates(x, v), v.Weight), r.Lower, upper).Square())
	})
}

// Term implements [train.Term].
func (r SpikeL1) Term(v train.View) (*gorgonia.Node, error) {
	return penalty(v, nodes.Spikes, r.Weight, r.Readout, func(x graph.Expr) graph.Expr { return mean(average(rates(x, v), v.Weight)) })
}

// Term implements [train.Term].
func (r SpikeL2) Term(v train.View) (*gorgonia.Node, error) {
	return penalty(v, nodes.Spikes, r.Weight, r.Readout, func(x graph.Expr) graph.Expr { return mean(average(rates(x, v).Square(), v.Weight)) })
}

// Term implements [train.Term].
func (r MembraneRange) Term(v train.View) (*gorgonia.Node, error) {
	if !(r.Low <= r.High) {
		return nil, errors.Errorf("the range is %v to %v, want low ≤ high", r.Low, r.High)
	}
	return penalty(v, nodes.Membrane, r.Weight, r.Readout, func(x graph.Expr) graph.Expr {
		return mean(average(rates(outside(x, r.Low, r.High).Square(), v), v.Weight))
	})
}

// penalty sums a term, of one layer a scalar, over the hidden layers that have a quantity.
func penalty(v train.View, quantity string, weight float64, readout bool, term func(x graph.Expr) graph.Expr) (*gorgonia.Node, error) {
	if !(weight >= 0) || !graph.Finite(weight) {
		return nil, errors.Errorf("the weight is %v, want a number that is not negative", weight)
	}
	var sum graph.Expr
	found := 0
	for _, l := range v.Layers {
		has := slices.Contains(l.Activity.Names(), quantity)
		if l.Readout && readout && !has {
			return nil, errors.Errorf("the readout, %s, has no %s", l.Layer, quantity)
		}
		if !has || l.Readout && !readout {
			continue
		}
		n, err := l.Activity.Series(quantity)
		if err != nil {
			return nil, graph.Wrapf(err, "%s", l.Layer)
		}
		x := term(graph.Of(n))
		if _, err := x.Node(); err != nil {
			return nil, graph.Wrapf(err, "%s", l.Layer)
		}
		if found++; found == 1 {
			sum = x
		} else {
			sum = sum.Add(x)
		}
	}
	if found == 0 {
		return nil, errors.Errorf("there are no hidden layers that have %s", quantity)
	}
	return sum.Times(weight).Node()
}

// rates are means over time of x [T, batch, units], [batch, units]: of spikes, their number per step.
func rates(x graph.Expr, v train.View) graph.Expr {
	n, err := x.Node()
	if err != nil {
		return x
	}
	if m := mask(v.Batch); m != nil {
		return x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return ops.MeanOverTime(n, m, 0) })
	}
	steps := n.Shape()[0]
	return x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return ops.SumOverTime(n, nil, 0) }).Times(1 / float64(steps))
}

// average is the mean over the batch of x [batch, units], [1, units].
func average(x graph.Expr, share *gorgonia.Node) graph.Expr { return graph.Of(share).MatMul(x) }

// mean is the mean of x [1, units], a scalar.
func mean(x graph.Expr) graph.Expr {
	n, err := x.Node()
	if err != nil {
		return x
	}
	units := n.Shape()[1]
	column := x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n, units, 1) }).Fill(1 / float64(units))
	return x.MatMul(column).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n) })
}

// outside is how far x lies above hi or, as a negative number, below lo.
func outside(x graph.Expr, lo, hi float64) graph.Expr { return x.Sub(x.Clamp(lo, hi)) }

func init() {
	train.MustRegisterTerm("rate_target", RateTarget{})
	train.MustRegisterTerm("rate_bounds", RateBounds{})
	train.MustRegisterTerm("spike_l1", SpikeL1{})
	train.MustRegisterTerm("spike_l2", SpikeL2{})
	train.MustRegisterTerm("membrane_range", MembraneRange{})
}
