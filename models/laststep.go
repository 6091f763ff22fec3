package models

import (
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// LastStep is the cross entropy with softmax(u) at the last step of each sequence: one class for the sequence.
type LastStep struct{ Labels }

// Scores implements [train.Scorer].
func (LastStep) Scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	u, err := membrane(out)
	if err != nil {
		return nil, err
	}
	return ops.LastStep(u, mask(b))
}

// Loss implements [train.Loss].
func (l LastStep) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return sequenceLoss(l, l.Labels, out, b)
}

func init() { train.MustRegisterLoss("last_step", LastStep{}) }
