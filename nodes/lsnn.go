package nodes

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// LSNN is the adaptive neuron of long short-term memory spiking networks (Bellec et al. 2018), in
// the form of Bellec et al. 2020, "A solution to the learning dilemma for recurrent networks of
// spiking neurons":
//
//	α = exp(−dt/τm)      ρ = exp(−dt/τadp)
//	v_t = α v_{t−1} + I_t − S_{t−1} b0
//	a_t = ρ a_{t−1} + S_{t−1}
//	A_t = b0 + β a_t
//	S_t = H((v_t − A_t)/b0)
//
// As against [ALIF], the current and the adaptation are not scaled by one minus their decay, and
// the reset is by the threshold at rest, b0, the paper's v_th. The surrogate sees the distance from
// the threshold in units of b0: with ops.Triangle{}, it is the paper's pseudo-derivative,
// (γ/b0) max(0, 1 − |(v−A)/b0|) with γ = 0.3. That is the default. The paper's neurons have a
// refractory period too: Refractory{Cell: LSNN{}}.
//
// I_t is a charge, what a step adds: a current that lasts is dt of it in each step, and with that the rate is nearly
// the same at any time step, as what a spike does is. β = 1.7 (1−e^{−dt/τadp})/(1−e^{−dt/τm}) hardly depends on dt.
//
// Its parameters are tau_m and tau_adp, of each neuron, in ms. The defaults are those of the
// paper's accumulation of evidence, where β = 1.7 (1−e^{−1/τadp})/(1−e^{−1/τm}).
type LSNN struct {
	TauM      graph.Initializer // membrane time constants, ms; default 20
	TauAdp    graph.Initializer // adaptation time constants, ms; default 2000
	Beta      *float64          `json:"beta" default:"0.0174"`        // strength of the adaptation; nil is 0.0174
	B0        float64           `json:"b0" default:"0.6"`             // threshold at rest
	Dt        float64           `json:"dt" default:"1"`               // time step, ms
	Surrogate ops.Surrogate     `json:"surrogate" default:"triangle"` // of (v−A)/b0

	// Regular is the share of the neurons, the first ones, that do not adapt: a = 0. Half of them are
	// plain LIF neurons in the paper's accumulation of evidence, which is one population of both.
	Regular float64 `json:"regular,omitempty"`

	// DetachReset leaves the reset out of the gradient, as the paper's e-prop does: the spike counts as
	// a constant in it.
	DetachReset bool `json:"detach_reset,omitempty"`
	Recompute   bool `json:"-"` // less memory for long sequences, see ops.ALIF
}

var _ = register("lsnn", LSNN{})

func (c LSNN) Parameters() []Parameter {
	return []Parameter{Tau("tau_m", c.TauM, 20), Tau("tau_adp", c.TauAdp, 2000)}
}

func (c LSNN) State() []Variable {
	return []Variable{{Name: Membrane}, {Name: Adaptation}, {Name: Spikes}}
}

func (c LSNN) Step(p, s Values, current graph.Expr) Values {
	alpha, rho := Decay(p["tau_m"], c.Dt), Decay(p["tau_adp"], c.Dt)
	reset := s[Spikes]
	if c.DetachReset {
		reset = reset.Detach()
	}
	v := alpha.Mul(s[Membrane]).Add(current).Sub(reset.Times(c.B0))
	a := rho.Mul(s[Adaptation]).Add(s[Spikes])
	if c.Regular > 0 {
		a = a.Map(c.silence)
	}
	theta := a.Times(*c.Beta).Plus(c.B0)
	return Values{Membrane: v, Adaptation: a, Threshold: theta, Spikes: Spike(v.Sub(theta).Times(1/c.B0), c.Surrogate)}
}

func (c LSNN) Check() error {
	if !(c.Regular >= 0 && c.Regular <= 1) {
		return errors.Errorf("regular is %v, want a share of the neurons from 0 to 1", c.Regular)
	}
	return firstOf(wantPositive("dt", c.Dt), wantPositive("b0", c.B0), wantFinite("beta", *c.Beta))
}

func (c LSNN) Baseline() float64 { return c.B0 }

// regular is how many of the neurons, the first ones, do not adapt.
func (c LSNN) regular(units int) int { return int(math.Round(c.Regular * float64(units))) }

// silence leaves the adaptation [batch, units] of regular neurons out.
func (c LSNN) silence(adaptation *gorgonia.Node) (*gorgonia.Node, error) {
	return applyOne(zeroed{c.regular(adaptation.Shape()[1])}, adaptation)
}

func (LSNN) fuses(c Cell) bool {
	_, own := c.(LSNN)
	return own
}

func (c LSNN) fused(in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	return c.fusedRefractory(0, in, wRec, p, initial)
}

func (c LSNN) fusedRefractory(steps int, in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	return applyALIF(ops.LSNN{Beta: *c.Beta, B0: c.B0, Dt: c.Dt, Regular: c.regular(p["tau_m"].Shape()[0]), Refractory: steps,
		DetachReset: c.DetachReset, Surrogate: c.Surrogate, Recompute: c.Recompute, Estimator: in.estimator}, in, wRec, p, initial)
}
