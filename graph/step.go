package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Step is x[t], the values at one time step of a sequence whose first axis is time. It copies.
// gorgonia.Slice keeps only the lowest byte of an index apart: x[3] and x[259] become one node.
func Step(x *gorgonia.Node, t int) (*gorgonia.Node, error) {
	r, err := Apply(step{t}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type step struct{ t int }

func (f step) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in[0]) < 2 || f.t < 0 || f.t >= in[0][0] {
		return nil, errors.Errorf("no step %d in a sequence of shape %v", f.t, in[0])
	}
	return []tensor.Shape{in[0][1:].Clone()}, nil
}

func (step) MACs() int                   { return 0 }
func (f step) Kernel32() Kernel[float32] { return stepKernel[float32]{f} }
func (f step) Kernel64() Kernel[float64] { return stepKernel[float64]{f} }

type stepKernel[F Float] struct{ step }

func (f stepKernel[F]) Forward(c *Call[F]) error {
	n := len(c.Out[0].Data)
	copy(c.Out[0].Data, c.In[0].Data[f.t*n:])
	return nil
}

func (f stepKernel[F]) Backward(c *Call[F]) error {
	n := len(c.DOut[0].Data)
	clear(c.DIn[0].Data)
	copy(c.DIn[0].Data[f.t*n:], c.DOut[0].Data)
	return nil
}
