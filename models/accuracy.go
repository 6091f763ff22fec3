package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Accuracy is a [train.Metric] of classes: the share of the labels that are named by the largest score.
type Accuracy struct{}

// Name implements [train.Metric].
func (Accuracy) Name() string { return "accuracy" }

// Watch implements [train.Metric].
func (Accuracy) Watch(v train.View) (gorgonia.Nodes, error) { return classScores(v) }

// Meter implements [train.Metric].
func (Accuracy) Meter() train.Meter { return &accuracyMeter{} }

type accuracyMeter struct{ labels, right int }

// Add implements [train.Meter].
func (m *accuracyMeter) Add(s train.Seen) error {
	s.Rows(0, func(b, t int, scores []float64) {
		m.labels++
		if argmax(scores[:s.Spec.Classes]) == s.Class(b, t) {
			m.right++
		}
	})
	return nil
}

// Result implements [train.Meter].
func (m *accuracyMeter) Result() train.Result {
	return train.Result{Numbers: []train.Number{{Name: "accuracy", Value: float64(m.right) / float64(max(m.labels, 1))}}}
}

// classScores are the scores that metrics of classes read.
func classScores(v train.View) (gorgonia.Nodes, error) {
	switch {
	case v.Spec.Classes == 0:
		return nil, errors.New("srnn: the targets of the data are no classes")
	case v.Scores == nil:
		return nil, errors.New("srnn: the loss does not say what the scores of classes are: it has no method Scores")
	}
	return gorgonia.Nodes{v.Scores}, nil
}

// argmax is the place of the largest element, the first of several.
func argmax(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

func init() { train.MustRegisterMetric("accuracy", Accuracy{}) }
