package ops_test

import (
	"fmt"
	"log"

	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A spike, and the surrogate's derivative where that of the step would be zero.
func ExampleSpike() {
	g := gorgonia.NewGraph()
	v := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(3), gorgonia.WithName("v"),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{-.5, .25, 2}))))
	spikes, err := ops.Spike(v, ops.Triangle{Width: 1, Gamma: 1})
	if err != nil {
		log.Fatal(err)
	}
	loss := gorgonia.Must(gorgonia.Sum(spikes))
	grads, err := gorgonia.Grad(loss, v)
	if err != nil {
		log.Fatal(err)
	}
	var s, d gorgonia.Value
	gorgonia.Read(spikes, &s)
	gorgonia.Read(grads[0], &d)

	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("spikes  ", s.Data())
	fmt.Println("gradient", d.Data())
	// Output:
	// spikes   [0 1 1]
	// gradient [0.5 0.75 0]
}

// Two neurons under a constant current: the one with the short time constant fires at once,
// and ever more slowly, since each spike raises the threshold.
func ExampleALIF() {
	const steps, batch, units = 16, 1, 2
	g := gorgonia.NewGraph()
	input := func(name string, values []float64, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
			gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))))
	}
	current := make([]float64, steps*batch*units)
	for i := range current {
		current[i] = 1
	}
	tauM := input("tau_m", []float64{2, 20}, units) // ms
	s, err := ops.ALIF{Dt: 1, B0: .3, Beta: 5, Rm: 1}.Apply(ops.ALIFInputs{
		Current: input("current", current, steps, batch, units),
		TauM:    tauM,
		TauAdp:  input("tau_adp", []float64{20, 20}, units),
	})
	if err != nil {
		log.Fatal(err)
	}
	counts, err := ops.SumOverTime(s.Spikes(), nil, 0)
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(gorgonia.Must(gorgonia.Sum(counts)), tauM)
	if err != nil {
		log.Fatal(err)
	}
	var spikes, d gorgonia.Value
	gorgonia.Read(s.Spikes(), &spikes)
	gorgonia.Read(grads[0], &d)

	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	for unit := range units {
		for t := range steps {
			fmt.Print(spikes.Data().([]float64)[t*units+unit], " ")
		}
		fmt.Printf(" d count/d tau_m = %.4f\n", d.Data().([]float64)[unit])
	}
	// Output:
	// 1 0 0 1 0 0 0 1 0 0 0 0 1 0 0 0  d count/d tau_m = -0.4770
	// 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0  d count/d tau_m = -0.0312
}
