package models

import (
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// PerStep is Σ_{t≥skip} of the cross entropy with softmax(u_t): each step has a class.
type PerStep struct {
	Skip int `json:"skip,omitempty"`
	Labels
}

// FirstStep implements [train.Delayed].
func (l PerStep) FirstStep() int { return l.Skip }

// Summed implements [train.Summed].
func (PerStep) Summed() {}

// Scores implements [train.Scorer].
func (PerStep) Scores(out *Output, _ train.Batch) (*gorgonia.Node, error) { return membrane(out) }

// Loss implements [train.Loss].
func (l PerStep) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	u, err := membrane(out)
	if err != nil {
		return nil, err
	}
	skip := l.Skip
	if skip >= u.Shape()[0] || b.Spec.Steps != u.Shape()[0] {
		skip = 0 // the labels of those steps say so, too
	}
	return l.crossEntropy(u, b, skip)
}

func init() { train.MustRegisterLoss("per_step", PerStep{}) }
