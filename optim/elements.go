package optim

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// elements are the numbers of a gorgonia.Value in row-major order, whatever its type and layout.
type elements interface {
	len() int
	read() []float64
	write(x []float64)
}

// array implements elements by the address of each number.
type array[F float32 | float64] struct {
	n  int
	at func(i int) *F
}

func (a array[F]) len() int { return a.n }

func (a array[F]) read() []float64 {
	x := make([]float64, a.n)
	for i := range x {
		x[i] = float64(*a.at(i))
	}
	return x
}

func (a array[F]) write(x []float64) {
	for i, v := range x {
		*a.at(i) = F(v)
	}
}

func elementsOf(v gorgonia.Value) (elements, error) {
	switch v := v.(type) {
	case nil:
		return nil, errors.New("there is none")
	case *gorgonia.F64:
		return array[float64]{1, func(int) *float64 { return (*float64)(v) }}, nil
	case *gorgonia.F32:
		return array[float32]{1, func(int) *float32 { return (*float32)(v) }}, nil
	case *tensor.Dense:
		switch v.Dtype() {
		case tensor.Float64:
			return denseElements(v, v.Float64s()), nil
		case tensor.Float32:
			return denseElements(v, v.Float32s()), nil
		}
	}
	return nil, errors.Errorf("got a %T of %v, want a scalar or dense tensor of float32 or float64", v, v.Dtype())
}

// denseElements finds the elements of d in its backing. Gradients in particular may be views:
// transposed or sliced, so that neighbours in a row are not neighbours in memory.
func denseElements[F float32 | float64](d *tensor.Dense, data []F) elements {
	shape, strides := d.Shape(), d.Strides()
	positions := []int{0}
	for axis, size := range shape {
		next := make([]int, 0, len(positions)*size)
		for _, p := range positions {
			for i := range size {
				next = append(next, p+i*strides[axis])
			}
		}
		positions = next
	}
	return array[F]{len(positions), func(i int) *F { return &data[positions[i]] }}
}
