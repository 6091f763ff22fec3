package nodes

import (
	"cmp"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Phase codes a value from 0 to 1 by its binary digits, one for each phase of a global oscillation
// (Kim, Kim, Huh, Lee & Choi 2018, "Deep neural networks with weighted spikes"). A spike in phase k =
// 0, 1, …, Bits−1 weighs 2^−(1+k), so that a period tells the value to 2^−Bits. What is coded is the
// value rounded down, and 1 as 1 − 2^−Bits. Further periods repeat the first.
//
// The encoder has no gradient; that of the decoder is exact.
type Phase struct {
	Bits    int // phases of a period, from 1 to 32; zero is 8
	Periods int // zero is 1
}

var (
	_ Encoder = Phase{}
	_ Decoder = Phase{}
)

// Encode gives spikes, 0 or 1, [Bits·Periods, batch, features], of x [batch, features].
func (c Phase) Encode(x *gorgonia.Node) (*gorgonia.Node, error) { return apply(phase{c}, x) }

// Decode gives the weighted sum of spikes [Bits·Periods, batch, features] in a period, on the average
// over the periods, [batch, features].
func (c Phase) Decode(spikes *gorgonia.Node) (*gorgonia.Node, error) {
	return apply(phaseDecoder{c}, spikes)
}

func (c Phase) bits() int    { return cmp.Or(c.Bits, 8) }
func (c Phase) periods() int { return cmp.Or(c.Periods, 1) }
func (c Phase) steps() int   { return c.bits() * c.periods() }

// weight is that of a spike at step t.
func (c Phase) weight(t int) float64 { return math.Ldexp(1, -1-t%c.bits()) }

func (c Phase) check() error {
	if b := c.bits(); b < 1 || b > 32 {
		return errors.Errorf("there are %d bits, want from 1 to 32", b)
	}
	if p := c.periods(); p < 1 {
		return errors.Errorf("there are %d periods, want at least 1", p)
	}
	return nil
}

// String is how errors call the encoder.
func (Phase) String() string { return "phase" }

type phase struct{ Phase }

func (c phase) shape(in tensor.Shape) (tensor.Shape, error) { return overSteps(in, c.steps()) }

func (c phase) forward(in tensor.Shape, x, y []float64) error {
	for i, v := range x {
		if !(v >= 0 && v <= 1) {
			return errors.Errorf("x%v is %v, want a value from 0 to 1", position(in, i), v)
		}
		digits := min(uint64(math.Ldexp(v, c.bits())), 1<<c.bits()-1)
		for t := range c.steps() {
			y[t*len(x)+i] = float64(digits >> (c.bits() - 1 - t%c.bits()) & 1)
		}
	}
	return nil
}

type phaseDecoder struct{ Phase }

func (phaseDecoder) String() string { return "phase decoder" }

func (c phaseDecoder) shape(in tensor.Shape) (tensor.Shape, error) {
	out, err := withoutSteps(in)
	if err == nil && in[0] != c.steps() {
		err = errors.Errorf("the input has shape %v, want %d steps: %d periods of %d", in, c.steps(), c.periods(), c.bits())
	}
	return out, err
}

func (c phaseDecoder) forward(in tensor.Shape, x, y []float64) error {
	for i, spike := range x {
		y[i%len(y)] += c.weight(i/len(y)) * spike
	}
	for i := range y {
		y[i] /= float64(c.periods())
	}
	return nil
}

func (c phaseDecoder) backward(in tensor.Shape, dy, dx []float64) {
	for i := range dx {
		dx[i] = dy[i%len(dy)] * c.weight(i/len(dy)) / float64(c.periods())
	}
}

var _ linearCoding = phaseDecoder{}
