package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/room"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Linear is a set of synapses from every input to every unit, W x + b. Its parameters are w_in
// [units, in] and b_in [units], with feedback weights feedback [units, in], and where not all synapses
// exist w_in_mask [units, in].
type Linear struct {
	Units    int
	Weight   graph.Initializer // default XavierUniform
	Bias     graph.Initializer // default 0
	NoBias   bool
	Feedback Feedback // of the gradient of x; the zero value is the exact one

	// Mask says which synapses exist, for the weights and for those of the feedback; nil: all of them.
	Mask Connectivity
}

// Synapses are a Linear declared in a graph.
type Synapses struct {
	W        *gorgonia.Node // [units, in]; with a mask, the product with it
	B        *gorgonia.Node // [units]; nil without bias
	Feedback *gorgonia.Node // [units, in]; nil where feedback is symmetric

	in, back connections // W and Feedback
}

// Declare adds the parameters for in inputs.
func (l Linear) Declare(p *graph.Params, in int) (*Synapses, error) {
	if l.Units < 1 || in < 1 {
		return nil, errors.Errorf("srnn: linear layer of %d units on %d inputs, want at least one of each", l.Units, in)
	}
	if _, err := room.For(8, room.Size{Of: "units", N: l.Units}, room.Size{Of: "inputs", N: in}); err != nil {
		return nil, graph.Wrapf(err, "synapses")
	}
	s := new(Synapses)
	var err error
	weight := initOr(l.Weight, graph.XavierUniform{})
	if s.in, err = connect(p, "w_in", weight, l.Mask, l.Units, in); err != nil {
		return nil, err
	}
	if !l.NoBias {
		if s.B, err = p.Declare("b_in", "bias", initOr(l.Bias, graph.Constant(0)), l.Units); err != nil {
			return nil, err
		}
	}
	s.back, err = l.Feedback.declare(p, weight, s.in.mask, l.Units, in)
	s.W, s.Feedback = s.in.used, s.back.used
	return s, err
}

// Forward is W x + b, [T, batch, units] for x [T, batch, in].
func (s *Synapses) Forward(x *gorgonia.Node) (*gorgonia.Node, error) {
	return s.from(x, s.B).Currents()
}

// from are the synapses for an input x, with those of the biases that are there.
func (s *Synapses) from(x *gorgonia.Node, biases ...*gorgonia.Node) ops.Synapses {
	synapses := ops.Synapses{X: x, W: s.W, Feedback: s.Feedback}
	for _, b := range biases {
		if b != nil {
			synapses.Biases = append(synapses.Biases, b)
		}
	}
	return synapses
}
