package nodes

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// PLIF is the parametric leaky integrate-and-fire neuron of Fang et al. 2021, "Incorporating
// Learnable Membrane Time Constant to Enhance Learning of Spiking Neural Networks", which is reset
// in the step of its spike:
//
//	k = σ(w) = dt/τm
//	h_t = u_{t−1} + k (I_t − (u_{t−1} − V_r))
//	S_t = H(h_t − b0)
//	u_t = h_t (1−S_t) + V_r S_t
//
// Its parameter is w, of each neuron. With the logistic function σ, any w is a time constant above
// dt, where forward Euler cannot overshoot; it is exact where τm is many steps. The paper shares one w in a layer and counts time in
// steps; everything else is as there. As w says what dt/τm is, weights that were trained at one time step want
// w = −ln(τm/dt′ − 1) at another, dt′, where τm = dt/σ(w). The default surrogate, ops.Arctan{}, is the authors', who train it with
// DetachReset.
type PLIF struct {
	TauM       graph.Initializer // membrane time constants that w starts from, ms, more than dt; default 2
	B0         *float64          `json:"b0" default:"1"`        // threshold; nil is 1
	ResetValue float64           `json:"reset_value,omitempty"` // V_r, which is also the potential at rest
	Dt         float64           `json:"dt" default:"1"`        // time step, ms

	// DetachReset leaves the reset out of the gradient: the spike counts as a constant in it.
	DetachReset bool          `json:"detach_reset,omitempty"`
	Surrogate   ops.Surrogate `json:"surrogate" default:"arctan"`
}

var _ = register("plif", PLIF{})

func (c PLIF) Parameters() []Parameter {
	return []Parameter{Trainable("w", logitOfLeak{initOr(c.TauM, graph.Constant(2)), c.Dt}, 0)}
}

func (c PLIF) State() []Variable { return []Variable{{Name: Membrane, Rest: c.ResetValue}} }

func (c PLIF) Step(p, s Values, current graph.Expr) Values {
	k := p["w"].Map(gorgonia.Sigmoid)
	h := s[Membrane].Add(k.Mul(current.Sub(s[Membrane].Plus(-c.ResetValue))))
	spikes := PermittedSpike(h.Plus(-*c.B0), s, c.Surrogate)
	u := ToValue.after(h, detachIf(c.DetachReset, spikes), *c.B0, c.ResetValue)
	return Values{Membrane: u, Threshold: h.Fill(*c.B0), Spikes: spikes}
}

func (c PLIF) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantFinite("b0", *c.B0), wantFinite("reset_value", c.ResetValue))
}

func (c PLIF) Baseline() float64 { return *c.B0 }
func (PLIF) Refractable()        {}

// logitOfLeak draws time constants, and gives the w with σ(w) = dt/τ.
type logitOfLeak struct {
	tau graph.Initializer
	dt  float64
}

func (l logitOfLeak) Init(rng *rand.Rand, shape tensor.Shape, dst []float64) error {
	if err := l.tau.Init(rng, shape, dst); err != nil {
		return err
	}
	for i, tau := range dst {
		if !(tau > l.dt && graph.Finite(tau)) {
			return errors.Errorf("has a time constant of %v ms, want more than the time step, %v ms", tau, l.dt)
		}
		dst[i] = -math.Log(tau/l.dt - 1)
	}
	return nil
}
