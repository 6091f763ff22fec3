// Shd trains the spiking recurrent network of Yin, Corradi & Bohté 2021 to name spoken digits from the
// spikes of an artificial inner ear, or evaluates a checkpoint of it: the Spiking Heidelberg Digits
// (Cramer et al. 2020), or synthetic spike trains that resemble them.
package main

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
)

type flags struct {
	Data       string  `help:"Folder with shd_train.h5 and shd_test.h5, unpacked. Without it, synthetic spike trains are made from the seed." placeholder:"DIR"`
	Examples   int     `help:"Synthetic examples to train and validate on; a third as many to test on." default:"2400"`
	Dt         float64 `help:"Length of a step in ms. To the neurons a step is 1 ms whatever this is, as in the paper. Default: 4 on the Spiking Heidelberg Digits, 10 on synthetic spike trains; with -eval, that of the training." placeholder:"MS" eval:"data"`
	Counts     bool    `help:"Give the network the number of spikes in a step, rather than whether there is any." eval:"data"`
	Augment    bool    `help:"Move the spikes of training examples at random, anew in each epoch: each by some 5 ms and 1 % of the channels, and whole examples by up to 1/70 of the channels." eval:"no"`
	Validation string  `help:"What chooses the best epoch: 'examples' of the training set that are held out, or all those of some 'speakers'." enum:"examples,speakers" default:"examples" eval:"no"`
	Hidden     []int   `help:"Neurons of the hidden layers. Default: 128,128 on the Spiking Heidelberg Digits, 48,48 on synthetic spike trains." placeholder:"N,N" eval:"no"`
	B0         float64 `name:"b0" help:"Threshold of the neurons at rest." default:"0.01" eval:"pth"`
	Initial    float64 `help:"Each batch starts at u0 = S0 = U(0, this), and η0 = b0." default:"1" eval:"pth"`
	program.Training
	program.Evaluation
}

func main() {
	program.Main("shd", "Train a spiking recurrent network to name spoken digits, or evaluate a checkpoint.", new(flags))
}

// Vars are the helps of the flags that all programs have.
func (*flags) Vars() map[string]string {
	return map[string]string{
		"epochs_fixed":    "the learning rate falls to zero over the epochs that the run began with",
		"lr_help":         "Learning rate of Adam at the beginning; twice as much for time constants. It falls to zero along half a cosine.",
		"seed_help":       "Of the weights, the validation split, the order of the examples and the synthetic spike trains. The same seed gives the same run.",
		"checkpoint_help": "Checkpoint to evaluate: ours, which holds the network's settings, or the PyTorch file (.pth) of the authors.",
	}
}

// Complete fills in the step and the sizes, and checks the flags.
func (f *flags) Complete() error {
	dt, hidden := 10., []int{48, 48}
	if f.Data != "" {
		dt, hidden = 4, []int{128, 128}
	}
	if !f.Given("dt") {
		f.Dt = dt
	}
	if !f.Given("hidden") {
		f.Hidden = hidden
	}
	limits := []error{
		program.AtLeast("examples", f.Examples, 60), program.NotNegative("initial", f.Initial, "a number"),
		program.Positive("dt", f.Dt, "a step in ms"),
	}
	for _, n := range f.Hidden {
		limits = append(limits, program.AtLeast("hidden", n, 1))
	}
	if len(f.Hidden) == 0 {
		limits = append(limits, errors.New("-hidden is empty, want the neurons of at least one layer"))
	}
	return program.Limits(limits...)
}

// Run trains and tests, or only tests.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	r.On(f.kind())
	if f.Eval {
		net, trained, err := f.load(r, f.Checkpoint)
		if err != nil {
			return err
		}
		s, err := f.sets(net.Model().(models.SRNN).In) // load sees to it
		if err != nil {
			return err
		}
		s.say(f.Dt)
		return f.test(ctx, r, program.Test{Network: net, Trained: trained}, s)
	}
	s, err := f.sets(0)
	if err != nil {
		return err
	}
	s.say(f.Dt)
	spec := s.train.Spec()
	settings := train.Settings{Batch: f.Batch, Validation: s.validation, Select: train.Criterion{Number: "accuracy", Highest: true}}
	settings.Solver = f.solver(settings.Steps(s.train.Len()))
	t, err := program.Train(ctx, r, &f.Training, f.task(spec.Features, f.Hidden, spec.Classes), s.train, settings)
	if err != nil {
		return err
	}
	defer t.Close()
	return f.test(ctx, r, program.Test{Network: t.Network, Trainer: t}, s)
}

// say tells what there is to test on.
func (s *sets) say(dt float64) {
	fmt.Printf("%s: %d examples to test on; %d steps of %v ms\n", s.name, s.test.Len(), s.test.Spec().Steps, dt)
}

// metrics are what a run leaves in metrics.json beside what all programs do.
type metrics struct {
	Dt     float64        `json:"dt"` // ms
	Steps  int            `json:"steps"`
	Energy *models.Energy `json:"energy"` // of an example
}

// test runs the network over the test set, and writes and draws what came out.
func (f *flags) test(ctx context.Context, r *program.Run, x program.Test, s *sets) error {
	net := x.Network
	x.Data, x.About, x.Seed, x.Batch, x.Checkpoint = s.test, s.name, f.Seed, f.Batch, f.Checkpoint
	m := metrics{Dt: f.Dt, Steps: s.test.Spec().Steps}
	rep, err := r.Test(ctx, x,
		func(rep *train.Report) (_ any, err error) {
			m.Energy, err = net.Model().(models.SRNN).Energy(rep, models.EnergyFP32) // load and task see to the type
			return m, err
		})
	if err != nil {
		return err
	}
	fmt.Printf("%.2f µJ per example (RNN %.1f times as much)\n", m.Energy.SRNN.Joules*1e6, m.Energy.RNNRatio)
	if err := r.Confusion(rep, classNames(s.test.Spec().Classes)); err != nil {
		return err
	}
	return drawExample(ctx, r, net, s.test, 0, f.Dt)
}
