package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// ALIF is the adaptive leaky integrate-and-fire neuron of Yin, Corradi & Bohté 2020:
//
//	α = exp(−dt/τm)      ρ = exp(−dt/τadp)
//	η_t = ρ η_{t−1} + (1−ρ) S_{t−1}
//	θ_t = b0 + β η_t
//	u_t = α u_{t−1} + (1−α) Rm I_t − S_{t−1} θ_t dt
//	S_t = H(u_t − θ_t)
//
// As the paper has it, what a spike subtracts from u is proportional to the time step, and what it adds
// to η nearly so: at another dt the same current gives another rate. Set Continuous where dt is not 1 ms; there
// all constants stay what they are. What is added to η could be made up for by
// β (1−exp(−1 ms/τadp))/(1−exp(−dt/τadp)) in the place of β, but not what is subtracted from u.
//
// Its parameters are tau_m and tau_adp, of each neuron, in ms.
type ALIF struct {
	TauM   graph.Initializer // membrane time constants, ms; default 20
	TauAdp graph.Initializer // adaptation time constants, ms; default 150
	Beta   *float64          `json:"beta" default:"1.8"` // strength of the adaptation; nil is 1.8
	B0     *float64          `json:"b0" default:"0.01"`  // threshold at rest; nil is 0.01
	Rm     float64           `json:"r_m" default:"1"`    // membrane resistance
	Dt     float64           `json:"dt" default:"1"`     // time step, ms

	// Continuous is the neuron in continuous time, sampled every dt: a spike subtracts θ_t, in the place of θ_t dt,
	// and adds 1 − exp(−1 ms/τadp) to η, in the place of 1 − ρ. At a time step of 1 ms it is the paper's neuron,
	// and it is nearly the same at others, so that a network trained at one can run at another; see [Layer] for
	// its weights.
	Continuous bool `json:"continuous,omitempty"`

	Surrogate ops.Surrogate `json:"surrogate"`
	Recompute bool          `json:"-"` // less memory for long sequences, see ops.ALIF
}

var _ = register("alif", ALIF{})

func (c ALIF) Parameters() []Parameter {
	return []Parameter{Tau("tau_m", c.TauM, 20), Tau("tau_adp", c.TauAdp, 150)}
}

func (c ALIF) State() []Variable {
	return []Variable{{Name: Membrane}, {Name: Adaptation}, {Name: Spikes}}
}

func (c ALIF) Step(p, s Values, current graph.Expr) Values {
	alpha, rho := Decay(p["tau_m"], c.Dt), Decay(p["tau_adp"], c.Dt)
	kappa := rho.OneMinus()
	if c.Continuous {
		kappa = perSpike(p["tau_adp"])
	}
	eta := rho.Mul(s[Adaptation]).Add(kappa.Mul(s[Spikes]))
	theta := eta.Times(*c.Beta).Plus(*c.B0)
	u := alpha.Mul(s[Membrane]).Add(alpha.OneMinus().Times(c.Rm).Mul(current)).Sub(s[Spikes].Mul(theta).Times(resetTime(c.Dt, c.Continuous)))
	return Values{Membrane: u, Adaptation: eta, Threshold: theta, Spikes: Spike(u.Sub(theta), c.Surrogate)}
}

// perSpike is what a spike adds to an adaptation that decays with τ, whatever the time step: as much as is lost of
// it in 1 ms.
func perSpike(tau graph.Expr) graph.Expr { return Decay(tau, 1).OneMinus() }

func (c ALIF) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("beta", *c.Beta), wantFinite("r_m", c.Rm))
}

func (c ALIF) Baseline() float64 { return *c.B0 }

func (ALIF) fuses(c Cell) bool {
	_, own := c.(ALIF)
	return own
}

func (c ALIF) fused(in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	return c.fusedRefractory(0, in, wRec, p, initial)
}

func (c ALIF) fusedRefractory(steps int, in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	return applyALIF(ops.ALIF{Beta: *c.Beta, B0: *c.B0, Rm: c.Rm, Dt: c.Dt, Continuous: c.Continuous, Refractory: steps,
		Surrogate: c.Surrogate, Recompute: c.Recompute, Estimator: in.estimator}, in, wRec, p, initial)
}

// applyALIF runs the op of ALIF, LIF or LSNN neurons.
func applyALIF(op interface {
	Apply(ops.ALIFInputs) (*ops.Sequence, error)
}, drive drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	in := ops.ALIFInputs{Synapses: drive.synapses, Current: drive.current, WRec: wRec, TauM: p["tau_m"], TauAdp: p["tau_adp"], Initial: initial.ops()}
	s, err := op.Apply(in)
	if err != nil {
		return nil, err
	}
	r := record{Membrane: s.Membrane, Threshold: s.Threshold,
		Spikes: func() (*gorgonia.Node, error) { return s.Spikes(), nil }}
	if in.TauAdp != nil {
		r[Adaptation] = s.Adaptation
	}
	if s.Refractory() {
		r[Silence] = s.Silence
	}
	return r, nil
}
