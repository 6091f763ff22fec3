package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Labels are settings that the cross entropies share.
type Labels struct {
	// ClassWeights are how often each class counts, where some are rare: the loss of a label is multiplied
	// by that of its class. Nil counts all alike.
	ClassWeights []float64 `json:"class_weights,omitempty"`

	// Smoothing ε puts the target (1−ε) on the label's class and ε/classes on all.
	Smoothing float64 `json:"smoothing,omitempty"`
}

// crossEntropy is that of the scores with the labels of a batch, of which the first steps do not count.
func (l Labels) crossEntropy(scores *gorgonia.Node, b train.Batch, skip int) (*gorgonia.Node, error) {
	if b.Spec.Classes == 0 {
		return nil, errors.New("srnn: the targets of the data are no classes")
	}
	return ops.CrossEntropy(scores, b.Y, ops.CrossEntropySettings{Skip: skip, ClassWeights: l.ClassWeights, Smoothing: l.Smoothing})
}

// mask is what sums over time leave out; nil where that is nothing.
func mask(b train.Batch) *gorgonia.Node {
	if !b.Padded {
		return nil
	}
	return b.Mask
}

// membrane is the readout's potential.
func membrane(out *Output) (*gorgonia.Node, error) {
	if out == nil || out.Membrane == nil {
		return nil, errors.New("srnn: the network has no potential of a readout")
	}
	return out.Membrane, nil
}

// late is what an op makes of the steps from one on, over time. Of sequences that end before, that is zeros: the
// same, whatever length they are filled up to.
func late(op func(x, mask *gorgonia.Node, from int) (*gorgonia.Node, error), u *gorgonia.Node, b train.Batch, from int) (*gorgonia.Node, error) {
	if from >= b.Spec.Steps {
		return nil, errors.Errorf("srnn: the scores are of steps from %d on, and sequences have %d", from, b.Spec.Steps)
	}
	last := u.Shape()[0] - 1
	if from <= last {
		return op(u, mask(b), from)
	}
	return graph.Of(u).Map(func(u *gorgonia.Node) (*gorgonia.Node, error) { return op(u, mask(b), last) }).Times(0).Node()
}

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

// sequenceLoss is the cross entropy of a loss's own scores, of one class for the sequence.
func sequenceLoss(l train.Scorer[*Output], labels Labels, out *Output, b train.Batch) (*gorgonia.Node, error) {
	scores, err := l.Scores(out, b)
	if err != nil {
		return nil, err
	}
	return labels.crossEntropy(scores, b, 0)
}

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

func init() {
	train.MustRegisterLoss("sum_softmax", SumSoftmax{})
	train.MustRegisterLoss("per_step", PerStep{})
	train.MustRegisterLoss("spike_count", SpikeCount{})
	train.MustRegisterLoss("last_step", LastStep{})
	train.MustRegisterLoss("mean_over_time", MeanOverTime{})
}
