package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Reading says what a network predicts where targets are numbers, of the readout's membrane potential
// [T, batch, n].
type Reading string

const (
	// AtEnd is the potential at the last step of each sequence, for targets of sequences. The empty Reading
	// stands for it.
	AtEnd Reading = "end"

	// OnAverage is the mean of the potential over the steps of each sequence, for targets of sequences.
	OnAverage Reading = "mean"

	// EachStep is the potential at each step, for targets of steps.
	EachStep Reading = "steps"
)

// scores are [batch, n] or, of each step, [T, batch, n].
func (r Reading) scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	u, err := membrane(out)
	if err != nil {
		return nil, err
	}
	switch r {
	case "", AtEnd:
		return ops.LastStep(u, mask(b))
	case OnAverage:
		return ops.MeanOverTime(u, mask(b), 0)
	case EachStep:
		return u, nil
	}
	return nil, errors.Errorf("srnn: the reading is %q, want %q, %q or %q", string(r), AtEnd, OnAverage, EachStep)
}

// loss is the mean over the examples, over the steps of each, and over the outputs, of what compares the
// scores with the targets, element by element.
func (r Reading) loss(out *Output, b train.Batch, compare func(scores, targets *gorgonia.Node) (*gorgonia.Node, error)) (*gorgonia.Node, error) {
	if b.Spec.Numbers == 0 {
		return nil, errors.New("srnn: the targets of the data are no numbers")
	}
	scores, err := r.scores(out, b)
	if err != nil {
		return nil, err
	}
	if s := scores.Shape(); s[len(s)-1] != b.Spec.Numbers {
		return nil, errors.Errorf("srnn: the network predicts %d numbers, and targets are %d", s[len(s)-1], b.Spec.Numbers)
	}
	x, err := compare(scores, b.Y)
	if err != nil {
		return nil, err
	}
	if r == EachStep {
		if x, err = ops.MeanOverTime(x, mask(b), 0); err != nil {
			return nil, err
		}
	}
	return ops.WeightedMean(x, b.Weight)
}
