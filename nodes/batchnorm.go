package nodes

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BatchNorm normalises each unit of a sequence (Ioffe & Szegedy 2015), as the current of a layer between
// its synapses and its neurons:
//
//	y = gain (x − μ)/√(σ² + ε) + bias
//
// In training, μ and σ² are mean and variance over all steps of all examples that exist, see
// [graph.Run]; σ² is Σ(x − μ)²/n. What only fills a batch up does not count. After each run of the graph,
// so of each piece where sequences are run piece by piece, running statistics move toward those of
// the batch,
//
//	running = (1 − momentum) running + momentum batch
//
// where the variance of the batch is the unbiased one, Σ(x − μ)²/(n−1), as in PyTorch. In evaluation the
// running statistics are μ and σ². So they are in training for a batch of less than two values, which
// has no variance; then they do not move.
//
// Its parameters are gain and bias [units], and mean and variance [units], of group "statistics", which
// start at 0 and 1 and are not trained.
type BatchNorm struct {
	Epsilon  *float64          `json:"epsilon,omitempty"`  // ε; nil: 1e-5
	Momentum *float64          `json:"momentum,omitempty"` // from 0 to 1; nil: 0.1
	Gain     graph.Initializer `json:"-"`                  // default 1
	Bias     graph.Initializer `json:"-"`                  // default 0
}

// Apply is x [T, batch, units] normalised. It declares the parameters in a scope of that name, and has
// the running statistics move where the graph is for training.
func (b BatchNorm) Apply(p *graph.Params, name string, x *gorgonia.Node) (*gorgonia.Node, error) {
	y, err := b.apply(p.Scope(name), x)
	return y, graph.Wrapf(err, "batch normalisation %s", p.Name(name))
}

func (b BatchNorm) apply(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
	f := batchNorm{Training: p.Run().Training, Epsilon: or(b.Epsilon, 1e-5), Momentum: or(b.Momentum, .1)}
	if !(f.Momentum >= 0 && f.Momentum <= 1) {
		return nil, errors.Errorf("the momentum is %v, want a number from 0 to 1", f.Momentum)
	}
	inputs, err := declareNorm(p, x, f.Epsilon, b.Gain, b.Bias)
	if err != nil {
		return nil, err
	}
	units := x.Shape()[2]
	mean, err := p.DeclareFixed("mean", "statistics", graph.Constant(0), units)
	if err != nil {
		return nil, err
	}
	variance, err := p.DeclareFixed("variance", "statistics", graph.Constant(1), units)
	if err != nil {
		return nil, err
	}
	inputs = append(inputs, mean, variance)
	if mask := p.Run().Mask; mask != nil && f.Training {
		inputs = append(inputs, mask)
	}
	r, err := graph.Apply(f, inputs...)
	if err != nil || !f.Training {
		return nodeOf(r), err
	}
	for k, param := range (gorgonia.Nodes{mean, variance}) {
		to, err := r.Output(1 + k)
		if err != nil {
			return nil, err
		}
		if err := p.Run().Move(param, to); err != nil {
			return nil, err
		}
	}
	return r.Node(), nil
}

// declareNorm checks what is to be normalised, and adds gain and bias. It gives x and the two.
func declareNorm(p *graph.Params, x *gorgonia.Node, epsilon float64, gain, bias graph.Initializer) (gorgonia.Nodes, error) {
	if !(epsilon >= 0) || !graph.Finite(epsilon) {
		return nil, errors.Errorf("epsilon is %v, want a number that is not negative", epsilon)
	}
	if err := wantSequence("x", "units", x); err != nil {
		return nil, err
	}
	units := x.Shape()[2]
	g, err := p.Declare("gain", "gain", initOr(gain, graph.Constant(1)), units)
	if err != nil {
		return nil, err
	}
	b, err := p.Declare("bias", "bias", initOr(bias, graph.Constant(0)), units)
	return gorgonia.Nodes{x, g, b}, err
}

// or is what x points to, or its default.
func or(x *float64, def float64) float64 {
	if x == nil {
		return def
	}
	return *x
}

// nodeOf is the first output, or nil of nothing.
func nodeOf(r *graph.Result) *gorgonia.Node {
	if r == nil {
		return nil
	}
	return r.Node()
}

// The inputs of batch normalisation, and of layer normalisation the first three.
const (
	normX = iota
	normGain
	normBias
	normMean
	normVariance
	normMask // in training, if there is one
)

// batchNorm gives x normalised, and in training the running statistics as they are afterwards.
type batchNorm struct {
	Training          bool
	Epsilon, Momentum float64
}

func (batchNorm) String() string              { return "BatchNorm" }
func (batchNorm) Taped()                      {}
func (batchNorm) Undifferentiated(i int) bool { return i > normBias }

func (f batchNorm) Kernel32() graph.Kernel[float32] { return batchNormKernel[float32]{f} }
func (f batchNorm) Kernel64() graph.Kernel[float64] { return batchNormKernel[float64]{f} }

func (f batchNorm) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x := in[normX]
	if len(in) > normMask {
		if want := x[:2]; !graph.SameShape(in[normMask], want) {
			return nil, errors.Errorf("the mask has shape %v, want %v for x of shape %v", in[normMask], want, x)
		}
	}
	if !f.Training {
		return []tensor.Shape{x}, nil
	}
	return []tensor.Shape{x, {x[2]}, {x[2]}}, nil
}

// moments are the statistics that a run has normalised by.
type moments struct {
	mean, scale []float64 // μ and 1/√(σ² + ε), of each unit or row
	of          float64   // how many values they are of; 0: they are running statistics
}

// set enters a mean and a variance.
func (m *moments) set(i int, what string, mean, variance, epsilon float64) error {
	m.mean[i], m.scale[i] = mean, 1/math.Sqrt(variance+epsilon)
	if graph.Finite(mean) && graph.Finite(m.scale[i]) {
		return nil
	}
	return errors.Errorf("%s %d has mean %v and variance %v, which cannot be normalised with epsilon %v", what, i, mean, variance, epsilon)
}

// newMoments has room for n statistics, that of an earlier tape if there is one.
func newMoments(tape any, n int) *moments {
	if m, ok := tape.(*moments); ok {
		return m
	}
	return &moments{mean: make([]float64, n), scale: make([]float64, n)}
}
