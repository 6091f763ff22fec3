package nodes

import (
	"cmp"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Poisson codes a value by the rate of random spikes: at each step a spike is drawn with the
// probability p = x·Rate·Dt, independently of all others. This is the Bernoulli approximation of a
// Poisson process, which has exactly the rate that is asked for, and at most one spike per step; a
// rate of more than one spike per step is an error of the run.
//
// The spikes are a function of the input and Seed: the same in every run, on every machine, and in
// both precisions if the numbers are the same. For other spikes, as in another epoch, take another
// seed. The encoder has no gradient.
type Poisson struct {
	// Steps is for how many steps a constant input [batch, features] is shown. Zero: the input is a
	// sequence [T, batch, features].
	Steps int

	// Rate is the firing rate at an input of 1, in Hz, so that 1 takes inputs in Hz. Zero: the inputs
	// are the probabilities of a spike per step.
	Rate float64

	Dt   float64 // time step, ms; zero is 1. Without a Rate there is none
	Seed uint64
}

var (
	_ Encoder = Poisson{}
	_ Decoder = Poisson{}
)

// Encode gives spikes, 0 or 1, [T, batch, features].
func (c Poisson) Encode(x *gorgonia.Node) (*gorgonia.Node, error) { return apply(poisson{c}, x) }

// Decode gives the input that was most likely, [batch, features], if spikes [T, batch, features] are
// those of one that was constant: the number of spikes per step over the probability of one at an
// input of 1. Its standard error is √(p(1−p)/T), over the same.
func (c Poisson) Decode(spikes *gorgonia.Node) (*gorgonia.Node, error) {
	return apply(poissonDecoder{c}, spikes)
}

// scale is the probability of a spike per step at an input of 1.
func (c Poisson) scale() float64 {
	if c.Rate == 0 {
		return 1
	}
	return c.Rate * cmp.Or(c.Dt, 1) / 1000
}

func (c Poisson) check() error {
	if c.Steps < 0 {
		return errors.Errorf("there are %d steps, want a positive number, or 0 for sequences", c.Steps)
	}
	if c.Rate == 0 && c.Dt != 0 {
		return errors.Errorf("dt is %v ms, which says nothing without a rate: the inputs are probabilities per step", c.Dt)
	}
	return firstOf(wantAtLeastZero("the rate", c.Rate), wantPositive("dt", cmp.Or(c.Dt, 1)))
}

// String is how errors call the encoder.
func (Poisson) String() string { return "Poisson" }

type poisson struct{ Poisson }

func (c poisson) shape(in tensor.Shape) (tensor.Shape, error) {
	if c.Steps == 0 {
		return in.Clone(), wantDims(in, 3, "[T, batch, features], as no number of steps is given")
	}
	return overSteps(in, c.Steps)
}

func (c poisson) forward(in tensor.Shape, x, y []float64) error {
	scale := c.scale()
	p := make([]float64, len(x))
	for i, x := range x {
		p[i] = x * scale
		if !(p[i] >= 0 && p[i] <= 1+rounding) {
			return errors.Errorf("x%v is %v, which gives a probability of %v per step, want one from 0 to 1", position(in, i), x, p[i])
		}
	}
	rng := graph.Stream(c.Seed, "poisson")
	for i := range y {
		if rng.Float64() < p[i%len(p)] {
			y[i] = 1
		}
	}
	return nil
}

type poissonDecoder struct{ Poisson }

func (poissonDecoder) String() string { return "Poisson decoder" }

func (poissonDecoder) shape(in tensor.Shape) (tensor.Shape, error) { return withoutSteps(in) }

func (c poissonDecoder) forward(in tensor.Shape, x, y []float64) error {
	weight := 1 / (float64(in[0]) * c.scale())
	for i, spike := range x {
		y[i%len(y)] += spike
	}
	for i := range y {
		y[i] *= weight
	}
	return nil
}

func (c poissonDecoder) backward(in tensor.Shape, dy, dx []float64) {
	weight := 1 / (float64(in[0]) * c.scale())
	for i := range dx {
		dx[i] = dy[i%len(dy)] * weight
	}
}

var _ linearCoding = poissonDecoder{}
