package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LI is a layer of leaky integrators over a whole sequence, as one node:
//
//	α = exp(−dt/τm)      u_t = α u_{t−1} + (1−α) Rm I_t
//
// It has no spikes: it reads out what spiking layers say. The fields are used as they are.
type LI struct {
	Dt float64 // time step, ms
	Rm float64 // membrane resistance
}

// LIInputs are the nodes that a layer of leaky integrators reads. I is the sum of Current and what
// the Synapses give; one of them may be left out.
type LIInputs struct {
	Current  *gorgonia.Node // [T, batch, units]
	Synapses Synapses

	TauM    *gorgonia.Node // membrane time constants, ms, [units]
	Initial *gorgonia.Node // u before the first step, [batch, units]; nil is zero
}

// Apply returns u, [T, batch, units]. Gradients flow to all inputs.
func (c LI) Apply(in LIInputs) (*gorgonia.Node, error) {
	if !(c.Dt > 0) || !graph.Finite(c.Dt) || !graph.Finite(c.Rm) {
		return nil, errors.Errorf("srnn: LI: dt is %v, Rm is %v", c.Dt, c.Rm)
	}
	f := li{LI: c}
	var nodes inputs
	var err error
	if f.wiring, err = nodes.wire(in.Current, in.Synapses); err != nil {
		return nil, graph.Wrapf(err, "LI")
	}
	if in.TauM == nil {
		return nil, errors.New("srnn: LI: TauM is nil, want [units]")
	}
	f.TauM, f.U0 = nodes.add(in.TauM), nodes.add(in.Initial)
	r, err := graph.Apply(f, nodes.nodes...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// li is LI as a Function.
type li struct {
	LI
	wiring
	TauM, U0 slot
}

func (li) String() string { return "LI" }
func (li) Taped()         {}

// ReadsTape is true of x where it is spikes.
func (f li) ReadsTape(i int, source graph.Function) bool { return f.readsSpikes(i, source) }

func (f li) Kernel32() graph.Kernel[float32] { return liKernel[float32]{f} }
func (f li) Kernel64() graph.Kernel[float64] { return liKernel[float64]{f} }

func (f li) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	seq, err := f.shape(in)
	if err != nil {
		return nil, err
	}
	if want := (tensor.Shape{seq[2]}); !graph.SameShape(in[f.TauM-1], want) {
		return nil, errors.Errorf("tau_m has shape %v, want %v for a current of shape %v", in[f.TauM-1], want, seq)
	}
	if want := (tensor.Shape{seq[1], seq[2]}); f.U0 > 0 && !graph.SameShape(in[f.U0-1], want) {
		return nil, errors.Errorf("initial membrane potential has shape %v, want %v for a current of shape %v", in[f.U0-1], want, seq)
	}
	return []tensor.Shape{seq}, nil
}

// liKernel runs leaky integrators as a population of neurons without spikes and thresholds.
type liKernel[F graph.Float] struct{ li }

// population reads the inputs. The memory is the arena's.
func (k liKernel[F]) population(a *kernel.Arena[F], c *graph.Call[F], back bool) (*population[F], error) {
	p := &population[F]{u0: of(c.In, k.U0).Data}
	p.neurons = kernel.Neurons[F]{Dt: F(k.Dt), GainSlope: F(k.Rm)}
	if err := p.wire(a, k.wiring, c, back); err != nil {
		return nil, err
	}
	return p, p.constants(of(c.In, k.TauM).Data, nil, k.Dt, 0)
}

func (k liKernel[F]) Forward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	p, err := k.population(a, c, false)
	if err != nil {
		return err
	}
	return p.run(k.wiring, c, sequences[F]{membrane: c.Out[0].Data}, []named{{"initial membrane potential", k.U0}})
}

func (k liKernel[F]) Backward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	p, err := k.population(a, c, true)
	if err != nil {
		return err
	}
	s, err := p.backward(a, c.Tape.(*tape[F]), sequences[F]{membrane: c.DOut[0].Data}, gradients[F]{
		current: of(c.DIn, k.Current).Data, x: of(c.DIn, k.X).Data, u0: of(c.DIn, k.U0).Data,
	})
	if err != nil {
		return err
	}
	p.finish(k.wiring, c, s)
	decayGradient(s.alpha, p.neurons.Alpha, of(c.In, k.TauM).Data, k.Dt)
	copy(of(c.DIn, k.TauM).Data, s.alpha)
	return nil
}
