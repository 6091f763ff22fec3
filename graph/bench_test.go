package graph_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkMachine is a training step of a perceptron, 784-128-128-10 with batches of 64 in float32,
// without the solver, on Gorgonia's machine and ours.
func BenchmarkMachine(b *testing.B) {
	for name, machine := range map[string]func(loss *gorgonia.Node, learn, grads gorgonia.Nodes) gorgonia.VM{
		"theirs": func(loss *gorgonia.Node, learn, _ gorgonia.Nodes) gorgonia.VM {
			return gorgonia.NewTapeMachine(loss.Graph(), gorgonia.BindDualValues(learn...))
		},
		"ours": func(loss *gorgonia.Node, _, grads gorgonia.Nodes) gorgonia.VM {
			return must(graph.NewMachine(append(grads, loss)...))
		},
	} {
		b.Run(name, func(b *testing.B) {
			g := gorgonia.NewGraph()
			random := func(name string, shape ...int) *gorgonia.Node {
				return gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithInit(gorgonia.Gaussian(0, .05)))
			}
			h, y := random("x", 64, 784), random("y", 64, 10)
			var learn gorgonia.Nodes
			for i, sizes := range [][2]int{{784, 128}, {128, 128}, {128, 10}} {
				w := random("w"+string(rune('0'+i)), sizes[0], sizes[1])
				learn = append(learn, w)
				h = must(gorgonia.Tanh(must(gorgonia.Mul(h, w))))
			}
			loss := must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(h, y))))))
			grads := must(gorgonia.Grad(loss, learn...))
			vm := machine(loss, learn, grads)
			defer vm.Close()
			b.ReportAllocs()
			for b.Loop() {
				vm.Reset()
				if err := vm.RunAll(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
