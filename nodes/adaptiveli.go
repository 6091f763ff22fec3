package nodes

import "github.com/srnn-go/srnn/graph"

// AdaptiveLI is the adaptive leaky integrator, a readout without spikes that answers to changes
// more than to what lasts. It is the linear neuron with an adaptation current of Richardson, Brunel
// & Hakim 2003, "From Subthreshold to Firing-Rate Resonance", below its threshold,
//
//	τm u̇ = −u + Rm I − w      τw ẇ = −w + a u
//
// in the discrete form of [SEAdLIF]:
//
//	α = exp(−dt/τm)      ρ = exp(−dt/τw)
//	u_t = α u_{t−1} + (1−α) (Rm I_t − w_{t−1})
//	w_t = ρ w_{t−1} + (1−ρ) a u_t
//
// Of a current that lasts, Rm I/(1+a) remains. Without spikes the adaptation is to the membrane
// potential itself, and not, as in an [ALIF] that is read by its membrane, to the neuron's own
// spikes. It is stable for −1 < a < (1+α)(1+ρ)/((1−α)(1−ρ)), and resonates where a is large.
//
// Its parameters are tau_m and tau_w, in ms, and a, of each unit.
type AdaptiveLI struct {
	TauM graph.Initializer // membrane time constants, ms; default 20
	TauW graph.Initializer // adaptation time constants, ms; default 150
	A    graph.Initializer // strengths of the adaptation, a; default 1
	Rm   float64           `json:"r_m" default:"1"` // membrane resistance
	Dt   float64           `json:"dt" default:"1"`  // time step, ms
}

var _ = register("adaptive_li", AdaptiveLI{})

func (c AdaptiveLI) Parameters() []Parameter {
	return []Parameter{Tau("tau_m", c.TauM, 20), Tau("tau_w", c.TauW, 150), Trainable("a", c.A, 1)}
}

func (c AdaptiveLI) State() []Variable { return []Variable{{Name: Membrane}, {Name: Adaptation}} }

func (c AdaptiveLI) Step(p, s Values, current graph.Expr) Values {
	alpha, rho := Decay(p["tau_m"], c.Dt), Decay(p["tau_w"], c.Dt)
	u := alpha.Mul(s[Membrane]).Add(alpha.OneMinus().Mul(current.Times(c.Rm).Sub(s[Adaptation])))
	w := rho.Mul(s[Adaptation]).Add(rho.OneMinus().Mul(p["a"]).Mul(u))
	return Values{Membrane: u, Adaptation: w}
}

func (c AdaptiveLI) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantFinite("r_m", c.Rm))
}
