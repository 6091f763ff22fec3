package outside

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// Leak is u_t = a·u_{t−1} + x_t along a sequence, as an op: one node for all steps.
type Leak struct{ A float64 }

// Shapes implements graph.Function.
func (Leak) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }

// Kernel32 implements graph.Function.
func (l Leak) Kernel32() graph.Kernel[float32] { return leak[float32]{float32(l.A)} }

// Kernel64 implements graph.Function.
func (l Leak) Kernel64() graph.Kernel[float64] { return leak[float64]{l.A} }

type leak[F graph.Float] struct{ a F }

// Forward implements graph.Kernel.
func (k leak[F]) Forward(c *graph.Call[F]) error {
	var u F
	for t, x := range c.In[0].Data {
		u = k.a*u + x
		c.Out[0].Data[t] = u
	}
	return nil
}

// Backward implements graph.Kernel: the recurrence in reverse.
func (k leak[F]) Backward(c *graph.Call[F]) error {
	var g F
	for t := len(c.DIn[0].Data) - 1; t >= 0; t-- {
		g = c.DOut[0].Data[t] + k.a*g
		c.DIn[0].Data[t] = g
	}
	return nil
}
