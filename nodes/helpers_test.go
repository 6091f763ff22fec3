package nodes_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// newParams is an empty set of double-precision parameters in a new graph.
func newParams(seed uint64) *graph.Params {
	return must(graph.NewParams(gorgonia.NewGraph(), tensor.Float64, seed))
}

// normal are n values of N(0, 1), the same for the same seed.
func normal(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// input is a node with these values.
func input(p *graph.Params, name string, values []float64, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(p.Graph(), tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))))
}

// read runs the graph and copies the values of nodes.
func read(t *testing.T, p *graph.Params, of ...*gorgonia.Node) [][]float64 {
	t.Helper()
	values := make([]gorgonia.Value, len(of))
	for i, n := range of {
		gorgonia.Read(n, &values[i])
	}
	vm := gorgonia.NewTapeMachine(p.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(of))
	for i, v := range values {
		out[i] = slices.Clone(v.Data().([]float64))
	}
	return out
}

// find is the input of that name in the graph.
func find(t *testing.T, p *graph.Params, name string) *gorgonia.Node {
	t.Helper()
	n := p.Graph().ByName(name)
	if len(n) != 1 {
		t.Fatalf("%d nodes are called %s, want one", len(n), name)
	}
	return n[0]
}

func values(n *gorgonia.Node) []float64 { return n.Value().Data().([]float64) }

func equal(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// wantError checks that there is an error which says all of parts.
func wantError(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one with %q", what, parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%s: error is %q, want one with %q", what, err, p)
		}
	}
}

// describe lists parameters as name, group and shape.
func describe(p *graph.Params) []string {
	var out []string
	for _, q := range p.All() {
		out = append(out, fmt.Sprintf("%s %s %v", q.Name, q.Group, q.Node.Shape()))
	}
	return out
}

// three is a recurrent layer of three neurons that do spike.
func three(initial nodes.Initial) nodes.Layer {
	return nodes.Layer{Units: 3, Cell: nodes.ALIF{TauM: graph.Constant(3), Rm: 2}, Recurrent: true, Initial: initial}
}
