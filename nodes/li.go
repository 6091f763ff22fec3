package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// LI is the leaky integrator, a readout without spikes:
//
//	α = exp(−dt/τm)      u_t = α u_{t−1} + (1−α) Rm I_t
//
// Its parameter is tau_m, of each unit, in ms.
type LI struct {
	TauM graph.Initializer // membrane time constants, ms; default 20
	Rm   float64           `json:"r_m" default:"1"` // membrane resistance
	Dt   float64           `json:"dt" default:"1"`  // time step, ms
}

var _ = register("li", LI{})

func (c LI) Parameters() []Parameter { return []Parameter{Tau("tau_m", c.TauM, 20)} }
func (c LI) State() []Variable       { return []Variable{{Name: Membrane}} }

func (c LI) Step(p, s Values, current graph.Expr) Values {
	alpha := Decay(p["tau_m"], c.Dt)
	return Values{Membrane: alpha.Mul(s[Membrane]).Add(alpha.OneMinus().Times(c.Rm).Mul(current))}
}

func (c LI) Check() error { return firstOf(wantPositive("dt", c.Dt), wantFinite("r_m", c.Rm)) }

// MACs is the figure of Yin et al. 2021, for whom the factor of the current is part of the weights.
func (LI) MACs() int { return 1 }

func (LI) fuses(c Cell) bool {
	_, own := c.(LI)
	return own
}

func (c LI) fused(in drive, _ *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	if !in.exact() {
		return nil, nil
	}
	u, err := ops.LI{Dt: c.Dt, Rm: c.Rm}.Apply(ops.LIInputs{Synapses: in.synapses, Current: in.current, TauM: p["tau_m"], Initial: initial[Membrane]})
	return record{Membrane: func() (*gorgonia.Node, error) { return u, nil }}, err
}
