package models

import (
	"fmt"
	"math"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Regularizer is a term that training adds to the loss, see [Fit] and [Regularize]. Those of this
// package are means over the neurons of a layer, summed over the hidden layers, times a weight. The
// cross entropy beside them is a mean over the batch, and with [PerStep] a sum over the steps.
//
// Terms of spikes cost little: what the next layer reads is counted. A loss that reads two outputs
// of one layer, as spikes and membrane potential, goes backwards through the layer once for each.
type Regularizer interface {
	// Penalty is the term as a scalar node. Share, [1, batch], is the weight of each example in a
	// mean over the batch: examples that only fill a batch up have none.
	Penalty(out *Output, share *gorgonia.Node) (*gorgonia.Node, error)
}

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

// Regularize is a loss with terms added, all examples of the batch counting alike. The loss is a
// scalar in the graph of the output.
func Regularize(loss *gorgonia.Node, out *Output, terms ...Regularizer) (*gorgonia.Node, error) {
	if loss == nil || out == nil || out.Membrane == nil {
		return nil, errors.New("srnn: regularize: wants a loss and the output of a network")
	}
	if len(terms) == 0 {
		return loss, nil
	}
	share, err := sharesOf(out)
	if err != nil {
		return nil, graph.Wrapf(err, "regularize")
	}
	spread(share, out.Membrane.Shape()[1])
	total, _, err := regularize(loss, out, share, terms)
	return total, err
}

// regularize adds terms to a loss, and returns them too.
func regularize(loss *gorgonia.Node, out *Output, share *gorgonia.Node, terms []Regularizer) (total *gorgonia.Node, penalties gorgonia.Nodes, err error) {
	total = loss
	for i, r := range terms {
		if r == nil {
			return nil, nil, errors.Errorf("srnn: regularizer %d is nil", i)
		}
		p, err := r.Penalty(out, share)
		if err == nil && (p == nil || !p.Shape().IsScalar()) {
			err = errors.New("the penalty is not a scalar node")
		}
		if err == nil {
			total, err = gorgonia.Add(total, p)
		}
		if err != nil {
			return nil, nil, graph.Wrapf(err, "regularizer %d, %T", i, r)
		}
		penalties = append(penalties, p)
	}
	return total, penalties, nil
}

// sharesOf is an input for the weights of the examples, [1, batch].
func sharesOf(out *Output) (*gorgonia.Node, error) {
	dt, batch := out.Membrane.Dtype(), out.Membrane.Shape()[1]
	return graph.ZeroInput(out.Membrane.Graph(), dt, "share of each example", 1, batch)
}

// spread gives the first n examples equal shares, and the others none.
func spread(share *gorgonia.Node, n int) {
	switch s := share.Value().Data().(type) {
	case []float32:
		fillShares(s, n)
	case []float64:
		fillShares(s, n)
	}
}

func fillShares[F graph.Float](s []F, n int) {
	clear(s)
	for i := range s[:n] {
		s[i] = 1 / F(n)
	}
}

// describe tells lists of regularizers apart.
func describe(terms []Regularizer) string {
	var all []string
	for _, r := range terms {
		all = append(all, fmt.Sprintf("%T%+v", r, r))
	}
	return strings.Join(all, " ")
}

func (r RateTarget) Penalty(out *Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	if !(r.Target >= 0 && r.Target <= 1) {
		return nil, errors.Errorf("the target is %v spikes per step, want 0 to 1", r.Target)
	}
	return out.penalty(r.Weight, r.Readout, func(a *nodes.Activity) graph.Expr {
		return mean(average(rates(a), share).Plus(-r.Target).Square())
	})
}

func (r RateBounds) Penalty(out *Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	upper := r.Upper
	if upper == 0 {
		upper = math.Inf(1)
	}
	if !(r.Lower >= 0 && r.Lower <= upper) {
		return nil, errors.Errorf("the bounds are %v and %v spikes per step, want 0 ≤ lower ≤ upper", r.Lower, r.Upper)
	}
	return out.penalty(r.Weight, r.Readout, func(a *nodes.Activity) graph.Expr {
		return mean(outside(average(rates(a), share), r.Lower, upper).Square())
	})
}

func (r SpikeL1) Penalty(out *Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	return out.penalty(r.Weight, r.Readout, func(a *nodes.Activity) graph.Expr { return mean(average(rates(a), share)) })
}

func (r SpikeL2) Penalty(out *Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	return out.penalty(r.Weight, r.Readout, func(a *nodes.Activity) graph.Expr { return mean(average(rates(a).Square(), share)) })
}

func (r MembraneRange) Penalty(out *Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	if !(r.Low <= r.High) {
		return nil, errors.Errorf("the range is %v to %v, want low ≤ high", r.Low, r.High)
	}
	return out.penalty(r.Weight, r.Readout, func(a *nodes.Activity) graph.Expr {
		return mean(average(overTime(outside(exprOf(a.Membrane()), r.Low, r.High).Square()), share))
	})
}

// penalty sums a term, of one layer a scalar, over the layers.
func (o *Output) penalty(weight float64, readout bool, term func(a *nodes.Activity) graph.Expr) (*gorgonia.Node, error) {
	if !(weight >= 0) || !graph.Finite(weight) {
		return nil, errors.Errorf("the weight is %v, want a number that is not negative", weight)
	}
	layers := o.Hidden
	if readout {
		layers = append(layers[:len(layers):len(layers)], o.Readout)
	}
	if len(layers) == 0 {
		return nil, errors.New("there are no hidden layers")
	}
	var sum graph.Expr
	for i, a := range layers {
		x := term(a)
		if _, err := x.Node(); err != nil {
			return nil, graph.Wrapf(err, "%s", layerName(i, len(o.Hidden)+1))
		}
		if i == 0 {
			sum = x
		} else {
			sum = sum.Add(x)
		}
	}
	return sum.Times(weight).Node()
}

// rates are spikes per step, of each example and neuron, [batch, units].
func rates(a *nodes.Activity) graph.Expr { return overTime(exprOf(a.Spikes())) }

// exprOf is a node as an Expr, or the error in its place.
func exprOf(n *gorgonia.Node, err error) graph.Expr {
	if err != nil {
		return graph.Failed(err)
	}
	return graph.Of(n)
}

// overTime is the mean over time of x [T, batch, units], [batch, units].
func overTime(x graph.Expr) graph.Expr {
	n, err := x.Node()
	if err != nil {
		return x
	}
	steps := n.Shape()[0]
	return x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return ops.SumOverTime(n, 0) }).Times(1 / float64(steps))
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
