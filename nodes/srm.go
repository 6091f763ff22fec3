package nodes

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SRM is a layer of spike-response neurons that spike at most once, each connection made of several
// terminals with delays and weights of their own: the layer of Bohte, Kok & La Poutré 2002,
// "Error-backpropagation in temporally encoded networks of spiking neurons" (SpikeProp). What goes in
// and out are not sequences but the times of spikes, in ms, [batch, in] and [batch, units]. See
// [ops.SpikeTime] for the equations. Numbers that are zero take the default in their tag.
//
// Its parameter is w [units, in, terminals], of group "weight". By Dale's law an input is excitatory or
// inhibitory for all units: w are magnitudes, and the sign is that of the input. A gradient step can
// make a magnitude negative. It then counts as 0, with the gradient as if it did not; a solver whose
// chain ends with optim.AtLeast{Names: optim.Names{"*.w"}} sets it to 0 after each step, so that it
// need not come a long way back.
type SRM struct {
	Units     int     `json:"units"`
	Terminals int     `json:"terminals" default:"16"` // of each connection
	Delay     float64 `json:"delay" default:"1"`      // of the first terminal, ms
	Step      float64 `json:"step" default:"1"`       // between the delays of one terminal and the next, ms
	Tau       float64 `json:"tau" default:"7"`        // of the postsynaptic potential, ms
	Threshold float64 `json:"threshold" default:"1"`
	Horizon   float64 `json:"horizon" default:"50"` // the time of a neuron that is silent until then, ms; one for all layers
	MinSlope  float64 `json:"min_slope,omitempty"`  // see ops.SpikeTime
	Silent    float64 `json:"silent,omitempty"`     // see ops.SpikeTime

	// Inhibitory is how many of the units, the last ones, are inhibitory. It changes nothing in this
	// layer: it is what Declare of the layer behind it is told of its inputs.
	Inhibitory int `json:"inhibitory,omitempty"`

	// Signed gives every weight a sign of its own, in the place of Dale's law: w are the weights.
	Signed bool `json:"signed,omitempty"`

	// TrainDelays makes the delays a parameter too, delay [units, in, terminals], of group "delay", as
	// Schrauwen & Van Campenhout 2004 do. One that becomes negative counts as 0, as magnitudes do.
	TrainDelays bool `json:"train_delays,omitempty"`

	// Weight draws w. By default every unit spikes a few ms after its inputs, if these lie within some
	// ms of each other and the excitatory ones outnumber the inhibitory ones.
	Weight graph.Initializer `json:"-"`

	// Active is the share of the inputs that spike, which the default of Weight allows for; .3, for
	// example, behind ReceptiveTimes.
	Active float64 `json:"-" default:"1"`
}

// MarshalJSON writes what the layer is, without what its weights were drawn with. Numbers that are zero are
// written as the defaults that they stand for.
func (l SRM) MarshalJSON() ([]byte, error) {
	fillIn(reflect.ValueOf(&l).Elem())
	type plain SRM
	return json.Marshal(plain(l))
}

// SRMNeurons are an SRM declared in a graph.
type SRMNeurons struct {
	W     *gorgonia.Node // [units, in, terminals], the parameter
	Delay *gorgonia.Node // [units, in, terminals], ms, if they are trained; otherwise nil

	name   string
	layer  SRM
	signs  []float64 // of the inputs; nil if weights are signed
	inputs ops.SpikeTimeInputs
}

// Declare adds the layer's parameters for in inputs, of which so many, the last ones, are inhibitory,
// in a scope of that name.
func (l SRM) Declare(p *graph.Params, name string, in, inhibitory int) (*SRMNeurons, error) {
	fillIn(reflect.ValueOf(&l).Elem())
	n := &SRMNeurons{name: p.Name(name), layer: l}
	err := l.check(in, inhibitory)
	if err == nil {
		err = n.declare(p.Scope(name), in, inhibitory)
	}
	if err != nil {
		return nil, graph.Wrapf(err, "%s", n.name)
	}
	return n, nil
}

func (l SRM) check(in, inhibitory int) error {
	if l.Units < 1 || in < 1 || l.Terminals < 1 {
		return errors.Errorf("has %d units on %d inputs with %d terminals each, want at least one of each", l.Units, in, l.Terminals)
	}
	if inhibitory < 0 || inhibitory > in {
		return errors.Errorf("%d of %d inputs are inhibitory, want 0 to %d", inhibitory, in, in)
	}
	if l.Inhibitory < 0 || l.Inhibitory > l.Units {
		return errors.Errorf("%d of %d units are inhibitory, want 0 to %d", l.Inhibitory, l.Units, l.Units)
	}
	if !(l.Active > 0 && l.Active <= 1) {
		return errors.Errorf("Active is %v, want a share of the inputs, more than 0 and at most 1", l.Active)
	}
	return firstOf(
		wantPositive("Delay", l.Delay),
		wantPositive("Step", l.Step),
		wantPositive("Tau", l.Tau),
		wantPositive("Threshold", l.Threshold),
		wantPositive("Horizon", l.Horizon),
		wantAtLeastZero("MinSlope", l.MinSlope),
		wantAtLeastZero("Silent", l.Silent),
	)
}

