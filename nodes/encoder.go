package nodes

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Encoder turns numbers into spikes, or, as [Fields] do, into the activities of a population. Inputs
// and outputs are nodes, sequences [T, batch, features] where nothing else is said. An encoder without
// parameters is used on numbers by [Encoded].
//
// Where a feature has several channels, they lie side by side: channel f·n + k is the k-th of n of
// feature f. Of two channels, the first tells of what goes up.
type Encoder interface {
	Encode(x *gorgonia.Node) (*gorgonia.Node, error)
}

// Decoder gives back the numbers, as far as the spikes tell them.
type Decoder interface {
	Decode(spikes *gorgonia.Node) (*gorgonia.Node, error)
}

// Encoded is what an encoder without parameters makes of numbers, float32 or float64.
func Encoded(e Encoder, x *tensor.Dense) (*tensor.Dense, error) { return computed(e.Encode, x) }

// Decoded is what a decoder without parameters makes of spikes, float32 or float64.
func Decoded(d Decoder, spikes *tensor.Dense) (*tensor.Dense, error) {
	return computed(d.Decode, spikes)
}

// computed applies an operator to numbers.
func computed(f func(*gorgonia.Node) (*gorgonia.Node, error), x *tensor.Dense) (*tensor.Dense, error) {
	if x == nil {
		return nil, errors.New("srnn: coding: the numbers are nil")
	}
	if err := graph.CheckDtype(x.Dtype()); err != nil {
		return nil, graph.Wrapf(err, "coding")
	}
	if x.Dims() == 0 {
		return nil, errors.New("srnn: coding: a number without dimensions, want at least two")
	}
	in, err := graph.Input(gorgonia.NewGraph(), "x", x)
	if err != nil {
		return nil, err
	}
	y, err := f(in)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(y)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	return y.Value().(*tensor.Dense), nil
}

// coding is an encoder or decoder without parameters, a plain value. It computes in double precision,
// whatever the precision of its input.
type coding interface {
	// String is how errors call it.
	String() string

	// check looks at the settings.
	check() error

	// shape checks the shape of the input, and returns that of the output.
	shape(in tensor.Shape) (out tensor.Shape, err error)

	// forward writes all of y. The elements of x are finite.
	forward(in tensor.Shape, x, y []float64) error
}

// linearCoding is a coding that is linear in its input, so that gradients flow through it.
type linearCoding interface {
	coding

	// backward writes all of dx.
	backward(in tensor.Shape, dy, dx []float64)
}

