package graph_test

import (
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// An opCase is one of Gorgonia's functions on operands of some shapes.
type opCase struct {
	name  string
	build func(d *declaration) (*gorgonia.Node, error)

	// isLoss is set where the outcome is differentiated itself, and not a weighted sum of it.
	isLoss bool
	// forward says why there is no gradient to compute.
	forward string
	// wrongGrad says what is wrong with Gorgonia's gradient, which then is compared between machines
	// only.
	wrongGrad string
	// tape says why Gorgonia's machine is no measure. Ours is then compared with what the ops
	// compute one by one.
	tape string
	// fails says why the op itself fails or panics. Our machine must return an error.
	fails string
}

type unary = func(x *gorgonia.Node) (*gorgonia.Node, error)

// Reasons that several cases share.
const (
	notDifferentiable = "Gorgonia does not differentiate it"
	atIsStatement     = "it takes At for a statement, and reads the operand"
	lastAxisOfOne     = "it takes a last axis of one element for another axis"
)

// opCases are the functions of Gorgonia.
func opCases() []opCase {
	return slices.Concat(unaryCases(), binaryCases(), comparisonCases(), broadcastCases(), productCases(),
		reductionCases(), shapeCases(), imageCases(), otherCases())
}

// shapes are those that elementwise functions are run on: scalars, dimensions of 1, up to four of
// them, and a length that is no multiple of any vector's.
var shapes = []tensor.Shape{{}, {1}, {4}, {37}, {1, 1}, {1, 3}, {3, 1}, {2, 3}, {2, 1, 2}, {2, 2, 3}, {2, 1, 3, 2}}

// A function is one of a single operand.
type function struct {
	name     string
	apply    unary
	positive bool // for positive operands only

	forward, wrongGrad string // as of an opCase
}

// unaries are the elementwise functions of one operand.
var unaries = []function{
	{name: "Abs", apply: gorgonia.Abs},
	{name: "Sign", apply: gorgonia.Sign, forward: notDifferentiable},
	{name: "Ceil", apply: gorgonia.Ceil, forward: notDifferentiable},
	{name: "Floor", apply: gorgonia.Floor, forward: notDifferentiable},
	{name: "Sin", apply: gorgonia.Sin},
	{name: "Cos", apply: gorgonia.Cos},
	{name: "Exp", apply: gorgonia.Exp},
	{name: "Log", apply: gorgonia.Log, positive: true},
	{name: "Log2", apply: gorgonia.Log2, positive: true, wrongGrad: "it divides by log₂ e instead of ln 2"},
	{name: "Neg", apply: gorgonia.Neg},
	{name: "Square", apply: gorgonia.Square},
	{name: "Sqrt", apply: gorgonia.Sqrt, positive: true},
	{name: "Inverse", apply: gorgonia.Inverse, positive: true},
	{name: "InverseSqrt", apply: gorgonia.InverseSqrt, positive: true, wrongGrad: "it divides by twice the cube instead of multiplying by half of it"},
	{name: "Cube", apply: gorgonia.Cube},
	{name: "Tanh", apply: gorgonia.Tanh},
	{name: "Sigmoid", apply: gorgonia.Sigmoid},
	{name: "Log1p", apply: gorgonia.Log1p, positive: true},
	{name: "Expm1", apply: gorgonia.Expm1},
	{name: "Softplus", apply: gorgonia.Softplus},
	{name: "Rectify", apply: gorgonia.Rectify},
	{name: "LeakyRelu", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LeakyRelu(x, .1) }},
	{name: "Mish", apply: gorgonia.Mish},
}

// chains are functions of functions, which can be computed in one pass.
var chains = []function{
	{name: "Tanh of Exp", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Tanh(must(gorgonia.Exp(x))) }},
	{name: "Square read thrice", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
		y := must(gorgonia.Square(x))
		return gorgonia.Add(must(gorgonia.HadamardProd(y, must(gorgonia.Sin(y)))), y)
	}},
}

func unaryCases() (cases []opCase) {
	for _, f := range slices.Concat(unaries, chains) {
		for _, shape := range shapes {
			cases = append(cases, opCase{
				name: fmt.Sprintf("%s%v", f.name, shape),
				build: func(d *declaration) (*gorgonia.Node, error) {
					if f.positive {
						return f.apply(d.positive(shape...))
					}
					return f.apply(d.in(shape...))
				},
				forward: f.forward, wrongGrad: f.wrongGrad,
			})
		}
	}
	return cases
}

func binaryCases() (cases []opCase) {
	for _, f := range []struct {
		name      string
		apply     func(a, b *gorgonia.Node) (*gorgonia.Node, error)
		sameShape bool // and no scalars
	}{
		{"Add", gorgonia.Add, false},
		{"Sub", gorgonia.Sub, false},
		{"HadamardProd", gorgonia.HadamardProd, false},
		{"HadamardDiv", gorgonia.HadamardDiv, false},
		{"Div", gorgonia.Div, false},
		{"Pow", gorgonia.Pow, false},
		{"MinBetween", gorgonia.MinBetween, true},
		{"MaxBetween", gorgonia.MaxBetween, true},
	} {
		add := func(a, b tensor.Shape) {
			cases = append(cases, opCase{
				name:  fmt.Sprintf("%s%v%v", f.name, a, b),
				build: func(d *declaration) (*gorgonia.Node, error) { return f.apply(d.positive(a...), d.positive(b...)) },
			})
		}
		for _, shape := range shapes {
			if shape.Dims() == 0 && f.sameShape {
				continue
			}
			add(shape, shape)
			if shape.Dims() > 0 && !f.sameShape { // a scalar on either side
				add(shape, nil)
				add(nil, shape)
			}
		}
		cases = append(cases, opCase{name: f.name + " of one node twice", build: func(d *declaration) (*gorgonia.Node, error) {
			x := d.positive(2, 3)
			return f.apply(x, x)
		}})
		if f.sameShape {
			continue
		}
		cases = append(cases,
			opCase{name: f.name + " with a constant", build: func(d *declaration) (*gorgonia.Node, error) {
				return f.apply(d.positive(2, 3), d.number(3))
			}},
			opCase{name: f.name + " with a constant first", build: func(d *declaration) (*gorgonia.Node, error) {
				return f.apply(d.number(3), d.positive(2, 3))
			}},
		)
	}
	return cases
}

func comparisonCases() (cases []opCase) {
	for _, f := range []struct {
		name  string
		apply func(a, b *gorgonia.Node, retSame bool) (*gorgonia.Node, error)
	}{
		{"Lt", gorgonia.Lt}, {"Gt", gorgonia.Gt}, {"Lte", gorgonia.Lte}, {"Gte", gorgonia.Gte}, {"Eq", gorgonia.Eq}, {"Ne", gorgonia.Ne},
	} {
		for _, shape := range shapes {
			for _, same := range []bool{true, false} {
				for _, operands := range [][2]tensor.Shape{{shape, shape}, {shape, nil}, {nil, shape}} {
					cases = append(cases, opCase{
						name: fmt.Sprintf("%s%v%v, retSame %v", f.name, operands[0], operands[1], same),
						build: func(d *declaration) (*gorgonia.Node, error) {
							return f.apply(d.whole(operands[0]...), d.whole(operands[1]...), same)
						},
						forward: notDifferentiable,
					})
					if shape.Dims() == 0 {
						break
					}
				}
			}
		}
		for _, same := range []bool{true, false} {
			var tape string
			if !same {
				tape = "it writes the outcome, of bool, to the memory of the first operand, or panics"
			}
			for _, operands := range [][2]tensor.Shape{{{2, 3}, {2, 3}}, {{2, 3}, nil}, {nil, {2, 3}}} {
				cases = append(cases, opCase{
					name: fmt.Sprintf("%s of intermediate values%v%v, retSame %v", f.name, operands[0], operands[1], same),
					build: func(d *declaration) (*gorgonia.Node, error) {
						a, b := must(gorgonia.Neg(d.whole(operands[0]...))), must(gorgonia.Neg(d.whole(operands[1]...)))
						return f.apply(a, b, same)
					},
					forward: notDifferentiable,
					tape:    tape,
				})
			}
		}
	}
	return cases
}

