package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// maxDims is the largest number of dimensions that Reshape takes. An op's identity is made of
// plain values, so its shape is an array.
const maxDims = 8

// Reshape is x with the elements in the same row-major order and another shape. It copies.
// gorgonia.Reshape shares memory with x, and an op that works in place on the reshaped node
// overwrites x, even where x is a weight.
func Reshape(x *gorgonia.Node, shape ...int) (*gorgonia.Node, error) {
	if len(shape) > maxDims {
		return nil, errors.Errorf("srnn: reshape to %d dimensions, want at most %d", len(shape), maxDims)
	}
	f := reshape{dims: len(shape)}
	copy(f.shape[:], shape)
	r, err := Apply(f, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type reshape struct {
	dims  int
	shape [maxDims]int
}

func (f reshape) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	to := tensor.Shape(f.shape[:f.dims])
	for _, d := range to {
		if d < 1 {
			return nil, errors.Errorf("cannot reshape to %v: want positive dimensions", to)
		}
	}
	if to.TotalSize() != in[0].TotalSize() {
		return nil, errors.Errorf("cannot reshape %v, %d elements, to %v, %d elements",
			in[0], in[0].TotalSize(), to, to.TotalSize())
	}
	return []tensor.Shape{to}, nil
}

func (reshape) MACs() int                 { return 0 }
func (reshape) Kernel32() Kernel[float32] { return copyKernel[float32]{} }
func (reshape) Kernel64() Kernel[float64] { return copyKernel[float64]{} }
