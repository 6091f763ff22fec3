package models

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// MeanAbsoluteError is a [train.Metric] of numbers: the mean of |prediction − target| over all numbers of all
// targets.
type MeanAbsoluteError struct{}

// Name implements [train.Metric].
func (MeanAbsoluteError) Name() string { return "mean_absolute_error" }

// Watch implements [train.Metric].
func (MeanAbsoluteError) Watch(v train.View) (gorgonia.Nodes, error) { return numberScores(v) }

// Meter implements [train.Metric].
func (MeanAbsoluteError) Meter() train.Meter { return new(absoluteMeter) }

type absoluteMeter struct {
	sum float64
	n   int
}

// Add implements [train.Meter].
func (m *absoluteMeter) Add(s train.Seen) error {
	s.Rows(0, func(b, t int, scores []float64) {
		for i, y := range s.Target(b, t) {
			m.sum += math.Abs(scores[i] - float64(y))
			m.n++
		}
	})
	return nil
}

// Result implements [train.Meter].
func (m *absoluteMeter) Result() train.Result {
	return train.Result{Numbers: []train.Number{{Name: "mean_absolute_error", Value: m.sum / float64(max(m.n, 1))}}}
}

// numberScores are the predictions that metrics of numbers read.
func numberScores(v train.View) (gorgonia.Nodes, error) {
	switch {
	case v.Spec.Numbers == 0:
		return nil, errors.New("srnn: the targets of the data are no numbers")
	case v.Scores == nil:
		return nil, errors.New("srnn: the loss does not say what the predicted numbers are: it has no method Scores")
	}
	if s := v.Scores.Shape(); s[len(s)-1] != v.Spec.Numbers {
		return nil, errors.Errorf("srnn: the network predicts %d numbers, and targets are %d", s[len(s)-1], v.Spec.Numbers)
	}
	return gorgonia.Nodes{v.Scores}, nil
}

func init() { train.MustRegisterMetric("mean_absolute_error", MeanAbsoluteError{}) }
