package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// EIF is the exponential integrate-and-fire neuron of Fourcaud-Trocmé, Hansel, van Vreeswijk &
// Brunel 2003 (Journal of Neuroscience 23):
//
//	τm v̇ = −(v − E_L) + ΔT exp((v − V_T)/ΔT) + Rm I
//	v ≥ peak: a spike, v ← V_r
//
// in mV and ms. A constant current makes it fire if Rm I > V_T − ΔT − E_L. For ΔT → 0 it is the leaky
// integrate-and-fire neuron with the threshold V_T. The defaults are the paper's, where I is in
// µA/cm².
//
// A membrane time constant below dt/2 counts as that: v relaxes within a step there.
//
// Its parameters are tau_m, e_l, v_t, delta_t and v_r, of each neuron.
type EIF struct {
	TauM   graph.Initializer // membrane time constants, ms; default 10
	EL     graph.Initializer // leak's reversal potential, mV; default −65
	VT     graph.Initializer // where the slope of the current's curve is zero, mV; default −59.9
	DeltaT graph.Initializer // how gradually the spike begins, mV; default 3.48
	VReset graph.Initializer // potential after a spike, mV; default −68

	Rm        float64       `json:"r_m" default:"10"`   // membrane resistance, mV for a current of 1
	Peak      *float64      `json:"peak" default:"20"`  // mV; nil is 20
	Dt        float64       `json:"dt" default:"1"`     // time step, ms
	Width     float64       `json:"width" default:"20"` // what is 1 for the surrogate, mV
	Surrogate ops.Surrogate `json:"surrogate"`
}

var _ = register("eif", EIF{})

func (c EIF) Parameters() []Parameter {
	return []Parameter{
		Tau("tau_m", c.TauM, 10), Trainable("e_l", c.EL, -65), Trainable("v_t", c.VT, -59.9),
		Trainable("delta_t", c.DeltaT, 3.48), Trainable("v_r", c.VReset, -68),
	}
}

func (c EIF) State() []Variable { return []Variable{{Name: Membrane, Rest: restingAt(c.EL, -65)}} }

func (c EIF) Step(p, s Values, current graph.Expr) Values {
	q := newExponential(p["e_l"].Add(current.Times(c.Rm)), bounded(p["tau_m"], c.Dt/2), p["v_t"], p["delta_t"])
	return fire(eifStep{q, p["v_r"], *c.Peak}, s, c.Dt, c.Width, c.Surrogate)
}

func (c EIF) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantPositive("width", c.Width), wantFinite("peak", *c.Peak), wantFinite("r_m", c.Rm))
}

func (EIF) Refractable() {}

type eifStep struct {
	exponential
	vReset graph.Expr
	vPeak  float64
}

func (n eifStep) peak(s Values, dt float64) (ahead, after graph.Expr) {
	return n.exponential.peak(s[Membrane], n.vPeak, dt)
}

func (n eifStep) flow(s Values, dt graph.Expr) Values {
	v, _ := n.exponential.flow(s[Membrane], dt, n.vPeak)
	return Values{Membrane: v}
}

func (n eifStep) reset(Values) Values { return Values{Membrane: n.vReset} }