func (n *SRMNeurons) declare(p *graph.Params, in, inhibitory int) (err error) {
	l := n.layer
	if n.W, err = p.Declare("w", "weight", initOr(l.Weight, srmWeights{l, inhibitory}), l.Units, in, l.Terminals); err != nil {
		return err
	}
	n.inputs.Weights = n.W
	if !l.Signed {
		n.signs = make([]float64, in)
		for i := range n.signs {
			n.signs[i] = 1
			if i >= in-inhibitory {
				n.signs[i] = -1
			}
		}
		magnitudes := within(graph.Of(n.W), 0, math.MaxFloat32)
		if inhibitory > 0 {
			signs, err := numbersInput(p, "signs", n.signs, in, 1)
			if err != nil {
				return err
			}
			magnitudes = magnitudes.Mul(graph.Of(signs))
		}
		if n.inputs.Weights, err = magnitudes.Node(); err != nil {
			return err
		}
	}
	if l.TrainDelays {
		if n.Delay, err = p.Declare("delay", "delay", terminals{l.Delay, l.Step}, l.Units, in, l.Terminals); err != nil {
			return err
		}
		n.inputs.Delays, err = within(graph.Of(n.Delay), 0, math.MaxFloat32).Node()
		return err
	}
	delays := make([]float64, l.Terminals)
	if err := (terminals{l.Delay, l.Step}).Init(nil, tensor.Shape{l.Terminals}, delays); err != nil {
		return err
	}
	n.inputs.Delays, err = numbersInput(p, "delays", delays, l.Terminals)
	return err
}

// terminals are the delays of the terminals of each connection.
type terminals struct{ delay, step float64 }

func (t terminals) Init(_ *rand.Rand, s tensor.Shape, dst []float64) error {
	for i := range dst {
		dst[i] = t.delay + float64(i%s[len(s)-1])*t.step
	}
	return nil
}

// numbersInput adds an input of these values, in the scope of p.
func numbersInput(p *graph.Params, name string, values []float64, shape ...int) (*gorgonia.Node, error) {
	n, err := constantInput(p, p.Name(name), shape, 0)
	if err != nil {
		return nil, err
	}
	i := -1
	fill(n, func() float64 { i++; return values[i] })
	return n, nil
}

// Forward gives the times at which the units spike, [batch, units], for those of the inputs, [batch, in],
// in ms. A unit that is silent has the time of the horizon, and an input from the horizon on is silent.
// Gradients flow to times and parameters.
func (n *SRMNeurons) Forward(times *gorgonia.Node) (*gorgonia.Node, error) {
	out, err := n.forward(times)
	return out, graph.Wrapf(err, "%s", n.name)
}

func (n *SRMNeurons) forward(times *gorgonia.Node) (*gorgonia.Node, error) {
	in := n.W.Shape()[1]
	if times == nil {
		return nil, errors.Errorf("times are nil, want [batch, %d]", in)
	}
	if s := times.Shape(); len(s) != 2 || s[1] != in {
		return nil, errors.Errorf("times (%s) have shape %v, want [batch, %d]", times.Name(), s, in)
	}
	l, inputs := n.layer, n.inputs
	inputs.Times = times
	c := ops.SpikeTime{Tau: l.Tau, Threshold: l.Threshold, Horizon: l.Horizon, MinSlope: l.MinSlope, Silent: l.Silent}
	out, err := c.Apply(inputs)
	if err == nil {
		gorgonia.WithName(n.name + ".times")(out) // which errors say
	}
	return out, err
}

// Potential is the membrane potential of every unit at given moments, in ms, as numbers for plots:
// [moments, batch, units], float64, for the inputs' times [batch, in] and the values that the parameters
// have now. It goes on after a spike as if there had been none.
func (n *SRMNeurons) Potential(times *tensor.Dense, moments []float64) (*tensor.Dense, error) {
	out, err := n.potential(times, moments)
	return out, graph.Wrapf(err, "%s: potential", n.name)
}

