package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
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
// Its parameters are tau_m and tau_adp, of each neuron, in ms. The defaults are those of the
// paper's accumulation of evidence, where β = 1.7 (1−e^{−1/τadp})/(1−e^{−1/τm}).
type LSNN struct {
	TauM      graph.Initializer // membrane time constants, ms; default 20
	TauAdp    graph.Initializer // adaptation time constants, ms; default 2000
	Beta      float64           `json:"beta" default:"0.0174"`        // strength of the adaptation
	B0        float64           `json:"b0" default:"0.6"`             // threshold at rest
	Dt        float64           `json:"dt" default:"1"`               // time step, ms
	Surrogate ops.Surrogate     `json:"surrogate" default:"triangle"` // of (v−A)/b0
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
	v := alpha.Mul(s[Membrane]).Add(current).Sub(s[Spikes].Times(c.B0))
	a := rho.Mul(s[Adaptation]).Add(s[Spikes])
	theta := a.Times(c.Beta).Plus(c.B0)
	return Values{Membrane: v, Adaptation: a, Threshold: theta, Spikes: Spike(v.Sub(theta).Times(1/c.B0), c.Surrogate)}
}

func (c LSNN) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantPositive("b0", c.B0), wantFinite("beta", c.Beta))
}

func (c LSNN) baseline() float64 { return c.B0 }
