package graph_test

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A name is given once in a graph, whatever the shape or the dtype, and the error says what to do.
func TestInputNames(t *testing.T) {
	g := gorgonia.NewGraph()
	value := func(dt tensor.Dtype, shape ...int) *tensor.Dense {
		return tensor.New(tensor.Of(dt), tensor.WithShape(shape...))
	}
	a, err := graph.Input(g, "a", value(tensor.Float64, 2))
	if err != nil || a.Name() != "a" || a.Dtype() != tensor.Float64 || !graph.SameShape(a.Shape(), tensor.Shape{2}) {
		t.Fatalf("input %v, error %v", a, err)
	}
	p, err := graph.NewParams(g, tensor.Float64, 1)
	if err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() (*gorgonia.Node, error){
		"the same":            func() (*gorgonia.Node, error) { return graph.Input(g, "a", value(tensor.Float64, 2)) },
		"of another shape":    func() (*gorgonia.Node, error) { return graph.ZeroInput(g, tensor.Float64, "a", 3, 1) },
		"of another dtype":    func() (*gorgonia.Node, error) { return graph.ZeroInput(g, tensor.Float32, "a", 2) },
		"of these parameters": func() (*gorgonia.Node, error) { return p.Input("a", value(tensor.Float64, 2)) },
		"a parameter":         func() (*gorgonia.Node, error) { return p.Declare("a", "weight", graph.Constant(1), 2) },
	} {
		if n, err := try(); err == nil || n != nil || !strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `p.Scope("student")`) {
			t.Errorf("%s: node %v, error %v", what, n, err)
		}
	}
	if len(g.ByName("a")) != 1 || len(p.All()) != 0 {
		t.Error("what was refused is in the graph")
	}
	if n, err := p.Scope("student").Input("a", value(tensor.Float64, 2)); err != nil || n == a || n.Name() != "student.a" {
		t.Errorf("in a scope, node %v, error %v", n, err)
	}
	for what, try := range map[string]func() (*gorgonia.Node, error){
		"no name":  func() (*gorgonia.Node, error) { return graph.ZeroInput(g, tensor.Float64, "", 2) },
		"no value": func() (*gorgonia.Node, error) { return graph.Input(g, "b", nil) },
		"no graph": func() (*gorgonia.Node, error) { return graph.Input(nil, "b", value(tensor.Float64, 2)) },
		"integers": func() (*gorgonia.Node, error) { return graph.ZeroInput(g, tensor.Int, "b", 2) },
	} {
		if _, err := try(); err == nil || !strings.HasPrefix(err.Error(), "srnn: ") {
			t.Errorf("%s: error is %v", what, err)
		}
	}
}

func TestScalarInput(t *testing.T) {
	n, err := graph.Input(gorgonia.NewGraph(), "x", tensor.New(tensor.FromScalar(2.5)))
	if err != nil || !n.IsScalar() || n.Value().Data() != 2.5 {
		t.Errorf("node %v, error %v", n, err)
	}
}

// A scope has its own parameters, and those of the scopes within.
func TestScopeAll(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []*graph.Params{p, p.Scope("a"), p.Scope("a").Scope("b"), p.Scope("ab")} {
		if _, err := q.Declare("w", "weight", graph.Constant(1), 2); err != nil {
			t.Fatal(err)
		}
	}
	names := func(q *graph.Params) (all string) {
		for _, x := range q.All() {
			all += x.Name + " "
		}
		return all
	}
	for _, c := range []struct {
		p    *graph.Params
		want string
	}{{p, "w a.w a.b.w ab.w "}, {p.Scope("a"), "a.w a.b.w "}, {p.Scope("ab"), "ab.w "}, {p.Scope("c"), ""}} {
		if got := names(c.p); got != c.want || len(c.p.Nodes()) != len(c.p.Trainable()) || len(c.p.Nodes()) != len(c.p.All()) {
			t.Errorf("parameters %s, want %s", got, c.want)
		}
	}
}
