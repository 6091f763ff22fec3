// Spikeprop trains feed-forward networks of neurons that spike once, by the gradient of the times of their
// spikes, on the tasks of Bohte, Kok & La Poutré 2002 ("Error-backpropagation in temporally encoded networks
// of spiking neurons"): exclusive or, Fisher's irises, and the Wisconsin breast cancer data.
package main

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
)

type flags struct {
	Task       string  `help:"What to learn: ${enum}. XOR: whether two inputs spike 6 ms apart. Iris: the species of flowers. Wisconsin: whether breast tissue is malignant." enum:"xor,iris,wisconsin" default:"xor"`
	Data       string  `help:"The file breast-cancer-wisconsin.data of the UCI repository, for the task of that name." placeholder:"FILE"`
	Iterations int     `help:"Passes over the examples at most. Default: xor 1000, the others 40."`
	Batch      int     `help:"Examples in a step, whose gradients add up; a last batch with fewer counts as much as the others. Default: 1, a step for each example."`
	LR         float64 `name:"lr" help:"Learning rate of plain gradient descent. Default: xor 0.001, the others 0.0001."`
	Hidden     int     `help:"Hidden neurons. Default: xor 5, iris 10, wisconsin 15."`
	Inhibitory int     `help:"How many of the hidden neurons are inhibitory." default:"1"`
	Tolerance  float64 `help:"Training ends when all outputs are that near to their targets, in ms." default:"1"`
	TrainShare float64 `help:"Share of each class to train on; the others are for testing. Not for xor." default:"0.5"`
	Checkpoint string  `help:"Start from the parameters in a checkpoint. With -iterations 0, they are tested." placeholder:"FILE"`
	Seed       uint64  `help:"Of the weights, the order of the examples and which of them are for testing. The same seed gives the same run." default:"1"`
	Seeds      int     `help:"Runs, one for each of so many seeds from -seed on. Checkpoint and figures are of the first." default:"1"`
	program.Folder

	settings settings
}

func main() {
	program.Main("spikeprop", "Train networks of neurons that spike once, by the gradient of the times of their spikes, on the tasks of Bohte, Kok & La Poutré 2002.", new(flags))
}

// Complete makes the task's settings what the flags say, and checks them.
func (f *flags) Complete() (err error) {
	if f.settings, err = settingsOf(f.Task, f.Data); err != nil {
		return err
	}
	s := &f.settings
	for flag, set := range map[string]func(){
		"iterations": func() { s.Iterations = f.Iterations },
		"batch":      func() { s.Batch = f.Batch },
		"lr":         func() { s.LR = f.LR },
		"hidden":     func() { s.Hidden = f.Hidden },
	} {
		if f.Given(flag) {
			set()
		}
	}
	s.Inhibitory, s.Tolerance, s.TrainShare = f.Inhibitory, f.Tolerance, f.TrainShare
	if s.table == nil {
		if f.Given("train-share") {
			return errors.New("-train-share is for tasks with examples to test on, and -task is xor")
		}
		s.TrainShare = 1
	}
	switch {
	case s.Iterations < 0 || s.Batch < 1:
		return errors.Errorf("-iterations is %d and -batch %d, want at least 0 and 1", s.Iterations, s.Batch)
	case s.Hidden < 1 || s.Inhibitory < 0 || s.Inhibitory > s.Hidden:
		return errors.Errorf("-hidden is %d and -inhibitory %d, want at least one neuron, and no more that are inhibitory than there are", s.Hidden, s.Inhibitory)
	case !(s.LR >= 0) || !graph.Finite(s.LR):
		return errors.Errorf("-lr is %v, want a number that is not negative", s.LR)
	case !(s.Tolerance > 0) || !graph.Finite(s.Tolerance):
		return errors.Errorf("-tolerance is %v, want a positive time in ms", s.Tolerance)
	case !(s.TrainShare > 0 && s.TrainShare <= 1):
		return errors.Errorf("-train-share is %v, want a share, more than 0 and at most 1", s.TrainShare)
	case f.Seeds < 1:
		return errors.Errorf("-seeds is %d, want at least 1", f.Seeds)
	}
	return nil
}

// Run trains a network from each seed, and tells of those that there were, also where it is interrupted.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	m := &metrics{Task: f.Task, Seed: f.Seed, Settings: f.settings}
	var err error
	for i := 0; i < f.Seeds && err == nil; i++ {
		err = f.train(ctx, r, f.Seed+uint64(i), m)
	}
	if len(m.Runs) == 0 {
		return err
	}
	m.summarise()
	m.Seconds = r.Seconds()
	fmt.Println(m)
	if e := r.JSON(program.MetricsName, m); e != nil {
		return e
	}
	return err
}

// train trains a network from a seed, and adds the results to m. Checkpoint and figures are those of the first.
func (f *flags) train(ctx context.Context, r *program.Run, seed uint64, m *metrics) error {
	t, err := f.settings.newTraining(ctx, seed, f.Checkpoint)
	if err != nil {
		return err
	}
	defer t.Close()
	first := seed == f.Seed
	if first {
		fmt.Println(t)
		if err := r.Begin(); err != nil {
			return err
		}
	}
	before, err := t.snapshot(ctx)
	if err != nil {
		return err
	}
	err = t.learn(ctx)
	if first {
		if e := t.Save(r.Path(program.CheckpointName)); e != nil {
			return e
		}
	}
	if errors.Is(err, context.Canceled) {
		fmt.Printf("seed %d: stopped after iteration %d; the parameters of seed %d are in %s\n", seed, len(t.History()), f.Seed, r.Path(program.CheckpointName))
	}
	if err != nil {
		return err
	}
	result, err := t.result(ctx)
	if err != nil {
		return err
	}
	fmt.Println(result)
	m.Runs = append(m.Runs, result)
	if !first {
		return nil
	}
	after, err := t.snapshot(ctx)
	if err != nil {
		return err
	}
	if err := r.Write("learning_curves.png", t.drawTraining); err != nil {
		return err
	}
	return r.Write("spikes.png", func(path string) error { return t.drawSpikes(path, before, after) })
}