func broadcastCases() (cases []opCase) {
	type broadcast = func(a, b *gorgonia.Node, left, right []byte) (*gorgonia.Node, error)
	comparison := func(f func(a, b *gorgonia.Node, retSame bool, left, right []byte) (*gorgonia.Node, error)) broadcast {
		return func(a, b *gorgonia.Node, left, right []byte) (*gorgonia.Node, error) {
			return f(a, b, true, left, right)
		}
	}
	for _, f := range []struct {
		name    string
		apply   broadcast
		forward string
	}{
		{"BroadcastAdd", gorgonia.BroadcastAdd, ""},
		{"BroadcastSub", gorgonia.BroadcastSub, ""},
		{"BroadcastHadamardProd", gorgonia.BroadcastHadamardProd, ""},
		{"BroadcastHadamardDiv", gorgonia.BroadcastHadamardDiv, ""},
		{"BroadcastPow", gorgonia.BroadcastPow, ""},
		{"BroadcastLt", comparison(gorgonia.BroadcastLt), notDifferentiable},
		{"BroadcastGt", comparison(gorgonia.BroadcastGt), notDifferentiable},
		{"BroadcastLte", comparison(gorgonia.BroadcastLte), notDifferentiable},
		{"BroadcastGte", comparison(gorgonia.BroadcastGte), notDifferentiable},
		{"BroadcastEq", comparison(gorgonia.BroadcastEq), notDifferentiable},
		{"BroadcastNe", comparison(gorgonia.BroadcastNe), notDifferentiable},
	} {
		for _, c := range []struct {
			a, b        tensor.Shape
			left, right []byte
		}{
			{tensor.Shape{3, 2}, tensor.Shape{2}, nil, []byte{0}},
			{tensor.Shape{3, 2}, tensor.Shape{3}, nil, []byte{1}},
			{tensor.Shape{3, 2}, tensor.Shape{1, 2}, nil, []byte{0}},
			{tensor.Shape{3, 2}, tensor.Shape{3, 1}, nil, []byte{1}},
			{tensor.Shape{2}, tensor.Shape{3, 2}, []byte{0}, nil},
			{tensor.Shape{3, 1}, tensor.Shape{3, 2}, []byte{1}, nil},
			{tensor.Shape{3, 1}, tensor.Shape{1, 2}, []byte{1}, []byte{0}},
			{tensor.Shape{1, 2}, tensor.Shape{1, 2}, nil, []byte{0}},
			{tensor.Shape{3, 1}, tensor.Shape{1}, nil, []byte{0}},
			{tensor.Shape{2, 3, 2}, tensor.Shape{2, 1, 2}, nil, []byte{1}},
			{tensor.Shape{2, 3, 2}, tensor.Shape{1, 1, 2}, nil, []byte{0, 1}},
			{tensor.Shape{2, 3, 2}, tensor.Shape{2, 3, 1}, nil, []byte{2}},
			{tensor.Shape{2, 3, 2, 2}, tensor.Shape{1, 3, 1, 1}, nil, []byte{0, 2, 3}},
		} {
			cases = append(cases, opCase{
				name: fmt.Sprintf("%s%v%v", f.name, c.a, c.b),
				build: func(d *declaration) (*gorgonia.Node, error) {
					return f.apply(d.positive(c.a...), d.positive(c.b...), c.left, c.right)
				},
				forward: f.forward,
			})
		}
	}
	return append(cases,
		opCase{name: "Auto", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Auto(gorgonia.BroadcastAdd, d.in(3, 2), d.in(1, 2))
		}},
		opCase{name: "Broadcast", build: func(d *declaration) (*gorgonia.Node, error) {
			a, b, err := gorgonia.Broadcast(d.in(3, 1), d.in(1, 2), gorgonia.NewBroadcastPattern([]byte{1}, []byte{0}))
			if err != nil {
				return nil, err
			}
			return gorgonia.HadamardProd(a, b)
		}},
	)
}

// productCases are the products of linear algebra.
func productCases() (cases []opCase) {
	for _, c := range [][2]tensor.Shape{
		{{}, {}}, {{}, {3}}, {{2, 3}, {}},
		{{3}, {3}}, {{1}, {1}},
		{{3}, {3, 2}}, {{1}, {1, 2}}, {{3}, {3, 1}}, {{1}, {1, 1}},
		{{2, 3}, {3}}, {{1, 3}, {3}}, {{2, 1}, {1}}, {{1, 1}, {1}},
		{{2, 3}, {3, 4}}, {{1, 3}, {3, 4}}, {{2, 3}, {3, 1}}, {{1, 3}, {3, 1}}, {{2, 1}, {1, 3}}, {{1, 1}, {1, 1}}, {{1, 1}, {1, 3}}, {{2, 1}, {1, 1}},
		{{9, 17}, {17, 19}}, {{33}, {33, 5}}, {{5, 33}, {33}}, {{67}, {67}},
	} {
		cases = append(cases, opCase{
			name:  fmt.Sprintf("Mul%v%v", c[0], c[1]),
			build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.Mul(d.in(c[0]...), d.in(c[1]...)) },
		})
	}
	for _, c := range []struct {
		a, b   tensor.Shape
		transA bool
		transB bool
	}{
		{tensor.Shape{2, 3, 4}, tensor.Shape{2, 4, 2}, false, false},
		{tensor.Shape{2, 4, 3}, tensor.Shape{2, 4, 2}, true, false},
		{tensor.Shape{2, 3, 4}, tensor.Shape{2, 2, 4}, false, true},
		{tensor.Shape{2, 4, 3}, tensor.Shape{2, 2, 4}, true, true},
		{tensor.Shape{1, 3, 4}, tensor.Shape{1, 4, 2}, false, false},
		{tensor.Shape{2, 1, 4}, tensor.Shape{2, 4, 1}, false, false},
		{tensor.Shape{2, 3, 1}, tensor.Shape{2, 1, 2}, false, false},
		{tensor.Shape{2, 1, 1}, tensor.Shape{2, 1, 1}, false, false},
		{tensor.Shape{2, 2, 3, 4}, tensor.Shape{2, 2, 4, 2}, false, false},
	} {
		cases = append(cases, opCase{
			name: fmt.Sprintf("BatchedMatMul%v%v transposed %v %v", c.a, c.b, c.transA, c.transB),
			build: func(d *declaration) (*gorgonia.Node, error) {
				return gorgonia.BatchedMatMul(d.in(c.a...), d.in(c.b...), c.transA, c.transB)
			},
		})
	}
	for _, c := range []struct {
		a, b    tensor.Shape
		ax, bx  []int
		forward string
	}{
		{tensor.Shape{3}, tensor.Shape{3}, []int{0}, []int{0}, "its value is a vector, the node a scalar: no other function takes it"},
		{tensor.Shape{2, 3}, tensor.Shape{3}, []int{1}, []int{0}, ""},
		{tensor.Shape{2, 3}, tensor.Shape{3, 2}, []int{1}, []int{0}, ""},
		{tensor.Shape{2, 3}, tensor.Shape{2, 3}, []int{0}, []int{0}, ""},
		{tensor.Shape{2, 3}, tensor.Shape{2, 3}, []int{0, 1}, []int{0, 1}, "its value is a vector, the node a scalar: no other function takes it"},
		{tensor.Shape{2, 3, 4}, tensor.Shape{4, 2}, []int{2}, []int{0}, ""},
		{tensor.Shape{2, 3, 4}, tensor.Shape{3, 4}, []int{1, 2}, []int{0, 1}, "the gradient fails: its shapes do not fit"},
		{tensor.Shape{1, 3}, tensor.Shape{3, 1}, []int{1}, []int{0}, "the gradient fails: its shapes do not fit"},
	} {
		cases = append(cases, opCase{
			name: fmt.Sprintf("Tensordot%v%v over %v %v", c.a, c.b, c.ax, c.bx),
			build: func(d *declaration) (*gorgonia.Node, error) {
				return gorgonia.Tensordot(c.ax, c.bx, d.in(c.a...), d.in(c.b...))
			},
			forward: c.forward,
		})
	}
	for _, c := range []struct {
		a, b      int
		fails     string
		wrongGrad string
	}{
		{3, 2, "the gradient multiplies by the wrong operand", ""},
		{1, 2, "the gradient multiplies by the wrong operand", ""},
		{3, 1, "the gradient multiplies by the wrong operand", ""},
		{2, 2, "", "it multiplies by the wrong operand"},
		{1, 1, "", "it multiplies by the wrong operand"},
	} {
		outer := opCase{
			name:      fmt.Sprintf("OuterProd(%d)(%d)", c.a, c.b),
			build:     func(d *declaration) (*gorgonia.Node, error) { return gorgonia.OuterProd(d.in(c.a), d.in(c.b)) },
			fails:     c.fails,
			wrongGrad: c.wrongGrad,
		}
		cases = append(cases, outer)
		if c.fails != "" {
			outer.name, outer.fails, outer.forward = outer.name+" forward", "", c.fails
			cases = append(cases, outer)
		}
	}
	return append(cases,
		opCase{name: "Mul of one matrix twice", build: func(d *declaration) (*gorgonia.Node, error) {
			x := d.in(3, 3)
			return gorgonia.Mul(x, x)
		}},
		opCase{name: "Mul with a transposed matrix", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Mul(d.in(2, 3), must(gorgonia.Transpose(d.in(4, 3))))
		}},
		opCase{name: "Mul of two transposed matrices", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Mul(must(gorgonia.Transpose(d.in(3, 2))), must(gorgonia.Transpose(d.in(4, 3))))
		}},
		opCase{name: "Mul of a matrix with itself transposed", build: func(d *declaration) (*gorgonia.Node, error) {
			x := d.in(2, 3)
			return gorgonia.Mul(x, must(gorgonia.Transpose(x)))
		}},
		opCase{name: "Mul with columns of a matrix", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Mul(must(gorgonia.Slice(d.in(2, 5), nil, gorgonia.S(1, 4))), d.in(3, 2))
		}},
		opCase{name: "Mul with one column of a matrix", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Mul(d.in(2, 3), must(gorgonia.Slice(d.in(3, 4), nil, gorgonia.S(2))))
		}},
	)
}