func (n *SRMNeurons) potential(times *tensor.Dense, moments []float64) (*tensor.Dense, error) {
	s := n.W.Shape()
	units, in, each := s[0], s[1], s[2]
	if times == nil || times.Dims() != 2 || times.Shape()[1] != in {
		return nil, errors.Errorf("times are %v, want [batch, %d]", shapeOf(times), in)
	}
	if len(moments) == 0 {
		return nil, errors.New("there are no moments")
	}
	t, err := graph.Float64s(times)
	if err != nil {
		return nil, err
	}
	w, err := graph.Float64s(n.W.Value())
	if err != nil {
		return nil, err
	}
	delays := make([]float64, len(w))
	if n.Delay != nil {
		if delays, err = graph.Float64s(n.Delay.Value()); err != nil {
			return nil, err
		}
	} else if err := (terminals{n.layer.Delay, n.layer.Step}).Init(nil, s, delays); err != nil {
		return nil, err
	}
	batch := times.Shape()[0]
	u := make([]float64, len(moments)*batch*units)
	for at := range w {
		j, i := at/(in*each), at/each%in
		weight, delay := w[at], max(delays[at], 0)
		if n.signs != nil {
			weight = n.signs[i] * max(weight, 0)
		}
		for b := range batch {
			spike := t[b*in+i]
			if spike >= n.layer.Horizon {
				continue
			}
			for m, moment := range moments {
				if x := min((moment-spike-delay)/n.layer.Tau, 800); x > 0 { // by then nothing is left
					u[(m*batch+b)*units+j] += weight * x * math.Exp(1-x)
				}
			}
		}
	}
	return tensor.New(tensor.WithShape(len(moments), batch, units), tensor.WithBacking(u)), nil
}

// shapeOf is the shape of a tensor that may be nil.
func shapeOf(x *tensor.Dense) any {
	if x == nil {
		return nil
	}
	return x.Shape()
}

// srmWeights draws weights by which a unit, were they all the same and did all its inputs spike at one
// moment, would spike .6 τ after that arrives at the first terminal; they are larger where the potential
// would not come well over the threshold. Magnitudes are drawn evenly from 1 to 10 parts, as by Bohte
// et al., signed weights from −2 to 4, as by Booij & Nguyen 2005. Then those of each unit are brought to
// their mean, so that none is silent by chance.
type srmWeights struct {
	layer      SRM
	inhibitory int
}

func (w srmWeights) Init(rng *rand.Rand, s tensor.Shape, dst []float64) error {
	units, in, each := s[0], s[1], s[2]
	mean := w.mean(in)
	if !graph.Finite(mean) {
		return errors.Errorf("a weight would have to be %v for a unit to spike: the terminals have delays from %v ms, %v ms apart, and the potential a time constant of %v ms",
			mean, w.layer.Delay, w.layer.Step, w.layer.Tau)
	}
	excitatory := in - w.inhibitory
	if w.layer.Signed {
		excitatory = in
	}
	for j := range units {
		row := dst[j*in*each:][:in*each]
		for _, weights := range [][]float64{row[:excitatory*each], row[excitatory*each:]} {
			w.draw(rng, mean, weights)
		}
	}
	return nil
}

// draw draws weights with that mean.
func (w srmWeights) draw(rng *rand.Rand, mean float64, dst []float64) {
	sum := 0.0
	for i := range dst {
		dst[i] = (1 + 9*rng.Float64()) / 5.5
		if w.layer.Signed {
			dst[i] = -2 + 6*rng.Float64()
		}
		sum += dst[i] / float64(len(dst))
	}
	for i := range dst {
		if w.layer.Signed {
			dst[i] = mean * (dst[i] - sum + 1)
		} else {
			dst[i] *= mean / sum
		}
	}
}

// mean is that of the magnitudes, or of the signed weights.
func (w srmWeights) mean(in int) float64 {
	l := w.layer
	inputs := float64(in) // excitatory ones that no inhibitory one makes up for
	if excitatory := float64(in - w.inhibitory); !l.Signed && excitatory > 0 {
		inputs = max(excitatory-float64(w.inhibitory), excitatory/4)
	}
	// response is what one input of weight 1 gives, t ms after its spike.
	response := func(t float64) (u float64) {
		for k := range l.Terminals {
			if x := (t - l.Delay - float64(k)*l.Step) / l.Tau; x > 0 {
				u += x * math.Exp(1-x)
			}
		}
		return u
	}
	highest := 0.0
	const points = 200
	for i := range points {
		highest = max(highest, response(l.Delay+l.Tau+float64(i)/points*float64(l.Terminals-1)*l.Step))
	}
	return l.Threshold / (inputs * l.Active * min(response(l.Delay+.6*l.Tau), highest/1.5))
}
