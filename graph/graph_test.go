package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// scale is s·x with a second output, x + s; it counts how often it runs.
type scale struct {
	S       float64
	Counter int // of runs, an index into forwards
}

var forwards [8]int

func (scale) Taped() {}
func (scale) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in) != 1 {
		return nil, errors.Errorf("want one input, got %d", len(in))
	}
	return []tensor.Shape{in[0], in[0]}, nil
}
func (f scale) Kernel32() graph.Kernel[float32] { return scaleKernel[float32]{f} }
func (f scale) Kernel64() graph.Kernel[float64] { return scaleKernel[float64]{f} }

type scaleKernel[F graph.Float] struct{ scale }

func (k scaleKernel[F]) Forward(c *graph.Call[F]) error {
	forwards[k.Counter]++
	for i, x := range c.In[0].Data {
		c.Out[0].Data[i] = F(k.S) * x
		if c.Out[1].Data != nil {
			c.Out[1].Data[i] = x + F(k.S)
		}
		if x == 666 {
			panic("the number of the beast")
		}
	}
	if c.Record {
		c.Tape = float64(c.In[0].Data[0]) // so that the tape of other inputs gives another gradient
	}
	return nil
}

func (k scaleKernel[F]) Backward(c *graph.Call[F]) error {
	s := F(k.S*c.Tape.(float64)) / c.In[0].Data[0]
	for i := range c.DIn[0].Data {
		c.DIn[0].Data[i] = 0
		if d := c.DOut[0].Data; d != nil {
			c.DIn[0].Data[i] += s * d[i]
		}
		if d := c.DOut[1].Data; d != nil {
			c.DIn[0].Data[i] += d[i]
		}
	}
	return nil
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// input is a float64 node with values 1, 2, 3, …
func input(g *gorgonia.ExprGraph, name string, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(tensor.Range(tensor.Float64, 1, 1+tensor.Shape(shape).TotalSize())))
	return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

func run(t *testing.T, g *gorgonia.ExprGraph, opts ...gorgonia.VMOpt) {
	t.Helper()
	vm := gorgonia.NewTapeMachine(g, opts...)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, what string, n *gorgonia.Node, want ...float64) {
	t.Helper()
	var got []float64
	switch x := n.Value().Data().(type) {
	case []float64:
		got = x
	case float64:
		got = []float64{x}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Two ops that differ in one field are two nodes; equal ones are one.
func TestIdentity(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	a := must(graph.Apply(scale{S: 2}, x)).Node()
	b := must(graph.Apply(scale{S: 5}, x)).Node()
	c := must(graph.Apply(scale{S: 2, Counter: 1}, x)).Node()
	d := must(graph.Apply(scale{S: 2}, x)).Node()
	if a == b || a == c || b == c {
		t.Error("ops with different fields became one node")
	}
	if a != d {
		t.Error("equal ops on the same input are two nodes")
	}
	run(t, g)
	equal(t, "2x", a, 2, 4)
	equal(t, "5x", b, 5, 10)
}

type impure struct {
	scale
	Weights []float64
}

func TestFieldsMustBePlain(t *testing.T) {
	_, err := graph.Apply(impure{}, input(gorgonia.NewGraph(), "x", 2))
	if err == nil || !strings.Contains(err.Error(), "Weights") {
		t.Errorf("error is %v, want one that names the field", err)
	}
}

// All outputs and the gradient come from one run, whatever order they are asked in.
func TestOutputsShareOneRun(t *testing.T) {
	forwards[2] = 0
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	r := must(graph.Apply(scale{S: 3, Counter: 2}, x))
	plus := must(r.Output(1))
	loss := must(gorgonia.Sum(must(gorgonia.Add(r.Node(), must(gorgonia.Square(plus))))))
	grad := must(gorgonia.Grad(loss, x))
	run(t, g)
	equal(t, "3x", r.Node(), 3, 6)
	equal(t, "gradient", grad[0], 3+2*4, 3+2*5)
	if forwards[2] != 1 {
		t.Errorf("%d forward runs, want 1", forwards[2])
	}
}

// A tape serves only whoever holds the value that its run handed out. For others the forward
// pass is repeated.
func TestTapeOfAnotherRun(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	r := must(graph.Apply(scale{S: 3, Counter: 3}, x))
	grad := must(gorgonia.Grad(must(gorgonia.Sum(r.Node())), x))
	run(t, g)
	vector := func(a, b float64) *tensor.Dense {
		return tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{a, b}))
	}
	// The gradient at another x, of which 15, 18 is the output of no run.
	v, err := grad[0].Op().Do(vector(1, 10), vector(15, 18), vector(5, 6))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v.Data()); got != "[3 30]" {
		t.Errorf("gradient is %v, want [3 30]", got)
	}
	// The tape of the last run is still there for its own output.
	before := forwards[3]
	v, err = grad[0].Op().Do(vector(1, 10), r.Node().Value(), x.Value())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v.Data()); got != "[3 30]" || forwards[3] != before {
		t.Errorf("gradient is %v after %d more forward runs, want [3 30] after none", got, forwards[3]-before)
	}
}

func TestPanicsAreErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	must(graph.Apply(scale{S: 3, Counter: 4}, x))
	if err := gorgonia.Let(x, tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 666}))); err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	err := vm.RunAll()
	if err == nil || !strings.Contains(err.Error(), "the number of the beast") || !strings.Contains(err.Error(), "scale") {
		t.Errorf("error is %v, want the panic and the op", err)
	}
}

func TestApplyErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	ints := gorgonia.NewVector(g, tensor.Int, gorgonia.WithShape(2), gorgonia.WithName("ints"))
	single := gorgonia.NewVector(g, tensor.Float32, gorgonia.WithShape(2), gorgonia.WithName("single"))
	elsewhere := input(gorgonia.NewGraph(), "elsewhere", 2)
	for _, c := range []struct {
		inputs gorgonia.Nodes
		want   string
	}{
		{nil, "no inputs"},
		{gorgonia.Nodes{nil}, "input 0 is nil"},
		{gorgonia.Nodes{ints}, "dtype is int, want float32 or float64"},
		{gorgonia.Nodes{x, single}, "single is float32 but x is float64"},
		{gorgonia.Nodes{x, elsewhere}, "different graphs"},
		{gorgonia.Nodes{x, x}, "want one input, got 2"},
	} {
		if _, err := graph.Apply(scale{}, c.inputs...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %q", err, c.want)
		}
	}
	if _, err := must(graph.Apply(scale{}, x)).Output(2); err == nil {
		t.Error("there is no third output, want an error")
	}
}

func TestGradientOfAnotherShape(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	n := must(graph.Apply(scale{S: 2}, x)).Node()
	_, err := n.Op().(gorgonia.SDOp).SymDiff(gorgonia.Nodes{x}, n, input(g, "wrong", 3))
	if err == nil || !strings.Contains(err.Error(), "wrong") || !strings.Contains(err.Error(), "(3)") {
		t.Errorf("error is %v, want one that names the gradient and its shape", err)
	}
}

func TestNoSecondDerivative(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	loss := must(gorgonia.Sum(must(graph.Apply(scale{S: 2}, x)).Node()))
	first := must(gorgonia.Grad(loss, x))
	if _, err := gorgonia.Grad(must(gorgonia.Sum(first[0])), x); err == nil {
		t.Error("want an error")
	}
}

func TestUnboundInput(t *testing.T) {
	op := must(graph.Apply(scale{S: 2}, input(gorgonia.NewGraph(), "x", 2))).Node().Op()
	if _, err := op.Do(nil); err == nil || !strings.Contains(err.Error(), "no value") {
		t.Errorf("error is %v", err)
	}
	three := tensor.New(tensor.WithShape(3), tensor.Of(tensor.Float64))
	if _, err := op.Do(three); err == nil || !strings.Contains(err.Error(), "shape (3), declared as (2)") {
		t.Errorf("error is %v", err)
	}
	single := tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32))
	if _, err := op.Do(single); err == nil || !strings.Contains(err.Error(), "float32, want float64") {
		t.Errorf("error is %v", err)
	}
}

