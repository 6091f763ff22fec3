package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// zeroed is [batch, units] with the first units of each example set to zero.
type zeroed struct{ First int }

func (zeroed) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (zeroed) MACs() int                                        { return 0 }
func (f zeroed) Kernel32() graph.Kernel[float32]                { return zeroedKernel[float32]{f} }
func (f zeroed) Kernel64() graph.Kernel[float64]                { return zeroedKernel[float64]{f} }

type zeroedKernel[F graph.Float] struct{ zeroed }

func (k zeroedKernel[F]) Forward(c *graph.Call[F]) error {
	k.write(c.In[0].Data, c.Out[0].Data, c.In[0].Shape[1])
	return nil
}

func (k zeroedKernel[F]) Backward(c *graph.Call[F]) error {
	k.write(c.DOut[0].Data, c.DIn[0].Data, c.In[0].Shape[1])
	return nil
}

func (k zeroedKernel[F]) write(from, to []F, units int) {
	copy(to, from)
	for ; len(to) > 0; to = to[units:] {
		clear(to[:k.First])
	}
}
