package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

type alifKernel[F graph.Float] struct{ alif }

// population reads the inputs. The memory is the arena's.
func (k alifKernel[F]) population(a *kernel.Arena[F], c *graph.Call[F], back bool) (*population[F], error) {
	p := &population[F]{spiking: true, adapting: k.TauAdp > 0, surrogate: k.Surrogate, recompute: k.Recompute, Paths: PathsOf(k.Estimator),
		u0: of(c.In, k.U0).Data, eta0: of(c.In, k.Eta0).Data, s0: of(c.In, k.S0).Data, silence0: of(c.In, k.Silence0).Data}
	p.neurons = k.neurons()
	if k.LSNN {
		p.lsnn, p.perB0 = true, F(1/k.B0)
	}
	if k.Continuous && k.TauAdp > 0 {
		p.perSpike = new(perSpike[F])
	}
	if err := p.wire(a, k.wiring, c, back); err != nil {
		return nil, err
	}
	if err := p.constants(of(c.In, k.TauM).Data, of(c.In, k.TauAdp).Data, k.Dt, k.Regular); err != nil {
		return nil, err
	}
	if at, x, ok := notFinite(of(c.In, k.Silence0)); ok { // it would not be seen in the membrane potential
		return nil, errors.Errorf("initial silence%v is %v", at, x)
	}
	if w := of(c.In, k.WRec); w.Data != nil {
		if at, x, ok := notFinite(w); ok { // a silent neuron would hide it
			return nil, errors.Errorf("w_rec%v is %v", at, x)
		}
		p.recurs = true
		p.rec = kernel.MakeMatrix(a, p.units, p.units)
		p.rec.SetTransposed(w.Data)
		if back && !p.Cut {
			p.recBack = kernel.MakeMatrix(a, p.units, p.units)
			p.recBack.Set(w.Data)
		}
	}
	return p, nil
}

// neurons are the constants that are the same for all neurons.
func (k alifKernel[F]) neurons() kernel.Neurons[F] {
	c := kernel.Neurons[F]{B0: F(k.B0), Beta: F(k.Beta), Dt: 1, Refractory: F(k.Refractory), DetachReset: k.DetachReset}
	if !k.LSNN { // a spike takes θ dt, but for Continuous, and currents and spikes are scaled by what decays
		c.ResetBeta, c.GainSlope = c.Beta, F(k.Rm)
		if !k.Continuous {
			c.Dt, c.KappaSlope = F(k.Dt), 1
		}
	}
	return c
}

func (k alifKernel[F]) Forward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	p, err := k.population(a, c, false)
	if err != nil {
		return err
	}
	out := sequences[F]{spikes: c.Out[outSpikes].Data, membrane: c.Out[outMembrane].Data,
		adaptation: c.Out[outAdaptation].Data, threshold: c.Out[outThreshold].Data}
	if k.Refractory > 0 {
		out.silence = c.Out[outSilence].Data
	}
	return p.run(k.wiring, c, out, []named{
		{"initial membrane potential", k.U0}, {"initial adaptation", k.Eta0}, {"initial spikes", k.S0},
	})
}

func (k alifKernel[F]) Backward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	p, err := k.population(a, c, true)
	if err != nil {
		return err
	}
	d := sequences[F]{spikes: c.DOut[outSpikes].Data, membrane: c.DOut[outMembrane].Data,
		adaptation: c.DOut[outAdaptation].Data, threshold: c.DOut[outThreshold].Data}
	if k.Refractory > 0 {
		d.silence = c.DOut[outSilence].Data
	}
	g := gradients[F]{
		current: of(c.DIn, k.Current).Data, x: of(c.DIn, k.X).Data,
		u0: of(c.DIn, k.U0).Data, eta0: of(c.DIn, k.Eta0).Data, s0: of(c.DIn, k.S0).Data,
		silence0: of(c.DIn, k.Silence0).Data,
	}
	var s sums[F]
	switch t := c.Tape.(*tape[F]); {
	case p.forwards(g):
		s, err = p.traced(a, d, g.x)
	case p.Cut:
		if t, err = p.recorded(); err != nil {
			return err
		}
		fallthrough
	default:
		s, err = p.backward(a, t, d, g)
	}
	if err != nil {
		return err
	}
	p.finish(k.wiring, c, s)
	decayGradient(s.alpha, p.neurons.Alpha, of(c.In, k.TauM).Data, k.Dt)
	copy(of(c.DIn, k.TauM).Data, s.alpha)
	if k.TauAdp > 0 {
		if p.perSpike == nil { // otherwise the sums are of τadp itself
			decayGradient(s.rho, p.neurons.Rho, of(c.In, k.TauAdp).Data, k.Dt)
		}
		copy(of(c.DIn, k.TauAdp).Data, s.rho)
	}
	if dw := of(c.DIn, k.WRec).Data; dw != nil {
		kernel.Transpose(s.rec, dw, p.units, p.units)
	}
	return nil
}
