package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// ALIF is the adaptive leaky integrate-and-fire neuron of Yin et al. 2020, see [ops.ALIF] for
// its equations. Its parameters are tau_m and tau_adp, of each neuron, in ms.
type ALIF struct {
	TauM      graph.Initializer // membrane time constants, ms; default 20
	TauAdp    graph.Initializer // adaptation time constants, ms; default 150
	Beta      float64           // strength of the adaptation; default 1.8
	B0        float64           // threshold at rest; default 0.01
	Rm        float64           // membrane resistance; default 1
	Dt        float64           // time step, ms; default 1
	Surrogate ops.Surrogate     // default ops.DefaultSurrogate
	Recompute bool              // less memory for long sequences, see ops.ALIF
}

func (c ALIF) declare(p *graph.Params, units int) (population, error) {
	return declareALIF(p, units, ops.ALIF{
		Beta: or(c.Beta, 1.8), B0: or(c.B0, .01), Rm: or(c.Rm, 1), Dt: or(c.Dt, 1),
		Surrogate: c.Surrogate, Recompute: c.Recompute,
	}, c.TauM, initOr(c.TauAdp, graph.Constant(150)))
}

// alifs are ALIF or LIF neurons in a graph.
type alifs struct {
	ops.ALIF
	tauM, tauAdp *gorgonia.Node
}

func declareALIF(p *graph.Params, units int, c ops.ALIF, tauM, tauAdp graph.Initializer) (population, error) {
	a := &alifs{ALIF: c}
	var err error
	if a.tauM, err = p.Declare("tau_m", "tau", initOr(tauM, graph.Constant(20)), units); err != nil {
		return nil, err
	}
	if tauAdp != nil {
		if a.tauAdp, err = p.Declare("tau_adp", "tau", tauAdp, units); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *alifs) variables() variables {
	return variables{adaptation: a.tauAdp != nil, spikes: true}
}

func (a *alifs) baseline() float64 { return a.B0 }

func (a *alifs) run(in ops.Synapses, wRec *gorgonia.Node, initial ops.State) (*Activity, error) {
	s, err := a.Apply(ops.ALIFInputs{Synapses: in, WRec: wRec, TauM: a.tauM, TauAdp: a.tauAdp, Initial: initial})
	if err != nil {
		return nil, err
	}
	return &Activity{sequence: s}, nil
}
