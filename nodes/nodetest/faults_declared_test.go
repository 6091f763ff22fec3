package nodetest

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

type misspeltParameter struct{ nodes.Cell }

func (c misspeltParameter) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_n", nil, 20)}
}

type misspeltVariable struct{ nodes.Cell }

func (c misspeltVariable) State() []nodes.Variable {
	return []nodes.Variable{{Name: "membrain"}, {Name: nodes.Spikes}}
}

type ungrouped struct{ nodes.Cell }

func (c ungrouped) Parameters() []nodes.Parameter {
	return []nodes.Parameter{{Name: "tau_m", Init: graph.Constant(20)}}
}

type uninitialised struct{ nodes.Cell }

func (c uninitialised) Parameters() []nodes.Parameter {
	return []nodes.Parameter{{Name: "tau_m", Group: "tau"}}
}

type ambiguous struct{ nodes.Cell }

func (c ambiguous) State() []nodes.Variable { return append(c.Cell.State(), c.Cell.State()...) }

type clashing struct{ nodes.Cell }

func (c clashing) Parameters() []nodes.Parameter {
	return append(c.Cell.Parameters(), nodes.Trainable("b_in", nil, 1))
}

type backwards struct{ nodes.Cell }

func (c backwards) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_m", nil, -20)}
}

type forgetful struct{ nodes.Cell }

func (c forgetful) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	delete(v, nodes.Membrane)
	return v
}

// mute has neither spikes nor a membrane potential.
type mute struct{ nodes.Cell }

func (mute) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Adaptation}} }

func (mute) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return nodes.Values{nodes.Adaptation: s[nodes.Adaptation].Mul(p["tau_m"]).Add(current)}
}

// flat gives a threshold for each neuron, and not for each example.
type flat struct{ nodes.Cell }

func (c flat) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Threshold] = p["tau_m"]
	return v
}

// without has a setting that cannot be zero, and no default for it.
type without struct{ Leak float64 }

func (without) Parameters() []nodes.Parameter { return nil }

func (without) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Membrane}} }

func (c without) Step(_, s nodes.Values, current graph.Expr) nodes.Values {
	return nodes.Values{nodes.Membrane: s[nodes.Membrane].Add(current).Div(current.Fill(c.Leak))}
}
