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
// sparse spikes are cheap. Gradients flow to all inputs. Where the result is nothing but the
// current of neurons, give [Synapses] to them instead: it need not be stored then.
func Linear(x, w *gorgonia.Node, biases ...*gorgonia.Node) (*gorgonia.Node, error) {
	return Synapses{X: x, W: w, Biases: biases}.Currents()
}

type linear struct{ wiring }

func (linear) String() string { return "Linear" }

func (f linear) Kernel32() graph.Kernel[float32] { return linearKernel[float32]{f} }
func (f linear) Kernel64() graph.Kernel[float64] { return linearKernel[float64]{f} }

func (f linear) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x := in[f.X-1]
	if len(x) != 2 && len(x) != 3 {
		return nil, errors.Errorf("x has shape %v, want [T, batch, in] or [batch, in]", x)
	}
	out, err := f.linearShape(in)
	if err != nil {
		return nil, err
	}
	return []tensor.Shape{out}, nil
}

type linearKernel[F graph.Float] struct{ linear }

const (
	// maxShards is how many shards the rows of x, one per step and example, are divided into.
	// Each has a gradient of its own to add up.
	maxShards = 16

	// rowBlock is how many rows are worked on together.
	rowBlock = 64
)

// rowShard is how many rows a goroutine takes at a time.
func rowShard(rows int) int {
	return max(rowBlock, (rows+maxShards-1)/maxShards)
}

func (k linearKernel[F]) Forward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	s, err := newSynapses(a, k.wiring, c, false)
	if err != nil {
		return err
	}
	return s.blocks(rowShard(len(s.x.Data)/s.in), func(a *kernel.Arena[F], _, r, n int, set []uint64, of kernel.Activity) {
		s.add(s.bias, c.Out[0].Data[r*s.out:][:n*s.out], r, n, set, of)
	})
}

func (k linearKernel[F]) Backward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	dx, dy := of(c.DIn, k.X).Data, c.DOut[0].Data
	s, err := newSynapses(a, k.wiring, c, true)
	if err != nil {
		return err
	}
	weights := of(c.DIn, k.W).Data != nil || of(c.DIn, k.Feedback).Data != nil
	for _, b := range biases(k.wiring, c.DIn) {
		weights = weights || b.Data != nil
	}
	rows := len(s.x.Data) / s.in
	size := rowShard(rows)
	var sums []F
	if weights {
		sums = a.Zeros(kernel.Shards(rows, size) * s.size())
	}
	err = s.blocks(size, func(a *kernel.Arena[F], shard, r, n int, set []uint64, of kernel.Activity) {
		g := dy[r*s.out:][:n*s.out]
		if dx != nil {
			s.backTo(dx, r, n, g)
		}
		if weights {
			if len(dy) < r*s.out+len(g)+kernel.Slack { // of the last rows, whole vectors must be there
				g = a.Floats(len(g))
				copy(g, dy[r*s.out:])
			}
			s.weigh(sums[shard*s.size():][:s.size()], set, of, s.rows(r, n), n, g)
		}
	})
	if err == nil && weights {
		s.finish(kernel.Sum(sums, s.size()), k.wiring, c)
	}
	return err
}

// blocks calls f for all rows of x, in blocks of at most rowBlock, on shards of so many rows.
func (s *synapses[F]) blocks(shard int, f func(a *kernel.Arena[F], shard, r, n int, set []uint64, of kernel.Activity)) error {
	return kernel.Run(len(s.x.Data)/s.in, shard, func(i, lo, hi int) error {
		for r := lo; r < hi; r += rowBlock {
			n := min(rowBlock, hi-r)
			a := kernel.Borrow[F]()
			set := a.Words(n * kernel.Words(s.in))
			of, err := s.pack(r, n, set)
			if err == nil {
				f(a, i, r, n, set, of)
			}
			a.Return()
			if err != nil {
				return err
			}
		}
		return nil
	})
}
