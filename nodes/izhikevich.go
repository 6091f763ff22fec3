package nodes

import (
	"math"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
)

// Izhikevich is the simple model of Izhikevich 2003 (IEEE Transactions on Neural Networks 14):
//
//	v̇ = 0.04 v² + 5 v + 140 − u + I      u̇ = a (b v − u)
//	v ≥ 30 mV: a spike, v ← c, u ← u + d
//
// with v in mV and t in ms; the current has the paper's unit, mV/ms. A step solves the equation of v
// exactly, for u as it is in the middle of the step, and that of u by the trapezoidal rule with the
// mean of v. Together they are of second order. A run starts as in the paper at v = −65 mV, u = b v,
// which is not quite the fixed point.
//
// Its parameters are a, b, c and d, of each neuron. Those of the types of neurons in the paper come
// from [RegularSpiking] and the like.
type Izhikevich struct {
	A graph.Initializer // how fast u recovers, 1/ms; default 0.02
	B graph.Initializer // how u depends on v; default 0.2
	C graph.Initializer // v after a spike, mV; default −65
	D graph.Initializer // what a spike adds to u; default 8

	Peak      *float64      `json:"peak" default:"30"`  // mV; nil is 30
	Dt        float64       `json:"dt" default:"1"`     // time step, ms
	Width     float64       `json:"width" default:"30"` // what is 1 for the surrogate, mV
	Surrogate ops.Surrogate `json:"surrogate"`
}

var _ = register("izhikevich", Izhikevich{})

// The types of neurons in Izhikevich 2003, figure 2.

// RegularSpiking neurons adapt: their spikes come ever more slowly.
func RegularSpiking() Izhikevich { return izhikevich(.02, .2, -65, 8) }

// IntrinsicallyBursting neurons begin with a burst, and go on with single spikes.
func IntrinsicallyBursting() Izhikevich { return izhikevich(.02, .2, -55, 4) }

// Chattering neurons burst again and again.
func Chattering() Izhikevich { return izhikevich(.02, .2, -50, 2) }

// FastSpiking neurons hardly adapt, as inhibitory neurons do.
func FastSpiking() Izhikevich { return izhikevich(.1, .2, -65, 2) }

// LowThresholdSpiking neurons spike at little current, and adapt.
func LowThresholdSpiking() Izhikevich { return izhikevich(.02, .25, -65, 2) }

// ThalamoCortical neurons relay at rest, and burst when released from inhibition.
func ThalamoCortical() Izhikevich { return izhikevich(.02, .25, -65, .05) }

// Resonator neurons answer to inputs of their own frequency.
func Resonator() Izhikevich { return izhikevich(.1, .26, -65, 2) }

func izhikevich(a, b, c, d float64) Izhikevich {
	return Izhikevich{A: graph.Constant(a), B: graph.Constant(b), C: graph.Constant(c), D: graph.Constant(d)}
}

func (c Izhikevich) Parameters() []Parameter {
	return []Parameter{Trainable("a", c.A, .02), Trainable("b", c.B, .2), Trainable("c", c.C, -65), Trainable("d", c.D, 8)}
}

// State is at rest where b has its initial value, or that of its default if neurons differ in it.
func (c Izhikevich) State() []Variable {
	const v = -65
	return []Variable{{Name: Membrane, Rest: v}, {Name: Recovery, Rest: v * restingAt(c.B, .2)}}
}

func (c Izhikevich) Step(p, s Values, current graph.Expr) Values {
	return fire(izhikevichStep{*c.Peak, p, current}, s, c.Dt, c.Width, c.Surrogate)
}

func (c Izhikevich) Check() error {
	return firstOf(wantPositive("dt", c.Dt), wantPositive("width", c.Width), wantFinite("peak", *c.Peak))
}

func (Izhikevich) Refractable() {}

type izhikevichStep struct {
	vPeak   float64
	p       Values
	current graph.Expr
}

// parabola is the equation of v with u in the middle of dt, which lags behind v.
func (n izhikevichStep) parabola(s Values, dt graph.Expr) parabola {
	v, b, way := s[Membrane], n.p["b"], approach(n.p["a"], dt)
	u := s[Recovery].Add(way.Times(.5).Mul(b.Mul(v).Sub(s[Recovery])))
	fromBottom := v.Plus(62.5) // 0.04 v² + 5 v + 140 = 0.04 (v + 62.5)² − 16.25, with less rounding
	return parabola{
		f:     fromBottom.Square().Times(.04).Plus(-16.25).Sub(u).Add(n.current),
		g:     fromBottom.Times(.04).Sub(way.Mul(b).Times(.25)),
		alpha: v.Fill(.04),
	}
}

func (n izhikevichStep) peak(s Values, dt float64) (ahead, after graph.Expr) {
	v := s[Membrane]
	return n.parabola(s, v.Fill(dt)).peak(v.Neg().Plus(n.vPeak), dt)
}

func (n izhikevichStep) flow(s Values, dt graph.Expr) Values {
	v, u := s[Membrane], s[Recovery]
	rise, mean := n.parabola(s, dt).rise(dt)
	to := n.p["b"].Mul(v.Add(mean))
	return Values{
		Membrane: atMost(n.vPeak, v.Add(rise)),
		Recovery: u.Add(approach(n.p["a"], dt).Mul(to.Sub(u))),
	}
}

func (n izhikevichStep) reset(s Values) Values {
	return Values{Membrane: n.p["c"], Recovery: s[Recovery].Add(n.p["d"])}
}

// IzhikevichAtRest is the stable fixed point of an [Izhikevich] neuron with sensitivity b and no current, where
// 0.04 v² + (5 − b) v + 140 = 0. For b above 5 − √22.4 = .267, there is none, and the state is not a number.
func IzhikevichAtRest(b float64) Initial {
	v := (b - 5 - math.Sqrt((5-b)*(5-b)-4*.04*140)) / (2 * .04)
	return Initial{Membrane: Constant(v), Recovery: Constant(b * v)}
}
