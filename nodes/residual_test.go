package nodes_test

import (
	"fmt"
	"log"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestResidual(t *testing.T) {
	for kind, want := range map[nodes.ResidualKind][]float64{
		"":         {0, 1, 1, 2},
		nodes.Add:  {0, 1, 1, 2},
		nodes.And:  {0, 0, 0, 1},
		nodes.IAnd: {0, 1, 0, 0},
	} {
		p := newParams(1)
		branch, shortcut := input(p, "branch", []float64{0, 0, 1, 1}, 2, 1, 2), input(p, "shortcut", []float64{0, 1, 0, 1}, 2, 1, 2)
		equal(t, string(kind), read(t, p, must(nodes.Residual{Kind: kind}.Apply(branch, shortcut)))[0], want)
		inputs := []*tensor.Dense{dense(tensor.Float64, normal(1, 12), 2, 2, 3), dense(tensor.Float64, normal(2, 12), 2, 2, 3)}
		graphtest.Gradients(t, inputs, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return gorgonia.Sum(must(gorgonia.Square(must(nodes.Residual{Kind: kind}.Apply(in[0], in[1])))))
		})
	}
}

func TestResidualRefuses(t *testing.T) {
	p := newParams(1)
	x, wide := input(p, "x", make([]float64, 4), 2, 1, 2), input(p, "wide", make([]float64, 6), 2, 1, 3)
	flat := input(p, "flat", make([]float64, 4), 2, 2)
	for _, c := range []struct {
		r           nodes.Residual
		branch, cut *gorgonia.Node
		parts       []string
	}{
		{nodes.Residual{Kind: "or"}, x, x, []string{"srnn: residual connection: ", `"or"`, `"iand"`}},
		{nodes.Residual{}, x, wide, []string{"x", "wide", "(2, 1, 2)", "(2, 1, 3)"}},
		{nodes.Residual{}, nil, x, []string{"the branch is nil"}},
		{nodes.Residual{}, x, nil, []string{"the shortcut is nil"}},
		{nodes.Residual{}, flat, x, []string{"the branch", "(2, 2)", "[T, batch, units]"}},
	} {
		_, err := c.r.Apply(c.branch, c.cut)
		wantError(t, fmt.Sprint(c.parts), err, c.parts...)
	}
}

// Two layers of the same size, the second with a connection around it.
func ExampleResidual() {
	g := gorgonia.NewGraph()
	p, err := graph.NewParams(g, tensor.Float64, 1)
	if err != nil {
		log.Fatal(err)
	}
	x := gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(10, 1, 3), gorgonia.WithName("x"),
		gorgonia.WithInit(gorgonia.Ones()))
	var spikes gorgonia.Nodes
	for _, name := range []string{"first", "second"} {
		neurons, err := nodes.Layer{Units: 3, Cell: nodes.LIF{}}.Declare(p, name, 3)
		if err != nil {
			log.Fatal(err)
		}
		activity, err := neurons.Forward(x)
		if err != nil {
			log.Fatal(err)
		}
		if x, err = activity.Spikes(); err != nil {
			log.Fatal(err)
		}
		spikes = append(spikes, x)
	}
	y, err := nodes.Residual{Kind: nodes.IAnd}.Apply(spikes[1], spikes[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Shape())
	// Output: (10, 1, 3)
}
