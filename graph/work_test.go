package graph_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Products, quotients and functions count, and sums and what moves numbers do not.
func TestMACs(t *testing.T) {
	g := gorgonia.NewGraph()
	input := func(name string) graph.Expr {
		n, err := graph.ZeroInput(g, tensor.Float64, name, 2, 2)
		if err != nil {
			t.Fatal(err)
		}
		return graph.Of(n)
	}
	x, y := input("x"), input("y")
	for what, c := range map[string]struct {
		x         graph.Expr
		macs      int
		unvarying bool
	}{
		"input": {x, 0, false}, "sum": {x.Add(y), 0, false}, "difference": {x.Sub(y), 0, false}, "product": {x.Mul(y), 1, false},
		"quotient": {x.Div(y), 1, false}, "minus": {x.Map(gorgonia.Neg), 0, false}, "exp": {x.Exp(), 1, false},
		"abs": {x.Map(gorgonia.Abs), 0, false}, "scaled": {x.Times(3), 1, false}, "shifted": {x.Plus(3), 0, false},
		"one minus": {x.OneMinus(), 0, false}, "times zero": {x.Times(0), 1, true}, "filled": {x.Fill(3), 1, true},
		"clamped": {x.Clamp(0, 1), 0, false}, "detached": {x.Detach(), 0, false},
	} {
		n, err := c.x.Node()
		if err != nil {
			t.Fatal(err)
		}
		if macs, u := graph.MACs(n), graph.IsUnvarying(n); macs != c.macs || u != c.unvarying {
			t.Errorf("%s: %d multiply-accumulates, unvarying %v, want %d, %v", what, macs, u, c.macs, c.unvarying)
		}
	}
}
