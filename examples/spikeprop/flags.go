package main

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

type flags struct {
	Task       string   `help:"What to learn: ${enum}. XOR: whether two inputs spike 6 ms apart. Iris: the species of flowers. Wisconsin: whether breast tissue is malignant." enum:"xor,iris,wisconsin" default:"xor"`
	Data       string   `help:"The file breast-cancer-wisconsin.data of the UCI repository, for the task of that name." placeholder:"FILE"`
	Iterations *int     `help:"Passes over the examples at most. Default: xor 1000, the others 40."`
	Batch      *int     `help:"Examples in a step, whose gradients add up. Default: 1, a step for each example."`
	LR         *float64 `name:"lr" help:"Learning rate of plain gradient descent. Default: xor 0.001, the others 0.0001."`
	Hidden     *int     `help:"Hidden neurons. Default: xor 5, iris 10, wisconsin 15."`
	Inhibitory int      `help:"How many of the hidden neurons are inhibitory." default:"1"`
	Tolerance  float64  `help:"Training ends when all outputs are that near to their targets, in ms." default:"1"`
	TrainShare float64  `help:"Share of each class to train on; the others are for testing. Not for xor." default:"0.5"`
	Checkpoint string   `help:"Start from the parameters in a checkpoint. With -iterations 0, they are tested." placeholder:"FILE"`
	Seed       uint64   `help:"Of the weights, the order of the examples and which of them are for testing. The same seed gives the same run." default:"1"`
	Seeds      int      `help:"Runs, one for each of so many seeds from -seed on. Checkpoint and figures are of the first." default:"1"`
	Out        string   `help:"Folder for metrics.json, checkpoint.safetensors and the figures." default:"out/spikeprop" placeholder:"DIR"`
}

// settings are those of the task with what the flags say otherwise.
func (f *flags) settings() (settings, error) {
	s, err := settingsOf(f.Task, f.Data)
	if err != nil {
		return s, err
	}
	override(&s.Iterations, f.Iterations)
	override(&s.Batch, f.Batch)
	override(&s.LR, f.LR)
	override(&s.Hidden, f.Hidden)
	s.Inhibitory, s.Tolerance, s.TrainShare = f.Inhibitory, f.Tolerance, f.TrainShare
	if s.table == nil {
		s.TrainShare = 1
	}
	switch {
	case s.Iterations < 0 || s.Batch < 1:
		return s, errors.Errorf("-iterations is %d and -batch %d, want at least 0 and 1", s.Iterations, s.Batch)
	case s.Hidden < 1 || s.Inhibitory < 0 || s.Inhibitory > s.Hidden:
		return s, errors.Errorf("-hidden is %d and -inhibitory %d, want at least one neuron, and no more that are inhibitory than there are", s.Hidden, s.Inhibitory)
	case !(s.LR >= 0) || !graph.Finite(s.LR):
		return s, errors.Errorf("-lr is %v, want a number that is not negative", s.LR)
	case !(s.Tolerance > 0) || !graph.Finite(s.Tolerance):
		return s, errors.Errorf("-tolerance is %v, want a positive time in ms", s.Tolerance)
	case !(s.TrainShare > 0 && s.TrainShare <= 1):
		return s, errors.Errorf("-train-share is %v, want a share, more than 0 and at most 1", s.TrainShare)
	case f.Seeds < 1:
		return s, errors.Errorf("-seeds is %d, want at least 1", f.Seeds)
	}
	return s, nil
}

// override replaces a default where a flag is set.
func override[V any](v, flag *V) {
	if flag != nil {
		*v = *flag
	}
}
