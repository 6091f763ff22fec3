package graph

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Affine is scale·x + shift, elementwise. The two numbers are part of the op: Gorgonia takes
// constants for one another where their printed names agree.
func Affine(x *gorgonia.Node, scale, shift float64) (*gorgonia.Node, error) {
	if !Finite(scale) || !Finite(shift) {
		return nil, errors.Errorf("srnn: %v·%s + %v", scale, x.Name(), shift)
	}
	r, err := Apply(affine{scale, shift}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type affine struct{ Scale, Shift float64 }

func (affine) Pointwise()                                       {}
func (affine) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (f affine) Unvarying() bool                                { return f.Scale == 0 }
func (f affine) Kernel32() Kernel[float32]                      { return affineKernel[float32]{f} }
func (f affine) Kernel64() Kernel[float64]                      { return affineKernel[float64]{f} }

// MACs counts the product, unless it is none.
func (f affine) MACs() int {
	if f.Scale == 1 || f.Scale == -1 {
		return 0
	}
	return 1
}

type affineKernel[F Float] struct{ affine }

func (f affineKernel[F]) Forward(c *Call[F]) error {
	kernel.Affine(c.Out[0].Data, c.In[0].Data, F(f.Scale), F(f.Shift))
	return nil
}

func (f affineKernel[F]) Backward(c *Call[F]) error {
	kernel.Affine(c.DIn[0].Data, c.DOut[0].Data, F(f.Scale), 0)
	return nil
}