func reductionCases() (cases []opCase) {
	type reduction = func(x *gorgonia.Node, along ...int) (*gorgonia.Node, error)
	for _, f := range []struct {
		name  string
		apply reduction
	}{
		{"Sum", gorgonia.Sum}, {"Mean", gorgonia.Mean}, {"Max", gorgonia.Max},
	} {
		for _, c := range []struct {
			shape tensor.Shape
			along []int
		}{
			{tensor.Shape{}, nil}, {tensor.Shape{1}, nil}, {tensor.Shape{4}, nil}, {tensor.Shape{4}, []int{0}},
			{tensor.Shape{2, 3}, nil}, {tensor.Shape{2, 3}, []int{0}}, {tensor.Shape{2, 3}, []int{1}}, {tensor.Shape{2, 3}, []int{0, 1}},
			{tensor.Shape{1, 3}, []int{0}}, {tensor.Shape{1, 3}, []int{1}}, {tensor.Shape{3, 1}, []int{0}}, {tensor.Shape{3, 1}, []int{1}},
			{tensor.Shape{1, 1}, nil}, {tensor.Shape{1, 1}, []int{0}}, {tensor.Shape{1, 1}, []int{1}},
			{tensor.Shape{2, 3, 2}, nil}, {tensor.Shape{2, 3, 2}, []int{0}}, {tensor.Shape{2, 3, 2}, []int{1}}, {tensor.Shape{2, 3, 2}, []int{2}},
			{tensor.Shape{2, 3, 2}, []int{0, 2}}, {tensor.Shape{2, 3, 2}, []int{1, 2}}, {tensor.Shape{2, 1, 2}, []int{1}},
			{tensor.Shape{2, 3, 2, 2}, []int{2, 3}}, {tensor.Shape{2, 3, 2, 2}, []int{0, 1}},
		} {
			cases = append(cases, opCase{
				name:  fmt.Sprintf("%s%v along %v", f.name, c.shape, c.along),
				build: func(d *declaration) (*gorgonia.Node, error) { return f.apply(d.in(c.shape...), c.along...) },
			})
		}
	}
	for _, f := range []struct {
		name      string
		apply     reduction
		wrongGrad map[string]string
		fails     map[string]string
	}{
		{"SoftMax", gorgonia.SoftMax, map[string]string{"(3, 1)[]": lastAxisOfOne}, nil},
		{"LogSoftMax", gorgonia.LogSoftMax, map[string]string{"(3, 1)[]": lastAxisOfOne}, nil},
		{"Sparsemax", gorgonia.Sparsemax, map[string]string{"(2, 3)[0]": "it is that along the last axis"}, map[string]string{
			"(2, 3, 2)[]":  "the gradient is for matrices only",
			"(2, 3, 2)[0]": "an axis can be chosen of matrices only",
			"(2, 3, 2)[1]": "an axis can be chosen of matrices only",
			"(2, 3, 2)[2]": "an axis can be chosen of matrices only",
		}},
	} {
		for _, c := range []struct {
			shape tensor.Shape
			axes  []int
		}{
			{tensor.Shape{4}, nil}, {tensor.Shape{1}, nil}, {tensor.Shape{2, 3}, nil}, {tensor.Shape{2, 3}, []int{0}}, {tensor.Shape{2, 3}, []int{1}},
			{tensor.Shape{1, 3}, nil}, {tensor.Shape{3, 1}, nil}, {tensor.Shape{1, 1}, nil},
			{tensor.Shape{2, 3, 2}, nil}, {tensor.Shape{2, 3, 2}, []int{0}}, {tensor.Shape{2, 3, 2}, []int{1}}, {tensor.Shape{2, 3, 2}, []int{2}},
		} {
			name := fmt.Sprintf("%v%v", c.shape, c.axes)
			cases = append(cases, opCase{
				name:      f.name + name,
				build:     func(d *declaration) (*gorgonia.Node, error) { return f.apply(d.in(c.shape...), c.axes...) },
				wrongGrad: f.wrongGrad[name],
				fails:     f.fails[name],
			})
		}
	}
	for _, shape := range []tensor.Shape{{4}, {2, 3}, {1, 3}, {3, 1}, {1, 1}, {2, 3, 2}} {
		for axis := range shape {
			for _, p := range []int{1, 2, 3} {
				cases = append(cases, opCase{
					name:  fmt.Sprintf("Norm%v along %d of order %d", shape, axis, p),
					build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.Norm(d.positive(shape...), axis, p) },
				})
			}
		}
	}
	for axis := range 2 {
		cases = append(cases, opCase{
			name: fmt.Sprintf("KeepDims along %d", axis),
			build: func(d *declaration) (*gorgonia.Node, error) {
				return gorgonia.KeepDims(d.in(2, 3), false, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(x, axis) })
			},
		})
	}
	return append(cases,
		opCase{name: "LogSumExp of a vector", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.LogSumExp(d.in(4), 0) }},
		opCase{name: "ReduceAdd", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.ReduceAdd(gorgonia.Nodes{d.in(2, 3), d.in(2, 3), d.in(2, 3), d.in(2, 3)})
		}},
		opCase{name: "ReduceMul", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.ReduceMul(gorgonia.Nodes{d.in(2, 2), d.in(2, 3), d.in(3, 1)})
		}},
	)
}

