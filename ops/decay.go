package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Decay is exp(−dt/τ), elementwise: what is left after a time step dt, in ms, of what decays with the
// time constant τ, in ms. A time constant of zero or infinity, as which others may be rounded to single
// precision, gives the limit: nothing or all is left. The derivative exp(−dt/τ) dt/τ² is 0 there, and as near to
// its limit of 0 as the precision allows for time constants that are next to nothing or huge. A time constant
// that is negative or NaN is an error of the run.
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

// decay is exp(−dt/τ) of each neuron, in double precision until the end.
func decay[F graph.Float](name string, tau []F, dt float64) ([]F, error) {
	d := make([]F, len(tau))
	for i, t := range tau {
		if !(t >= 0) {
			return nil, errors.Errorf("%s[%d] is %v ms, want a time that is not negative", name, i, t)
		}
		if t > 0 { // −0 is none, either
			d[i] = F(math.Exp(-dt / float64(t)))
		}
	}
	return d, nil
}

// decayGradient turns the gradient of exp(−dt/τ) into that of τ.
func decayGradient[F graph.Float](d, decay, tau []F, dt float64) {
	for i, t := range tau {
		d[i] *= decaySlope(decay[i], t, dt)
	}
}

// decaySlope is ∂exp(−dt/τ)/∂τ. Where nothing is left it is 0, as its limit is: dt/τ² can be infinite there.
func decaySlope[F graph.Float](decay, tau F, dt float64) F {
	if decay == 0 {
		return 0
	}
	t := float64(tau)
	if x := F(dt / (t * t)); graph.Finite(x) {
		return decay * x
	}
	return F(float64(decay) * (dt / t / t)) // what overflowed alone need not do so in the product
}
