package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// WeightedMean is Σ_b weight_b · mean(x_b) over the examples of a batch, a scalar, for x [batch, n] or
// [batch], and weights [1, batch], which add up to 1 in a mean. Nil weights are 1/batch each. It is the
// end of every loss that is a number for each example or each of its outputs, as the squared error and
// [BinaryCrossEntropy].
//
// An example of weight 0, as one that only fills a batch up, contributes nothing, and gets a gradient
// of zero, whatever x is there, NaN too. Weights that are negative or not finite, and an x that is not
// finite in an example that counts, are errors of the run. No gradient flows to the weights.
func WeightedMean(x, weight *gorgonia.Node) (*gorgonia.Node, error) {
	in := gorgonia.Nodes{x}
	if weight != nil {
		in = append(in, weight)
	}
	r, err := graph.Apply(weightedMean{}, in...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type weightedMean struct{}

func (weightedMean) String() string              { return "WeightedMean" }
func (weightedMean) Undifferentiated(i int) bool { return i == 1 }

func (weightedMean) Kernel32() graph.Kernel[float32] { return weightedMeanKernel[float32]{} }
func (weightedMean) Kernel64() graph.Kernel[float64] { return weightedMeanKernel[float64]{} }

func (weightedMean) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x := in[0]
	if len(x) != 1 && len(x) != 2 {
		return nil, errors.Errorf("x has shape %v, want [batch, n] or [batch]", x)
	}
	if len(in) > 1 {
		if want := (tensor.Shape{1, x[0]}); !graph.SameShape(in[1], want) {
			return nil, errors.Errorf("weights have shape %v, want %v for x of shape %v", in[1], want, x)
		}
	}
	return []tensor.Shape{tensor.ScalarShape()}, nil
}

type weightedMeanKernel[F graph.Float] struct{}

// each calls f for every example: its weight, and where its n elements begin.
func (weightedMeanKernel[F]) each(c *graph.Call[F], f func(w float64, at, n int) error) error {
	x := c.In[0]
	batch := x.Shape[0]
	n := len(x.Data) / batch
	for b := range batch {
		w := 1 / float64(batch)
		if len(c.In) > 1 {
			if w = float64(c.In[1].Data[b]); !(w >= 0) || !graph.Finite(w) {
				return errors.Errorf("the weight of example %d is %v, want a finite number of 0 or more", b, w)
			}
		}
		if err := f(w, b*n, n); err != nil {
			return err
		}
	}
	return nil
}

func (k weightedMeanKernel[F]) Forward(c *graph.Call[F]) error {
	mean := 0.0
	err := k.each(c, func(w float64, at, n int) error {
		if w == 0 {
			return nil
		}
		sum := 0.0
		for i, x := range c.In[0].Data[at : at+n] {
			if !graph.Finite(x) {
				return errors.Errorf("x%v is %v", index(c.In[0].Shape, at+i), x)
			}
			sum += float64(x)
		}
		mean += w * sum / float64(n)
		return nil
	})
	c.Out[0].Data[0] = F(mean)
	return err
}

func (k weightedMeanKernel[F]) Backward(c *graph.Call[F]) error {
	return k.each(c, func(w float64, at, n int) error {
		g := F(w / float64(n) * float64(c.DOut[0].Data[0]))
		for i := range n {
			c.DIn[0].Data[at+i] = g
		}
		return nil
	})
}
