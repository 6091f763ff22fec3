package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Fill is a constant in the shape of x, whatever the values of x. No gradient flows through it.
func Fill(x *gorgonia.Node, value float64) (*gorgonia.Node, error) {
	if !Finite(value) {
		return nil, errors.Errorf("srnn: fill %s with %v", x.Name(), value)
	}
	r, err := Apply(fill{value}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type fill struct{ Value float64 }

func (fill) Pointwise()                                       {}
func (fill) Undifferentiated(int) bool                        { return true }
func (fill) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (fill) Unvarying() bool                                  { return true }
func (f fill) Kernel32() Kernel[float32]                      { return fillKernel[float32]{f} }
func (f fill) Kernel64() Kernel[float64]                      { return fillKernel[float64]{f} }

type fillKernel[F Float] struct{ fill }

func (f fillKernel[F]) Forward(c *Call[F]) error {
	for i := range c.Out[0].Data {
		c.Out[0].Data[i] = F(f.Value)
	}
	return nil
}

func (fillKernel[F]) Backward(*Call[F]) error { return errors.New("has no gradient") }
