package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Linear is a set of synapses from every input to every unit, W x + b. Its parameters are w_in
// [units, in] and b_in [units].
type Linear struct {
	Units  int
	Weight graph.Initializer // default XavierUniform
	Bias   graph.Initializer // default 0
	NoBias bool
}

// Synapses are a Linear declared in a graph.
type Synapses struct {
	W *gorgonia.Node // [units, in]
	B *gorgonia.Node // [units]; nil without bias
}

// Declare adds the parameters for in inputs.
func (l Linear) Declare(p *graph.Params, in int) (*Synapses, error) {
	if l.Units < 1 || in < 1 {
		return nil, errors.Errorf("srnn: linear layer of %d units on %d inputs, want at least one of each", l.Units, in)
	}
	s := new(Synapses)
	var err error
	if s.W, err = p.Declare("w_in", "weight", initOr(l.Weight, graph.XavierUniform{}), l.Units, in); err != nil {
		return nil, err
	}
	if !l.NoBias {
		s.B, err = p.Declare("b_in", "bias", initOr(l.Bias, graph.Constant(0)), l.Units)
	}
	return s, err
}

// Forward is W x + b, [T, batch, units] for x [T, batch, in].
func (s *Synapses) Forward(x *gorgonia.Node) (*gorgonia.Node, error) {
	if s.B == nil {
		return ops.Linear(x, s.W)
	}
	return ops.Linear(x, s.W, s.B)
}
