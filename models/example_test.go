package models_test

import (
	"context"
	"fmt"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A network defined and trained with a call each. The dataset is any models.Dataset; this one
// asks which of two inputs spikes more often.
func Example_fit() {
	net, err := models.NewSRNN(gorgonia.NewGraph(), models.SRNN{
		In:      2,
		Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		Loss:    models.SumSoftmax{From: 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	solver := optim.New(
		optim.Adam(optim.StepLR{Rate: 1e-2, Every: 100, Factor: .5}),
		optim.GroupRate{Names: optim.Names{"*.tau_*"}, Factor: 3},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: .1}, // ms
	)
	if _, err := net.Fit(context.Background(), toy{n: 200, steps: 30}, models.Fit{Epochs: 20, Batch: 32, Solver: solver}); err != nil {
		fmt.Println(err)
		return
	}
	report, err := net.Evaluate(context.Background(), toy{n: 500, steps: 30}, models.Evaluation{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("more than 90 %% right: %v\n", report.Accuracy > .9)
	// Output: more than 90 % right: true
}

// A network as part of a graph: what goes in and what comes out are plain Gorgonia nodes, and
// any Gorgonia machine and solver may run them.
func Example_graph() {
	const steps, batch = 50, 4
	g := gorgonia.NewGraph()
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(steps, batch, 2), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	y := gorgonia.NewVector(g, tensor.Float32, gorgonia.WithShape(batch), gorgonia.WithName("y"), gorgonia.WithInit(gorgonia.Zeroes()))

	net, err := models.NewSRNN(g, models.SRNN{
		In:      2,
		Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 3}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := net.Forward(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	loss, err := models.CrossEntropy(models.SumSoftmax{From: 1}, out, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := gorgonia.Grad(loss, net.Learnables()...); err != nil {
		fmt.Println(err)
		return
	}

	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(net.Learnables()...))
	defer vm.Close()
	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(1e-2))
	var first, last float32
	for i := range 30 {
		if err := vm.RunAll(); err != nil {
			fmt.Println(err)
			return
		}
		if last = loss.Value().Data().(float32); i == 0 {
			first = last
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(net.Learnables())); err != nil {
			fmt.Println(err)
			return
		}
		vm.Reset()
	}
	fmt.Println("membrane potential of the readout:", out.Membrane.Shape())
	fmt.Println("the loss has fallen:", last < first)
	// Output:
	// membrane potential of the readout: (50, 4, 3)
	// the loss has fallen: true
}
