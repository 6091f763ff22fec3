package optim_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/optim"
)

// A leaky integrator relaxes from 1 as exp(−t/τ), scaled by a weight. Weight and time constant
// are fitted to a curve of weight 2 and τ = 20 ms; τ has a faster rate and a lower bound.
func Example() {
	times := []float64{0, 5, 10, 20, 40} // ms
	curve := []float64{2, 1.5576, 1.2131, .7358, .2707}

	g := gorgonia.NewGraph()
	t := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("t"), gorgonia.WithShape(5),
		gorgonia.WithValue(tensor.New(tensor.WithBacking(times))))
	y := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("y"), gorgonia.WithShape(5),
		gorgonia.WithValue(tensor.New(tensor.WithBacking(curve))))
	w := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("readout.w"), gorgonia.WithValue(1.))
	tau := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("readout.tau_m"), gorgonia.WithValue(5.))

	decay := gorgonia.Must(gorgonia.Exp(gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Div(t, tau))))))
	miss := gorgonia.Must(gorgonia.Sub(gorgonia.Must(gorgonia.Mul(decay, w)), y))
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(miss))))
	if _, err := gorgonia.Grad(loss, w, tau); err != nil {
		fmt.Println(err)
		return
	}

	solver := optim.New(
		optim.ClipByGlobalNorm{Max: 1},
		optim.Adam(optim.StepLR{Rate: .02, Every: 200, Factor: .5}),
		optim.GroupRate{Names: optim.Names{"*.tau_m"}, Factor: 10},
		optim.AtLeast{Names: optim.Names{"*.tau_m"}, Min: 1},
	)
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(w, tau))
	defer vm.Close()
	for range 600 {
		if err := vm.RunAll(); err != nil {
			fmt.Println(err)
			return
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{w, tau})); err != nil {
			fmt.Println(err)
			return
		}
		vm.Reset()
	}
	fmt.Printf("w = %.2f, tau = %.1f ms\n", w.Value().Data(), tau.Value().Data())
	// Output: w = 2.00, tau = 20.0 ms
}

// signs is a transform of one's own: it keeps nothing of an update but the sign.
type signs struct{}

func (signs) Update(_ int, leaves []*optim.Leaf) error {
	for _, l := range leaves {
		for i, u := range l.Update {
			switch {
			case u > 0:
				l.Update[i] = 1
			case u < 0:
				l.Update[i] = -1
			}
		}
	}
	return nil
}

func ExampleTransform() {
	solver := optim.New(signs{}, optim.SGD(optim.Constant(.5)))
	w := vector("w", []float64{1, 1, 1}, []float64{-.1, 0, 200})
	if err := solver.Step(model(w)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Value())
	// Output: [1.5    1  0.5]
}

// A checkpoint of a solver is a map of slices.
func ExampleSolver_State() {
	newSolver := func() *optim.Solver { return optim.New(optim.Momentum{}, optim.SGD(optim.Constant(.1))) }
	before := newSolver()
	if err := before.Step(model(vector("w", []float64{1, 1}, []float64{2, 4}))); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(before.State())

	after := newSolver()
	if err := after.Restore(before.State()); err != nil {
		fmt.Println(err)
	}
	// Output: map[0/b/w:[2 4] step of optim.Momentum, optim.LearningRate:[1]]
}

// The rate halves when the loss of an epoch has not become lower twice in succession.
func ExamplePlateau() {
	solver := optim.New(optim.SGD(optim.Plateau{
		Schedule: optim.Constant(.8), Metric: "loss", Factor: .5, Patience: 1,
	}))
	x := []float64{0}
	for _, loss := range []float64{3, 2, 2.1, 2, 1} {
		before := x[0]
		if err := solver.Step(model(vector("x", x, []float64{-1}))); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("rate %.1f, loss %.1f\n", x[0]-before, loss)
		if err := solver.Report(map[string]float64{"loss": loss, "accuracy": .9}); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// rate 0.8, loss 3.0
	// rate 0.8, loss 2.0
	// rate 0.8, loss 2.1
	// rate 0.8, loss 2.0
	// rate 0.4, loss 1.0
}

// A run of ten steps, of which three make the rate rise. It could not be made longer afterwards.
func ExampleOneCycle() {
	cycle := optim.OneCycle{Rate: .1, Steps: 10}
	for _, step := range []int{1, 2, 3, 6, 10} {
		rate, err := cycle.At(step)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("step %d: %.2g\n", step, rate)
	}
	fmt.Println(optim.New(optim.Adam(cycle)).Horizon())
	// Output:
	// step 1: 0.004
	// step 2: 0.052
	// step 3: 0.1
	// step 6: 0.061
	// step 10: 4e-07
	// 10 true
}
