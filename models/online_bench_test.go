package models_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// BenchmarkOnline is one step, and what is learnt from it, of a network of the size of those of Bellec et
// al. 2020: 100 inputs that spike at every 20th step, 100 recurrent LSNN neurons, two outputs. The
// parameters move at every step or at every 100th.
func BenchmarkOnline(b *testing.B) {
	for _, batch := range []int{1, 16} {
		for _, every := range []int{1, 100} {
			b.Run(fmt.Sprintf("batch=%d/every=%d", batch, every), func(b *testing.B) {
				o := benchmarkOnline(b, batch, every)
				rng := rand.New(rand.NewPCG(1, 2))
				x, targets := make([][]float64, 64), make([]float64, batch)
				for t := range x {
					x[t] = make([]float64, batch*100)
					for i := range x[t] {
						if rng.Float64() < .05 {
							x[t][i] = 1
						}
					}
				}
				step := func(t int) {
					if _, err := o.Step(x[t%len(x)]); err != nil {
						b.Fatal(err)
					}
					if _, err := o.Learn(targets); err != nil {
						b.Fatal(err)
					}
				}
				for t := range 100 {
					step(t)
				}
				b.ReportAllocs()
				for t := 0; b.Loop(); t++ {
					step(t)
				}
			})
		}
	}
}

func benchmarkOnline(b *testing.B, batch, every int) *models.Online {
	b.Helper()
	net, err := models.NewSRNN(gorgonia.NewGraph(), models.SRNN{In: 100,
		Hidden:  []nodes.Layer{{Units: 100, Cell: nodes.LSNN{}, Recurrent: true, Estimator: ops.EProp{}}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}}})
	if err != nil {
		b.Fatal(err)
	}
	// The time constants of the outputs learn too, so that there are soon two filters of spikes.
	solver := optim.New(optim.Adam(optim.Constant(1e-4)))
	o, err := net.Online(models.OnlineConfig{Batch: batch, Solver: solver, Every: every})
	if err != nil {
		b.Fatal(err)
	}
	return o
}
