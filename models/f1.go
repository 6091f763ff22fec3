package models

import (
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// F1 is a [train.Metric] of classes: the mean over the classes that occur of
//
//	F1 = 2 right / (labels of the class + predictions of the class)
//
// the harmonic mean of precision and recall. Rare classes count as much as frequent ones (macro average), unlike
// in [Accuracy]. A class that is neither a label nor predicted is left out; its number in the detail, []float64
// by class, is 0.
type F1 struct{}

// Name implements [train.Metric].
func (F1) Name() string { return "f1" }

// Watch implements [train.Metric].
func (F1) Watch(v train.View) (gorgonia.Nodes, error) { return classScores(v) }

// Meter implements [train.Metric].
func (F1) Meter() train.Meter { return new(f1Meter) }

type f1Meter struct{ confusionMeter }

// Result implements [train.Meter].
func (m *f1Meter) Result() train.Result {
	var each []float64
	sum, occurring := 0., 0
	for class, row := range m.counts {
		both := 0 // labels and predictions
		for other := range row {
			both += row[other] + m.counts[other][class]
		}
		f1 := 2 * float64(row[class]) / float64(max(both, 1))
		each = append(each, f1)
		sum += f1
		if both > 0 {
			occurring++
		}
	}
	r := train.Result{Numbers: []train.Number{{Name: "f1", Value: sum / float64(max(occurring, 1))}}}
	if each != nil {
		r.Detail = each
	}
	return r
}

func init() { train.MustRegisterMetric("f1", F1{}) }
