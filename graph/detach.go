package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Detach is x as a constant: the same values, and no gradient flows back through it.
func Detach(x *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := Apply(detach{}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type detach struct{}

func (detach) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (detach) Undifferentiated(int) bool                        { return true }
func (detach) MACs() int                                        { return 0 }
func (detach) Kernel32() Kernel[float32]                        { return copyKernel[float32]{} }
func (detach) Kernel64() Kernel[float64]                        { return copyKernel[float64]{} }

// copyKernel copies its input, whatever the shape of the output.
type copyKernel[F Float] struct{}

func (copyKernel[F]) Forward(c *Call[F]) error {
	copy(c.Out[0].Data, c.In[0].Data)
	return nil
}

func (copyKernel[F]) Backward(c *Call[F]) error {
	copy(c.DIn[0].Data, c.DOut[0].Data)
	return nil
}
