package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BinaryCrossEntropy is −t log σ(x) − (1 − t) log(1 − σ(x)), elementwise, for scores x and targets t of
// one shape, as [batch, n] or [T, batch, n]: the loss where n classes are there or not, each for itself.
// It is computed as max(x, 0) − x t + log(1 + e^−|x|), which is exact for scores of any size. What becomes
// of the elements is a matter of [SumOverTime] or [MeanOverTime], which take a mask, and [WeightedMean]:
//
//	loss := BinaryCrossEntropy(scores, targets)   // [T, batch, n]
//	loss  = MeanOverTime(loss, mask, skip)        // [batch, n], over each example's steps
//	loss  = WeightedMean(loss, weight)            // a number
//
// Targets outside [0, 1] are an error of the run, at every step; no gradient flows to them. Where the
// loss has no gradient, as at steps that a mask leaves out, the scores have none, whatever they are.
func BinaryCrossEntropy(scores, targets *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(binaryCrossEntropy{}, scores, targets)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type binaryCrossEntropy struct{}

func (binaryCrossEntropy) String() string              { return "BinaryCrossEntropy" }
func (binaryCrossEntropy) Undifferentiated(i int) bool { return i == 1 }

func (binaryCrossEntropy) Kernel32() graph.Kernel[float32] {
	return binaryCrossEntropyKernel[float32]{}
}
func (binaryCrossEntropy) Kernel64() graph.Kernel[float64] {
	return binaryCrossEntropyKernel[float64]{}
}

func (binaryCrossEntropy) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	scores, targets := in[0], in[1]
	if len(scores) == 0 {
		return nil, errors.New("scores are one number, want [batch, n] or [T, batch, n]")
	}
	if !graph.SameShape(scores, targets) {
		return nil, errors.Errorf("targets have shape %v, want %v, that of the scores", targets, scores)
	}
	return []tensor.Shape{scores.Clone()}, nil
}

type binaryCrossEntropyKernel[F graph.Float] struct{}

// elementShard is how many elements one goroutine takes at a time.
const elementShard = 4096

func (binaryCrossEntropyKernel[F]) Forward(c *graph.Call[F]) error {
	scores, targets, y := c.In[0].Data, c.In[1].Data, c.Out[0].Data
	return kernel.Run(len(scores), elementShard, func(_, lo, hi int) error {
		for i := lo; i < hi; i++ {
			x, t := float64(scores[i]), float64(targets[i])
			if !(t >= 0 && t <= 1) {
				return errors.Errorf("target%v is %v, want 0 to 1", index(c.In[1].Shape, i), t)
			}
			y[i] = F(math.Max(x, 0) - x*t + math.Log1p(math.Exp(-math.Abs(x))))
		}
		return nil
	})
}

// Backward: the derivative is σ(x) − t.
func (binaryCrossEntropyKernel[F]) Backward(c *graph.Call[F]) error {
	scores, targets, dx, dy := c.In[0].Data, c.In[1].Data, c.DIn[0].Data, c.DOut[0].Data
	return kernel.Run(len(scores), elementShard, func(_, lo, hi int) error {
		for i := lo; i < hi; i++ {
			dx[i] = 0
			if dy[i] != 0 { // where it is 0, the score may be NaN
				dx[i] = dy[i] * F(logistic(float64(scores[i]))-float64(targets[i]))
			}
		}
		return nil
	})
}
