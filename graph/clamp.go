package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Clamp is x, but lo where it is less and hi where it is more. No gradient flows where it was
// changed. NaN stays NaN.
func Clamp(x *gorgonia.Node, lo, hi float64) (*gorgonia.Node, error) {
	if !(lo <= hi) {
		return nil, errors.Errorf("srnn: clamp %s to between %v and %v", x.Name(), lo, hi)
	}
	r, err := Apply(clamp{lo, hi}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type clamp struct{ Lo, Hi float64 }

func (clamp) Pointwise()                                       {}
func (clamp) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (clamp) MACs() int                                        { return 0 }
func (f clamp) Kernel32() Kernel[float32]                      { return clampKernel[float32]{f} }
func (f clamp) Kernel64() Kernel[float64]                      { return clampKernel[float64]{f} }

type clampKernel[F Float] struct{ clamp }

func (f clampKernel[F]) Forward(c *Call[F]) error {
	lo, hi, y := F(f.Lo), F(f.Hi), c.Out[0].Data
	for i, x := range c.In[0].Data {
		y[i] = min(max(x, lo), hi)
	}
	return nil
}

func (f clampKernel[F]) Backward(c *Call[F]) error {
	lo, hi, x, dx := F(f.Lo), F(f.Hi), c.In[0].Data, c.DIn[0].Data
	for i, g := range c.DOut[0].Data {
		if x[i] < lo || x[i] > hi {
			g = 0
		}
		dx[i] = g
	}
	return nil
}