// Views are read element by element, not by their memory.
func TestViews(t *testing.T) {
	base := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	column := must(base.Slice(nil, tensor.S(1, 3)))
	transposed := base.Clone().(*tensor.Dense)
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	colMajor := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6}))
	for _, c := range []struct {
		name string
		v    tensor.View
		want string
	}{
		{"column slice", column, "[2 3 5 6]"},
		{"transpose", transposed, "[1 4 2 5 3 6]"},
		{"column-major", colMajor, "[1 2 3 4 5 6]"},
	} {
		g := gorgonia.NewGraph()
		x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(c.v.Shape()...), gorgonia.WithName("x"))
		op := must(graph.Apply(scale{S: 1}, x)).Node().Op()
		v, err := op.Do(c.v)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := fmt.Sprint(v.Data()); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestLispMachine(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 3)
	r := must(graph.Apply(scale{S: 3, Counter: 5}, x))
	must(gorgonia.Sum(r.Node()))
	m := gorgonia.NewLispMachine(g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(must(x.Grad()).Data()); got != "[3 3 3]" {
		t.Errorf("gradient is %v, want [3 3 3]", got)
	}
}

func TestDetach(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 2)
	loss := must(gorgonia.Sum(must(gorgonia.HadamardProd(x, must(graph.Detach(x))))))
	grad := must(gorgonia.Grad(loss, x))
	run(t, g)
	equal(t, "x²", loss, 5)
	equal(t, "gradient of x·detach(x)", grad[0], 1, 2)
}

// gorgonia.Reshape shares memory, and Add after it overwrites the weight; ours does not.
func TestReshapeCopies(t *testing.T) {
	g := gorgonia.NewGraph()
	w, b := input(g, "w", 2, 2), input(g, "b", 4)
	sum := must(gorgonia.Add(must(graph.Reshape(w, 4)), b))
	grads := must(gorgonia.Grad(must(gorgonia.Sum(sum)), w))
	run(t, g)
	equal(t, "w", w, 1, 2, 3, 4)
	equal(t, "sum", sum, 2, 4, 6, 8)
	if s := grads[0].Shape(); !graph.SameShape(s, tensor.Shape{2, 2}) {
		t.Errorf("gradient has shape %v", s)
	}
	for _, shape := range [][]int{{3}, {0}, {-1, -4}, {1, 1, 1, 1, 1, 1, 1, 1, 4}} {
		if _, err := graph.Reshape(w, shape...); err == nil {
			t.Errorf("reshape to %v: want an error", shape)
		}
	}
}

// gorgonia.Slice takes x[3] and x[259] for one node.
func TestStep(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, "x", 300, 1)
	a, b := must(graph.Step(x, 3)), must(graph.Step(x, 259))
	loss := must(gorgonia.Sum(must(gorgonia.Sub(a, b))))
	grad := must(gorgonia.Grad(loss, x))
	run(t, g)
	equal(t, "x[3] − x[259]", loss, 4-260)
	d := grad[0].Value().Data().([]float64)
	for i, v := range d {
		if want := map[int]float64{3: 1, 259: -1}[i]; v != want {
			t.Errorf("gradient at step %d is %v, want %v", i, v, want)
		}
	}
	for _, k := range []int{-1, 300} {
		if _, err := graph.Step(x, k); err == nil {
			t.Errorf("step %d: want an error", k)
		}
	}
}

// Places nest without a prefix for each, and what is wrapped can be found.
func TestWrapf(t *testing.T) {
	cause := errors.New("the cause")
	err := graph.Wrapf(graph.Wrapf(cause, "w_rec"), "layer%d", 0)
	if got, want := err.Error(), "srnn: layer0: w_rec: the cause"; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if graph.Wrapf(nil, "x") != nil {
		t.Error("nil is wrapped")
	}
}
