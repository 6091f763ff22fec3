package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// SpikeCount is the cross entropy with the number of the readout's spikes, Σ_t S_t, as the scores of one
// class for the sequence.
type SpikeCount struct {
	// Scale is what a spike counts; nil stands for 1, as in Yin et al. Over hundreds of steps, counts that
	// differ by tens make softmax all but certain: less makes for gradients that are smoother, and names
	// the same class.
	Scale *float64 `json:"scale,omitempty"`
	Labels
}

// Scores implements [train.Scorer].
func (l SpikeCount) Scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	if out.Readout == nil || !out.Readout.Spiking() {
		return nil, errors.New("srnn: a loss of spike counts needs a spiking readout")
	}
	s, err := out.Readout.Spikes()
	if err != nil {
		return nil, err
	}
	counts, err := ops.SumOverTime(s, mask(b), 0)
	if err != nil || l.Scale == nil || *l.Scale == 1 {
		return counts, err
	}
	if !(*l.Scale > 0) || !graph.Finite(*l.Scale) {
		return nil, errors.Errorf("srnn: a loss of spike counts has scale %v, want a positive number", *l.Scale)
	}
	return graph.Affine(counts, *l.Scale, 0)
}

// Loss implements [train.Loss].
func (l SpikeCount) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return sequenceLoss(l, l.Labels, out, b)
}

func init() { train.MustRegisterLoss("spike_count", SpikeCount{}) }
