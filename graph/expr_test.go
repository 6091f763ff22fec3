package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// uniform is a tensor of numbers from U(0.5, 2).
func uniform(seed uint64, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 5))
	x := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range x {
		x[i] = .5 + 1.5*rng.Float64()
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
}

// Each operator is what it says, elementwise.
func TestExpr(t *testing.T) {
	xs, ys := uniform(1, 2, 3), uniform(2, 2, 3)
	in := declare(gorgonia.NewGraph(), []*tensor.Dense{xs, ys})
	x, y := graph.Of(in[0]), graph.Of(in[1])
	cases := []struct {
		name string
		expr graph.Expr
		want func(x, y float64) float64
	}{
		{"Add", x.Add(y), func(x, y float64) float64 { return x + y }},
		{"Sub", x.Sub(y), func(x, y float64) float64 { return x - y }},
		{"Mul", x.Mul(y), func(x, y float64) float64 { return x * y }},
		{"Div", x.Div(y), func(x, y float64) float64 { return x / y }},
		{"Times", x.Times(2.5), func(x, _ float64) float64 { return 2.5 * x }},
		{"Plus", x.Plus(-.25), func(x, _ float64) float64 { return x - .25 }},
		{"Neg", x.Neg(), func(x, _ float64) float64 { return -x }},
		{"OneMinus", x.OneMinus(), func(x, _ float64) float64 { return 1 - x }},
		{"Square", x.Square(), func(x, _ float64) float64 { return x * x }},
		{"Exp", x.Exp(), func(x, _ float64) float64 { return math.Exp(x) }},
		{"Inverse", x.Inverse(), func(x, _ float64) float64 { return 1 / x }},
		{"Clamp", x.Clamp(.8, 1.2), func(x, _ float64) float64 { return max(.8, min(1.2, x)) }},
		{"Fill", x.Fill(7), func(float64, float64) float64 { return 7 }},
		{"Detach", x.Detach(), func(x, _ float64) float64 { return x }},
		{"Tanh", x.Tanh(), func(x, _ float64) float64 { return math.Tanh(x) }},
		{"Sigmoid", x.Sigmoid(), func(x, _ float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{"Map", x.Map(gorgonia.Tanh), func(x, _ float64) float64 { return math.Tanh(x) }},
		{"all together", x.Mul(y).Exp().Times(.1).Sub(x.Div(y.Plus(1)).OneMinus()),
			func(x, y float64) float64 { return .1*math.Exp(x*y) - (1 - x/(y+1)) }},
	}
	var nodes gorgonia.Nodes
	for _, c := range cases {
		nodes = append(nodes, must(c.expr.Node()))
	}
	got := valuesOf(t, nodes...)
	for k, c := range cases {
		for i, x := range xs.Data().([]float64) {
			if want := c.want(x, ys.Data().([]float64)[i]); math.Abs(got[k][i]-want) > 1e-15 {
				t.Errorf("%s: element %d is %v, want %v", c.name, i, got[k][i], want)
			}
		}
	}
}

// Shapes are broadcast from the last dimension on.
func TestExprBroadcasts(t *testing.T) {
	for _, c := range []struct{ a, b, want tensor.Shape }{
		{tensor.Shape{2, 3}, tensor.Shape{3}, tensor.Shape{2, 3}},
		{tensor.Shape{3}, tensor.Shape{2, 3}, tensor.Shape{2, 3}},
		{tensor.Shape{2, 1}, tensor.Shape{3}, tensor.Shape{2, 3}},
		{tensor.Shape{2, 1, 4}, tensor.Shape{3, 1}, tensor.Shape{2, 3, 4}},
		{tensor.Shape{1}, tensor.Shape{4}, tensor.Shape{4}},
		{tensor.Shape{1, 1}, tensor.Shape{1, 1}, tensor.Shape{1, 1}},
		{tensor.Shape{2, 3, 4}, tensor.Shape{1, 3, 1}, tensor.Shape{2, 3, 4}},
	} {
		values := []*tensor.Dense{uniform(1, c.a...), uniform(2, c.b...)}
		in := declare(gorgonia.NewGraph(), values)
		n := must(graph.Of(in[0]).Mul(graph.Of(in[1])).Node())
		if !graph.SameShape(n.Shape(), c.want) {
			t.Errorf("%v · %v has shape %v, want %v", c.a, c.b, n.Shape(), c.want)
			continue
		}
		got := valuesOf(t, n)[0]
		for i := range got {
			if want := element(values[0], c.want, i) * element(values[1], c.want, i); got[i] != want {
				t.Errorf("%v · %v: element %d is %v, want %v", c.a, c.b, i, got[i], want)
			}
		}
	}
}

// A product with a matrix is over the last dimension.
func TestExprMatMul(t *testing.T) {
	for _, shape := range []tensor.Shape{{2, 3}, {4, 2, 3}, {1, 1, 3}, {2, 2, 2, 3}} {
		x, w := uniform(1, shape...), uniform(2, 3, 2)
		in := declare(gorgonia.NewGraph(), []*tensor.Dense{x, w})
		n := must(graph.Of(in[0]).MatMul(graph.Of(in[1])).Node())
		if want := append(shape[:len(shape)-1].Clone(), 2); !graph.SameShape(n.Shape(), want) {
			t.Errorf("the product of %v has shape %v, want %v", shape, n.Shape(), want)
		}
		rows, weights := x.Data().([]float64), w.Data().([]float64)
		for i, got := range valuesOf(t, n)[0] {
			var want float64
			for k := range 3 {
				want += rows[i/2*3+k] * weights[k*2+i%2]
			}
			if math.Abs(got-want) > 1e-14 {
				t.Errorf("element %d of the product of %v is %v, want %v", i, shape, got, want)
			}
		}
	}
}

// element is what stands at position i of the tensor repeated to a shape.
func element(x *tensor.Dense, shape tensor.Shape, i int) float64 {
	at := 0
	stride := 1
	for k := 1; k <= len(shape); k++ {
		d := shape[len(shape)-k]
		if k <= x.Dims() {
			own := x.Shape()[x.Dims()-k]
			if own > 1 {
				at += (i % d) * stride
			}
			stride *= own
		}
		i /= d
	}
	return x.Data().([]float64)[at]
}

// The first error on the way is what Node returns, and every operator passes it on.
func TestExprErrors(t *testing.T) {
	in := declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 2, 3), uniform(2, 4)})
	x, y := graph.Of(in[0]), graph.Of(in[1])
	for _, c := range []struct {
		name string
		expr graph.Expr
		want string
	}{
		{"shapes", x.Add(y).Exp().Times(2), "in0 and in1: have shapes (2, 3) and (4)"},
		{"an operand that is not there", x.Add(graph.Expr{}).Neg(), "not there"},
		{"on the left", graph.Expr{}.Mul(x).Square(), "not there"},
		{"MatMul", x.MatMul(y), "(2, 3) and (4), want [..., in] and [in, out]"},
		{"MatMul of nothing", x.MatMul(graph.Expr{}), "not there"},
		{"no number", x.Times(math.NaN()).Plus(1), "NaN"},
		{"bounds", x.Clamp(1, -1), "between 1 and -1"},
		{"constant", x.Fill(math.Inf(1)), "+Inf"},
		{"another's", graph.Failed(fmt.Errorf("oh")).Map(gorgonia.Tanh).Detach(), "oh"},
		{"Map", x.Map(func(*gorgonia.Node) (*gorgonia.Node, error) { return nil, fmt.Errorf("no") }).Exp(), "no"},
	} {
		if n, err := c.expr.Node(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: node is %v, error %v, want one with %q", c.name, n, err, c.want)
		}
	}
}

