package nodes_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkLayer is the gradient of a recurrent layer of 36 ALIF neurons on 4 inputs, 400 steps, 64
// examples, float32: by the fused op, and by scanning the step. With SRNN_PLAIN=1 both are plain Go.
func BenchmarkLayer(b *testing.B) {
	for _, c := range []struct {
		name string
		cell nodes.Cell
	}{{"fused", nodes.ALIF{}}, {"scanned", nodes.Scanned(nodes.ALIF{})}} {
		b.Run(c.name, func(b *testing.B) {
			const steps, batch, in = 400, 64, 4
			p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1))
			x := gorgonia.NewTensor(p.Graph(), tensor.Float32, 3, gorgonia.WithShape(steps, batch, in), gorgonia.WithName("x"),
				gorgonia.WithInit(gorgonia.Gaussian(0, 1)))
			n := must(nodes.Layer{Units: 36, Cell: c.cell, Recurrent: true, Initial: nodes.Random(1)}.Declare(p, "a", in))
			loss := must(gorgonia.Mean(must(must(n.Forward(x)).Spikes())))
			grads := must(gorgonia.Grad(loss, p.Nodes()...))
			m := must(graph.NewMachine(append(grads, loss)...))
			b.ReportAllocs()
			for b.Loop() {
				if err := m.RunAll(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSetUp is the time to declare, differentiate and compile a network of two layers.
func BenchmarkSetUp(b *testing.B) {
	for _, c := range []struct {
		name  string
		cell  nodes.Cell
		steps int
	}{
		{"fused, 100 steps", nodes.ALIF{}, 100}, {"fused, 10000 steps", nodes.ALIF{}, 10000},
		{"scanned, 100 steps", nodes.Scanned(nodes.ALIF{}), 100}, {"scanned, 10000 steps", nodes.Scanned(nodes.ALIF{}), 10000},
	} {
		b.Run(c.name, func(b *testing.B) {
			const batch, in = 4, 4
			v := tensor.New(tensor.WithShape(c.steps, batch, in), tensor.Of(tensor.Float32))
			for b.Loop() {
				p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1))
				last := gorgonia.NewTensor(p.Graph(), tensor.Float32, 3, gorgonia.WithShape(c.steps, batch, in), gorgonia.WithName("x"), gorgonia.WithValue(v))
				for _, name := range []string{"one", "two"} {
					n := must(nodes.Layer{Units: 36, Cell: c.cell, Recurrent: true}.Declare(p, name, last.Shape()[2]))
					last = must(must(n.Forward(last)).Spikes())
				}
				loss := must(gorgonia.Mean(last))
				grads := must(gorgonia.Grad(loss, p.Nodes()...))
				must(graph.NewMachine(append(grads, loss)...))
			}
		})
	}
}
