// Eprop trains networks of spiking neurons with e-prop, or with backpropagation through time, on the
// tasks of Bellec et al. 2020 ("A solution to the learning dilemma for recurrent networks of spiking
// neurons"): pattern generation, the accumulation of evidence, and store-recall. The network and the
// training are the same for all estimators of the gradient: which it is, is a property of a layer.
package main

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/train"
)

type flags struct {
	Task        string   `help:"What to learn: ${enum}." enum:"pattern,evidence,storerecall" default:"evidence"`
	Estimator   string   `help:"How gradients assign credit over time: ${enum}." enum:"eprop,bptt,tbptt" default:"eprop"`
	Truncate    int      `help:"Steps in a piece of tbptt." default:"100"`
	Online      bool     `help:"Learn while the network runs, by e-prop and with nothing kept of the past but eligibility traces. The gradient is the same."`
	Feedback    string   `help:"Weights through which the gradient goes back from the readout: ${enum}." enum:"symmetric,random,adaptive" default:"symmetric"`
	Units       int      `help:"Recurrent neurons." default:"100"`
	RateWeight  *float64 `help:"Weight c of the regulariser c/2 Σ (rate − 10 Hz)² over the neurons, rates in spikes per ms. Default: 2; pattern: 0.3."`
	Clip        *float64 `help:"Largest norm of a gradient. Default: any." placeholder:"NORM"`
	TrainTau    bool     `help:"Train the time constants, too."`
	DetachReset *bool    `negatable:"" help:"Leave the reset after a spike out of the gradient. Default: with eprop, as in the paper."`
	TestTrials  int      `help:"Trials to test on, and as many to decide when to stop." default:"512"`
	KeepGoing   bool     `help:"Train on where the task counts as learned: below an error of .07 in evidence, .05 in the others."`
	Checkpoint  string   `help:"Start from the parameters in a checkpoint. With -iterations 0, they are tested." placeholder:"FILE"`
	program.Training
}

func main() {
	program.Main("eprop", "Train recurrent networks of spiking neurons with e-prop, or backpropagation through time, on the tasks of Bellec et al. 2020.", new(flags))
}

// Vars are the names, defaults and helps of the flags that all programs have.
func (*flags) Vars() map[string]string {
	return map[string]string{
		"epochs_name": "iterations", "epochs": "0", "batch": "0", "lr": "0",
		"epochs_help":      fmt.Sprintf("Iterations at most, of which %d are an epoch. Default: pattern 1000, evidence 800, storerecall 200.", epoch),
		"iterations_fixed": "the learning rate falls to zero over the iterations",
		"batch_help":       "Trials in an iteration. Default: evidence 64, storerecall 128. The pattern is one trial.",
		"lr_help":          "Learning rate of Adam at the beginning; it falls to zero along half a cosine. Default: 0.005; storerecall: 0.01.",
		"seed_help":        "Of the weights and the trials to train on. The same seed gives the same run.",
	}
}

// Complete fills in what the task decides on, and checks the flags.
func (f *flags) Complete() error {
	of := exercises[f.Task]
	if !f.Given("iterations") {
		f.Epochs = of.iterations
	}
	if !f.Given("batch") {
		f.Batch = of.batch
	}
	if !f.Given("lr") {
		f.LR = of.lr
	}
	if f.RateWeight == nil {
		f.RateWeight = &of.rateWeight
	}
	limits := []error{
		program.AtLeast("units", f.Units, 2), program.AtLeast("test-trials", f.TestTrials, 1), program.AtLeast("truncate", f.Truncate, 1),
		program.NotNegative("rate-weight", *f.RateWeight, "a number"),
	}
	if f.Clip != nil {
		limits = append(limits, program.Positive("clip", *f.Clip, "a norm"))
	}
	if err := program.Limits(limits...); err != nil {
		return err
	}
	switch {
	case f.Epochs%epoch != 0:
		return errors.Errorf("-iterations is %d, want a multiple of %d: after so many it is looked whether the task is learned", f.Epochs, epoch)
	case f.Seed >= validationSeed:
		return errors.Errorf("-seed is %d, which is that of the trials to test on", f.Seed)
	case f.Online && f.Estimator != "eprop":
		return errors.Errorf("-online learns by e-prop, and -estimator is %s", f.Estimator)
	case f.Task == "pattern" && f.Batch != 1:
		return errors.Errorf("-batch is %d, and the pattern is one trial", f.Batch)
	}
	return nil
}

// Run trains a network, and tests it.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	d, err := f.datasets()
	if err != nil {
		return err
	}
	task, err := f.task(d)
	if err != nil {
		return err
	}
	p, err := f.params()
	if err != nil {
		return err
	}
	s := d.test.Spec()
	fmt.Printf("%s by %s: %d inputs, %d neurons, %d outputs, %d steps of 1 ms; %d trials in an iteration\n",
		f.Task, f.Estimator, s.Features, f.Units, s.Classes+s.Numbers, s.Steps, f.Batch)
	if f.Epochs == 0 {
		net, err := train.NewNetwork(task, p, s, f.Seed)
		if err != nil {
			return err
		}
		return f.test(ctx, r, net, nil, d)
	}
	settings := train.Settings{Params: p, Ordered: true, Validation: d.validation, Select: train.Criterion{Number: "error"}, Solver: f.solver()}
	if !f.KeepGoing {
		// The bound is a standard deviation above the error, so that the criterion is not met by chance.
		settings.Callbacks = []train.Callback{train.Until{Number: "error_bound", Below: new(exercises[f.Task].criterion)}}
	}
	training := f.Training
	training.Epochs /= epoch
	t, err := program.Train(ctx, r, &training, task, d.training, settings)
	if err != nil {
		return err
	}
	defer t.Close()
	return f.test(ctx, r, t.Network, t, d)
}
