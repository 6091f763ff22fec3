package nodes

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Latency codes a value by the time of its only spike (time to first spike; Thorpe 1990, "Spike
// arrival times: A highly efficient coding scheme for neural networks"): the highest value spikes in
// the first step, the lowest in the last, and those in between at the step next to
//
//	t = (Steps−1) (High − x)/(High − Low)               linear
//	t = (Steps−1) ln(High/x)/ln(High/Low)               logarithmic
//
// So a linear code errs by half a step of (High−Low)/(Steps−1), and a logarithmic one by half a step
// of the ratio (High/Low)^(1/(Steps−1)), whatever the value. Values from 0 to Low, if Low is
// positive, make no spike; others beyond the range are errors of the run.
//
// Neither encoder nor decoder has a gradient.
type Latency struct {
	Steps       int     // at least 2
	Low, High   float64 // the range; both zero is from 0 to 1, or, if logarithmic, from .01 to 1
	Logarithmic bool    // equal ratios take equal times; Low must be positive
}

var (
	_ Encoder = Latency{}
	_ Decoder = Latency{}
)

// Encode gives spikes, 0 or 1, [Steps, batch, features], of x [batch, features].
func (c Latency) Encode(x *gorgonia.Node) (*gorgonia.Node, error) { return apply(latency{c}, x) }

// Decode gives the values, [batch, features], that the first spikes of [Steps, batch, features] stand
// for, and 0 where there is none.
func (c Latency) Decode(spikes *gorgonia.Node) (*gorgonia.Node, error) {
	return apply(latencyDecoder{c}, spikes)
}

// limits is the range of the values.
func (c Latency) limits() (low, high float64) {
	switch {
	case c.Low != 0 || c.High != 0:
		return c.Low, c.High
	case c.Logarithmic:
		return .01, 1
	}
	return 0, 1
}

func (c Latency) check() error {
	low, high := c.limits()
	if err := firstOf(wantSteps(c.Steps, 2), wantRange(low, high)); err != nil {
		return err
	}
	if c.Logarithmic && low <= 0 {
		return errors.Errorf("the range begins at %v, want a positive number for a logarithmic code", low)
	}
	return nil
}

// String is how errors call the encoder.
func (Latency) String() string { return "latency" }

// step is when x spikes.
func (c Latency) step(x float64) int {
	low, high := c.limits()
	share := (high - x) / (high - low)
	if c.Logarithmic {
		share = math.Log(high/x) / math.Log(high/low)
	}
	return int(math.Round(share * float64(c.Steps-1)))
}

// value is what a spike at step t stands for.
func (c Latency) value(t int) float64 {
	low, high := c.limits()
	share := float64(t) / float64(c.Steps-1)
	if c.Logarithmic {
		return high * math.Pow(low/high, share)
	}
	return high - share*(high-low)
}

type latency struct{ Latency }

func (c latency) shape(in tensor.Shape) (tensor.Shape, error) { return overSteps(in, c.Steps) }

func (c latency) forward(in tensor.Shape, x, y []float64) error {
	low, high := c.limits()
	for i, v := range x {
		switch slack := rounding * (high - low); {
		case v >= low-slack && v <= high+slack:
			y[c.step(min(max(v, low), high))*len(x)+i] = 1
		case v < 0 || v > high || low <= 0:
			return errors.Errorf("x%v is %v, want a value from %v to %v", position(in, i), v, min(low, 0), high)
		}
	}
	return nil
}

type latencyDecoder struct{ Latency }

func (latencyDecoder) String() string { return "latency decoder" }

func (c latencyDecoder) shape(in tensor.Shape) (tensor.Shape, error) {
	out, err := withoutSteps(in)
	if err == nil && in[0] != c.Steps {
		err = errors.Errorf("the input has shape %v, want %d steps", in, c.Steps)
	}
	return out, err
}

func (c latencyDecoder) forward(in tensor.Shape, x, y []float64) error {
	for i := range y {
		for t := range c.Steps {
			if x[t*len(y)+i] != 0 {
				y[i] = c.value(t)
				break
			}
		}
	}
	return nil
}
