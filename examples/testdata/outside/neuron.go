// Package outside is somebody's own: a neuron, a surrogate, an op and an optimizer, in a module other
// than srnn's, tested by the suites that srnn's own are tested by.
package outside

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// Wary is a leaky integrate-and-fire neuron with a threshold that is learned.
type Wary struct {
	Surrogate ops.Surrogate `json:"surrogate"`
	Dt        float64       `json:"dt" default:"1"` // ms
}

// Parameters implements nodes.Cell.
func (Wary) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_m", nil, 20), nodes.Trainable("theta", nil, .1)}
}

// State implements nodes.Cell.
func (Wary) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Membrane}} }

// Step implements nodes.Cell.
func (w Wary) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	alpha := nodes.Decay(p["tau_m"], w.Dt)                               // [units]
	u := alpha.Mul(s[nodes.Membrane]).Add(alpha.OneMinus().Mul(current)) // [batch, units]
	spikes := nodes.Spike(u.Sub(p["theta"]), w.Surrogate)
	return nodes.Values{nodes.Spikes: spikes, nodes.Membrane: u.Mul(spikes.OneMinus())}
}