// What Expr is made of behaves as ops should.
func TestElementaryOpsConform(t *testing.T) {
	for _, c := range []struct {
		name     string
		in       *tensor.Dense
		constant []int
		apply    func(x *gorgonia.Node) (*gorgonia.Node, error)
	}{
		{"affine", uniform(1, 2, 3), nil, func(x *gorgonia.Node) (*gorgonia.Node, error) { return graph.Affine(x, 2, -.5) }},
		{"clamp", uniform(1, 5, 3), nil, func(x *gorgonia.Node) (*gorgonia.Node, error) { return graph.Clamp(x, .9, 1.6) }},
		{"expand rows", uniform(1, 3), nil, func(x *gorgonia.Node) (*gorgonia.Node, error) { return graph.Expand(x, 4, 3) }},
		{"expand columns", uniform(1, 3, 1), nil, func(x *gorgonia.Node) (*gorgonia.Node, error) { return graph.Expand(x, 2, 3, 4) }},
		{"expand within", uniform(1, 2, 1, 3), nil, func(x *gorgonia.Node) (*gorgonia.Node, error) { return graph.Expand(x, 2, 5, 3) }},
		{"expand one", uniform(1, 1), nil, func(x *gorgonia.Node) (*gorgonia.Node, error) { return graph.Expand(x, 3, 2) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			graphtest.Op(t, []*tensor.Dense{c.in}, c.constant, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return c.apply(in[0]) })
		})
	}
	if _, err := graph.Expand(declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 3)})[0], 4); err == nil || !strings.Contains(err.Error(), "cannot expand (3) to (4)") {
		t.Errorf("error is %v", err)
	}
	if _, err := graph.Expand(declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 3)})[0], 1); err == nil {
		t.Error("no error where an expanded shape is smaller")
	}
}
