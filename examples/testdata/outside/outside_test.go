package outside

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/ops/optest"
	"github.com/srnn-go/srnn/optim"
	"github.com/srnn-go/srnn/optim/optimtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func init() {
	if err := nodes.Register("wary", Wary{}); err != nil {
		panic(err)
	}
}

func TestWary(t *testing.T) { nodetest.Cell(t, Wary{}) }

func TestCauchy(t *testing.T) { optest.Surrogate(t, Cauchy{Height: .5}) }

var x = tensor.New(tensor.WithShape(4), tensor.WithBacking([]float64{1, .5, -1, 2}))

func TestLeak(t *testing.T) {
	graphtest.Op(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		r, err := graph.Apply(Leak{A: .5}, in[0])
		if err != nil {
			return nil, err
		}
		return r.Node(), nil
	})
}

// A neuron's own surrogate has a gradient when it is relaxed, behind an op of one's own.
func TestGradients(t *testing.T) {
	graphtest.Gradients(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		r, err := graph.Apply(Leak{A: .5}, in[0])
		if err != nil {
			return nil, err
		}
		spikes, err := ops.Spike(r.Node(), ops.Relaxed{Surrogate: Cauchy{Height: .5}})
		if err != nil {
			return nil, err
		}
		return gorgonia.Sum(spikes)
	})
}

func TestLion(t *testing.T) {
	optimtest.Optimizer(t, func() *optim.Solver {
		return optim.New(ScaleByLion{Beta1: .9, Beta2: .99}, optim.LearningRate{Schedule: optim.Constant(1e-3)})
	})
}
