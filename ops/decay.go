package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Decay is exp(−dt/τ), elementwise: what is left after a time step dt, in ms, of what decays with the
// time constant τ, in ms. A time constant that is not positive is an error of the run.
func Decay(tau *gorgonia.Node, dt float64) (*gorgonia.Node, error) {
	if !(dt > 0) || !graph.Finite(dt) {
		return nil, errors.Errorf("srnn: decay: dt is %v ms, want a positive time", dt)
	}
	r, err := graph.Apply(decays{dt}, tau)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type decays struct{ Dt float64 }

func (decays) String() string                                   { return "Decay" }
func (decays) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (f decays) Kernel32() graph.Kernel[float32]                { return decayKernel[float32]{f} }
func (f decays) Kernel64() graph.Kernel[float64]                { return decayKernel[float64]{f} }

type decayKernel[F graph.Float] struct{ decays }

func (k decayKernel[F]) Forward(c *graph.Call[F]) error {
	d, err := decay("tau", c.In[0].Data, k.Dt)
	copy(c.Out[0].Data, d)
	return err
}

func (k decayKernel[F]) Backward(c *graph.Call[F]) error {
	d, err := decay("tau", c.In[0].Data, k.Dt)
	if err != nil {
		return err
	}
	copy(c.DIn[0].Data, c.DOut[0].Data)
	decayGradient(c.DIn[0].Data, d, c.In[0].Data, k.Dt)
	return nil
}
