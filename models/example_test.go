package models_test

import (
	"context"
	"fmt"
	"io"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A network that is trained by the loop. The dataset is any train.Dataset; this one
// asks which of two inputs spikes more often.
func Example_train() {
	task := train.Task[*models.Output]{
		Model: models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		},
		Loss:    models.SumSoftmax{From: 1},
		Metrics: []train.Metric{models.Accuracy{}},
	}
	solver := optim.New(
		optim.Adam(optim.StepLR{Rate: 1e-2, Every: 100, Factor: .5}),
		optim.GroupRate{Names: optim.Names{"*.tau_*"}, Factor: 3},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: .1}, // ms
	)
	trainer, err := train.New(task, toy{n: 200, steps: 30}, train.Settings{Epochs: 20, Batch: 32, Share: .1, Solver: solver, Log: io.Discard})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer trainer.Close()
	if err := trainer.Run(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	report, err := trainer.Evaluate(context.Background(), toy{n: 500, steps: 30}, train.Evaluation{})
	if err != nil {
		fmt.Println(err)
		return
	}
	accuracy, _ := report.Number("accuracy")
	fmt.Printf("more than 90 %% right: %v\n", accuracy > .9)
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
	loss, err := models.SumSoftmax{From: 1}.Loss(out, train.Batch{X: x, Y: y, Spec: train.Spec{Steps: steps, Classes: 3}})
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