func shapeCases() (cases []opCase) {
	all := tensor.Slice(nil)
	s := gorgonia.S
	for _, c := range []struct {
		shape  tensor.Shape
		slices []tensor.Slice
	}{
		{tensor.Shape{5}, []tensor.Slice{s(1, 4)}}, {tensor.Shape{5}, []tensor.Slice{s(0)}}, {tensor.Shape{5}, []tensor.Slice{s(0, 5, 2)}},
		{tensor.Shape{3, 4}, []tensor.Slice{s(1)}}, {tensor.Shape{3, 4}, []tensor.Slice{s(1, 3)}}, {tensor.Shape{3, 4}, []tensor.Slice{s(0, 1)}},
		{tensor.Shape{3, 4}, []tensor.Slice{all, s(1)}}, {tensor.Shape{3, 4}, []tensor.Slice{all, s(1, 3)}}, {tensor.Shape{3, 4}, []tensor.Slice{s(0, 2), s(1, 3)}},
		{tensor.Shape{3, 4}, []tensor.Slice{s(1), s(2)}}, {tensor.Shape{1, 3}, []tensor.Slice{s(0)}}, {tensor.Shape{3, 1}, []tensor.Slice{all, s(0)}},
		{tensor.Shape{2, 3, 4}, []tensor.Slice{s(1)}}, {tensor.Shape{2, 3, 4}, []tensor.Slice{all, s(1)}}, {tensor.Shape{2, 3, 4}, []tensor.Slice{all, all, s(1)}},
		{tensor.Shape{2, 3, 4}, []tensor.Slice{all, s(1, 3)}}, {tensor.Shape{2, 3, 4}, []tensor.Slice{all, all, s(1, 3)}}, {tensor.Shape{2, 3, 4}, []tensor.Slice{s(0), s(1), s(2)}},
		{tensor.Shape{2, 3, 2, 2}, []tensor.Slice{all, s(1, 3)}},
	} {
		cases = append(cases, opCase{
			name:  fmt.Sprintf("Slice%v%v", c.shape, bounds(c.slices)),
			build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.Slice(d.in(c.shape...), c.slices...) },
		})
	}
	for _, c := range []struct {
		axis   int
		shapes []tensor.Shape
	}{
		{0, []tensor.Shape{{2}, {3}}}, {0, []tensor.Shape{{1}, {1}}}, {0, []tensor.Shape{{2, 3}, {1, 3}}}, {1, []tensor.Shape{{2, 3}, {2, 1}}},
		{0, []tensor.Shape{{1, 3}, {1, 3}, {1, 3}}}, {1, []tensor.Shape{{3, 1}, {3, 1}}}, {1, []tensor.Shape{{1, 2}, {1, 3}}}, {0, []tensor.Shape{{1, 1}, {1, 1}}},
		{0, []tensor.Shape{{2, 3, 2}, {1, 3, 2}}}, {1, []tensor.Shape{{2, 3, 2}, {2, 2, 2}}}, {2, []tensor.Shape{{2, 3, 2}, {2, 3, 3}}},
		{1, []tensor.Shape{{2, 2, 2, 2}, {2, 3, 2, 2}}}, {1, []tensor.Shape{{1, 2, 2, 2}, {1, 1, 2, 2}}},
	} {
		cases = append(cases, opCase{
			name: fmt.Sprintf("Concat%v along %d", c.shapes, c.axis),
			build: func(d *declaration) (*gorgonia.Node, error) {
				var parts gorgonia.Nodes
				for _, shape := range c.shapes {
					parts = append(parts, d.in(shape...))
				}
				return gorgonia.Concat(c.axis, parts...)
			},
		})
	}
	for _, c := range [][2]tensor.Shape{
		{{6}, {2, 3}}, {{2, 3}, {3, 2}}, {{2, 3}, {6}}, {{2, 3}, {-1}}, {{2, 3}, {1, 2, 3}}, {{1, 1}, {1}}, {{1}, {1, 1}}, {{2, 1, 3}, {2, 3}}, {{3, 1}, {3}}, {{2, 3}, {2, 3}},
	} {
		// A reshaped tensor shares the memory of its operand, here with an op before and after it
		// that could be done in place.
		for _, f := range []function{
			{name: "Reshape", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Reshape(x, c[1].Clone()) }},
			{name: "Exp of Reshape", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Exp(must(gorgonia.Reshape(x, c[1].Clone())))
			}},
			{name: "Reshape of Exp, both read", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				y := must(gorgonia.Exp(x))
				z := must(gorgonia.Sin(must(gorgonia.Reshape(y, c[1].Clone()))))
				return gorgonia.Add(z, must(gorgonia.Reshape(must(gorgonia.Square(y)), c[1].Clone())))
			}},
		} {
			cases = append(cases, opCase{
				name:  fmt.Sprintf("%s%v%v", f.name, c[0], c[1]),
				build: func(d *declaration) (*gorgonia.Node, error) { return f.apply(d.in(c[0]...)) },
			})
		}
	}
	for _, c := range []struct {
		shape tensor.Shape
		axes  []int
	}{
		{tensor.Shape{2, 3}, nil}, {tensor.Shape{2, 3}, []int{1, 0}}, {tensor.Shape{2, 3}, []int{0, 1}}, {tensor.Shape{1, 3}, nil}, {tensor.Shape{3, 1}, nil}, {tensor.Shape{1, 1}, nil},
		{tensor.Shape{2, 3, 4}, nil}, {tensor.Shape{2, 3, 4}, []int{0, 2, 1}}, {tensor.Shape{2, 3, 4}, []int{1, 0, 2}}, {tensor.Shape{2, 3, 4}, []int{1, 2, 0}}, {tensor.Shape{2, 3, 4}, []int{2, 0, 1}},
		{tensor.Shape{2, 3, 1, 2}, []int{0, 3, 1, 2}}, {tensor.Shape{2, 1, 3, 2}, []int{0, 2, 3, 1}},
	} {
		for _, f := range []function{
			{name: "Transpose", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Transpose(x, c.axes...) }},
			{name: "Exp of Transpose", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Exp(must(gorgonia.Transpose(x, c.axes...)))
			}},
			{name: "Transpose of Exp, both read", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				y := must(gorgonia.Exp(x))
				z := must(gorgonia.Sum(must(gorgonia.Square(y))))
				return gorgonia.HadamardProd(must(gorgonia.Transpose(y, c.axes...)), z)
			}},
		} {
			cases = append(cases, opCase{
				name:  fmt.Sprintf("%s%v%v", f.name, c.shape, c.axes),
				build: func(d *declaration) (*gorgonia.Node, error) { return f.apply(d.in(c.shape...)) },
			})
		}
	}
	return append(cases,
		opCase{name: "Slice of a matrix of one", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Slice(d.in(1, 1), gorgonia.S(0))
		}, forward: "its value is a scalar, the node a vector: no other function takes it"},
		opCase{name: "Ravel", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.Ravel(d.in(2, 3)) }},
		opCase{name: "Unconcat", build: func(d *declaration) (*gorgonia.Node, error) {
			parts, err := gorgonia.Unconcat(d.in(2, 6), 1, 3)
			if err != nil {
				return nil, err
			}
			return gorgonia.HadamardProd(parts[0], parts[2])
		}},
		opCase{name: "At of a vector", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.At(d.in(3), 1) },
			forward: notDifferentiable, tape: atIsStatement},
		opCase{name: "At of a matrix", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.At(d.in(2, 3), 1, 2) },
			forward: notDifferentiable, tape: atIsStatement},
		opCase{name: "At of a matrix of one", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.At(d.in(1, 1), 0, 0) },
			forward: notDifferentiable, tape: atIsStatement},
		opCase{name: "SizeOf", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.SizeOf(1, d.in(2, 3)) }, forward: "it does not depend on the values"},
		opCase{name: "DiagFlat of a vector", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.DiagFlat(d.in(3)) }, forward: notDifferentiable},
		opCase{name: "DiagFlat of a matrix", build: func(d *declaration) (*gorgonia.Node, error) { return gorgonia.DiagFlat(d.in(2, 2)) }, forward: notDifferentiable},
	)
}

