package models

import (
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// SumSoftmax is the cross entropy with Σ_{t≥from} softmax(u_t) as the scores of one class for the sequence,
// u being the readout's membrane potential (Yin, Corradi & Bohté 2021). They take From 1 for the integrator
// readout.
type SumSoftmax struct {
	From int `json:"from,omitempty"`
	Labels
}

// Scores implements [train.Scorer].
func (l SumSoftmax) Scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	u, err := membrane(out)
	if err != nil {
		return nil, err
	}
	return late(ops.SoftmaxOverTime, u, b, l.From)
}

// Loss implements [train.Loss].
func (l SumSoftmax) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return sequenceLoss(l, l.Labels, out, b)
}

func init() { train.MustRegisterLoss("sum_softmax", SumSoftmax{}) }
