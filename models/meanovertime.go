package models

import (
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// MeanOverTime is the cross entropy with softmax of the mean of u_t over the steps t ≥ from of each sequence:
// one class for the sequence.
type MeanOverTime struct {
	From int `json:"from,omitempty"`
	Labels
}

// Scores implements [train.Scorer].
func (l MeanOverTime) Scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	u, err := membrane(out)
	if err != nil {
		return nil, err
	}
	return late(ops.MeanOverTime, u, b, l.From)
}

// Loss implements [train.Loss].
func (l MeanOverTime) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return sequenceLoss(l, l.Labels, out, b)
}

func init() { train.MustRegisterLoss("mean_over_time", MeanOverTime{}) }
