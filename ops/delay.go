package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Delay is x with a transmission delay for each unit, as that of an axon: for x [T, batch, units]
// and delays [units] in time steps,
//
//	out[t, b, i] = x[t − d_i, b, i]
//
// and 0 before the beginning. A delay need not be a whole number: it is then between its two
// neighbours, with f = d − ⌊d⌋,
//
//	x[t − d] = (1 − f) x[t − ⌊d⌋] + f x[t − ⌊d⌋ − 1]
//
// so delays can be trained, as in Hammouamri, Khalfaoui-Hassani & Masquelier 2023, "Learning delays
// in spiking neural networks using dilated convolutions with learnable spacings", where a kernel of
// adjustable width stands in the place of these two weights. The derivative is exact. At whole
// numbers, where it jumps, it is the one towards longer delays, x[t−d−1] − x[t−d].
//
// Delays must lie from 0 to maxDelay; any other is an error of the run. Gradients flow to x and the
// delays. Fixed delays are delays of which nobody takes the gradient. Zeros in x cost next to
// nothing.
func Delay(x, delays *gorgonia.Node, maxDelay int) (*gorgonia.Node, error) {
	r, err := graph.Apply(delay{delayed{maxDelay}}, x, delays)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// delayed is what ops with delays share.
type delayed struct{ MaxDelay int }

// mostDelay is the largest maxDelay: larger whole numbers are not all of single precision.
const mostDelay = 1 << 24

// shape checks the longest delay and the shape of x.
func (f delayed) shape(x tensor.Shape, last string) error {
	if f.MaxDelay < 0 || f.MaxDelay > mostDelay {
		return errors.Errorf("maxDelay is %d steps, want 0 to %d", f.MaxDelay, mostDelay)
	}
	if len(x) != 3 {
		return errors.Errorf("x has shape %v, want [T, batch, %s]", x, last)
	}
	return nil
}

// split writes delays as whole steps and fractions of one.
func split[F graph.Float](f delayed, delays graph.Array[F], whole, fraction []F) error {
	for i, d := range delays.Data {
		if !(d >= 0 && d <= F(f.MaxDelay)) {
			return errors.Errorf("delays%v is %v steps, want 0 to %d", index(delays.Shape, i), d, f.MaxDelay)
		}
		whole[i] = F(math.Floor(float64(d)))
		fraction[i] = d - whole[i]
	}
	return nil
}

// delay is Delay as a Function.
type delay struct{ delayed }

func (delay) String() string { return "Delay" }

// Separate sets both gradients apart: delays may be fixed, and nobody wants the gradient of a
// network's input.
func (delay) Separate(int) bool { return true }

func (f delay) Kernel32() graph.Kernel[float32] { return delayKernel[float32]{f} }
func (f delay) Kernel64() graph.Kernel[float64] { return delayKernel[float64]{f} }

func (f delay) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x, delays := in[0], in[1]
	if err := f.shape(x, "units"); err != nil {
		return nil, err
	}
	if want := (tensor.Shape{x[2]}); !graph.SameShape(delays, want) {
		return nil, errors.Errorf("delays have shape %v, want %v for x of shape %v", delays, want, x)
	}
	return []tensor.Shape{x.Clone()}, nil
}

// DelayedLinear is W x + Σ b at every step, with a transmission delay for each connection, as that
// of a synapse: for x [T, batch, in], w [out, in], delays [out, in] in time steps and any number of
// biases [out],
//
//	y[t, b, j] = Σ_i w_ji x[t − d_ji, b, i] + Σ biases_j
//
// is the current [T, batch, out] of a layer, where x is 0 before the beginning. Delays are as in
// [Delay]: they lie from 0 to maxDelay, between whole numbers x is interpolated, and they can be
// trained. Gradients flow to all inputs. The forward pass and the gradients of w and delays take
// time for what is not zero in x only, so sparse spikes are cheap.
func DelayedLinear(x, w, delays *gorgonia.Node, maxDelay int, biases ...*gorgonia.Node) (*gorgonia.Node, error) {
	return Synapses{X: x, W: w, Biases: biases}.DelayedCurrents(delays, maxDelay)
}

// DelayedCurrents is what the synapses give with delays, see [DelayedLinear].
func (s Synapses) DelayedCurrents(delays *gorgonia.Node, maxDelay int) (*gorgonia.Node, error) {
	f := delayedLinear{delayed: delayed{maxDelay}}
	var nodes inputs
	var err error
	if f.wiring, err = nodes.wire(nil, s); err != nil {
		return nil, graph.Wrapf(err, "DelayedLinear")
	}
	if delays == nil {
		return nil, errors.New("srnn: DelayedLinear: delays are nil, want [out, in]")
	}
	f.Delays = nodes.add(delays)
	r, err := graph.Apply(f, nodes.nodes...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type delayedLinear struct {
	delayed
	wiring
	Delays slot
}

func (delayedLinear) String() string { return "DelayedLinear" }

// Separate also sets the gradient of the delays apart, which may be fixed.
func (f delayedLinear) Separate(i int) bool { return f.wiring.Separate(i) || slot(i+1) == f.Delays }

func (f delayedLinear) Kernel32() graph.Kernel[float32] { return delayedLinearKernel[float32]{f} }
func (f delayedLinear) Kernel64() graph.Kernel[float64] { return delayedLinearKernel[float64]{f} }

func (f delayedLinear) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x, w, delays := in[f.X-1], in[f.W-1], in[f.Delays-1]
	if err := f.delayed.shape(x, "in"); err != nil {
		return nil, err
	}
	out, err := f.linearShape(in)
	if err != nil {
		return nil, err
	}
	if !graph.SameShape(delays, w) {
		return nil, errors.Errorf("delays have shape %v, want %v for w of shape %v", delays, w, w)
	}
	return []tensor.Shape{out}, nil
}
