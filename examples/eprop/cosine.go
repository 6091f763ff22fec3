package main

import (
	"context"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// cosines says how near one gradient is to another: 1 where they have the same direction.
type cosines struct {
	Overall    float64            `json:"overall"`
	Parameters map[string]float64 `json:"parameters"`
	EPropNorm  float64            `json:"eprop_norm"` // of both gradients
	BPTTNorm   float64            `json:"bptt_norm"`
}

// cosineToBPTT is that of the e-prop gradient with the exact one, for the network's parameters as they
// are, on the first trials to test on. The network is declared once with each estimator; the exact gradient
// goes through resets and back through the weights of the readout, whatever e-prop does, and has none of weights
// for feedback.
func (f *flags) cosineToBPTT(ctx context.Context, p *graph.Params, d *datasets) (*cosines, error) {
	batch := make([]int, f.Batch)
	for i := range batch {
		batch[i] = i % d.test.Len()
	}
	trials, err := train.Subset(d.test, batch)
	if err != nil {
		return nil, err
	}
	gradient := func(e ops.Estimator, feedback nodes.FeedbackKind, detach *bool) (train.Gradient, error) {
		task, err := f.taskBy(d, e, feedback, detach)
		if err != nil {
			return nil, err
		}
		return train.GradientOf(ctx, task, p, trials)
	}
	eprop, err := gradient(ops.EProp{}, nodes.FeedbackKind(f.Feedback), f.DetachReset)
	if err != nil {
		return nil, err
	}
	exact, err := gradient(ops.BPTT{}, nodes.SymmetricFeedback, new(false))
	if err != nil {
		return nil, err
	}
	c := &cosines{EPropNorm: eprop.In(exact).Norm(), BPTTNorm: exact.Norm()}
	c.Overall, c.Parameters = eprop.Cosines(exact)
	return c, nil
}
