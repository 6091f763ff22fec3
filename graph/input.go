package graph

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/room"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Input adds an input to a graph, with its value, whose memory the node keeps. The name must be new in the
// graph: Gorgonia makes one node of two inputs of one name and shape, whatever their values. All parameters,
// initial states and constants of this module are added by it, so that none is ever another's.
func Input(g *gorgonia.ExprGraph, name string, value *tensor.Dense) (*gorgonia.Node, error) {
	if g == nil || value == nil {
		return nil, errors.Errorf("srnn: input %q wants a graph and a value", name)
	}
	if err := CheckDtype(value.Dtype()); err != nil {
		return nil, Wrapf(err, "input %q", name)
	}
	if err := free(g, name); err != nil {
		return nil, Wrapf(err, "input")
	}
	if value.IsScalar() {
		return gorgonia.NewScalar(g, value.Dtype(), gorgonia.WithName(name), gorgonia.WithValue(value.ScalarValue())), nil
	}
	return gorgonia.NewTensor(g, value.Dtype(), value.Dims(), gorgonia.WithShape(value.Shape()...),
		gorgonia.WithName(name), gorgonia.WithValue(value)), nil
}

// ZeroInput is [Input] with a value of zeros, in memory of its own.
func ZeroInput(g *gorgonia.ExprGraph, dt tensor.Dtype, name string, shape ...int) (*gorgonia.Node, error) {
	if err := CheckDtype(dt); err != nil {
		return nil, Wrapf(err, "input %q", name)
	}
	if _, err := room.Shape(int(dt.Size()), shape); err != nil {
		return nil, Wrapf(err, "input %q", name)
	}
	return Input(g, name, tensor.New(tensor.Of(dt), tensor.WithShape(shape...)))
}

// Input adds an input to the graph under its full name, see [Params.Name]. It is neither trained nor saved.
func (p *Params) Input(name string, value *tensor.Dense) (*gorgonia.Node, error) {
	return Input(p.g, p.Name(name), value)
}

// free reports an error unless a name is new in a graph.
func free(g *gorgonia.ExprGraph, name string) error {
	if name == "" {
		return errors.New("has no name: Gorgonia takes inputs without names for one another")
	}
	if len(g.ByName(name)) > 0 {
		return errors.Errorf("the graph has a node called %q already: declare one of the two in a scope of its own, as p.Scope(\"student\")", name)
	}
	return nil
}
