package nodetest

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// slicing takes a slice, from which Gorgonia drops dimensions of length one.
type slicing struct{ nodes.Cell }

func (c slicing) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Slice(n, nil, gorgonia.S(0, n.Shape()[1]))
	}))
}

// detached stops the gradient on its way through the membrane potential.
type detached struct{ nodes.Cell }

func (c detached) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	s[nodes.Membrane] = s[nodes.Membrane].Detach()
	return c.Cell.Step(p, s, current)
}

// rigid has a surrogate that cannot be changed.
type rigid struct{}

func (rigid) Parameters() []nodes.Parameter { return lif().Parameters() }

func (rigid) State() []nodes.Variable { return lif().State() }

func (rigid) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return lif().Step(p, s, current)
}

// overflowing has a current that grows exponentially, with nothing to bound it.
type overflowing struct{ nodes.Cell }

func (c overflowing) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Exp().Plus(-1))
}

// cancelling loses digits.
type cancelling struct{ nodes.Cell }

func (c cancelling) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Plus(1e5).Plus(-1e5))
}

// hiding turns NaN and infinities into spikes.
type hiding struct{ nodes.Cell }

func (c hiding) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	above := s[nodes.Membrane].Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		zero, err := graph.Fill(n, 0)
		if err != nil {
			return nil, err
		}
		return gorgonia.Gt(n, zero, true)
	})
	v := c.Cell.Step(p, nodes.Values{nodes.Membrane: above, nodes.Spikes: s[nodes.Spikes]}, current)
	return v
}

// explicit has a membrane potential that decays by exp(−1/τ), as it stands there.
type explicit struct{ nodes.Cell }

func (c explicit) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	s[nodes.Membrane] = s[nodes.Membrane].Mul(p["tau_m"].Inverse().Neg().Exp())
	return c.Cell.Step(p, s, current)
}

// unlimited has a current that grows with the time constant, though slowly.
type unlimited struct{ nodes.Cell }

func (c unlimited) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Membrane] = v[nodes.Membrane].Add(p["tau_m"].Map(gorgonia.Log1p).Clamp(0, 80).Times(.1))
	return v
}

// unsaved has a setting without a tag. It is told apart from its default by its effect alone.
type unsaved struct {
	nodes.Cell `json:"cell"`
	Gain       float64 `default:"1"`
}

func (c unsaved) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Times(c.Gain))
}
