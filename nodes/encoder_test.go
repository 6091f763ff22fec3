package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// tensorOf is a tensor of these values.
func tensorOf[F graph.Float](values []float64, shape ...int) *tensor.Dense {
	data := make([]F, len(values))
	put(data, values)
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// numbers are values, and the shape that they have.
type numbers struct {
	values []float64
	shape  tensor.Shape
}

// sequenceOf is a sequence of one example and one feature.
func sequenceOf(values ...float64) numbers { return numbers{values, tensor.Shape{len(values), 1, 1}} }

// as is the sequence with that many features or channels.
func (n numbers) as(features int) numbers {
	return numbers{n.values, tensor.Shape{len(n.values) / features, 1, features}}
}

// wantCoded checks, in both precisions, what a coding makes of numbers, to a relative error.
func wantCoded(t *testing.T, code func(*tensor.Dense) (*tensor.Dense, error), x, want numbers, tolerance float64) {
	t.Helper()
	for _, in := range []*tensor.Dense{tensorOf[float32](x.values, x.shape...), tensorOf[float64](x.values, x.shape...)} {
		y, err := code(in)
		if err != nil {
			t.Error(err)
			continue
		}
		if !graph.SameShape(y.Shape(), want.shape) || y.Dtype() != in.Dtype() {
			t.Errorf("%v of shape %v, want %v of shape %v", y.Dtype(), y.Shape(), in.Dtype(), want.shape)
			continue
		}
		closeTo(t, "values in "+in.Dtype().String(), must(graph.Float64s(y)), want.values, tolerance)
	}
}

// encode and decode are the data transforms of an encoder and a decoder.
func encode(e nodes.Encoder) func(*tensor.Dense) (*tensor.Dense, error) {
	return func(x *tensor.Dense) (*tensor.Dense, error) { return nodes.Encoded(e, x) }
}

func decode(d nodes.Decoder) func(*tensor.Dense) (*tensor.Dense, error) {
	return func(x *tensor.Dense) (*tensor.Dense, error) { return nodes.Decoded(d, x) }
}

// wantCodingError checks that a coding refuses numbers with an error that says all of parts.
func wantCodingError(t *testing.T, what string, code func(*tensor.Dense) (*tensor.Dense, error), x numbers, parts ...string) {
	t.Helper()
	_, err := code(tensorOf[float32](x.values, x.shape...))
	wantError(t, what, err, parts...)
}

// wantLinear checks the gradient of a decoder.
func wantLinear(t *testing.T, d nodes.Decoder, shape ...int) {
	t.Helper()
	x := tensorOf[float64](normal(1, tensor.Shape(shape).TotalSize()), shape...)
	graphtest.Op(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return d.Decode(in[0]) })
}

// wantNoGradient checks that no gradient flows through an encoder.
func wantNoGradient(t *testing.T, e nodes.Encoder, shape ...int) {
	t.Helper()
	p := newParams(1)
	x := input(p, "x", make([]float64, tensor.Shape(shape).TotalSize()), shape...)
	sum := must(gorgonia.Sum(must(e.Encode(x))))
	if _, err := gorgonia.Grad(sum, x); err == nil {
		t.Errorf("%T has a gradient", e)
	}
}

var nan, inf = math.NaN(), math.Inf(1)

func TestCodingsRefuseWhatIsNoNumber(t *testing.T) {
	e := nodes.DeltaCode{Threshold: 1}
	_, err := nodes.Encoded(e, nil)
	wantError(t, "nil", err, "nil")
	_, err = nodes.Encoded(e, tensor.New(tensor.WithShape(1, 1, 1), tensor.WithBacking([]int{1})))
	wantError(t, "integers", err, "int")
	_, err = nodes.Decoded(e, tensor.New(tensor.FromScalar(1.)))
	wantError(t, "a scalar", err, "dimensions")
	_, err = e.Encode(nil)
	wantError(t, "no node", err, "delta code", "nil")
}

// A view that does not lie row by row is read as what it shows.
func TestEncodedReadsViews(t *testing.T) {
	x := tensorOf[float64]([]float64{0, 1, 5, 5, 0, 3}, 3, 1, 2)
	s := must(x.Slice(nil, nil, tensor.S(1, 2)))
	view := s.(*tensor.Dense)
	if err := view.Reshape(3, 1, 1); err != nil {
		view = view.Materialize().(*tensor.Dense)
		if err := view.Reshape(3, 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	y := must(nodes.Encoded(nodes.DeltaCode{Threshold: 1}, view))
	equal(t, "events", must(graph.Float64s(y)), []float64{0, 0, 1, 0, 0, 1})
}
