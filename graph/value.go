package graph

import (
	"math"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// dtypeOf is the element type of a node.
func dtypeOf(n *gorgonia.Node) (tensor.Dtype, error) {
	t := n.Type()
	if tt, ok := t.(gorgonia.TensorType); ok {
		t = tt.Of
	}
	dt, ok := t.(tensor.Dtype)
	if !ok {
		return dt, errors.Errorf("%s has type %v, which has no dtype", n.Name(), n.Type())
	}
	return dt, CheckDtype(dt)
}

// CheckDtype returns an error unless dt is float32 or float64.
func CheckDtype(dt tensor.Dtype) error {
	if dt != tensor.Float32 && dt != tensor.Float64 {
		return errors.Errorf("dtype is %v, want float32 or float64", dt)
	}
	return nil
}

// typeOf is Gorgonia's type of a tensor.
func typeOf(shape tensor.Shape, dt tensor.Dtype) hm.Type {
	if len(shape) == 0 {
		return dt
	}
	return gorgonia.TensorType{Dims: len(shape), Of: dt}
}

// arrayOf reads a value without copying it, unless it is a view whose elements do not lie in
// row-major order.
func arrayOf[F Float](v gorgonia.Value) (Array[F], error) {
	switch v := v.(type) {
	case nil:
		return Array[F]{}, errors.New("has no value: bind one with gorgonia.Let before the run")
	case gorgonia.Scalar:
		x, ok := v.Data().(F)
		if !ok {
			return Array[F]{}, errors.Errorf("is a %v, want %T", v.Dtype(), x)
		}
		return Array[F]{Shape: tensor.ScalarShape(), Data: []F{x}}, nil
	case *tensor.Dense:
		return denseArray[F](v)
	}
	return Array[F]{}, errors.Errorf("is a %T, want a dense tensor", v)
}

func denseArray[F Float](d *tensor.Dense) (Array[F], error) {
	if d.RequiresIterator() || d.DataOrder().IsColMajor() {
		m, ok := d.Materialize().(*tensor.Dense)
		if ok && (m.RequiresIterator() || m.DataOrder().IsColMajor()) {
			m, ok = rowMajor(m), true
		}
		if !ok {
			return Array[F]{}, errors.Errorf("of shape %v cannot be laid out row by row", d.Shape())
		}
		d = m
	}
	var data []F
	switch x := d.Data().(type) {
	case []F:
		data = x
	case F: // a tensor without dimensions
		data = []F{x}
	default:
		return Array[F]{}, errors.Errorf("is a tensor of %v, want %T", d.Dtype(), *new(F))
	}
	if len(data) != d.Shape().TotalSize() {
		return Array[F]{}, errors.Errorf("of shape %v has %d elements", d.Shape(), len(data))
	}
	return Array[F]{Shape: d.Shape(), Data: data}, nil
}

// rowMajor copies a tensor element by element in the order of its shape.
func rowMajor(d *tensor.Dense) *tensor.Dense {
	out := tensor.New(tensor.Of(d.Dtype()), tensor.WithShape(d.Shape()...))
	at := make([]int, d.Dims())
	for i := range d.Shape().TotalSize() {
		x, err := d.At(at...)
		if err != nil {
			panic(err) // at runs within the shape
		}
		out.Set(i, x)
		for k := len(at) - 1; k >= 0; k-- {
			if at[k]++; at[k] < d.Shape()[k] {
				break
			}
			at[k] = 0
		}
	}
	return out
}

// Float64s copies the elements of a float32 or float64 value, row by row.
func Float64s(v gorgonia.Value) ([]float64, error) { return AppendFloat64s(nil, v) }

// AppendFloat64s appends the elements of a float32 or float64 value to a slice, row by row. What is read again
// and again needs no new memory so.
func AppendFloat64s(to []float64, v gorgonia.Value) ([]float64, error) {
	if v != nil && v.Dtype() == tensor.Float32 {
		a, err := arrayOf[float32](v)
		if err != nil {
			return nil, Wrapf(err, "value")
		}
		have := len(to)
		to = slices.Grow(to, len(a.Data))[:have+len(a.Data)]
		convert(to[have:], a.Data)
		return to, nil
	}
	a, err := arrayOf[float64](v)
	if err != nil {
		return nil, Wrapf(err, "value")
	}
	return append(to, a.Data...), nil
}

// RowMajor32 are the elements of a float32 tensor as they lie in memory, if that is row by row, and nil
// otherwise. They are not copied.
func RowMajor32(v gorgonia.Value) []float32 {
	d, ok := v.(*tensor.Dense)
	if !ok || d.RequiresIterator() || d.DataOrder().IsColMajor() {
		return nil
	}
	x, _ := d.Data().([]float32)
	if len(x) != d.Shape().TotalSize() {
		return nil
	}
	return x
}

// value makes a Gorgonia value that owns the array's data.
func (a Array[F]) value() gorgonia.Value {
	if len(a.Shape) == 0 {
		if x, ok := any(a.Data[0]).(float32); ok {
			return gorgonia.NewF32(x)
		}
		return gorgonia.NewF64(float64(a.Data[0]))
	}
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.Data))
}

// clone is the array with memory of its own.
func (a Array[F]) clone() Array[F] {
	return Array[F]{Shape: a.Shape, Data: append([]F(nil), a.Data...)}
}

// newArray is an array of zeros.
func newArray[F Float](shape tensor.Shape) Array[F] {
	return Array[F]{Shape: shape, Data: make([]F, shape.TotalSize())}
}

// Finite reports whether x is neither NaN nor infinite.
func Finite[F Float](x F) bool {
	return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0)
}

// SameShape compares two shapes dimension by dimension. tensor.Shape.Eq takes [n, 1] and [n] for
// equal.
func SameShape(a, b tensor.Shape) bool { return slices.Equal(a, b) }
