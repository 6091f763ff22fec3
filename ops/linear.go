package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Linear is W x + Σ b at every step: x [T, batch, in], or [batch, in], W [out, in] and any
// number of biases b [out] give [T, batch, out] or [batch, out]. Zeros in x cost nothing, so
// sparse spikes are cheap. Gradients flow to all inputs.
func Linear(x, w *gorgonia.Node, biases ...*gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(linear{}, append(gorgonia.Nodes{x, w}, biases...)...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type linear struct{}

func (linear) String() string { return "Linear" }

// Separate sets the gradient of x apart, which nobody wants of a network's input. Those of W and
// the biases are one pass over the rows.
func (linear) Separate(i int) bool { return i == 0 }

func (linear) Kernel32() graph.Kernel[float32] { return linearKernel[float32]{} }
func (linear) Kernel64() graph.Kernel[float64] { return linearKernel[float64]{} }

func (linear) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x, w := in[0], in[1]
	if len(x) != 2 && len(x) != 3 {
		return nil, errors.Errorf("x has shape %v, want [T, batch, in] or [batch, in]", x)
	}
	if len(w) != 2 || w[1] != x[len(x)-1] {
		return nil, errors.Errorf("w has shape %v, want [out, %d] for x of shape %v", w, x[len(x)-1], x)
	}
	for i, b := range in[2:] {
		if want := (tensor.Shape{w[0]}); !graph.SameShape(b, want) {
			return nil, errors.Errorf("bias %d has shape %v, want %v for w of shape %v", i, b, want, w)
		}
	}
	out := x.Clone()
	out[len(out)-1] = w[0]
	return []tensor.Shape{out}, nil
}

type linearKernel[F graph.Float] struct{}

// rowShard is how many rows of x, one per step and example, a goroutine takes at a time. Where
// each shard has a gradient of its own to add up, there are at most maxSums of them.
const (
	rowShard = 512
	maxSums  = 16
)

// longDot is the length from which inner products are faster than sums of rows.
const longDot = 16

func (linearKernel[F]) Forward(c *graph.Call[F]) error {
	x, w := c.In[0], c.In[1]
	out, in := w.Shape[0], w.Shape[1]
	if at, v, ok := notFinite(w); ok {
		return errors.Errorf("w%v is %v", at, v)
	}
	wt := make([]F, len(w.Data))
	kernel.Transpose(w.Data, wt, out, in)
	bias := make([]F, out)
	for i, b := range c.In[2:] {
		if at, v, ok := notFinite(b); ok {
			return errors.Errorf("bias %d%v is %v", i, at, v)
		}
		kernel.Add(b.Data, bias)
	}
	return kernel.Run(len(x.Data)/in, rowShard, func(_, lo, hi int) error {
		for r := lo; r < hi; r++ {
			row, y := x.Data[r*in:][:in], c.Out[0].Data[r*out:][:out]
			var sum F
			for _, v := range row {
				sum += v - v // 0, or NaN if v is not finite
			}
			if sum != 0 {
				at, v, _ := notFinite(graph.Array[F]{Shape: tensor.Shape{in}, Data: row})
				return errors.Errorf("x%v is %v", index(x.Shape, r*in+at[0]), v)
			}
			copy(y, bias)
			kernel.Gather(row, wt, y)
		}
		return nil
	})
}

func (linearKernel[F]) Backward(c *graph.Call[F]) error {
	x, w := c.In[0], c.In[1]
	out, in := w.Shape[0], w.Shape[1]
	dy, rows := c.DOut[0].Data, len(x.Data)/in
	if dx := c.DIn[0].Data; dx != nil {
		var wt []F
		if out >= longDot {
			wt = make([]F, len(w.Data))
			kernel.Transpose(w.Data, wt, out, in)
		}
		if err := kernel.Run(rows, rowShard, func(_, lo, hi int) error {
			if wt != nil {
				kernel.MulRows(dy[lo*out:hi*out], wt, dx[lo*in:hi*in], out, in)
				return nil
			}
			for r := lo; r < hi; r++ {
				kernel.Gather(dy[r*out:][:out], w.Data, dx[r*in:][:in])
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return backwardWeights(c, rows)
}

// backwardWeights computes the gradients of W and the biases, as sums over shards of rows that
// are added in an order which does not depend on the cores.
func backwardWeights[F graph.Float](c *graph.Call[F], rows int) error {
	x, w, dy := c.In[0].Data, c.In[1], c.DOut[0].Data
	out, in := w.Shape[0], w.Shape[1]
	dw, bias := c.DIn[1].Data, false
	for _, b := range c.DIn[2:] {
		bias = bias || b.Data != nil
	}
	if dw == nil && !bias {
		return nil
	}
	size := max(rowShard, (rows+maxSums-1)/maxSums)
	sums := make([][]F, kernel.Shards(rows, size)) // the transpose of W's gradient, then a bias's
	if err := kernel.Run(rows, size, func(i, lo, hi int) error {
		sums[i] = make([]F, (in+1)*out)
		wt, b := sums[i][:in*out], sums[i][in*out:]
		for r := lo; r < hi; r++ {
			row := dy[r*out:][:out]
			if dw != nil {
				kernel.Scatter(x[r*in:][:in], row, wt)
			}
			if bias {
				kernel.Add(row, b)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, s := range sums[1:] {
		kernel.Add(s, sums[0])
	}
	if dw != nil {
		kernel.Transpose(sums[0], dw, in, out)
	}
	for _, b := range c.DIn[2:] {
		copy(b.Data, sums[0][in*out:])
	}
	return nil
}