// bounds are slices as they are written.
func bounds(slices []tensor.Slice) (s []string) {
	for _, along := range slices {
		switch {
		case along == nil:
			s = append(s, ":")
		case along.End()-along.Start() == 1:
			s = append(s, fmt.Sprint(along.Start()))
		default:
			s = append(s, fmt.Sprintf("%d:%d:%d", along.Start(), along.End(), along.Step()))
		}
	}
	return s
}

// imageCases are the functions on images [batch, channels, height, width].
func imageCases() (cases []opCase) {
	for _, c := range []struct {
		image, filter         tensor.Shape
		pad, stride, dilation []int
	}{
		{tensor.Shape{2, 3, 5, 5}, tensor.Shape{4, 3, 3, 3}, []int{0, 0}, []int{1, 1}, []int{1, 1}},
		{tensor.Shape{2, 3, 5, 4}, tensor.Shape{4, 3, 3, 2}, []int{1, 1}, []int{1, 1}, []int{1, 1}},
		{tensor.Shape{2, 1, 6, 6}, tensor.Shape{2, 1, 2, 2}, []int{0, 0}, []int{2, 2}, []int{1, 1}},
		{tensor.Shape{1, 2, 7, 7}, tensor.Shape{1, 2, 3, 3}, []int{0, 0}, []int{1, 1}, []int{2, 2}},
		{tensor.Shape{1, 1, 3, 3}, tensor.Shape{1, 1, 1, 1}, []int{0, 0}, []int{1, 1}, []int{1, 1}},
		{tensor.Shape{1, 1, 3, 3}, tensor.Shape{1, 1, 3, 3}, []int{0, 0}, []int{1, 1}, []int{1, 1}},
		{tensor.Shape{1, 1, 1, 1}, tensor.Shape{1, 1, 1, 1}, []int{0, 0}, []int{1, 1}, []int{1, 1}},
	} {
		cases = append(cases, opCase{
			name: fmt.Sprintf("Conv2d%v%v pad %v stride %v dilation %v", c.image, c.filter, c.pad, c.stride, c.dilation),
			build: func(d *declaration) (*gorgonia.Node, error) {
				return gorgonia.Conv2d(d.in(c.image...), d.in(c.filter...), c.filter[2:], c.pad, c.stride, c.dilation)
			},
		})
	}
	type pooling = func(x *gorgonia.Node, kernel tensor.Shape, pad, stride []int) (*gorgonia.Node, error)
	for _, f := range []struct {
		name  string
		apply pooling
	}{
		{"MaxPool2D", gorgonia.MaxPool2D}, {"AveragePool2D", gorgonia.AveragePool2D},
	} {
		for _, c := range []struct {
			image       tensor.Shape
			kernel      tensor.Shape
			pad, stride []int
		}{
			{tensor.Shape{2, 2, 4, 4}, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}},
			{tensor.Shape{2, 2, 4, 4}, tensor.Shape{3, 3}, []int{0, 0}, []int{1, 1}},
			{tensor.Shape{1, 1, 4, 4}, tensor.Shape{2, 2}, []int{1, 1}, []int{2, 2}},
			{tensor.Shape{1, 2, 3, 3}, tensor.Shape{1, 1}, []int{0, 0}, []int{1, 1}},
			{tensor.Shape{1, 1, 2, 2}, tensor.Shape{2, 2}, []int{0, 0}, []int{1, 1}},
		} {
			var wrongGrad string
			if f.name == "AveragePool2D" && c.stride[0] > 1 {
				wrongGrad = "it does not go by the stride"
			}
			cases = append(cases, opCase{
				name: fmt.Sprintf("%s%v kernel %v pad %v stride %v", f.name, c.image, c.kernel, c.pad, c.stride),
				build: func(d *declaration) (*gorgonia.Node, error) {
					return f.apply(d.in(c.image...), c.kernel, c.pad, c.stride)
				},
				wrongGrad: wrongGrad,
			})
		}
	}
	return append(cases,
		opCase{name: "Conv1d", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Conv1d(d.in(2, 2, 1, 6), d.in(3, 2, 1, 3), 3, 1, 1, 1)
		}},
		opCase{name: "Im2Col", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Im2Col(d.in(2, 2, 4, 4), tensor.Shape{2, 2}, tensor.Shape{0, 0}, tensor.Shape{1, 1}, tensor.Shape{1, 1})
		}},
		opCase{name: "MaxPool1D", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.MaxPool1D(d.in(2, 2, 1, 6), 2, 0, 2)
		}},
		opCase{name: "AveragePool1D", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.AveragePool1D(d.in(2, 2, 1, 6), 2, 0, 2)
		}},
		opCase{name: "GlobalAveragePool2D", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.GlobalAveragePool2D(d.in(2, 3, 2, 2))
		}, forward: "gorgonia.Grad panics"},
		opCase{name: "Upsample2D", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Upsample2D(d.in(2, 1, 2, 3), 2)
		}},
		opCase{name: "BatchNorm of images", build: func(d *declaration) (*gorgonia.Node, error) {
			y, _, _, _, err := gorgonia.BatchNorm(d.in(3, 2, 2, 2), d.positive(1, 2, 1, 1), d.in(1, 2, 1, 1), .9, 1e-3)
			return y, err
		}},
		opCase{name: "BatchNorm of vectors", build: func(d *declaration) (*gorgonia.Node, error) {
			y, _, _, _, err := gorgonia.BatchNorm(d.in(4, 2), d.positive(1, 2), d.in(1, 2), .9, 1e-3)
			return y, err
		}},
		opCase{name: "GroupNorm", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.GroupNorm(d.in(2, 4, 2, 2), d.positive(1, 4, 1, 1), d.in(1, 4, 1, 1), 2, 4, 1e-3)
		}},
	)
}

func otherCases() []opCase {
	return []opCase{
		{name: "ByIndices of rows", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.ByIndices(d.in(4, 3), d.integers(3, 0, 3), 0)
		}},
		{name: "ByIndices of columns", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.ByIndices(d.in(2, 4), d.integers(1, 1, 3), 1)
		}, wrongGrad: "it goes to the wrong columns"},
		{name: "ByIndices of a vector", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.ByIndices(d.in(4), d.integers(2, 0), 0)
		}, wrongGrad: "it goes to the wrong elements"},
		{name: "CTCLoss, mean", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.CTCLoss(must(gorgonia.LogSoftMax(d.in(4, 2, 3), 2)), d.integers(1, 2, 2, 1), d.integers(4, 4), d.integers(2, 2), gorgonia.ReductionMean)
		}, isLoss: true, wrongGrad: "it is that of the sum, divided by too little"},
		{name: "CTCLoss, sum", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.CTCLoss(must(gorgonia.LogSoftMax(d.in(4, 2, 3), 2)), d.integers(1, 2, 2, 1), d.integers(4, 4), d.integers(2, 2), gorgonia.ReductionSum)
		}, isLoss: true},
		{name: "BinaryXent", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.BinaryXent(d.within(.1, .9, 2, 3), d.within(.1, .9, 2, 3))
		}},
		{name: "Dropout of nothing", build: func(d *declaration) (*gorgonia.Node, error) {
			y := must(gorgonia.Exp(d.in(2, 3)))
			return gorgonia.Add(must(gorgonia.Dropout(y, 0)), y)
		}, wrongGrad: "that of Dropout with probability 0 is 0"},
		{name: "OneHotVector", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.Mul(gorgonia.OneHotVector(2, 4, d.dt, gorgonia.WithName("one hot 2 of 4")), d.in(4, 3))
		}},
		{name: "MinBetween of scalars", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.MinBetween(d.in(), d.in())
		}, fails: "it takes tensors only"},
		{name: "ConvType", build: func(d *declaration) (*gorgonia.Node, error) {
			return gorgonia.ConvType(d.in(2, 3), d.dt, tensor.Float64)
		}, forward: notDifferentiable, fails: "it converts no tensors"},
	}
}

