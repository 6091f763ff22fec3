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

// sumShard is how many examples one goroutine takes through a sequence at a time.
const sumShard = 8

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

// blocks calls each for every step t of a block of examples, which are n elements: from row on in
// [batch, units], and from at on in [T, batch, units]. Blocks run in parallel.
func (f timeSum) blocks(s tensor.Shape, each func(t, row, at, n int) error) error {
	steps, batch, units := s[0], s[1], s[2]
	return kernel.Run(batch, sumShard, func(_, lo, hi int) error {
		for t := range steps {
			if err := each(t, lo*units, (t*batch+lo)*units, (hi-lo)*units); err != nil {
				return err
			}
		}
		return nil
	})
}

type sumOverTime struct{ timeSum }

func (sumOverTime) String() string { return "SumOverTime" }

// ReadsTape is true of spikes, which are counted by their bits.
func (sumOverTime) ReadsTape(_ int, source graph.Function) bool {
	_, ok := source.(kernel.BitSource)
	return ok
}

func (f sumOverTime) Kernel32() graph.Kernel[float32] { return sumOverTimeKernel[float32]{f} }
func (f sumOverTime) Kernel64() graph.Kernel[float64] { return sumOverTimeKernel[float64]{f} }

type sumOverTimeKernel[F graph.Float] struct{ sumOverTime }

func (k sumOverTimeKernel[F]) Forward(c *graph.Call[F]) error {
	x, y := c.In[0].Data, c.Out[0].Data
	if x == nil {
		return kernel.Count(c.Sources[0].(kernel.BitTape).Bits(), k.From, c.In[0].Shape[2], nil, y)
	}
	return k.blocks(c.In[0].Shape, func(t, row, at, n int) error {
		switch {
		case t == k.From:
			copy(y[row:row+n], x[at:])
		case t > k.From:
			kernel.Add(x[at:at+n], y[row:row+n])
		}
		return nil
	})
}

func (k sumOverTimeKernel[F]) Backward(c *graph.Call[F]) error {
	dx, dy := c.DIn[0].Data, c.DOut[0].Data
	return k.blocks(c.In[0].Shape, func(t, row, at, n int) error {
		if t < k.From {
			clear(dx[at : at+n])
		} else {
			copy(dx[at:at+n], dy[row:])
		}
		return nil
	})
}

type softmaxOverTime struct{ timeSum }

func (softmaxOverTime) String() string { return "SoftmaxOverTime" }

func (f softmaxOverTime) Kernel32() graph.Kernel[float32] { return softmaxOverTimeKernel[float32]{f} }
func (f softmaxOverTime) Kernel64() graph.Kernel[float64] { return softmaxOverTimeKernel[float64]{f} }

type softmaxOverTimeKernel[F graph.Float] struct{ softmaxOverTime }

func (k softmaxOverTimeKernel[F]) Forward(c *graph.Call[F]) error {
	x, y, s := c.In[0].Data, c.Out[0].Data, c.In[0].Shape
	a := kernel.Borrow[F]()
	defer a.Return()
	p := a.Floats(len(y)) // softmax of one step
	return k.blocks(s, func(t, row, at, n int) error {
		scores, sum := x[at:at+n], y[row:row+n]
		var finite bool
		switch {
		case t < k.From:
			finite = kernel.Finite(scores)
		case t == k.From:
			finite = kernel.Softmax(scores, s[2], 1, sum)
		default:
			finite = kernel.Softmax(scores, s[2], 1, p[row:row+n])
			kernel.Add(p[row:row+n], sum)
		}
		if !finite {
			at, x, _ := notFinite(c.In[0])
			return errors.Errorf("x%v is %v", at, x)
		}
		return nil
	})
}

// Backward: with p = softmax(x), g_x = p ∘ (g − p·g).
func (k softmaxOverTimeKernel[F]) Backward(c *graph.Call[F]) error {
	x, dx, dy, s := c.In[0].Data, c.DIn[0].Data, c.DOut[0].Data, c.In[0].Shape
	return k.blocks(s, func(t, row, at, n int) error {
		if t < k.From {
			clear(dx[at : at+n])
		} else {
			kernel.SoftmaxGradient(x[at:at+n], dy[row:row+n], s[2], dx[at:at+n])
		}
		return nil
	})
}