// apply adds a coding to the graph of x.
func apply(c coding, x *gorgonia.Node) (*gorgonia.Node, error) {
	if err := c.check(); err != nil {
		return nil, graph.Wrapf(err, "%s", c)
	}
	if x == nil {
		return nil, errors.Errorf("srnn: %s: the input is nil", c)
	}
	r, err := graph.Apply(codes{c}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// codes is a coding as a Function.
type codes struct{ coding coding }

func (f codes) String() string { return f.coding.String() }

func (f codes) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if slices.Contains(in[0], 0) {
		return nil, errors.Errorf("the input has shape %v, want positive dimensions", in[0])
	}
	out, err := f.coding.shape(in[0])
	return []tensor.Shape{out}, err
}

func (f codes) Undifferentiated(int) bool {
	_, linear := f.coding.(linearCoding)
	return !linear
}

func (f codes) Kernel32() graph.Kernel[float32] { return codesKernel[float32]{f} }
func (f codes) Kernel64() graph.Kernel[float64] { return codesKernel[float64]{f} }

type codesKernel[F graph.Float] struct{ codes }

func (k codesKernel[F]) Forward(c *graph.Call[F]) error {
	in := c.In[0]
	for i, x := range in.Data {
		if !graph.Finite(x) {
			return errors.Errorf("x%v is %v, want a finite number", position(in.Shape, i), x)
		}
	}
	y := make([]float64, len(c.Out[0].Data))
	if err := k.coding.forward(in.Shape, converted[float64](in.Data), y); err != nil {
		return err
	}
	copy(c.Out[0].Data, converted[F](y))
	return nil
}

func (k codesKernel[F]) Backward(c *graph.Call[F]) error {
	dx := make([]float64, len(c.DIn[0].Data))
	k.coding.(linearCoding).backward(c.In[0].Shape, converted[float64](c.DOut[0].Data), dx)
	copy(c.DIn[0].Data, converted[F](dx))
	return nil
}

// converted are numbers in another precision. Those that have it already are not copied.
func converted[B, A graph.Float](from []A) []B {
	if same, ok := any(from).([]B); ok {
		return same
	}
	to := make([]B, len(from))
	for i, x := range from {
		to[i] = B(x)
	}
	return to
}

// position is where element i lies in a tensor.
func position(shape tensor.Shape, i int) []int {
	at := make([]int, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		at[k], i = i%shape[k], i/shape[k]
	}
	return at
}

// wantDims checks the dimensions of an input, which are named as in "[T, batch, features]".
func wantDims(in tensor.Shape, dims int, named string) error {
	if len(in) != dims {
		return errors.Errorf("the input has shape %v, want %s", in, named)
	}
	return nil
}

// channelPairs is the shape of sequences with two channels for each feature.
func channelPairs(in tensor.Shape) (tensor.Shape, error) {
	if err := wantDims(in, 3, "[T, batch, features]"); err != nil {
		return nil, err
	}
	return tensor.Shape{in[0], in[1], 2 * in[2]}, nil
}

// overSteps is the shape of what constant inputs give over steps.
func overSteps(in tensor.Shape, steps int) (tensor.Shape, error) {
	if err := wantDims(in, 2, "[batch, features]"); err != nil {
		return nil, err
	}
	return tensor.Shape{steps, in[0], in[1]}, nil
}

// withoutSteps is the shape of one value for each series.
func withoutSteps(in tensor.Shape) (tensor.Shape, error) {
	if err := wantDims(in, 3, "[T, batch, features]"); err != nil {
		return nil, err
	}
	return in[1:].Clone(), nil
}

// wantPairs checks the shape of sequences with two channels for each feature.
func wantPairs(in tensor.Shape) error {
	if len(in) != 3 || in[2]%2 != 0 {
		return errors.Errorf("the input has shape %v, want [T, batch, 2·features]", in)
	}
	return nil
}

// wantSteps checks a number of time steps.
func wantSteps(steps, least int) error {
	if steps < least {
		return errors.Errorf("there are %d steps, want at least %d", steps, least)
	}
	return nil
}

// wantRange checks the range of the values that are coded.
func wantRange(low, high float64) error {
	if low < high && graph.Finite(low) && graph.Finite(high) {
		return nil
	}
	return errors.Errorf("the range is from %v to %v, want two finite numbers, the lower one first", low, high)
}

// rounding is by what share of a range a number at its end may lie outside, as .1 does in single
// precision.
const rounding = 1e-6

// seriesOf calls f for each series of a sequence [T, batch, features]: the place of its first element,
// and how far apart those of successive steps lie.
func seriesOf(in tensor.Shape, f func(first, stride int)) {
	for first := range in[1] * in[2] {
		f(first, in[1]*in[2])
	}
}

// accumulated are running sums of up minus down events, each counting delta: what the decoders of
// changes have in common. The input is [T, batch, 2·features].
type accumulated struct{ delta float64 }

func (a accumulated) shape(in tensor.Shape) (tensor.Shape, error) {
	if err := wantPairs(in); err != nil {
		return nil, err
	}
	return tensor.Shape{in[0], in[1], in[2] / 2}, nil
}

// forward sums before it multiplies: the count of events is exact.
func (a accumulated) forward(in tensor.Shape, x, y []float64) error {
	seriesOf(tensor.Shape{in[0], in[1], in[2] / 2}, func(first, stride int) {
		level := 0.
		for at := first; at < len(y); at += stride {
			level += x[2*at] - x[2*at+1]
			y[at] = level * a.delta
		}
	})
	return nil
}

func (a accumulated) backward(in tensor.Shape, dy, dx []float64) {
	seriesOf(tensor.Shape{in[0], in[1], in[2] / 2}, func(first, stride int) {
		later := 0.
		for at := len(dy) - stride + first; at >= 0; at -= stride {
			later += dy[at] * a.delta
			dx[2*at], dx[2*at+1] = later, -later
		}
	})
}

// wantAtLeastZero checks a setting that may be zero.
func wantAtLeastZero(name string, x float64) error {
	if x >= 0 && graph.Finite(x) {
		return nil
	}
	return errors.Errorf("%s is %v, want a number that is not negative", name, x)
}
