package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// CubaLIF is the current-based leaky integrate-and-fire neuron, an exponential synapse before a
// leaky membrane, which is reset in the step of its spike:
//
//	κs = 1 − exp(−dt/τs)      κm = 1 − exp(−dt/τm)
//	J_t = (1−κs) J_{t−1} + κs w_in I_t
//	h_t = (1−κm) u_{t−1} + κm (V_leak + Rm J_t)
//	S_t = H(h_t − b0)
//	u_t = h_t − b0 S_t                 reset by subtraction
//	u_t = h_t (1−S_t) + V_r S_t        reset to a value
//	u_t = h_t                          no reset
//
// It is the CubaLIF of the Neuromorphic Intermediate Representation (Pedersen et al. 2024),
// τs J̇ = −J + w_in I and τm u̇ = V_leak − u + Rm J. Each of the two equations is solved exactly for
// an input that is constant over a step, which is stable for all time constants. With Euler, κs is
// dt/τs and κm is dt/τm, as in the simulators that NIR was compared on; their reset is to a value. Euler's method
// overshoots with time constants below dt: those that are known are refused, and one that training takes there
// counts as dt, where all that was is forgotten within a step.
// snnTorch's Synaptic is the same with Euler, w_in = τs/dt and Rm = τm/dt, but for its reset in the
// step after a spike.
//
// Its parameters are tau_syn and tau_m, of each neuron, in ms. The defaults of these and of the
// threshold are Norse's.
type CubaLIF struct {
	TauSyn     graph.Initializer // synaptic time constants τs, ms; default 5
	TauM       graph.Initializer // membrane time constants, ms; default 10
	WIn        float64           `json:"w_in" default:"1"` // scale of the input
	B0         *float64          `json:"b0" default:"1"`   // threshold; nil is 1
	Rm         float64           `json:"r_m" default:"1"`  // membrane resistance
	VLeak      float64           `json:"v_leak,omitempty"` // potential at rest
	Dt         float64           `json:"dt" default:"1"`   // time step, ms
	Euler      bool              `json:"euler,omitempty"`  // decays by forward Euler
	Reset      Reset             `json:"reset,omitempty"`
	ResetValue float64           `json:"reset_value,omitempty"` // V_r, of a reset to a value

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate"`
}

var _ = register("cuba_lif", CubaLIF{})

func (c CubaLIF) Parameters() []Parameter {
	return []Parameter{Tau("tau_syn", c.TauSyn, 5), Tau("tau_m", c.TauM, 10)}
}

func (c CubaLIF) State() []Variable {
	return []Variable{{Name: Membrane, Rest: c.VLeak}, {Name: Synaptic}}
}

func (c CubaLIF) Step(p, s Values, current graph.Expr) Values {
	leakS, leakM := c.leak(p["tau_syn"]), c.leak(p["tau_m"])
	j := leakS.OneMinus().Mul(s[Synaptic]).Add(leakS.Times(c.WIn).Mul(current))
	h := leakM.OneMinus().Mul(s[Membrane]).Add(leakM.Mul(j.Times(c.Rm).Plus(c.VLeak)))
	spikes := PermittedSpike(h.Plus(-*c.B0), s, c.Surrogate)
	u := c.Reset.after(h, detachIf(c.DetachReset, spikes), *c.B0, c.ResetValue)
	return Values{Membrane: u, Synaptic: j, Threshold: h.Fill(*c.B0), Spikes: spikes}
}

// leak is κ, the part that is lost in a time step.
func (c CubaLIF) leak(tau graph.Expr) graph.Expr {
	if c.Euler {
		return bounded(tau, c.Dt).Inverse().Times(c.Dt)
	}
	return Decay(tau, c.Dt).OneMinus()
}

func (c CubaLIF) Check() error {
	if c.Euler {
		if err := firstOf(wantAtLeastDt("tau_syn", c.TauSyn, c.Dt), wantAtLeastDt("tau_m", c.TauM, c.Dt)); err != nil {
			return err
		}
	}
	return firstOf(c.Reset.check(), wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("r_m", c.Rm),
		wantFinite("w_in", c.WIn), wantFinite("v_leak", c.VLeak), wantFinite("reset_value", c.ResetValue))
}

func (c CubaLIF) Baseline() float64 { return *c.B0 }
func (CubaLIF) Refractable()        {}