// A declared opCase is a graph of it, with the gradients of a weighted sum of its outcome.
type declared struct {
	*declaration
	out   *gorgonia.Node
	loss  *gorgonia.Node // nil without gradients
	grads gorgonia.Nodes
}

func (c opCase) declare(dt tensor.Dtype) (declared, error) {
	d := declared{declaration: newDeclaration(dt)}
	var err error
	if d.out, err = c.build(d.declaration); err != nil || c.forward != "" {
		return d, err
	}
	d.loss = d.out
	wrt := d.inputs
	if !c.isLoss {
		// The weights tell the elements apart; a plain sum of SoftMax has no gradient.
		weighted, err := gorgonia.HadamardProd(d.out, d.in(d.out.Shape()...))
		if err != nil {
			return d, err
		}
		if d.loss, err = gorgonia.Sum(weighted); err != nil {
			return d, err
		}
	}
	d.grads, err = gorgonia.Grad(d.loss, wrt...)
	return d, err
}

func (d declared) outcomes() gorgonia.Nodes { return append(gorgonia.Nodes{d.out}, d.grads...) }

// opRounds is how often each case is run, with other inputs each time, so that values left from a
// run before show.
const opRounds = 3

// run runs a machine for some rounds and gives the outcomes to see after each. The inputs are bound
// anew in odd rounds, and written to in even ones.
func (d declared) run(vm gorgonia.VM, see func(round int)) error {
	defer vm.Close()
	for round := range opRounds {
		for k, n := range d.inputs {
			v := d.random(k, round, n.Shape()...)
			old, isDense := n.Value().(*tensor.Dense)
			if isDense && round%2 == 0 {
				if err := tensor.Copy(old, v.(*tensor.Dense)); err != nil {
					return err
				}
			} else if err := gorgonia.Let(n, v); err != nil {
				return err
			}
		}
		vm.Reset()
		if err := vm.RunAll(); err != nil {
			return err
		}
		see(round)
	}
	return nil
}

// Each of Gorgonia's functions gives under our machine what it gives under Gorgonia's, forward and
// backward, in both dtypes; each node of the graph has the value that its op alone computes; inputs
// stay as they are; and gradients are those of central differences.
func TestGorgoniaOps(t *testing.T) {
	log.SetOutput(io.Discard) // The gradient of GroupNorm logs its operands.
	defer log.SetOutput(os.Stderr)
	for _, c := range opCases() {
		t.Run(c.name, func(t *testing.T) {
			for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
				c.test(t, dt)
			}
		})
	}
}

func (c opCase) test(t *testing.T, dt tensor.Dtype) {
	t.Helper()
	want := c.testGraph(t, dt)
	if c.fails != "" {
		return
	}
	c.testNodes(t, dt, want)
	if c.tape == "" {
		c.testTape(t, dt, want)
	}
	if dt == tensor.Float64 && c.forward == "" {
		c.testGradients(t)
	}
}

// testGraph runs a machine of the graph and compares each node with what its op computes alone. It
// returns the outcomes of each round.
func (c opCase) testGraph(t *testing.T, dt tensor.Dtype) [][][]float64 {
	t.Helper()
	d := must(c.declare(dt))
	outcomes := make([][][]float64, opRounds)
	err := d.run(must(graph.NewGraphMachine(d.g)), func(round int) {
		alone, err := evaluate(d.g)
		if err != nil {
			t.Fatalf("%v: the ops alone fail: %v", dt, err)
		}
		compareNodes(t, d.g, alone, tolerance[dt])
		for k, n := range d.inputs {
			if got, bound := numbers(t, n.Value()), numbers(t, d.random(k, round, n.Shape()...)); !slices.Equal(got, bound) {
				t.Errorf("%v, round %d: input %d has become %v, was %v", dt, round, k, got, bound)
			}
		}
		for _, n := range d.outcomes() {
			outcomes[round] = append(outcomes[round], numbers(t, n.Value()))
		}
	})
	switch {
	case err == nil && c.fails != "":
		t.Errorf("%v: no error, though the op fails: %s", dt, c.fails)
	case err != nil && c.fails == "":
		t.Fatalf("%v: %v", dt, err)
	}
	return outcomes
}

// testNodes runs a machine of the outcomes, in an order that must not matter. Some ops read what
// others have left, though the graph does not say so: CTCLoss leaves its alphas for its gradient.
func (c opCase) testNodes(t *testing.T, dt tensor.Dtype, want [][][]float64) {
	t.Helper()
	d := must(c.declare(dt))
	backwards := d.outcomes()
	slices.Reverse(backwards)
	err := d.run(must(graph.NewMachine(backwards...)), func(round int) {
		for i, n := range d.outcomes() {
			if got := numbers(t, n.Value()); !(distance(got, want[round][i]) <= tolerance[dt]) {
				t.Errorf("%v, round %d: outcome %d is %v, that of a machine of the graph %v", dt, round, i, got, want[round][i])
			}
		}
	})
	if err != nil {
		t.Fatalf("%v: machine of nodes: %v", dt, err)
	}
}

// testTape runs Gorgonia's machine.
func (c opCase) testTape(t *testing.T, dt tensor.Dtype, want [][][]float64) {
	t.Helper()
	d := must(c.declare(dt))
	read := make([]gorgonia.Value, len(d.outcomes()))
	for i, n := range d.outcomes() {
		gorgonia.Read(n, &read[i])
	}
	err := d.run(gorgonia.NewTapeMachine(d.g), func(round int) {
		for i, v := range read {
			if got := numbers(t, v); !(distance(want[round][i], got) <= tolerance[dt]) {
				t.Errorf("%v, round %d: outcome %d is %v, that of Gorgonia's machine %v", dt, round, i, want[round][i], got)
			}
		}
	})
	if err != nil {
		t.Fatalf("%v: Gorgonia's machine: %v", dt, err)
	}
}

// testGradients compares the gradients of our machine with central differences.
func (c opCase) testGradients(t *testing.T) {
	t.Helper()
	d := must(c.declare(tensor.Float64))
	forward := must(graph.NewMachine(d.loss))
	if err := must(graph.NewMachine(append(gorgonia.Nodes{d.loss}, d.grads...)...)).RunAll(); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, grad := range d.grads {
		got := numbers(t, grad.Value())
		want := slopes(t, d.inputs[i], func() float64 {
			if err := forward.RunAll(); err != nil {
				t.Fatal(err)
			}
			return numbers(t, d.loss.Value())[0]
		})
		if distance(got, want) < 1e-6 {
			continue
		}
		wrong++
		if c.wrongGrad == "" {
			t.Errorf("gradient %d is %v, central differences say %v", i, got, want)
		}
	}
	if wrong == 0 && c.wrongGrad != "" {
		t.Errorf("Gorgonia's gradient is right after all: %s", c.wrongGrad)
	}
}

// What a node is asked for stays, though its memory is that of an operand that nobody asked for, and
// that others read later on.
func TestValuesInMemoryOfOperands(t *testing.T) {
	for _, f := range []function{
		{name: "Reshape", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Reshape(x, tensor.Shape{4}) }},
		{name: "Slice", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Slice(x, gorgonia.S(1)) }},
		{name: "Dropout", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Dropout(x, 0) }},
		{name: "Slice of Reshape", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Slice(must(gorgonia.Reshape(x, tensor.Shape{4})), gorgonia.S(1, 3))
		}},
	} {
		t.Run(f.name, func(t *testing.T) {
			d := newDeclaration(tensor.Float64)
			operand := must(gorgonia.Tanh(d.in(2, 2)))
			kept := must(f.apply(operand))
			last, w := operand, d.in(2, 2)
			for range 4 {
				last = must(gorgonia.Mul(last, w))
			}
			vm := must(graph.NewMachine(kept, last))
			defer vm.Close()
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			if got, want := numbers(t, kept.Value()), numbers(t, must(evaluate(d.g))[kept]); !slices.Equal(got, want) {
				t.Errorf("it is %v, want %v", got, want)
			}
		})
	}
}

