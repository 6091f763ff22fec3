package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// multiply is x ⊙ m, where m has the last dimensions of x and serves for all that lie before them. No
// gradient flows to m.
func multiply(x, m *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(masked{}, x, m)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type masked struct{}

func (masked) String() string                  { return "mask" }
func (masked) Undifferentiated(i int) bool     { return i == 1 }
func (masked) Kernel32() graph.Kernel[float32] { return maskedKernel[float32]{} }
func (masked) Kernel64() graph.Kernel[float64] { return maskedKernel[float64]{} }
func (masked) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x, m := in[0], in[1]
	if len(m) > len(x) || !graph.SameShape(x[len(x)-len(m):], m) {
		return nil, errors.Errorf("a mask has shape %v, want the last dimensions of %v", m, x)
	}
	return []tensor.Shape{x}, nil
}

type maskedKernel[F graph.Float] struct{}

func (maskedKernel[F]) Forward(c *graph.Call[F]) error {
	multiplyTo(c.Out[0].Data, c.In[0].Data, c.In[1].Data)
	return nil
}

func (maskedKernel[F]) Backward(c *graph.Call[F]) error {
	multiplyTo(c.DIn[0].Data, c.DOut[0].Data, c.In[1].Data)
	return nil
}

// multiplyTo writes x ⊙ m to y, with m again and again.
func multiplyTo[F graph.Float](y, x, m []F) {
	for n := len(m); len(x) > 0; x, y = x[n:], y[n:] {
		kernel.MulTo(y[:n], x[:n], m)
	}
}
