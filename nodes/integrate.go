package nodes

import (
	"math"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Crossing is when, after the beginning of a step, the membrane potential was at its peak, in ms; it
// is the whole step where there was no spike. Gradients flow through it.
const Crossing = "crossing"

// upswing is a neuron whose membrane potential runs away, and is reset when it is at its peak: a
// differential equation with an event.
type upswing interface {
	// peak tells whether the potential reaches its peak within a time dt, as it does where ahead is
	// positive, and if so after which time. Ahead is in mV.
	peak(s Values, dt float64) (ahead, after graph.Expr)

	// flow is the state after a time dt [batch, units] without reset.
	flow(s Values, dt graph.Expr) Values

	// reset is the state after a spike.
	reset(s Values) Values
}

// fire is one step of a neuron. Where its potential reaches the peak, it is reset at that moment, and
// not at the end of the step, where the order of the method would be lost; it can do so once a step.
//
// The gradient of the state is that of the flow and of the time of the crossing, which are smooth: the
// surrogate, for which width is what counts as 1, is only needed for the spikes that are put out.
func fire(n upswing, s Values, dt, width float64, surrogate ops.Surrogate) Values {
	ahead, after := n.peak(s, dt)
	fires := PermittedSpike(ahead, s, nil).Detach()
	spikes := PermittedSpike(ahead.Times(1/width), s, surrogate)
	whole := ahead.Fill(dt)
	crossing := either(fires, after.Clamp(0, dt), whole)
	s = n.flow(s, crossing)
	reset := n.reset(s)
	for name := range s {
		s[name] = either(fires, reset[name], s[name])
	}
	s = n.flow(s, whole.Sub(crossing))
	s[Spikes], s[Crossing] = spikes, crossing
	return s
}

// either is x where the condition is 1, and y where it is 0.
func either(condition, x, y graph.Expr) graph.Expr {
	return condition.Mul(x).Add(condition.OneMinus().Mul(y))
}

// approach is how much of its way to a constant y the solution of ẏ = rate·(to − y) goes within dt by
// the trapezoidal rule. Half of it is what the implicit Euler method gives for half the time.
func approach(rate, dt graph.Expr) graph.Expr {
	x := rate.Mul(dt)
	return x.Div(x.Times(.5).Plus(1))
}

// bounded is a time constant that counts as one between two bounds. Methods that are not exact for those below the
// time step have their limit at the lower one: a relaxation is over within the step. At the upper one nothing
// changes any more, and its square is still a number of single precision.
func bounded(tau graph.Expr, least float64) graph.Expr {
	return tau.Clamp(least, math.Max(1e18, least))
}

// atLeast is x, but not less than lo, and atMost is x, but not more than hi.
func atLeast(lo float64, x graph.Expr) graph.Expr { return x.Clamp(lo, math.Inf(1)) }
func atMost(hi float64, x graph.Expr) graph.Expr  { return x.Clamp(math.Inf(-1), hi) }

// logarithm1p is ln(1 + x) for x > −1, and finite elsewhere; root is √x for x > 0.
func logarithm1p(x graph.Expr) graph.Expr { return atLeast(-1+1e-6, x).Map(gorgonia.Log1p) }
func root(x graph.Expr) graph.Expr        { return x.Map(gorgonia.Sqrt) }

// restingAt is the value of an initialiser, which a state at rest depends on, or def if there is none
// or it gives different neurons different values.
func restingAt(init graph.Initializer, def float64) float64 {
	if c, ok := init.(graph.Constant); ok {
		return float64(c)
	}
	return def
}
