package graph_test

import (
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func vector(g *gorgonia.ExprGraph, name string, x ...float64) *gorgonia.Node {
	return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(len(x)), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))))
}

// A step of logistic regression in Gorgonia's own ops is the same under its machine and ours, and
// so is a second one after Gorgonia's solver has changed the weights.
func TestMachineRunsGorgonia(t *testing.T) {
	type machine func(loss *gorgonia.Node, grads, weights gorgonia.Nodes) (gorgonia.VM, error)
	train := func(m machine) []float64 {
		g := gorgonia.NewGraph()
		x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(4, 2), gorgonia.WithName("x"),
			gorgonia.WithValue(tensor.New(tensor.WithShape(4, 2), tensor.WithBacking([]float64{1, 2, -1, .5, .3, -2, 2, 1}))))
		y := vector(g, "y", 1, 0, 0, 1)
		w := vector(g, "w", .1, -.2)
		p := must(gorgonia.Sigmoid(must(gorgonia.Mul(x, w))))
		diff := must(gorgonia.Sub(p, y))
		loss := must(gorgonia.Mean(must(gorgonia.Square(diff))))
		grads := must(gorgonia.Grad(loss, w))
		vm := must(m(loss, grads, gorgonia.Nodes{w}))
		defer vm.Close()
		solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(.5))
		var losses []float64
		for range 5 {
			vm.Reset()
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			losses = append(losses, must(graph.Float64s(loss.Value()))[0])
			if err := solver.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{w})); err != nil {
				t.Fatal(err)
			}
		}
		return losses
	}
	ours := train(func(loss *gorgonia.Node, grads, _ gorgonia.Nodes) (gorgonia.VM, error) {
		return graph.NewMachine(append(gorgonia.Nodes{loss}, grads...)...)
	})
	theirs := train(func(loss *gorgonia.Node, _, weights gorgonia.Nodes) (gorgonia.VM, error) {
		return gorgonia.NewTapeMachine(loss.Graph(), gorgonia.BindDualValues(weights...)), nil
	})
	for i := range theirs {
		if math.Abs(ours[i]-theirs[i]) > 1e-12 {
			t.Errorf("loss %d is %v, Gorgonia's machine has %v", i, ours[i], theirs[i])
		}
	}
	if !(ours[4] < ours[0]) {
		t.Errorf("losses %v do not fall", ours)
	}
}

// Nodes that nobody asked for are not run; those that fail are named.
func TestMachineRunsWhatIsNeeded(t *testing.T) {
	g := gorgonia.NewGraph()
	a, missing := vector(g, "a", 1, 2), gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("nothing"))
	sum := must(gorgonia.Add(a, a))
	broken := must(gorgonia.Add(a, missing))
	m := must(graph.NewMachine(sum, a))
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := must(graph.Float64s(sum.Value())); got[0] != 2 || got[1] != 4 {
		t.Errorf("a + a is %v", got)
	}
	err := must(graph.NewMachine(broken)).RunAll()
	if err == nil || !strings.Contains(err.Error(), "nothing has no value") && !strings.Contains(err.Error(), "nothing: has no value") {
		t.Errorf("error is %v, want one that names the input without a value", err)
	}
	if _, err := graph.NewMachine(sum, nil); err == nil {
		t.Error("no error for a node that is nil")
	}
	if _, err := graph.NewMachine(sum, vector(gorgonia.NewGraph(), "b", 1)); err == nil || !strings.Contains(err.Error(), "different graphs") {
		t.Errorf("error is %v for nodes of two graphs", err)
	}
}

// Two machines over one graph do not write to each other's memory.
func TestMachinesOverOneGraph(t *testing.T) {
	g := gorgonia.NewGraph()
	a := vector(g, "a", 1, 2)
	twice := must(graph.Detach(must(gorgonia.Add(a, a))))
	one, two := must(graph.NewMachine(twice)), must(graph.NewMachine(twice))
	run := func(m *graph.Machine, x float64) gorgonia.Value {
		t.Helper()
		if err := gorgonia.Let(a, tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{x, x}))); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		return twice.Value()
	}
	first, second := run(one, 1), run(two, 10)
	if x := must(graph.Float64s(first)); x[0] != 2 {
		t.Errorf("the value of the first machine is %v after a run of the second", x)
	}
	if third := run(one, 5); third != first {
		t.Error("the memory of the run before is not used again")
	}
	if x := must(graph.Float64s(second)); x[0] != 20 {
		t.Errorf("the value of the second machine is %v after a run of the first", x)
	}
}

// A chain of many nodes is no trouble.
func TestMachineOfManyNodes(t *testing.T) {
	g := gorgonia.NewGraph()
	n := vector(g, "a", 1)
	for range 20000 {
		n = must(graph.Detach(n))
	}
	m := must(graph.NewMachine(n))
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if x := must(graph.Float64s(n.Value())); x[0] != 1 {
		t.Errorf("the end of the chain is %v", x)
	}
}

// Gorgonia loses track of the operands of nodes once a node has been removed from the graph. A
// machine does not.
func TestMachineAfterNodesWereRemoved(t *testing.T) {
	g := gorgonia.NewGraph()
	a, b := vector(g, "a", 1, 2), vector(g, "b", 10, 20)
	unused := must(gorgonia.Sub(a, b))
	sum := must(gorgonia.Add(a, b))
	last := must(gorgonia.HadamardProd(must(gorgonia.Neg(sum)), b))
	for _, n := range g.AllNodes() {
		g.From(n.ID()) // fills the table
	}
	g.RemoveNode(unused)
	m := must(graph.NewMachine(last))
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := must(graph.Float64s(last.Value())); got[0] != -110 || got[1] != -440 {
		t.Errorf("−(a + b)·b is %v, want [-110 -440]", got)
	}
}
