package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// IF is the integrate-and-fire neuron without a leak, which is reset in the step of its spike:
//
//	h_t = u_{t−1} + Rm I_t dt
//	S_t = H(h_t − b0)
//	u_t = h_t − b0 S_t                 reset by subtraction
//	u_t = h_t (1−S_t) + V_r S_t        reset to a value
//	u_t = h_t                          no reset
//
// It is the IF of the Neuromorphic Intermediate Representation (Pedersen et al. 2024), v̇ = R I, for
// a current that is constant over a step; there the reset is to a value. Reset by subtraction, it
// fires at the rate Rm I/b0, as rate-coded networks want it (Rueckauer et al. 2017). It has no
// parameters to train: the weights of its synapses can do what they would.
type IF struct {
	B0         *float64 `json:"b0" default:"1"`  // threshold; nil is 1
	Rm         float64  `json:"r_m" default:"1"` // potential per current and ms
	Dt         float64  `json:"dt" default:"1"`  // time step, ms
	Reset      Reset    `json:"reset,omitempty"`
	ResetValue float64  `json:"reset_value,omitempty"` // V_r, of a reset to a value

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate"`
}

var _ = register("if", IF{})

func (c IF) Parameters() []Parameter { return nil }
func (c IF) State() []Variable       { return []Variable{{Name: Membrane}} }

func (c IF) Step(_, s Values, current graph.Expr) Values {
	h := s[Membrane].Add(current.Times(c.Rm * c.Dt))
	spikes := PermittedSpike(h.Plus(-*c.B0), s, c.Surrogate)
	u := c.Reset.after(h, detachIf(c.DetachReset, spikes), *c.B0, c.ResetValue)
	return Values{Membrane: u, Threshold: h.Fill(*c.B0), Spikes: spikes}
}

func (c IF) Check() error {
	return firstOf(c.Reset.check(), wantPositive("dt", c.Dt), wantFinite("b0", *c.B0),
		wantFinite("r_m", c.Rm), wantFinite("reset_value", c.ResetValue))
}

func (c IF) Baseline() float64 { return *c.B0 }
func (IF) Refractable()        {}

// after is the potential h after the reset by spikes of the same step.
func (r Reset) after(h, spikes graph.Expr, b0, value float64) graph.Expr {
	switch r {
	case ToValue:
		return h.Mul(spikes.OneMinus()).Add(spikes.Times(value))
	case NoReset:
		return h
	}
	return h.Sub(spikes.Times(b0))
}

func (r Reset) check() error {
	switch r {
	case Subtract, ToValue, NoReset:
		return nil
	}
	return errors.Errorf("reset is %q, want %q, %q or %q", r, Subtract, ToValue, NoReset)
}

func detachIf(detach bool, x graph.Expr) graph.Expr {
	if detach {
		return x.Detach()
	}
	return x
}
