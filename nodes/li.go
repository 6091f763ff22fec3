package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// LI is the leaky integrator, a readout without spikes, see [ops.LI]. Its parameter is tau_m,
// of each unit, in ms.
type LI struct {
	TauM graph.Initializer // membrane time constants, ms; default 20
	Rm   float64           // membrane resistance; default 1
	Dt   float64           // time step, ms; default 1
}

func (c LI) declare(p *graph.Params, units int) (population, error) {
	tauM, err := p.Declare("tau_m", "tau", initOr(c.TauM, graph.Constant(20)), units)
	return &integrators{ops.LI{Dt: or(c.Dt, 1), Rm: or(c.Rm, 1)}, tauM}, err
}

type integrators struct {
	ops.LI
	tauM *gorgonia.Node
}

func (l *integrators) variables() variables { return variables{} }
func (l *integrators) baseline() float64    { return 0 }

func (l *integrators) run(s ops.Synapses, _ *gorgonia.Node, initial ops.State) (*Activity, error) {
	u, err := l.Apply(ops.LIInputs{Synapses: s, TauM: l.tauM, Initial: initial.Membrane})
	if err != nil {
		return nil, err
	}
	return &Activity{membrane: u}, nil
}
