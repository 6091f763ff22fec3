package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SumOverTime is Σ_{t≥from} x_t over the steps that exist, [batch, units], for x [T, batch, units]:
// spike counts, where x are spikes. The mask [T, batch] is 1 where an example has a step, and 0
// elsewhere; nil means that all steps exist. Steps that do not exist contribute nothing and get a
// gradient of zero, whatever x is there, NaN too. An example without steps has zeros. Values of the mask
// other than 0 and 1 are an error of the run, and no gradient flows to it.
func SumOverTime(x, mask *gorgonia.Node, from int) (*gorgonia.Node, error) {
	return overTime(sumOverTime{timeSum: timeSum{from}}, x, mask)
}

// MeanOverTime is the mean of x_t over the steps t ≥ from that exist, [batch, units], for x
// [T, batch, units] and a mask as that of [SumOverTime]: the mean rate in spikes a step, where x are
// spikes. Each example's mean is over its own steps. An example without steps has zeros.
func MeanOverTime(x, mask *gorgonia.Node, from int) (*gorgonia.Node, error) {
	return overTime(sumOverTime{timeSum: timeSum{from}, Mean: true}, x, mask)
}

// SoftmaxOverTime is Σ_{t≥from} softmax(x_t) over the last axis, [batch, classes], for x
// [T, batch, classes] and a mask as that of [SumOverTime]: the scores of Yin et al. 2021 for sequences
// with one label. An x that is not finite at a step that exists, even before from, is an error of the
// run.
func SoftmaxOverTime(x, mask *gorgonia.Node, from int) (*gorgonia.Node, error) {
	return overTime(softmaxOverTime{timeSum{from}}, x, mask)
}

