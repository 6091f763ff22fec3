package ops_test

import (
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/internal/gradcheck"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// normal is a tensor of N(mean, std²), the same for the same seed.
func normal(seed uint64, mean, std float64, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range data {
		data[i] = mean + std*rng.NormFloat64()
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// weigh is Σ c·x with fixed random c, so that every element has a gradient of its own.
func weigh(seed uint64, x *gorgonia.Node) (*gorgonia.Node, error) {
	c := gorgonia.NewTensor(x.Graph(), tensor.Float64, x.Dims(), gorgonia.WithShape(x.Shape()...),
		gorgonia.WithName("weigh "+x.Name()), gorgonia.WithValue(normal(seed, 0, 1, x.Shape()...)))
	p, err := gorgonia.HadamardProd(x, c)
	if err != nil {
		return nil, err
	}
	return gorgonia.Sum(p)
}

func TestALIFGradients(t *testing.T) {
	steps, batch, units := 6, 3, 4
	inputs := []*tensor.Dense{
		normal(1, .3, 1, steps, batch, units), normal(2, 0, .7, units, units),
		normal(3, 8, 1, units), normal(4, 20, 2, units),
		normal(5, 0, .5, batch, units), normal(6, 0, .5, batch, units), normal(7, 0, .5, batch, units),
	}
	cell := ops.ALIF{Dt: .8, B0: .2, Beta: 1.3, Rm: 1.4, Surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}}
	outputs := map[string]func(*ops.Sequence) (*gorgonia.Node, error){
		"spikes":     func(s *ops.Sequence) (*gorgonia.Node, error) { return s.Spikes(), nil },
		"membrane":   (*ops.Sequence).Membrane,
		"adaptation": (*ops.Sequence).Adaptation,
		"threshold":  (*ops.Sequence).Threshold,
	}
	for name, output := range outputs {
		t.Run(name, func(t *testing.T) {
			if err := gradcheck.Check(gradcheck.Settings{}, inputs, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				s, err := cell.Apply(ops.ALIFInputs{Current: in[0], WRec: in[1], TauM: in[2], TauAdp: in[3],
					Initial: ops.State{Membrane: in[4], Adaptation: in[5], Spikes: in[6]}})
				if err != nil {
					return nil, err
				}
				x, err := output(s)
				if err != nil {
					return nil, err
				}
				return weigh(9, x)
			}); err != nil {
				t.Error(err)
			}
		})
	}
}
