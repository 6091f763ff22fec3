package nodes_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkLSNN is the gradient of the network of Bellec et al. 2020 for the accumulation of evidence: 50
// LIF and 50 adaptive neurons with a refractory period of 5 ms, recurrent, on 40 inputs that spike now and
// then, 500 steps, 16 examples, float32: by the fused op, and by scanning the step.
func BenchmarkLSNN(b *testing.B) {
	cell := nodes.Refractory{Cell: nodes.LSNN{Regular: .5, DetachReset: true}}
	for _, c := range []struct {
		name string
		cell nodes.Cell
	}{{"fused", cell}, {"scanned", nodes.Scanned(cell)}} {
		b.Run(c.name, func(b *testing.B) {
			const steps, batch, in = 500, 16, 40
			p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1))
			spikes := normal(1, steps*batch*in)
			for i, x := range spikes {
				if spikes[i] = 0; x > 1.7 {
					spikes[i] = 1
				}
			}
			x := gorgonia.NewTensor(p.Graph(), tensor.Float32, 3, gorgonia.WithShape(steps, batch, in), gorgonia.WithName("x"),
				gorgonia.WithValue(dense(tensor.Float32, spikes, steps, batch, in)))
			n := must(nodes.Layer{Units: 100, Cell: c.cell, Recurrent: true, WRec: graph.XavierUniform{}}.Declare(p, "a", in))
			s := must(must(n.Forward(x)).Spikes())
			rate := must(gorgonia.Mean(s))
			grads := must(gorgonia.Grad(rate, p.Nodes()...))
			m := must(graph.NewMachine(append(grads, rate)...))
			b.ReportAllocs()
			for b.Loop() {
				if err := m.RunAll(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(must(graph.Float64s(rate.Value()))[0], "rate")
		})
	}
}
