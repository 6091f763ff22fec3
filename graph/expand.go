package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Expand repeats x to a larger shape. Shapes are compared from their last dimension on; dimensions
// that x lacks, or that are 1, are repeated. The gradient is the sum over what was repeated. If x
// has that shape already, Expand is x.
func Expand(x *gorgonia.Node, shape ...int) (*gorgonia.Node, error) {
	if SameShape(x.Shape(), shape) {
		return x, nil
	}
	if len(shape) > maxDims {
		return nil, errors.Errorf("srnn: expand to %d dimensions, want at most %d", len(shape), maxDims)
	}
	f := expand{dims: len(shape)}
	copy(f.shape[:], shape)
	r, err := Apply(f, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type expand struct {
	dims  int
	shape [maxDims]int
}

func (f expand) to() tensor.Shape { return tensor.Shape(f.shape[:f.dims]) }

func (f expand) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	to, err := broadcast(in[0], f.to())
	if err != nil || !SameShape(to, f.to()) {
		return nil, errors.Errorf("cannot expand %v to %v", in[0], f.to())
	}
	return []tensor.Shape{to}, nil
}

func (expand) MACs() int                   { return 0 }
func (f expand) Kernel32() Kernel[float32] { return expandKernel[float32]{f} }
func (f expand) Kernel64() Kernel[float64] { return expandKernel[float64]{f} }

type expandKernel[F Float] struct{ expand }

// each calls f for every run of elements of the output that comes from a run, or from one element,
// of the input.
func (f expandKernel[F]) each(in tensor.Shape, do func(out, in, n int, one bool)) {
	to := f.to()
	// The trailing dimensions that are the same, or all repeated, are one run.
	last, n, one := len(to), 1, false
	of := func(k int) int { // the size of the input's dimension that stands below the output's k
		if i := k - (len(to) - len(in)); i >= 0 {
			return in[i]
		}
		return 1
	}
	for last > 0 && of(last-1) == to[last-1] {
		last--
		n *= to[last]
	}
	if n == 1 {
		for last > 0 && of(last-1) == 1 {
			last--
			n *= to[last]
		}
		one = true
	}
	at := make([]int, last)
	for out := 0; ; out += n {
		i := 0
		for k := range at {
			i = i * of(k)
			if of(k) > 1 {
				i += at[k]
			}
		}
		if one {
			do(out, i, n, true)
		} else {
			do(out, i*n, n, false)
		}
		k := last - 1
		for ; k >= 0; k-- {
			if at[k]++; at[k] < to[k] {
				break
			}
			at[k] = 0
		}
		if k < 0 {
			return
		}
	}
}

func (f expandKernel[F]) Forward(c *Call[F]) error {
	x, y := c.In[0].Data, c.Out[0].Data
	f.each(c.In[0].Shape, func(out, in, n int, one bool) {
		if !one {
			copy(y[out:out+n], x[in:])
			return
		}
		for i := range y[out : out+n] {
			y[out+i] = x[in]
		}
	})
	return nil
}

func (f expandKernel[F]) Backward(c *Call[F]) error {
	dx, dy := c.DIn[0].Data, c.DOut[0].Data
	clear(dx)
	f.each(c.In[0].Shape, func(out, in, n int, one bool) {
		for i, g := range dy[out : out+n] {
			if one {
				dx[in] += g
			} else {
				dx[in+i] += g
			}
		}
	})
	return nil
}
