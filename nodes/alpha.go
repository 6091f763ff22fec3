package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// AlphaLIF is the leaky integrate-and-fire neuron with alpha synapses, which is reset in the step
// of its spike. An input of 1 in one step causes the postsynaptic current (t/τs) exp(1−t/τs), with
// its peak of 1 after τs (Rall 1967; Gerstner et al., Neuronal Dynamics, 2014, section 3.1):
//
//	τs ẏ = −y      τs J̇ = −J + e y      τm u̇ = −u + Rm J
//
// The input is added to y at the end of a step; between inputs the linear system is solved exactly
// (Rotter & Diesmann 1999):
//
//	δ = dt/τs      κ = exp(−δ)      α = exp(−dt/τm)
//	y_t = κ y_{t−1} + I_t
//	J_t = κ (J_{t−1} + e δ y_{t−1})
//	h_t = α u_{t−1} + Rm (g J_{t−1} + k e δ y_{t−1})
//	g = (1/τm) ∫ exp(−(dt−t)/τm) exp(−t/τs) dt          over the step, from 0 to dt
//	k = (1/τm) ∫ (t/dt) exp(−(dt−t)/τm) exp(−t/τs) dt
//	S_t = H(h_t − b0)
//	u_t = h_t − b0 S_t                 reset by subtraction
//	u_t = h_t (1−S_t) + V_r S_t        reset to a value
//	u_t = h_t                          no reset
//
// The two integrals are exact for all time constants, equal ones among them, see [ops.AlphaResponse]. An input is
// a charge, which a step adds: a current that lasts is dt of it in each step.
//
// Its parameters are tau_syn and tau_m, of each neuron, in ms; in its state J is "synaptic" and y is
// "rise". The default time constants are those of NEST's iaf_psc_alpha.
type AlphaLIF struct {
	TauSyn     graph.Initializer // synaptic time constants τs, ms; default 2
	TauM       graph.Initializer // membrane time constants, ms; default 10
	B0         *float64          `json:"b0" default:"1"`  // threshold; nil is 1
	Rm         float64           `json:"r_m" default:"1"` // membrane resistance
	Dt         float64           `json:"dt" default:"1"`  // time step, ms
	Reset      Reset             `json:"reset,omitempty"`
	ResetValue float64           `json:"reset_value,omitempty"` // V_r, of a reset to a value

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate"`
}

var _ = register("alpha_lif", AlphaLIF{})

func (c AlphaLIF) Parameters() []Parameter {
	return []Parameter{Tau("tau_syn", c.TauSyn, 2), Tau("tau_m", c.TauM, 10)}
}

func (c AlphaLIF) State() []Variable {
	return []Variable{{Name: Membrane}, {Name: Synaptic}, {Name: Rise}}
}

func (c AlphaLIF) Step(p, s Values, current graph.Expr) Values {
	kappa, alpha := Decay(p["tau_syn"], c.Dt), Decay(p["tau_m"], c.Dt)
	g, k, r := c.response(p["tau_syn"], p["tau_m"])
	h := alpha.Mul(s[Membrane]).Add(g.Mul(s[Synaptic]).Add(k.Mul(s[Rise])).Times(c.Rm))
	spikes := PermittedSpike(h.Plus(-*c.B0), s, c.Surrogate)
	return Values{
		Membrane:  c.Reset.after(h, detachIf(c.DetachReset, spikes), *c.B0, c.ResetValue),
		Synaptic:  kappa.Mul(s[Synaptic]).Add(r.Mul(s[Rise])),
		Rise:      kappa.Mul(s[Rise]).Add(current),
		Threshold: h.Fill(*c.B0),
		Spikes:    spikes,
	}
}

// response is g, e δ k and e δ κ of the equations.
func (c AlphaLIF) response(tauS, tauM graph.Expr) (toMembrane, rampToMembrane, rampToSynapse graph.Expr) {
	var of [3]graph.Expr
	g := tauS.Map(func(s *gorgonia.Node) (*gorgonia.Node, error) {
		m, err := tauM.Node()
		if err != nil {
			return nil, err
		}
		g, k, r, err := ops.AlphaResponse(s, m, c.Dt)
		of[1], of[2] = graph.Of(k), graph.Of(r)
		return g, err
	})
	return g, of[1], of[2]
}

func (c AlphaLIF) Check() error {
	return firstOf(c.Reset.check(), wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("r_m", c.Rm),
		wantFinite("reset_value", c.ResetValue))
}

func (c AlphaLIF) Baseline() float64 { return *c.B0 }
func (AlphaLIF) Refractable()        {}
