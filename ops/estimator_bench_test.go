package ops_test

import (
	"fmt"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkEstimator is the forward pass of 100 recurrent neurons on 100 inputs over 1000 steps, and
// the gradient of all of their parameters. A tenth of the inputs are active at each step.
func BenchmarkEstimator(b *testing.B) {
	const steps, in, units = 1000, 100, 100
	estimators := []struct {
		name string
		e    ops.Estimator
	}{{"bptt", ops.BPTT{}}, {"tbptt", ops.TBPTT{K: 100}}, {"eprop", ops.EProp{}}}
	for _, beta := range []float64{0, 1.8} {
		for _, batch := range []int{1, 16, 64} {
			for _, est := range estimators {
				b.Run(fmt.Sprintf("beta=%v/batch=%d/%s", beta, batch, est.name), func(b *testing.B) {
					g := gorgonia.NewGraph()
					node := func(name string, v *tensor.Dense) *gorgonia.Node { return input(g, tensor.Float32, name, v) }
					x := zeros(steps, batch, in)
					data := x.Data().([]float64)
					for i, v := range normal(1, 0, 1, len(data)).Data().([]float64) {
						if v > 1.28 {
							data[i] = 1
						}
					}
					full := func(v float64) *tensor.Dense { return normal(0, v, 0, units) }
					w := node("w_in", normal(2, 0, 1, units, in))
					wRec, tauM := node("w_rec", normal(3, 0, .3, units, units)), node("tau_m", full(20))
					wrt := gorgonia.Nodes{w, wRec, tauM}
					var tauAdp *gorgonia.Node
					if beta != 0 {
						tauAdp = node("tau_adp", full(150))
						wrt = append(wrt, tauAdp)
					}
					seq := must(ops.ALIF{Dt: 1, B0: .1, Beta: beta, Rm: 1, Estimator: est.e}.Apply(ops.ALIFInputs{
						Synapses: ops.Synapses{X: node("x", x), W: w}, WRec: wRec, TauM: tauM, TauAdp: tauAdp}))
					loss := must(weigh(4, seq.Spikes()))
					grads := must(gorgonia.Grad(loss, wrt...))
					m := must(graph.NewMachine(append(grads, loss)...))
					defer m.Close()
					for range 2 {
						if err := m.RunAll(); err != nil {
							b.Fatal(err)
						}
					}
					b.ResetTimer()
					for range b.N {
						if err := m.RunAll(); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*steps*batch), "ns/step")
				})
			}
		}
	}
}
