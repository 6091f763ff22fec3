package nodes

import (
	"math"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
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
// The antiderivatives of the two integrals divide by 1/τs − 1/τm, which training may bring to zero.
// They are therefore done by Gauss–Legendre quadrature with three points, which errs by less than
// 1e-5 of h for time constants of dt, and 1e-9 for those of 5 dt.
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
	ramp := p["tau_syn"].Inverse().Times(math.E * c.Dt).Mul(s[Rise]) // e δ y_{t−1}
	g, k := c.integrals(p["tau_syn"], p["tau_m"])
	h := alpha.Mul(s[Membrane]).Add(g.Mul(s[Synaptic]).Add(k.Mul(ramp)).Times(c.Rm))
	spikes := PermittedSpike(h.Plus(-*c.B0), s, c.Surrogate)
	return Values{
		Membrane:  c.Reset.after(h, detachIf(c.DetachReset, spikes), *c.B0, c.ResetValue),
		Synaptic:  kappa.Mul(s[Synaptic].Add(ramp)),
		Rise:      kappa.Mul(s[Rise]).Add(current),
		Threshold: h.Fill(*c.B0),
		Spikes:    spikes,
	}
}

// integrals are g and k.
func (c AlphaLIF) integrals(tauS, tauM graph.Expr) (g, k graph.Expr) {
	for i, q := range [3]struct{ at, weight float64 }{
		{.5 - math.Sqrt(.15), 5. / 18}, {.5, 8. / 18}, {.5 + math.Sqrt(.15), 5. / 18},
	} {
		value := Decay(tauM, (1-q.at)*c.Dt).Mul(Decay(tauS, q.at*c.Dt)).Times(q.weight)
		if i == 0 {
			g, k = value, value.Times(q.at)
			continue
		}
		g, k = g.Add(value), k.Add(value.Times(q.at))
	}
	perTau := tauM.Inverse().Times(c.Dt)
	return perTau.Mul(g), perTau.Mul(k)
}

func (c AlphaLIF) Check() error {
	return firstOf(c.Reset.check(), wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("r_m", c.Rm),
		wantFinite("reset_value", c.ResetValue))
}

func (c AlphaLIF) Baseline() float64 { return *c.B0 }
func (AlphaLIF) Refractable()        {}
