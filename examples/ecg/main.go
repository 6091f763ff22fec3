// Ecg trains the spiking recurrent network of Yin, Corradi & Bohté 2020 to name the wave of
// every step of an electrocardiogram, or evaluates a checkpoint of it.
package main

import (
	"context"
	"fmt"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

type flags struct {
	program.Electrocardiograms
	Halve     int     `help:"Epochs after which all rates are halved, again and again." default:"100" eval:"no"`
	Hidden    int     `help:"Hidden neurons." default:"36" eval:"no"`
	Surrogate string  `help:"Surrogate derivative of the spike, such as gaussian, multi_gaussian, linear, slayer." default:"gaussian" eval:"pth"`
	B0        float64 `name:"b0" help:"Threshold of the neurons at rest." default:"0.01" eval:"pth"`
	Initial   float64 `help:"Each batch starts at u0 = S0 = U(0, this), and η0 = b0." default:"1" eval:"pth"`
	program.Training
	program.Evaluation
}

func main() {
	program.Main("ecg", "Train a spiking recurrent network to name the waves of electrocardiograms, or evaluate a checkpoint.", new(flags))
}

// Vars are the helps of the flags that all programs have.
func (*flags) Vars() map[string]string {
	return map[string]string{
		"epochs":          "60",
		"epochs_help":     "Epochs to train. Default: 400 on the QT Database, as in the paper, and on recordings; 60 on synthetic records.",
		"batch_help":      "Records in a training step.",
		"lr_help":         "Learning rate of Adam; 3 times as much for hidden time constants, twice for those of the readout.",
		"seed_help":       "Of the weights, the validation split, the order of the records and the initial states. The same seed gives the same run.",
		"checkpoint_help": "Checkpoint to evaluate: ours, which holds the network's settings, or a PyTorch state dict (.pth): those of the authors are known by their tensors, for others the flags say the settings.",
	}
}

// Complete fills in the epochs, and checks the flags.
func (f *flags) Complete() error {
	if !f.Given("epochs") {
		f.Epochs = 60
		if f.Data != "" {
			f.Epochs = 400
		}
	}
	return program.Limits(
		program.NotNegative("initial", f.Initial, "a number"), program.AtLeast("halve", f.Halve, 1),
		program.AtLeast("hidden", f.Hidden, 1), f.Check(&f.Training),
	)
}

// Run trains and tests, or only tests.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	records, test, name, err := f.Read(ctx, f.Seed, f.Eval)
	if err != nil {
		return err
	}
	r.On(f.Kind())
	fmt.Printf("%s: %d examples to test on\n", name, test.Len())
	if f.Eval {
		net, trained, err := f.load(r, f.Checkpoint)
		if err != nil {
			return err
		}
		if err := r.FindWaves(ctx, net, test); err != nil {
			return err
		}
		if w, ok := test.(*data.WFDB); ok && !w.Annotated() {
			fmt.Println("without annotations there is nothing to compare them with")
			return r.Electrocardiogram(ctx, net, test, 0)
		}
		return f.test(ctx, r, program.Test{Network: net, Trained: trained, Data: test, About: name}, test)
	}
	task, err := f.task()
	if err != nil {
		return err
	}
	s := train.Settings{Batch: f.Batch, Share: .1, Select: train.Criterion{Number: "accuracy", Highest: true}}
	s.Solver = f.solver(s.Steps(records.Len()))
	t, err := program.Train(ctx, r, &f.Training, task, records, s)
	if err != nil {
		return err
	}
	defer t.Close()
	return f.test(ctx, r, program.Test{Network: t.Network, Trainer: t, Data: test, About: name}, test)
}

// metrics are what a run leaves in metrics.json beside what all programs do. Accuracies count the steps that
// the loss counts, from the 11th on.
type metrics struct {
	InitialState string `json:"initial_state"`
}

// test runs the network over the test set, and writes and draws what came out.
func (f *flags) test(ctx context.Context, r *program.Run, x program.Test, test train.Dataset) error {
	x.Seed, x.Batch, x.Checkpoint = f.Seed, f.Batch, f.Checkpoint
	rep, err := r.Test(ctx, x,
		func(*train.Report) (any, error) {
			return metrics{x.Network.Model().(models.SRNN).Hidden[0].Initial.String()}, nil // load and task see to the type
		})
	if err != nil {
		return err
	}
	return draw(ctx, r, x.Network, test, rep)
}
