package nodes_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// declared are what has parameters or constants in a graph, without being a layer: each declares itself in
// the scope of p and runs on numbers from 0 to 1, [1, 2, 3].
var declared = map[string]func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error){
	"SRM": func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := nodes.SRM{Units: 2, Terminals: 3}.Declare(p, "layer", 3, 1)
		if err != nil {
			return nil, err
		}
		times, err := graph.Reshape(x, 2, 3)
		if err != nil {
			return nil, err
		}
		return n.Forward(times)
	},
	"Σ-Δ": func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := nodes.SigmaDelta{Signed: true, Adaptation: nodes.MultiplicativeAdaptation}.Declare(p, 3)
		if err != nil {
			return nil, err
		}
		code, err := n.Code(x)
		if err != nil {
			return nil, err
		}
		return code.Reconstruction, nil
	},
	"RBF": func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := nodes.RBF{Fields: 4, Trainable: true}.Declare(p, 3)
		if err != nil {
			return nil, err
		}
		return n.Encode(x)
	},
	"linear": func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := nodes.Linear{Units: 2}.Declare(p, 3)
		if err != nil {
			return nil, err
		}
		return n.Forward(x)
	},
	"driven": func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
		n, err := nodes.Layer{Units: 3, Cell: nodes.LIF{}, Initial: nodes.Random(1)}.DeclareNeurons(p, "a")
		if err != nil {
			return nil, err
		}
		a, err := n.Drive(x)
		if err != nil {
			return nil, err
		}
		return a.Membrane()
	},
}

// runScopes declares one of them in each scope, and gives their outputs, and the gradients of all parameters.
func runScopes(t *testing.T, declare func(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error), scopes ...string) (values, grads [][]float64) {
	t.Helper()
	p := newParams(1)
	var outs gorgonia.Nodes
	var loss *gorgonia.Node
	for _, scope := range scopes {
		q := p.Scope(scope)
		x := must(q.Input("x", tensor.New(tensor.WithShape(1, 2, 3), tensor.WithBacking([]float64{.1, .9, .4, .7, .2, .5}))))
		out := must(declare(q, x))
		sum := must(gorgonia.Sum(must(gorgonia.Square(out))))
		if outs = append(outs, out); loss == nil {
			loss = sum
		} else {
			loss = must(gorgonia.Add(loss, sum))
		}
	}
	all := read(t, p, append(outs, must(gorgonia.Grad(loss, p.Nodes()...))...)...)
	return all[:len(outs)], all[len(outs):]
}

// What is declared twice in one graph, in two scopes, gives what each gives alone, and so do the gradients.
// Without scopes, the second is refused.
func TestScopes(t *testing.T) {
	for name, declare := range declared {
		values, grads := runScopes(t, declare, "teacher", "student")
		for i, scope := range []string{"teacher", "student"} {
			one, gradsOfOne := runScopes(t, declare, scope)
			equal(t, name+" as "+scope, values[i], one[0])
			each := len(grads) / 2
			if each != len(gradsOfOne) {
				t.Fatalf("%s: %d gradients, want %d", name, each, len(gradsOfOne))
			}
			for k, g := range gradsOfOne {
				equal(t, name+" as "+scope+": a gradient", grads[i*each+k], g)
			}
		}
		p := newParams(1)
		x := input(p, "x", make([]float64, 6), 1, 2, 3)
		must(declare(p, x))
		_, err := declare(p, x)
		wantError(t, name+" without a scope", err, `p.Scope("student")`)
	}
}

// Neurons without parameters have names, too.
func TestNamesWithoutParameters(t *testing.T) {
	p := newParams(1)
	x := input(p, "current", make([]float64, 6), 1, 2, 3)
	layer := nodes.Layer{Units: 3, Cell: bare{}}
	must(must(layer.DeclareNeurons(p, "a")).Drive(x))
	_, err := must(layer.DeclareNeurons(p, "a")).Drive(x)
	wantError(t, "the same name", err, `"a`, "scope")
}

// bare sums its currents up, and has no parameters.
type bare struct{}

func (bare) Parameters() []nodes.Parameter { return nil }
func (bare) State() []nodes.Variable       { return []nodes.Variable{{Name: nodes.Membrane}} }
func (bare) Step(_, s nodes.Values, current graph.Expr) nodes.Values {
	return nodes.Values{nodes.Membrane: s[nodes.Membrane].Add(current)}
}

// A cell whose variables have one name would have one node for two.
func TestVariablesOfOneName(t *testing.T) {
	_, err := nodes.Outputs(twins{})
	wantError(t, "two variables of one name", err, "state membrane")
}

type twins struct{ nodes.LIF }

func (twins) State() []nodes.Variable {
	return []nodes.Variable{{Name: nodes.Membrane}, {Name: nodes.Membrane}}
}
