package main

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

type flags struct {
	Task        string   `help:"What to learn: ${enum}." enum:"pattern,evidence,storerecall" default:"evidence"`
	Estimator   string   `help:"How gradients assign credit over time: ${enum}." enum:"eprop,bptt,tbptt" default:"eprop"`
	Truncate    int      `help:"Steps in a piece of tbptt." default:"100"`
	Feedback    string   `help:"Weights through which the gradient goes back from the readout: ${enum}." enum:"symmetric,random,adaptive" default:"symmetric"`
	Iterations  *int     `help:"Iterations at most. Default: pattern 1000, evidence 800, storerecall 200."`
	Batch       *int     `help:"Trials in an iteration. Default: evidence 64, storerecall 128. The pattern is one trial."`
	Units       int      `help:"Recurrent neurons." default:"100"`
	LR          *float64 `name:"lr" help:"Learning rate of Adam at the beginning; it falls to zero along half a cosine. Default: 0.005; storerecall: 0.01."`
	RateWeight  *float64 `help:"Weight c of the regulariser c/2 Σ (rate − 10 Hz)² over the neurons, rates in spikes per ms. Default: 2; pattern: 0.3."`
	Clip        float64  `help:"Largest norm of a gradient; 0 is for any." default:"0"`
	TrainTau    bool     `help:"Train the time constants, too."`
	DetachReset *bool    `negatable:"" help:"Leave the reset after a spike out of the gradient. Default: with eprop, as in the paper."`
	TestTrials  int      `help:"Trials to test on, and as many to decide when to stop." default:"512"`
	KeepGoing   bool     `help:"Train on where the task counts as learned: below an error of .07 in evidence, .05 in the others."`
	Checkpoint  string   `help:"Start from the parameters in a checkpoint. With -iterations 0, they are tested." placeholder:"FILE"`
	Seed        uint64   `help:"Of the weights and the trials to train on. The same seed gives the same run." default:"1"`
	Out         string   `help:"Folder for metrics.json, checkpoint.safetensors and the figures." default:"out/eprop" placeholder:"DIR"`
}

// settings are those of the task with what the flags say otherwise.
func (f *flags) settings() (settings, error) {
	if f.Units < 2 || f.TestTrials < 1 || f.Truncate < 1 {
		return settings{}, errors.Errorf("-units is %d, -test-trials %d and -truncate %d, want at least 2, 1 and 1", f.Units, f.TestTrials, f.Truncate)
	}
	if f.Seed >= validationSeed {
		return settings{}, errors.Errorf("-seed is %d, which is that of the trials to test on", f.Seed)
	}
	s, err := settingsOf(f.Task, f.Seed, f.TestTrials)
	if err != nil {
		return s, err
	}
	override(&s.Iterations, f.Iterations)
	override(&s.Batch, f.Batch)
	override(&s.LR, f.LR)
	override(&s.RateWeight, f.RateWeight)
	s.Units, s.Clip, s.Feedback, s.KeepGoing, s.TrainTau = f.Units, f.Clip, nodes.FeedbackKind(f.Feedback), f.KeepGoing, f.TrainTau
	s.detach = f.DetachReset
	switch f.Estimator {
	case "eprop":
		s = s.by(ops.EProp{})
	case "bptt":
		s = s.by(ops.BPTT{})
	case "tbptt":
		s = s.by(ops.TBPTT{K: f.Truncate})
	}
	if s.Iterations < 0 || s.Batch < 1 {
		return s, errors.Errorf("-iterations is %d and -batch %d, want at least 0 and 1", s.Iterations, s.Batch)
	}
	if _, one := s.task.(*curves); one && s.Batch != 1 {
		return s, errors.Errorf("-batch is %d, and the pattern is one trial", s.Batch)
	}
	for _, x := range []struct {
		flag  string
		value float64
	}{{"lr", s.LR}, {"rate-weight", s.RateWeight}, {"clip", s.Clip}} {
		if !(x.value >= 0) || !graph.Finite(x.value) {
			return s, errors.Errorf("-%s is %v, want a number that is not negative", x.flag, x.value)
		}
	}
	return s, nil
}

// override replaces a default where a flag is set.
func override[V any](v, flag *V) {
	if flag != nil {
		*v = *flag
	}
}
