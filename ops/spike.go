package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Spike is H(v), 1 where v > 0 and else 0, elementwise for v = u − θ of any shape. Its
// gradient is the surrogate's; nil means DefaultSurrogate.
func Spike(v *gorgonia.Node, s Surrogate) (*gorgonia.Node, error) {
	if s == nil {
		s = DefaultSurrogate
	}
	if err := CheckSurrogate(s); err != nil {
		return nil, graph.Wrapf(err, "spike")
	}
	r, err := graph.Apply(spike{s}, v)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type spike struct{ Surrogate Surrogate }

func (spike) Pointwise()                                       {}
func (spike) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (spike) MACs() int                                        { return 0 } // it is a comparison
func (f spike) Kernel32() graph.Kernel[float32]                { return spikeKernel[float32]{f.Surrogate} }
func (f spike) Kernel64() graph.Kernel[float64]                { return spikeKernel[float64]{f.Surrogate} }

type spikeKernel[F graph.Float] struct{ s Surrogate }

func (k spikeKernel[F]) Forward(c *graph.Call[F]) error {
	if at, v, ok := notFinite(c.In[0]); ok {
		return errors.Errorf("v%v is %v", at, v)
	}
	fire(k.s, c.In[0].Data, c.Out[0].Data)
	return nil
}

func (k spikeKernel[F]) Backward(c *graph.Call[F]) error {
	d := c.DIn[0].Data
	derivatives(k.s, c.In[0].Data, d)
	kernel.MulTo(d, d, c.DOut[0].Data)
	return nil
}

// fire writes the spikes at v = u − θ to s.
func fire[F graph.Float](surrogate Surrogate, v, s []F) {
	r, ok := surrogate.(Relaxed)
	if !ok {
		kernel.Heaviside(v, s)
		return
	}
	for i, x := range v {
		s[i] = F(r.Smooth(float64(x)))
	}
}

// index is the position of element i of a tensor of shape s.
func index(s tensor.Shape, i int) []int {
	at := make([]int, len(s))
	for k := len(s) - 1; k >= 0; k-- {
		at[k] = i % s[k]
		i /= s[k]
	}
	return at
}
