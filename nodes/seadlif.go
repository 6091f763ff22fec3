package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// SEAdLIF is the adaptive leaky integrate-and-fire neuron, discretised by the symplectic Euler
// method, of Baronig, Ferrand, Sabathiel & Legenstein 2024, "Advancing Spatio-Temporal Processing
// in Spiking Neural Networks through Adaptation". It is reset to zero in the step of its spike:
//
//	α = exp(−dt/τu)      ρ = exp(−dt/τw)
//	h_t = α u_{t−1} + (1−α) (I_t − w_{t−1})
//	S_t = H(h_t − b0)
//	u_t = h_t (1−S_t)
//	w_t = ρ w_{t−1} + (1−ρ) q a u_t + κ q b S_t
//
// where κ = 1 − exp(−1 ms/τw): a spike, unlike a potential, adds as much to w whatever the time step. The paper
// counts time in steps of 1 ms, where κ is 1−ρ.
//
// That w_t follows from u_t, where forward Euler has u_{t−1}, is what makes it symplectic Euler:
// below the threshold it is stable for 0 ≤ q a < (1+α)(1+ρ)/((1−α)(1−ρ)), and forward Euler only for
// q a < (1−αρ)/((1−α)(1−ρ)), or about (τu+τw)/dt, which the defaults can exceed.
//
// The equations are the paper's; the defaults and the bounds 0 ≤ a ≤ 1 and 0 ≤ b ≤ 2 are those of its
// authors' code for Spiking Heidelberg Digits, the surrogate among them; it also has DetachReset. The authors put a and b back into their bounds after each update, and the time
// constants into the intervals that they start from. Here a step takes the nearest value within the
// bounds of a and b, and the gradient passes as if it had taken the parameter itself, so that one that
// has left the bounds can return; nothing bounds the time constants.
//
// Its parameters are tau_u and tau_w, in ms, a and b, of each neuron.
type SEAdLIF struct {
	TauU graph.Initializer // membrane time constants, ms; default U(5, 25)
	TauW graph.Initializer // adaptation time constants, ms; default U(60, 300)
	A    graph.Initializer // adaptation to the membrane potential, in units of q; default U(0, 1)
	B    graph.Initializer // adaptation to spikes, in units of q; default U(0, 2)
	Q    float64           `json:"q" default:"120"` // scale of a and b
	B0   float64           `json:"b0" default:"1"`  // threshold
	Dt   float64           `json:"dt" default:"1"`  // time step, ms

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate" default:"exponential"`
}

var _ = register("se_adlif", SEAdLIF{})

func (c SEAdLIF) Parameters() []Parameter {
	return []Parameter{
		Tau("tau_u", initOr(c.TauU, graph.Uniform{Low: 5, High: 25}), 0),
		Tau("tau_w", initOr(c.TauW, graph.Uniform{Low: 60, High: 300}), 0),
		Trainable("a", initOr(c.A, graph.Uniform{Low: 0, High: 1}), 0),
		Trainable("b", initOr(c.B, graph.Uniform{Low: 0, High: 2}), 0),
	}
}

func (c SEAdLIF) State() []Variable { return []Variable{{Name: Membrane}, {Name: Adaptation}} }

func (c SEAdLIF) Step(p, s Values, current graph.Expr) Values {
	alpha, rho := Decay(p["tau_u"], c.Dt), Decay(p["tau_w"], c.Dt)
	a, b := within(p["a"], 0, 1), within(p["b"], 0, 2)
	h := alpha.Mul(s[Membrane]).Add(alpha.OneMinus().Mul(current.Sub(s[Adaptation])))
	spikes := PermittedSpike(h.Plus(-c.B0), s, c.Surrogate)
	u := ToValue.after(h, detachIf(c.DetachReset, spikes), c.B0, 0)
	below, after := rho.OneMinus().Times(c.Q).Mul(a), perSpike(p["tau_w"]).Times(c.Q).Mul(b)
	w := rho.Mul(s[Adaptation]).Add(below.Mul(u)).Add(after.Mul(spikes))
	return Values{Membrane: u, Adaptation: w, Threshold: h.Fill(c.B0), Spikes: spikes}
}

// within is x, but the nearest bound where it is outside, with the gradient of x everywhere.
func within(x graph.Expr, lo, hi float64) graph.Expr {
	return x.Add(x.Clamp(lo, hi).Sub(x).Detach())
}

func (c SEAdLIF) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantPositive("q", c.Q), wantPositive("b0", c.B0))
}

func (c SEAdLIF) Baseline() float64 { return c.B0 }
func (SEAdLIF) Refractable()        {}