// One graph may have nodes of both precisions, and of integers.
func TestNodesOfSeveralTypes(t *testing.T) {
	d := newDeclaration(tensor.Float32)
	x, w := d.in(2, 3), d.in(3, 4)
	must(gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.Tanh(must(gorgonia.Mul(x, w)))))), x, w))
	d.dt = tensor.Float64
	y, v := d.in(2, 3), d.in(3, 4)
	product := must(gorgonia.Sigmoid(must(gorgonia.Mul(y, v))))
	must(gorgonia.Sum(must(gorgonia.HadamardProd(d.number(2.5), product)), 0))
	i, j := d.integers(1, 5, -2), d.integers(4, 5, 6)
	sum := must(gorgonia.Add(i, j))
	must(gorgonia.HadamardProd(sum, must(gorgonia.Sub(i, j))))
	must(gorgonia.Gte(sum, j, false))
	must(gorgonia.Gte(product, must(gorgonia.Neg(product)), false))
	vm := must(graph.NewGraphMachine(d.g))
	defer vm.Close()
	for range 2 {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		compareNodes(t, d.g, must(evaluate(d.g)), tolerance[tensor.Float32])
	}
}

// Inputs may be views: rows or columns of a larger tensor, or transposed. They are left as they are.
// Gorgonia's own machine multiplies some of them wrongly.
func TestViewsAsInputs(t *testing.T) {
	large := func() *tensor.Dense {
		x := make([]float64, 30)
		for i := range x {
			x[i] = math.Sin(float64(i))
		}
		return tensor.New(tensor.WithShape(5, 6), tensor.WithBacking(x))
	}
	for _, view := range []struct {
		name string
		of   func() *tensor.Dense // of shape (3, 4)
	}{
		{"columns", func() *tensor.Dense { return must(large().Slice(gorgonia.S(0, 3), gorgonia.S(1, 5))).(*tensor.Dense) }},
		{"rows", func() *tensor.Dense {
			x := tensor.New(tensor.WithShape(6, 4), tensor.WithBacking(large().Data().([]float64)[:24]))
			return must(x.Slice(gorgonia.S(2, 5))).(*tensor.Dense)
		}},
		{"transposed", func() *tensor.Dense {
			x := tensor.New(tensor.WithShape(4, 3), tensor.WithBacking(large().Data().([]float64)[:12]))
			if err := x.T(); err != nil {
				t.Fatal(err)
			}
			return x
		}},
		{"columns transposed", func() *tensor.Dense {
			x := must(large().Slice(gorgonia.S(1, 5), gorgonia.S(2, 5))).(*tensor.Dense)
			if err := x.T(); err != nil {
				t.Fatal(err)
			}
			return x
		}},
		{"column-major", func() *tensor.Dense {
			return tensor.New(tensor.WithShape(3, 4), tensor.AsFortran(large().Data().([]float64)[:12]))
		}},
	} {
		for _, f := range []function{
			{name: "Tanh", apply: gorgonia.Tanh},
			{name: "Transpose", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Transpose(x) }},
			{name: "Sum along 0", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(x, 0) }},
			{name: "SoftMax", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x) }},
			{name: "Reshape", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Reshape(x, tensor.Shape{2, 6})
			}},
			{name: "Slice", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Slice(x, nil, gorgonia.S(1, 3))
			}},
			{name: "Concat", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Concat(1, x, x) }},
			{name: "Mul with its transpose", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Mul(x, must(gorgonia.Transpose(x)))
			}},
		} {
			t.Run(view.name+"/"+f.name, func(t *testing.T) {
				d := newDeclaration(tensor.Float64)
				x := d.in(3, 4)
				y := must(f.apply(x))
				loss := must(gorgonia.Sum(must(gorgonia.Square(y))))
				must(gorgonia.Grad(loss, x))
				bound := view.of()
				plain := tensor.New(tensor.WithShape(3, 4), tensor.Of(tensor.Float64))
				for i := range 3 {
					for j := range 4 {
						if err := plain.SetAt(must(bound.At(i, j)), i, j); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := gorgonia.Let(x, plain); err != nil {
					t.Fatal(err)
				}
				want := must(evaluate(d.g))
				if err := gorgonia.Let(x, bound); err != nil {
					t.Fatal(err)
				}
				vm := must(graph.NewGraphMachine(d.g))
				defer vm.Close()
				for range 2 {
					if err := vm.RunAll(); err != nil {
						t.Fatal(err)
					}
					compareNodes(t, d.g, want, tolerance[d.dt])
				}
				if fresh := view.of(); !bound.Shape().Eq(fresh.Shape()) || !slices.Equal(bound.Strides(), fresh.Strides()) ||
					!slices.Equal(bound.Data().([]float64), fresh.Data().([]float64)) {
					t.Errorf("the input has become %v with strides %v, was %v with %v", bound, bound.Strides(), fresh, fresh.Strides())
				}
			})
		}
	}
}

// Graphs put together at random, forward and backward, compute under our machine what their ops
// compute one by one: whatever is fused, left out or kept in memory that was something else's.
func TestGorgoniaRandomGraphs(t *testing.T) {
	tested := 0
	for seed := range uint64(150) {
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			whole, err := randomGraph(seed, dt)
			if err == nil {
				_, err = evaluate(whole.g)
			}
			if err != nil {
				continue // Gorgonia's shapes do not fit.
			}
			some := must(randomGraph(seed, dt))
			tested++
			want := make([]map[string][]float64, opRounds)
			err = whole.run(must(graph.NewGraphMachine(whole.g)), func(round int) {
				alone := must(evaluate(whole.g))
				compareNodes(t, whole.g, alone, tolerance[dt])
				want[round] = map[string][]float64{}
				for n, v := range alone {
					want[round][n.Name()] = numbers(t, v)
				}
			})
			if err != nil {
				t.Errorf("seed %d, %v: machine of the graph: %v", seed, dt, err)
				continue
			}
			err = some.run(must(graph.NewMachine(some.outcomes()...)), func(round int) {
				for _, n := range some.outcomes() {
					if got, w := numbers(t, n.Value()), want[round][n.Name()]; !(distance(got, w) <= tolerance[dt]) {
						t.Errorf("seed %d, %v, round %d: of a machine of some nodes, %s %v is %v, want %v", seed, dt, round, n.Name(), n.Op(), got, w)
					}
				}
			})
			if err != nil {
				t.Errorf("seed %d, %v: machine of some nodes: %v", seed, dt, err)
			}
			if t.Failed() {
				t.Fatalf("graph of seed %d, %v", seed, dt)
			}
		}
	}
	if tested < 150 {
		t.Errorf("only %d graphs were tested", tested)
	}
}

