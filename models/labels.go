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

// sequenceLoss is the cross entropy of a loss's own scores, of one class for the sequence.
func sequenceLoss(l train.Scorer[*Output], labels Labels, out *Output, b train.Batch) (*gorgonia.Node, error) {
	scores, err := l.Scores(out, b)
	if err != nil {
		return nil, err
	}
	return labels.crossEntropy(scores, b, 0)
}