func overTime(f graph.Function, x, mask *gorgonia.Node) (*gorgonia.Node, error) {
	in := gorgonia.Nodes{x}
	if mask != nil {
		in = append(in, mask)
	}
	r, err := graph.Apply(f, in...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// sumShard is how many examples one goroutine takes through a sequence at a time.
const sumShard = 8

// timeSum is what sums over time share: the first step of the sum, and the shapes.
type timeSum struct{ From int }

// Undifferentiated is true of the mask.
func (timeSum) Undifferentiated(i int) bool { return i == 1 }

func (f timeSum) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if err := maskedShapes(in); err != nil {
		return nil, err
	}
	if f.From < 0 || f.From >= in[0][0] {
		return nil, errors.Errorf("cannot start at step %d of a sequence of shape %v", f.From, in[0])
	}
	return []tensor.Shape{in[0][1:].Clone()}, nil
}

// maskedShapes checks the shapes of a sequence and, if there is one, its mask.
func maskedShapes(in []tensor.Shape) error {
	if len(in[0]) != 3 {
		return errors.Errorf("x has shape %v, want [T, batch, units]", in[0])
	}
	if len(in) > 1 {
		return kernel.MaskShape(in[1], in[0])
	}
	return nil
}

// maskOf is the mask of a call, whose second input it is, or nil.
func maskOf[F graph.Float](c *graph.Call[F]) ([]F, error) {
	if len(c.In) < 2 {
		return nil, nil
	}
	mask := c.In[1]
	return mask.Data, kernel.CheckMask(mask.Data, mask.Shape[1])
}

// span is a run of neighbouring examples at one step: n elements, from row on in [batch, units], and
// from at on in [T, batch, units]. The step exists for all of them or for none.
type span struct {
	row, at, n int
	exists     bool
	counts     bool // exists, and is not before the first step of the sum
}

// spans calls each for every step of every example, in the order of time. Blocks of examples run in
// parallel.
func (f timeSum) spans(s tensor.Shape, exists func(t, b int) bool, each func(span) error) error {
	steps, batch, units := s[0], s[1], s[2]
	return kernel.Run(batch, sumShard, func(_, lo, hi int) error {
		for t := range steps {
			for first, next := lo, hi; first < hi; first, next = next, hi {
				there := exists == nil || exists(t, first)
				if exists != nil {
					for next = first + 1; next < hi && exists(t, next) == there; next++ {
					}
				}
				err := each(span{row: first * units, at: (t*batch + first) * units, n: (next - first) * units,
					exists: there, counts: there && t >= f.From})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// existence tells which steps of which examples a mask has; nil: all.
func existence[F graph.Float](mask []F, batch int) func(t, b int) bool {
	if mask == nil {
		return nil
	}
	return func(t, b int) bool { return mask[t*batch+b] != 0 }
}

type sumOverTime struct {
	timeSum
	Mean bool
}

func (f sumOverTime) String() string {
	if f.Mean {
		return "MeanOverTime"
	}
	return "SumOverTime"
}

// ReadsTape is true of spikes, which are counted by their bits.
func (sumOverTime) ReadsTape(i int, source graph.Function) bool {
	_, ok := source.(kernel.BitSource)
	return ok && i == 0
}

func (f sumOverTime) Kernel32() graph.Kernel[float32] { return sumOverTimeKernel[float32]{f} }
func (f sumOverTime) Kernel64() graph.Kernel[float64] { return sumOverTimeKernel[float64]{f} }

type sumOverTimeKernel[F graph.Float] struct{ sumOverTime }

func (k sumOverTimeKernel[F]) Forward(c *graph.Call[F]) error {
	x, y, s := c.In[0].Data, c.Out[0].Data, c.In[0].Shape
	mask, err := maskOf(c)
	if err != nil {
		return err
	}
	exists := existence(mask, s[1])
	if x == nil {
		err = kernel.Count(c.Sources[0].(kernel.BitTape).Bits(), k.From, s[2], exists, y)
	} else {
		clear(y)
		err = k.spans(s, exists, func(p span) error {
			if p.counts {
				kernel.Add(x[p.at:p.at+p.n], y[p.row:p.row+p.n])
			}
			return nil
		})
	}
	if k.Mean {
		k.divide(y, s, exists)
	}
	return err
}

func (k sumOverTimeKernel[F]) Backward(c *graph.Call[F]) error {
	dx, dy, s := c.DIn[0].Data, c.DOut[0].Data, c.In[0].Shape
	mask, err := maskOf(c)
	if err != nil {
		return err
	}
	exists := existence(mask, s[1])
	if k.Mean {
		a := kernel.Borrow[F]()
		defer a.Return()
		dy = a.Floats(len(dy))
		copy(dy, c.DOut[0].Data)
		k.divide(dy, s, exists)
	}
	return k.spans(s, exists, func(p span) error {
		if p.counts {
			copy(dx[p.at:p.at+p.n], dy[p.row:])
		} else {
			clear(dx[p.at : p.at+p.n])
		}
		return nil
	})
}

// divide divides the rows of y [batch, units] by the number of steps that count, but for examples
// without.
func (k sumOverTimeKernel[F]) divide(y []F, s tensor.Shape, exists func(t, b int) bool) {
	steps, batch, units := s[0], s[1], s[2]
	for b := range batch {
		n := steps - k.From
		if exists != nil {
			n = 0
			for t := k.From; t < steps; t++ {
				if exists(t, b) {
					n++
				}
			}
		}
		row := y[b*units:][:units]
		for i := range row {
			row[i] /= F(max(n, 1))
		}
	}
}

type softmaxOverTime struct{ timeSum }

func (softmaxOverTime) String() string { return "SoftmaxOverTime" }

func (f softmaxOverTime) Kernel32() graph.Kernel[float32] { return softmaxOverTimeKernel[float32]{f} }
func (f softmaxOverTime) Kernel64() graph.Kernel[float64] { return softmaxOverTimeKernel[float64]{f} }

type softmaxOverTimeKernel[F graph.Float] struct{ softmaxOverTime }

func (k softmaxOverTimeKernel[F]) Forward(c *graph.Call[F]) error {
	x, y, s := c.In[0].Data, c.Out[0].Data, c.In[0].Shape
	mask, err := maskOf(c)
	if err != nil {
		return err
	}
	a := kernel.Borrow[F]()
	defer a.Return()
	softmax := a.Floats(len(y)) // of one step
	clear(y)
	return k.spans(s, existence(mask, s[1]), func(p span) error {
		scores, one := x[p.at:p.at+p.n], softmax[p.row:p.row+p.n]
		finite := true
		switch {
		case p.counts:
			finite = kernel.Softmax(scores, s[2], 1, one)
			kernel.Add(one, y[p.row:p.row+p.n])
		case p.exists:
			finite = kernel.Finite(scores)
		}
		if !finite {
			i := p.at + kernel.NotFinite(scores)
			return errors.Errorf("x%v is %v", index(s, i), x[i])
		}
		return nil
	})
}

// Backward: with p = softmax(x), g_x = p ∘ (g − p·g).
func (k softmaxOverTimeKernel[F]) Backward(c *graph.Call[F]) error {
	x, dx, dy, s := c.In[0].Data, c.DIn[0].Data, c.DOut[0].Data, c.In[0].Shape
	mask, err := maskOf(c)
	if err != nil {
		return err
	}
	return k.spans(s, existence(mask, s[1]), func(p span) error {
		if p.counts {
			kernel.SoftmaxGradient(x[p.at:p.at+p.n], dy[p.row:p.row+p.n], s[2], dx[p.at:p.at+p.n])
		} else {
			clear(dx[p.at : p.at+p.n])
		}
		return nil
	})
}
