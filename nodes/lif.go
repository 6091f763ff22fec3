package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// LIF is the leaky integrate-and-fire neuron with a subtractive reset: [ALIF] with a fixed
// threshold. Its parameter is tau_m, of each neuron, in ms.
type LIF struct {
	TauM      graph.Initializer // membrane time constants, ms; default 20
	B0        float64           // threshold; default 0.01
	Rm        float64           // membrane resistance; default 1
	Dt        float64           // time step, ms; default 1
	Surrogate ops.Surrogate     // default ops.DefaultSurrogate
	Recompute bool              // less memory for long sequences, see ops.ALIF
}

func (c LIF) declare(p *graph.Params, units int) (population, error) {
	return declareALIF(p, units, ops.ALIF{
		B0: or(c.B0, .01), Rm: or(c.Rm, 1), Dt: or(c.Dt, 1), Surrogate: c.Surrogate, Recompute: c.Recompute,
	}, c.TauM, nil)
}
