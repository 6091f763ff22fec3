package nodes_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// oneStep is a run of the neurons of a cell by evaluating its step again and again. There is one
// example.
type oneStep struct {
	cell     nodes.Cell
	params   map[string][]float64 // of each neuron, where they are not those that the cell draws
	initial  map[string][]float64 // where not at rest
	currents [][]float64          // of each step and neuron
}

// series are values of each step and neuron.
type series map[string][][]float64

// of is what one neuron did.
func (s series) of(name string, neuron int) []float64 {
	out := make([]float64, len(s[name]))
	for t, x := range s[name] {
		out[t] = x[neuron]
	}
	return out
}

// run runs in double precision.
func (o oneStep) run(t *testing.T) series { t.Helper(); return runAs[float64](t, o) }

func runAs[F graph.Float](t *testing.T, o oneStep) series {
	t.Helper()
	units := len(o.currents[0])
	g := gorgonia.NewGraph()
	data := map[string][]F{} // what the inputs' values are kept in
	declare := func(name string, values []float64, shape ...int) graph.Expr {
		data[name] = make([]F, len(values))
		put(data[name], values)
		v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data[name]))
		return graph.Of(gorgonia.NewTensor(g, v.Dtype(), len(shape), gorgonia.WithShape(shape...),
			gorgonia.WithName(name), gorgonia.WithValue(v)))
	}
	cell := nodes.WithDefaults(o.cell)
	p, s := nodes.Values{}, nodes.Values{}
	for _, q := range cell.Parameters() {
		p[q.Name] = declare("parameter "+q.Name, o.parameter(t, q, units), units)
	}
	for _, v := range cell.State() {
		s[v.Name] = declare("state "+v.Name, o.start(v, units), 1, units)
	}
	out := cell.Step(p, s, declare("current", o.currents[0], 1, units))
	values := map[string]*gorgonia.Value{}
	for name, x := range out {
		values[name] = new(gorgonia.Value)
		gorgonia.Read(must(x.Node()), values[name])
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	r := series{}
	for _, current := range o.currents {
		put(data["current"], current)
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		for name, v := range values {
			r[name] = append(r[name], must(graph.Float64s(*v)))
		}
		vm.Reset()
		for _, v := range cell.State() {
			series := r[v.Name]
			put(data["state "+v.Name], series[len(series)-1])
		}
	}
	return r
}

// put writes values to dst.
func put[F graph.Float](dst []F, values []float64) {
	for i, x := range values {
		dst[i] = F(x)
	}
}

func (o oneStep) parameter(t *testing.T, q nodes.Parameter, units int) []float64 {
	t.Helper()
	if v, ok := o.params[q.Name]; ok {
		return v
	}
	v := make([]float64, units)
	if err := q.Init.Init(graph.Stream(1, q.Name), tensor.Shape{units}, v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (o oneStep) start(v nodes.Variable, units int) []float64 {
	if x, ok := o.initial[v.Name]; ok {
		return x
	}
	return repeat(v.Rest, units)
}

// steady is the same current in n steps, for each of the neurons.
func steady(n int, currents ...float64) [][]float64 { return slices.Repeat([][]float64{currents}, n) }

// column are the currents of one neuron.
func column(currents []float64) [][]float64 {
	out := make([][]float64, len(currents))
	for i := range out {
		out[i] = currents[i : i+1]
	}
	return out
}

// pulse is a current in the first of n steps.
func pulse(n int, current float64) [][]float64 {
	return append(steady(1, current), steady(n-1, 0)...)
}

// closeTo checks values to a relative error.
func closeTo(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s are %v, want %v", what, got, want)
		return
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*max(1, math.Abs(want[i]))) {
			t.Errorf("%s: element %d is %.12g, want %.12g", what, i, got[i], want[i])
			return
		}
	}
}

// both runs in both precisions, and checks the series of the first neuron.
func (o oneStep) both(t *testing.T, want map[string][]float64) {
	t.Helper()
	single, double := runAs[float32](t, o), runAs[float64](t, o)
	for name, w := range want {
		closeTo(t, name+" in single precision", single.of(name, 0), w, 1e-6)
		closeTo(t, name, double.of(name, 0), w, 1e-12)
	}
}

// wantRefused checks that a layer of the cell is refused, with an error that says all of parts.
func wantRefused(t *testing.T, cell nodes.Cell, parts ...string) {
	t.Helper()
	_, err := nodes.Layer{Units: 2, Cell: cell}.Declare(newParams(1), "a", 2)
	wantError(t, fmt.Sprintf("%#v", cell), err, parts...)
}

// halving is the time constant of what is halved in each ms.
const halving = 1 / math.Ln2

// slope is the derivative of a value with respect to the current, after one step of one neuron
// from rest.
func slope(t *testing.T, cell nodes.Cell, name string, current float64) float64 {
	t.Helper()
	p := newParams(1)
	cell = nodes.WithDefaults(cell)
	params, s := nodes.Values{}, nodes.Values{}
	for _, q := range cell.Parameters() {
		params[q.Name] = graph.Of(input(p, q.Name, oneStep{}.parameter(t, q, 1), 1))
	}
	for _, v := range cell.State() {
		s[v.Name] = graph.Of(input(p, "state "+v.Name, []float64{v.Rest}, 1, 1))
	}
	x := graph.Of(input(p, "current", []float64{current}, 1, 1))
	return read(t, p, mustGrad(cell.Step(params, s, x)[name], x)...)[0][0]
}

// mustGrad are the gradients of the sum of y.
func mustGrad(y graph.Expr, of ...graph.Expr) gorgonia.Nodes {
	var wrt gorgonia.Nodes
	for _, x := range of {
		wrt = append(wrt, must(x.Node()))
	}
	return must(gorgonia.Grad(must(gorgonia.Sum(must(y.Node()))), wrt...))
}
