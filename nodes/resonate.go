package nodes

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// RF is the resonate-and-fire neuron of Izhikevich 2001, "Resonate-and-fire neurons", whose
// potential oscillates below the threshold, so that it answers to inputs in its own rhythm. With
// z = x + iy,
//
//	ż = (−1/τm + iω) z + I      ω = 2πf
//
// x is like a current and y like a potential. Inputs are pulses at the end of a step, as in that
// paper; between them z is turned and damped exactly, which is stable for every frequency and time
// constant, as forward Euler is not (Higuchi et al. 2024, "Balanced Resonate-and-Fire Neurons"):
//
//	d = exp(−dt/τm)      φ = 2πf dt
//	x_t = d (x_{t−1} cos φ − y_{t−1} sin φ) + I_t dt
//	h_t = d (x_{t−1} sin φ + y_{t−1} cos φ)
//	S_t = H(h_t − b0)
//	y_t = h_t − b0 S_t                 reset by subtraction; x stays
//	y_t = h_t (1−S_t) + V_r S_t        reset to a value; x becomes 0
//	y_t = h_t                          no reset
//
// Izhikevich's reset is z = i: ToValue with a ResetValue of 1.
//
// Its parameters, of each neuron, are tau_m, in ms, and frequency, f, in Hz, which should stay below
// half the rate of the steps, 500/dt, as another cannot be told from a lower one: if it is known, one that does
// not is refused. In its state y is the membrane potential and x "quadrature".
type RF struct {
	TauM       graph.Initializer // time constants of the damping, ms; default 100
	Frequency  graph.Initializer // frequencies of the oscillation, Hz; default 10
	B0         *float64          `json:"b0" default:"1"` // threshold; nil is 1
	Dt         float64           `json:"dt" default:"1"` // time step, ms
	Reset      Reset             `json:"reset,omitempty"`
	ResetValue float64           `json:"reset_value,omitempty"` // V_r, of a reset to a value

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate"`
}

var _ = register("rf", RF{})

func (c RF) Parameters() []Parameter {
	return []Parameter{Tau("tau_m", c.TauM, 100), Trainable("frequency", c.Frequency, 10)}
}

func (c RF) State() []Variable { return []Variable{{Name: Membrane}, {Name: Quadrature}} }

func (c RF) Step(p, s Values, current graph.Expr) Values {
	d := Decay(p["tau_m"], c.Dt)
	phi := p["frequency"].Times(2 * math.Pi * c.Dt / 1000) // Hz·ms
	cos, sin := d.Mul(phi.Map(gorgonia.Cos)), d.Mul(phi.Map(gorgonia.Sin))
	x := cos.Mul(s[Quadrature]).Sub(sin.Mul(s[Membrane])).Add(current.Times(c.Dt))
	h := sin.Mul(s[Quadrature]).Add(cos.Mul(s[Membrane]))
	spikes := PermittedSpike(h.Plus(-*c.B0), s, c.Surrogate)
	reset := detachIf(c.DetachReset, spikes)
	if c.Reset == ToValue {
		x = x.Mul(reset.OneMinus())
	}
	return Values{Membrane: c.Reset.after(h, reset, *c.B0, c.ResetValue), Quadrature: x,
		Threshold: h.Fill(*c.B0), Spikes: spikes}
}

func (c RF) Check() error {
	err := firstOf(c.Reset.check(), wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("reset_value", c.ResetValue))
	if f := restingAt(c.Frequency, 0); err == nil && math.Abs(f) >= 500/c.Dt {
		return errors.Errorf("frequency is %v Hz, want less than %v Hz, half the rate of steps of %v ms", f, 500/c.Dt, c.Dt)
	}
	return err
}

func (c RF) Baseline() float64 { return *c.B0 }
func (RF) Refractable()        {}
