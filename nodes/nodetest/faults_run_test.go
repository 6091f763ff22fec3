package nodetest

import (
	"sync/atomic"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// silent never spikes.
type silent struct{ nodes.Cell }

func (c silent) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Spikes] = v[nodes.Spikes].Times(0)
	return v
}

// frantic spikes at every step.
type frantic struct{ nodes.Cell }

func (c frantic) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Spikes] = v[nodes.Spikes].Fill(1)
	return v
}

// mixing has a current that flows from every example to all of the batch.
type mixing struct{ nodes.Cell }

func (c mixing) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	all := current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n, 0) })
	return c.Cell.Step(p, s, current.Add(all.Times(.1)))
}

// counting counts the calls of Step.
type counting struct {
	nodes.Cell
	calls *int
}

func (c counting) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	*c.calls++
	return c.Cell.Step(p, s, current.Times(1+.01*float64(*c.calls)))
}

// noisy draws a random current.
type noisy struct{ nodes.Cell }

func (c noisy) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	noise := current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		dtype := tensor.Float64
		if v, ok := n.Type().(gorgonia.TensorType); ok && v.Of == tensor.Float32 {
			dtype = tensor.Float32
		}
		return gorgonia.GaussianRandomNode(n.Graph(), dtype, 0, .01, n.Shape()...), nil
	})
	return c.Cell.Step(p, s, current.Add(noise))
}

// drifting has an operator that does not give the same numbers again.
type drifting struct{ nodes.Cell }

func (c drifting) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		r, err := graph.Apply(drift{}, n)
		if err != nil {
			return nil, err
		}
		return r.Node(), nil
	}))
}

type drift struct{}

func (drift) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }

func (drift) Kernel32() graph.Kernel[float32] { return driftKernel[float32]{} }

func (drift) Kernel64() graph.Kernel[float64] { return driftKernel[float64]{} }

type driftKernel[F graph.Float] struct{}

var drifted atomic.Uint64

func (driftKernel[F]) Forward(c *graph.Call[F]) error {
	factor := 1 + 1e-6*F(drifted.Add(1)%1009)
	for i, x := range c.In[0].Data {
		c.Out[0].Data[i] = factor * x
	}
	return nil
}

func (driftKernel[F]) Backward(c *graph.Call[F]) error {
	copy(c.DIn[0].Data, c.DOut[0].Data)
	return nil
}
