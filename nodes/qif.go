package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// QIF is the quadratic integrate-and-fire neuron, the normal form of neurons that begin to fire at
// arbitrarily low rates (Ermentrout & Kopell 1986; in this form Gerstner et al., Neuronal Dynamics
// (2014), section 5.3):
//
//	τm v̇ = a0 (v − v_rest)(v − v_c) + Rm I
//	v ≥ peak: a spike, v ← v_r
//
// in mV and ms. A step follows the exact solution. Without current, v goes to v_rest from below v_c, and to the
// peak from above it; a constant current makes the neuron fire if Rm I > a0 ((v_c − v_rest)/2)².
//
// Its parameters are tau_m, a0, v_rest, v_c and v_r, of each neuron. With the default of a0,
// 1/(v_c − v_rest), small deviations from v_rest decay with τm. One below dt/10 counts as that.
type QIF struct {
	TauM   graph.Initializer // membrane time constants, ms; default 10
	A0     graph.Initializer // curvature, 1/mV; default 0.05
	VRest  graph.Initializer // potential at rest, mV; default −65
	VC     graph.Initializer // critical potential, mV; default −45
	VReset graph.Initializer // potential after a spike, mV; default −65

	Rm        float64       `json:"r_m" default:"1"`    // membrane resistance, mV for a current of 1
	Peak      *float64      `json:"peak" default:"30"`  // mV; nil is 30
	Dt        float64       `json:"dt" default:"1"`     // time step, ms
	Width     float64       `json:"width" default:"30"` // what is 1 for the surrogate, mV
	Surrogate ops.Surrogate `json:"surrogate"`
}

var _ = register("qif", QIF{})

func (c QIF) Parameters() []Parameter {
	return []Parameter{
		Tau("tau_m", c.TauM, 10), Trainable("a0", c.A0, .05), Trainable("v_rest", c.VRest, -65),
		Trainable("v_c", c.VC, -45), Trainable("v_r", c.VReset, -65),
	}
}

func (c QIF) State() []Variable { return []Variable{{Name: Membrane, Rest: restingAt(c.VRest, -65)}} }

func (c QIF) Step(p, s Values, current graph.Expr) Values {
	return fire(qifStep{c, p, current}, s, c.Dt, c.Width, c.Surrogate)
}

func (c QIF) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantPositive("width", c.Width), wantFinite("peak", *c.Peak), wantFinite("r_m", c.Rm))
}

func (QIF) Refractable() {}

type qifStep struct {
	c       QIF
	p       Values
	current graph.Expr
}

func (n qifStep) parabola(s Values) parabola {
	tau := bounded(n.p["tau_m"], n.c.Dt/10)
	alpha := n.p["a0"].Div(tau)
	fromRest, fromCritical := s[Membrane].Sub(n.p["v_rest"]), s[Membrane].Sub(n.p["v_c"])
	return parabola{
		f:     alpha.Mul(fromRest).Mul(fromCritical).Add(n.current.Times(n.c.Rm).Div(tau)),
		g:     alpha.Times(.5).Mul(fromRest.Add(fromCritical)),
		alpha: alpha,
	}
}

func (n qifStep) peak(s Values, dt float64) (ahead, after graph.Expr) {
	return n.parabola(s).peak(s[Membrane].Neg().Plus(*n.c.Peak), dt)
}

func (n qifStep) flow(s Values, dt graph.Expr) Values {
	rise, _ := n.parabola(s).rise(dt)
	return Values{Membrane: atMost(*n.c.Peak, s[Membrane].Add(rise))}
}

func (n qifStep) reset(Values) Values { return Values{Membrane: n.p["v_r"]} }
