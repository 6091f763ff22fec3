package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SumOverTime is Σ_{t≥from} x_t, [batch, units], for x [T, batch, units]: spike counts, where
// x are spikes.
func SumOverTime(x *gorgonia.Node, from int) (*gorgonia.Node, error) {
	return overTime(sumOverTime{timeSum{from}}, x)
}

// SoftmaxOverTime is Σ_{t≥from} softmax(x_t) over the last axis, [batch, classes], for x
// [T, batch, classes]: the scores of Yin et al. 2021 for sequences with one label.
func SoftmaxOverTime(x *gorgonia.Node, from int) (*gorgonia.Node, error) {
	return overTime(softmaxOverTime{timeSum{from}}, x)
}

func overTime(f graph.Function, x *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(f, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// timeSum is what sums over time share: the first step of the sum, and the shapes.
type timeSum struct{ From int }

func (f timeSum) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in[0]) != 3 {
		return nil, errors.Errorf("x has shape %v, want [T, batch, units]", in[0])
	}
	if f.From < 0 || f.From >= in[0][0] {
		return nil, errors.Errorf("cannot start at step %d of a sequence of shape %v", f.From, in[0])
	}
	return []tensor.Shape{in[0][1:].Clone()}, nil
}

// rows calls each for every row [units] of x from step From on, which begins at at.
// row is where the row of its example begins in [batch, units].
func (f timeSum) rows(s tensor.Shape, each func(row, at int)) error {
	steps, batch, units := s[0], s[1], s[2]
	return kernel.Run(batch, batchShard, func(_, lo, hi int) error {
		for t := f.From; t < steps; t++ {
			for b := lo; b < hi; b++ {
				each(b*units, (t*batch+b)*units)
			}
		}
		return nil
	})
}

type sumOverTime struct{ timeSum }

func (sumOverTime) String() string { return "SumOverTime" }

func (f sumOverTime) Kernel32() graph.Kernel[float32] { return sumOverTimeKernel[float32]{f} }
func (f sumOverTime) Kernel64() graph.Kernel[float64] { return sumOverTimeKernel[float64]{f} }

type sumOverTimeKernel[F graph.Float] struct{ sumOverTime }

func (k sumOverTimeKernel[F]) Forward(c *graph.Call[F]) error {
	x, y, n := c.In[0].Data, c.Out[0].Data, c.In[0].Shape[2]
	return k.rows(c.In[0].Shape, func(row, at int) {
		kernel.Add(x[at:at+n], y[row:row+n])
	})
}

func (k sumOverTimeKernel[F]) Backward(c *graph.Call[F]) error {
	dx, dy, n := c.DIn[0].Data, c.DOut[0].Data, c.In[0].Shape[2]
	return k.rows(c.In[0].Shape, func(row, at int) {
		copy(dx[at:at+n], dy[row:row+n])
	})
}

type softmaxOverTime struct{ timeSum }

func (softmaxOverTime) String() string { return "SoftmaxOverTime" }

func (f softmaxOverTime) Kernel32() graph.Kernel[float32] { return softmaxOverTimeKernel[float32]{f} }
func (f softmaxOverTime) Kernel64() graph.Kernel[float64] { return softmaxOverTimeKernel[float64]{f} }

type softmaxOverTimeKernel[F graph.Float] struct{ softmaxOverTime }

func (k softmaxOverTimeKernel[F]) Forward(c *graph.Call[F]) error {
	if at, x, ok := notFinite(c.In[0]); ok {
		return errors.Errorf("x%v is %v", at, x)
	}
	x, y, s := c.In[0].Data, c.Out[0].Data, c.In[0].Shape
	n := s[2]
	p := make([]F, s[1]*n) // a row for each example
	return k.rows(s, func(row, at int) {
		softmax(x[at:at+n], p[row:row+n])
		kernel.Add(p[row:row+n], y[row:row+n])
	})
}

// Backward: with p = softmax(x), g_x = p ∘ (g − p·g).
func (k softmaxOverTimeKernel[F]) Backward(c *graph.Call[F]) error {
	x, dx, dy, n := c.In[0].Data, c.DIn[0].Data, c.DOut[0].Data, c.In[0].Shape[2]
	return k.rows(c.In[0].Shape, func(row, at int) {
		p, g := dx[at:at+n], dy[row:row+n]
		softmax(x[at:at+n], p)
		mean := kernel.Dot(p, g)
		for i := range p {
			p[i] *= g[i] - mean
		}
	})
}
