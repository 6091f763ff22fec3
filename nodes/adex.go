package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// AdEx is the adaptive exponential integrate-and-fire neuron of Brette & Gerstner 2005 (Journal of
// Neurophysiology 94):
//
//	C v̇ = −gL (v − E_L) + gL ΔT exp((v − V_T)/ΔT) − w + I
//	τw ẇ = a (v − E_L) − w
//	v ≥ peak: a spike, v ← V_r, w ← w + b
//
// with the paper's constants as defaults and in its units: C in pF, gL and a in nS, potentials in mV,
// times in ms, and the currents I, w and b in nA. So the default neuron at 1 nA is AdEx{} with an input
// current of 1.
//
// Time constants, τw and C/gL, below dt/2 count as that: w and v relax within a step there.
//
// Its parameters are c, g_l, e_l, v_t, delta_t, tau_w, a, b and v_r, of each neuron.
type AdEx struct {
	C      graph.Initializer // membrane capacitance, pF; default 281
	GL     graph.Initializer // leak conductance, nS; default 30
	EL     graph.Initializer // leak's reversal potential, mV; default −70.6
	VT     graph.Initializer // threshold of the spike's beginning, mV; default −50.4
	DeltaT graph.Initializer // how gradually the spike begins, mV; default 2
	TauW   graph.Initializer // adaptation time constants, ms; default 144
	A      graph.Initializer // adaptation below threshold, nS; default 4
	B      graph.Initializer // adaptation by a spike, nA; default 0.0805
	VReset graph.Initializer // potential after a spike, mV; default −70.6, which is E_L

	Peak      *float64      `json:"peak" default:"20"`  // mV; nil is 20
	Dt        float64       `json:"dt" default:"1"`     // time step, ms
	Width     float64       `json:"width" default:"20"` // what is 1 for the surrogate, mV
	Surrogate ops.Surrogate `json:"surrogate"`
}

var _ = register("adex", AdEx{})

func (c AdEx) Parameters() []Parameter {
	return []Parameter{
		Trainable("c", c.C, 281), Trainable("g_l", c.GL, 30), Trainable("e_l", c.EL, -70.6),
		Trainable("v_t", c.VT, -50.4), Trainable("delta_t", c.DeltaT, 2), Tau("tau_w", c.TauW, 144),
		Trainable("a", c.A, 4), Trainable("b", c.B, .0805), Trainable("v_r", c.VReset, -70.6),
	}
}

func (c AdEx) State() []Variable {
	return []Variable{{Name: Membrane, Rest: restingAt(c.EL, -70.6)}, {Name: Adaptation}}
}

func (c AdEx) Step(p, s Values, current graph.Expr) Values {
	n := adexStep{
		vPeak: *c.Peak, p: p, current: current,
		tauM: bounded(atMost(1e18, p["c"]).Div(p["g_l"]), c.Dt/2), perTauW: bounded(p["tau_w"], c.Dt/2).Inverse(),
	}
	return fire(n, s, c.Dt, c.Width, c.Surrogate)
}

func (c AdEx) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantPositive("width", c.Width), wantFinite("peak", *c.Peak))
}

func (AdEx) Refractable() {}

type adexStep struct {
	vPeak         float64
	p             Values
	current       graph.Expr
	tauM, perTauW graph.Expr
}

// adaptation is where w goes at a potential v.
func (n adexStep) adaptation(v graph.Expr) graph.Expr {
	const picoampere = 1e-3 // nS mV, in nA
	return v.Sub(n.p["e_l"]).Mul(n.p["a"]).Times(picoampere)
}

// membrane is the equation of v with w in the middle of dt.
func (n adexStep) membrane(s Values, dt graph.Expr) exponential {
	w := s[Adaptation]
	w = w.Add(approach(n.perTauW, dt).Times(.5).Mul(n.adaptation(s[Membrane]).Sub(w)))
	const volt = 1e3 // nA/nS, in mV
	e := n.p["e_l"].Add(n.current.Sub(w).Div(n.p["g_l"]).Times(volt))
	return newExponential(e, n.tauM, n.p["v_t"], n.p["delta_t"])
}

func (n adexStep) peak(s Values, dt float64) (ahead, after graph.Expr) {
	v := s[Membrane]
	return n.membrane(s, v.Fill(dt)).peak(v, n.vPeak, dt)
}

func (n adexStep) flow(s Values, dt graph.Expr) Values {
	w := s[Adaptation]
	v, mean := n.membrane(s, dt).flow(s[Membrane], dt, n.vPeak)
	return Values{
		Membrane:   v,
		Adaptation: w.Add(approach(n.perTauW, dt).Mul(n.adaptation(mean).Sub(w))),
	}
}

func (n adexStep) reset(s Values) Values {
	return Values{Membrane: n.p["v_r"], Adaptation: s[Adaptation].Add(n.p["b"])}
}
