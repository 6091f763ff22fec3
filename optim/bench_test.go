package optim_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/optim"
)

// network are the parameters of two recurrent layers and a readout, in float32, and their
// gradients.
func network(in, hidden, out int) (model []gorgonia.ValueGrad, grads [][]float32) {
	add := func(name string, shape ...int) {
		value, grad := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(shape...)), tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(shape...))
		model = append(model, &param{name, value, grad})
		grads = append(grads, grad.Float32s())
	}
	for i, from := range []int{in, hidden} {
		layer := fmt.Sprintf("layer%d.", i)
		add(layer+"w_in", from, hidden)
		add(layer+"w_rec", hidden, hidden)
		add(layer+"tau_m", hidden)
		add(layer+"tau_adp", hidden)
	}
	add("readout.w_in", hidden, out)
	add("readout.tau_m", out)
	return model, grads
}

// BenchmarkAdam is a step of a chain as networks are trained with, together with the copying of
// new gradients into place.
func BenchmarkAdam(b *testing.B) {
	for _, size := range []struct{ in, hidden, out int }{{4, 23, 6}, {40, 208, 10}} {
		model, grads := network(size.in, size.hidden, size.out)
		rng := rand.New(rand.NewPCG(1, 2))
		var fresh [][]float32
		n := 0
		for _, g := range grads {
			x := make([]float32, len(g))
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			fresh = append(fresh, x)
			n += len(x)
		}
		taus := optim.Names{"*.tau_*"}
		solver := optim.New(
			optim.Adam(optim.StepLR{Rate: 1e-2, Every: 100, Factor: .5}),
			optim.GroupRate{Names: taus, Factor: 3},
			optim.AtLeast{Names: taus, Min: .1},
		)
		step := func() {
			for i, g := range grads {
				copy(g, fresh[i])
			}
			if err := solver.Step(model); err != nil {
				b.Fatal(err)
			}
		}
		step() // makes the memory of the others
		b.Run(fmt.Sprintf("%d parameters", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
