package graph_test

import (
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The rows of a Jacobian, one after the other in one graph. What is given stops the gradient.
func TestBackpropagate(t *testing.T) {
	g := gorgonia.NewGraph()
	vector := func(name string, values ...float64) *gorgonia.Node {
		return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(len(values)), gorgonia.WithName(name),
			gorgonia.WithValue(tensor.New(tensor.WithBacking(values))))
	}
	node := func(x graph.Expr) *gorgonia.Node {
		n, err := x.Node()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	a, b, c := vector("a", 1, 2), vector("b", 3, 5), vector("c", 7, 7)
	x, y := graph.Of(a), graph.Of(b)
	product := node(x.Mul(y))
	square := node(graph.Of(product).Square())
	var rows []gorgonia.Nodes
	for _, out := range (gorgonia.Nodes{product, square}) {
		grads, err := graph.Backpropagate(gorgonia.Nodes{out}, gorgonia.Nodes{vector("one of "+out.Name(), 1, 10)}, gorgonia.Nodes{a, b, c})
		if err != nil {
			t.Fatal(err)
		}
		if grads[2] != nil {
			t.Errorf("%s has a gradient by what it does not depend on", out)
		}
		rows = append(rows, grads)
	}
	stopped, err := graph.Backpropagate(gorgonia.Nodes{square}, gorgonia.Nodes{c}, gorgonia.Nodes{a, product})
	if err != nil {
		t.Fatal(err)
	}
	if stopped[0] != nil {
		t.Error("a gradient flows through what is given")
	}
	m, err := graph.NewMachine(rows[0][0], rows[0][1], rows[1][0], rows[1][1], stopped[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		node   *gorgonia.Node
		values []float64
	}{
		{rows[0][0], []float64{3, 50}}, {rows[0][1], []float64{1, 20}},
		{rows[1][0], []float64{2 * 3 * 3, 2 * 10 * 5 * 10}}, {rows[1][1], []float64{2 * 3 * 1, 2 * 10 * 2 * 10}},
		{stopped[1], []float64{7 * 2 * 3, 7 * 2 * 10}},
	} {
		v, err := m.Value(want.node)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Data().([]float64); !slices.Equal(got, want.values) {
			t.Errorf("%s is %v, want %v", want.node, got, want.values)
		}
	}
	for name, wrong := range map[string][3]gorgonia.Nodes{
		"no outputs":         {{}, {}, {a}},
		"too few cotangents": {{product, square}, {c}, {a}},
		"a nil output":       {{nil}, {c}, {a}},
		"a nil cotangent":    {{product}, {nil}, {a}},
		"a nil node":         {{product}, {c}, {nil}},
		"another shape":      {{product}, {vector("three", 1, 2, 3)}, {a}},
	} {
		if _, err := graph.Backpropagate(wrong[0], wrong[1], wrong[2]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