// randomGraph applies functions at random to nodes at random, and differentiates a sum of some.
//
// Gorgonia cannot differentiate all of them; that is an error.
func randomGraph(seed uint64, dt tensor.Dtype) (declared, error) {
	r := rand.New(rand.NewPCG(seed, 0))
	d := declared{declaration: newDeclaration(dt)}
	var pool gorgonia.Nodes
	rows, columns := 3, 4
	if seed%4 == 3 { // sizes that are no multiples of any vector's
		rows, columns = 9, 19
	}
	for _, shape := range []tensor.Shape{{rows, columns}, {columns, rows}, {rows, rows}, {1, columns}, {rows, 1}, {columns}, {rows}, {}} {
		pool = append(pool, d.in(shape...))
	}
	inputs := slices.Clone(pool)
	pick := func(fits func(n *gorgonia.Node) bool) *gorgonia.Node {
		for _, k := range r.Perm(len(pool)) {
			if fits(pool[k]) {
				return pool[k]
			}
		}
		return nil
	}
	matrix := func(n *gorgonia.Node) bool { return n.Dims() == 2 }
	for range 25 {
		x := pool[r.IntN(len(pool))]
		var y *gorgonia.Node
		switch r.IntN(14) {
		case 0, 1:
			// No Abs: of 0, which Rectify gives, Gorgonia has one gradient for scalars and another for tensors.
			f := []unary{gorgonia.Sin, gorgonia.Tanh, gorgonia.Sigmoid, gorgonia.Neg, gorgonia.Square, gorgonia.Rectify}
			y = must(f[r.IntN(len(f))](x))
		case 2, 3:
			// Gorgonia's Shape.Eq takes columns for vectors.
			same := pick(func(n *gorgonia.Node) bool {
				return slices.Equal(n.Shape(), x.Shape()) || n.Dims() == 0 || x.Dims() == 0
			})
			f := []func(a, b *gorgonia.Node) (*gorgonia.Node, error){gorgonia.Add, gorgonia.Sub, gorgonia.HadamardProd}
			y = must(gorgonia.Sin(must(f[r.IntN(len(f))](x, same)))) // so that values stay small
		case 4:
			if x = pick(matrix); r.IntN(2) == 0 {
				y = must(gorgonia.Transpose(x))
			} else {
				y = must(gorgonia.Reshape(x, tensor.Shape{x.Shape()[1], x.Shape()[0]}))
			}
		case 5:
			a := pick(matrix)
			b := pick(func(n *gorgonia.Node) bool { return n.Dims() > 0 && n.Shape()[0] == a.Shape()[1] })
			if b == nil {
				continue
			}
			y = must(gorgonia.Tanh(must(gorgonia.Mul(a, b))))
		case 6:
			a := pick(func(n *gorgonia.Node) bool { return n.Dims() == 2 && n.Shape()[0] > 2 })
			y = must(gorgonia.Slice(a, gorgonia.S(1, 3)))
		case 7:
			a := pick(matrix)
			b := pick(func(n *gorgonia.Node) bool { return n.Dims() == 1 && n.Shape()[0] == a.Shape()[1] })
			if b == nil {
				continue
			}
			y = must(gorgonia.BroadcastAdd(a, b, nil, []byte{0}))
		case 8:
			if x = pick(matrix); x.Shape()[1] == 1 {
				continue // Gorgonia's SoftMax has a wrong gradient there.
			}
			y = must(gorgonia.SoftMax(x))
		case 9:
			x = pick(matrix)
			f := []func(x *gorgonia.Node, along ...int) (*gorgonia.Node, error){gorgonia.Sum, gorgonia.Mean, gorgonia.Max}
			y = must(gorgonia.Sin(must(f[r.IntN(len(f))](x, r.IntN(2)))))
		case 10:
			x = pick(matrix)
			b := pick(func(n *gorgonia.Node) bool { return n.Dims() == 2 && n.Shape()[1] == x.Shape()[1] })
			y = must(gorgonia.Slice(must(gorgonia.Concat(0, x, b)), gorgonia.S(0, 2)))
		case 11:
			y = must(gorgonia.HadamardProd(x, must(gorgonia.Gte(x, d.number(.1), true))))
		case 12:
			above := must(gorgonia.Add(must(gorgonia.Sigmoid(x)), d.number(1)))
			y = must(gorgonia.HadamardDiv(pick(func(n *gorgonia.Node) bool { return slices.Equal(n.Shape(), x.Shape()) || n.Dims() == 0 }), above))
		case 13:
			y = must(gorgonia.Pow(must(gorgonia.Sigmoid(x)), d.number(1.5)))
		}
		pool = append(pool, y)
	}
	var terms, roots gorgonia.Nodes
	for range 3 {
		roots = append(roots, pool[len(inputs)+r.IntN(len(pool)-len(inputs))])
		terms = append(terms, must(gorgonia.Sum(must(gorgonia.Sin(roots[len(roots)-1])))))
	}
	d.out = must(gorgonia.ReduceAdd(terms))
	reached := gorgonia.NewNodeSet()
	for n := range gorgonia.WalkGraph(d.out) {
		reached.Add(n)
	}
	var wrt gorgonia.Nodes
	for _, n := range inputs {
		if reached.Contains(n) {
			wrt = append(wrt, n)
		}
	}
	grads, err := gorgonia.Grad(d.out, wrt...)
	d.grads = append(grads, roots...)
	return d, err
}

// compareNodes reports the first node whose value is not what its op computes alone.
func compareNodes(t *testing.T, g *gorgonia.ExprGraph, alone map[*gorgonia.Node]gorgonia.Value, tolerance float64) {
	t.Helper()
	for _, n := range g.AllNodes() {
		if got, want := numbers(t, n.Value()), numbers(t, alone[n]); !(distance(got, want) <= tolerance) {
			t.Errorf("node %s, %v, of %v is %v, its op says %v", n.Name(), n.Op(), n.Dtype(), got, want)
			return
		}
	}
}

// evaluate computes every node of a graph by its op alone, each from copies of its operands, so
// that nothing can overwrite anything.
func evaluate(g *gorgonia.ExprGraph) (values map[*gorgonia.Node]gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("panic: %v", r)
		}
	}()
	// A graph from which Gorgonia has removed nodes finds others in their place by id. One made of
	// the same nodes does not.
	g = g.ExactSubgraphRoots(g.AllNodes()...)
	sorted, err := gorgonia.Sort(g) // what reads comes before what is read
	if err != nil {
		return nil, err
	}
	values = map[*gorgonia.Node]gorgonia.Value{}
	for _, n := range slices.Backward(sorted) {
		if n.Op() == nil {
			values[n] = n.Value()
			continue
		}
		var operands []gorgonia.Value
		for it := g.From(n.ID()); it.Next(); {
			operand, err := gorgonia.CloneValue(values[it.Node().(*gorgonia.Node)])
			if err != nil {
				return nil, err
			}
			operands = append(operands, operand)
		}
		if values[n], err = n.Op().Do(operands...); err != nil {
			return nil, errors.Wrapf(err, "%v", n.Op())
		}
	}
	return values, nil
}

// Elementwise functions give under our machine what their ops give, for zeros, subnormal, huge and
// infinite numbers, and those that are none. Some ops are wrong on float32 there, as Exp of 1e30 and
// Log of subnormal numbers, so those on float64 are the measure.
func TestGorgoniaOpsOnSpecialValues(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 1e-42, -1e-42, .5, -.5, 1, -1, 2, -3, 30, -30, 88, -88, 104, -104,
		300, -300, 1e30, -1e30, math.Inf(1), math.Inf(-1), math.NaN()}
	for i, x := range special {
		special[i] = float64(float32(x))
	}
	column := tensor.Shape{len(special), 1} // each value in a row of its own
	functions := append(slices.Clone(unaries), function{name: "SoftMax", apply: func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x) }})
	for _, f := range functions {
		exact := newDeclaration(tensor.Float64)
		y := must(f.apply(exact.data(column, special...)))
		want := numbers(t, must(evaluate(exact.g))[y])
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			t.Run(fmt.Sprintf("%s/%v", f.name, dt), func(t *testing.T) {
				d := newDeclaration(dt)
				y := must(f.apply(d.data(column, special...)))
				vm := must(graph.NewGraphMachine(d.g))
				defer vm.Close()
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				want := numbers(t, valueOf(dt, column, want)) // what is too large becomes infinite
				for i, got := range numbers(t, y.Value()) {
					// Numbers below the normal ones may have become 0.
					allowed := max(1e-37, tolerance[dt]*math.Abs(want[i]))
					same := got == want[i] || math.IsNaN(got) && math.IsNaN(want[i])
					if !same && !(math.Abs(got-want[i]) <= allowed && allowed < math.MaxFloat64) {
						t.Errorf("of %v it is %v, its op says %v", special[i], got, want[i])
					}
				}
			})
		}
	}
}
