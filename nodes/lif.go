package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// LIF is the leaky integrate-and-fire neuron, which is reset in the step after its spike:
//
//	α = exp(−dt/τm)
//	u_t = α u_{t−1} + (1−α) Rm I_t − S_{t−1} b0 dt      reset by subtraction, as in [ALIF]
//	u_t = α (u_{t−1} (1−S_{t−1}) + V_r S_{t−1}) + (1−α) Rm I_t      reset to a value
//	u_t = α u_{t−1} + (1−α) Rm I_t                      no reset
//	S_t = H(u_t − b0)
//
// As the paper has it, what a reset subtracts is proportional to the time step: at another dt the same
// current gives another rate, and no other constants make up for that. Set Continuous where dt is not 1 ms;
// there all constants stay what they are.
//
// Its parameter is tau_m, of each neuron, in ms. See Gerstner et al., Neuronal Dynamics (2014),
// section 1.3, for the model, and Yin, Corradi & Bohté 2020 for the discrete form.
type LIF struct {
	TauM       graph.Initializer // membrane time constants, ms; default 20
	B0         *float64          `json:"b0" default:"0.01"` // threshold; nil is 0.01
	Rm         float64           `json:"r_m" default:"1"`   // membrane resistance
	Dt         float64           `json:"dt" default:"1"`    // time step, ms
	Reset      Reset             `json:"reset,omitempty"`
	ResetValue float64           `json:"reset_value,omitempty"` // V_r, of a reset to a value

	// Continuous is the neuron in continuous time, sampled every dt: a spike subtracts b0, in the place of b0 dt.
	// At a time step of 1 ms it is the paper's neuron, and it is nearly the same at others, so that a network
	// trained at one can run at another; see [Layer] for its weights.
	Continuous bool `json:"continuous,omitempty"`

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate"`
	Recompute   bool          `json:"-"` // less memory for long sequences, see ops.ALIF
}

// Reset is what a spike does to the membrane potential.
type Reset string

const (
	Subtract Reset = ""         // the threshold is subtracted from it
	ToValue  Reset = "to_value" // it starts again from a value

	// NoReset is nothing: a neuron spikes in each step while its potential is above the threshold, so that at
	// another time step the same current gives another rate.
	NoReset Reset = "none"
)

var _ = register("lif", LIF{})

func (c LIF) Parameters() []Parameter { return []Parameter{Tau("tau_m", c.TauM, 20)} }
func (c LIF) State() []Variable       { return []Variable{{Name: Membrane}, {Name: Spikes}} }

func (c LIF) Step(p, s Values, current graph.Expr) Values {
	alpha := Decay(p["tau_m"], c.Dt)
	u, spikes := s[Membrane], s[Spikes]
	if c.DetachReset {
		spikes = spikes.Detach()
	}
	if c.Reset == ToValue {
		u = u.Mul(spikes.OneMinus()).Add(spikes.Times(c.ResetValue))
	}
	u = alpha.Mul(u).Add(alpha.OneMinus().Times(c.Rm).Mul(current))
	if c.Reset == Subtract {
		u = u.Sub(spikes.Times(*c.B0 * resetTime(c.Dt, c.Continuous)))
	}
	return Values{Membrane: u, Threshold: u.Fill(*c.B0), Spikes: Spike(u.Plus(-*c.B0), c.Surrogate)}
}

// resetTime is what the threshold is multiplied by in a reset by subtraction, ms.
func resetTime(dt float64, continuous bool) float64 {
	if continuous {
		return 1
	}
	return dt
}

func (c LIF) Check() error {
	return firstOf(c.Reset.check(), wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("r_m", c.Rm),
		wantFinite("reset_value", c.ResetValue))
}

func (c LIF) Baseline() float64 { return *c.B0 }

// MACs is the figure of Yin et al. 2021, for whom the reset is an addition, and the factor of the current
// part of the weights.
func (LIF) MACs() int { return 1 }

func (LIF) fuses(c Cell) bool {
	_, own := c.(LIF)
	return own
}

func (c LIF) fused(in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	return c.fusedRefractory(0, in, wRec, p, initial)
}

func (c LIF) fusedRefractory(steps int, in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	if c.Reset != Subtract {
		return nil, nil
	}
	return applyALIF(ops.ALIF{B0: *c.B0, Rm: c.Rm, Dt: c.Dt, Continuous: c.Continuous, Refractory: steps, DetachReset: c.DetachReset,
		Surrogate: c.Surrogate, Recompute: c.Recompute, Estimator: in.estimator}, in, wRec, p, initial)
}
