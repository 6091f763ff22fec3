// Spikeprop trains feed-forward networks of neurons that spike once, by the gradient of the times of their
// spikes, on the tasks of Bohte, Kok & La Poutré 2002 ("Error-backpropagation in temporally encoded networks
// of spiking neurons"): exclusive or, Fisher's irises, and the Wisconsin breast cancer data.
package main

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
)

type flags struct {
	Task string `help:"What to learn: ${enum}. XOR: whether two inputs spike 6 ms apart. Iris: the species of flowers. Wisconsin: whether breast tissue is malignant." enum:"xor,iris,wisconsin" default:"xor"`
	Data string `help:"The file breast-cancer-wisconsin.data of the UCI repository, for the task of that name." placeholder:"FILE"`
	learning
	Checkpoint string `help:"Start from the parameters in a checkpoint. With -iterations 0, they are tested." placeholder:"FILE"`
	Seed       uint64 `help:"Of the weights, the order of the examples and which of them are for testing. The same seed gives the same run." default:"1"`
	Seeds      int    `help:"Runs, one for each of so many seeds from -seed on. Checkpoint and figures are of the first." default:"1"`
	program.Folder

	task task
}

// learning are the flags of how a network learns, of which metrics.json tells.
type learning struct {
	Iterations int     `json:"iterations" help:"Passes over the examples at most. Default: xor 1000, the others 40."`
	Batch      int     `json:"batch" help:"Examples in a step, whose gradients add up; a last batch with fewer counts as much as the others. Default: 1, a step for each example."`
	LR         float64 `json:"lr" name:"lr" help:"Learning rate of plain gradient descent. Default: xor 0.001, the others 0.0001."`
	Hidden     int     `json:"hidden" help:"Hidden neurons. Default: xor 5, iris 10, wisconsin 15."`
	Inhibitory int     `json:"inhibitory" help:"How many of the hidden neurons are inhibitory." default:"1"`
	Tolerance  float64 `json:"tolerance_ms" help:"Training ends when all outputs are that near to their targets, in ms." default:"1"`
	TrainShare float64 `json:"train_share" help:"Share of each class to train on; the others are for testing. Not for xor." default:"0.5"`
}

func main() {
	program.Main("spikeprop", "Train networks of neurons that spike once, by the gradient of the times of their spikes, on the tasks of Bohte, Kok & La Poutré 2002.", new(flags))
}

// Complete fills in what the task decides, and checks the flags.
func (f *flags) Complete() (err error) {
	s := &f.learning
	if f.task, err = taskOf(f.Task, f.Data); err != nil {
		return err
	}
	program.Settle(f, "iterations", &s.Iterations, f.task.iterations)
	program.Settle(f, "batch", &s.Batch, 1)
	program.Settle(f, "lr", &s.LR, f.task.rate)
	program.Settle(f, "hidden", &s.Hidden, f.task.hidden)
	if f.task.table == nil {
		if f.Given("train-share") {
			return errors.New("-train-share is for tasks with examples to test on, and -task is xor")
		}
		s.TrainShare = 1
	}
	var inhibitory, share error
	if s.Inhibitory > s.Hidden {
		inhibitory = errors.Errorf("-inhibitory is %d, want at most -hidden, %d", s.Inhibitory, s.Hidden)
	}
	if !(s.TrainShare > 0 && s.TrainShare <= 1) {
		share = errors.Errorf("-train-share is %v, want a share, more than 0 and at most 1", s.TrainShare)
	}
	return program.Limits(
		program.AtLeast("iterations", s.Iterations, 0), program.AtLeast("batch", s.Batch, 1), program.AtLeast("hidden", s.Hidden, 1),
		program.AtLeast("inhibitory", s.Inhibitory, 0), inhibitory, program.NotNegative("lr", s.LR, "a rate"),
		program.Positive("tolerance", s.Tolerance, "a time in ms"), share, program.AtLeast("seeds", f.Seeds, 1),
	)
}

// Run trains a network from each seed, and tells of those that there were, also where it is interrupted.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	m := &metrics{Task: f.Task, Seed: f.Seed, Settings: settings{f.task, f.learning}}
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
	t, err := f.newTraining(ctx, seed)
	if err != nil {
		return err
	}
	defer t.Close()
	first := seed == f.Seed
	if first {
		fmt.Printf("%s: a network %v, %d patterns to train on, %d to test on\n", f.Task, t.network, len(t.learned), len(t.unseen))
		if err := r.Begin(); err != nil {
			return err
		}
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
	if err := r.Write("learning_curves.png", t.drawTraining); err != nil {
		return err
	}
	return r.Write("spikes.png", t.drawSpikes)
}
