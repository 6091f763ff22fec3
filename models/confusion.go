package models

import (
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Confusion is a [train.Metric] of classes: how often each was taken for which. Its detail is [][]int, for each
// class as the label a row with how often each class had the largest score. It has no number of its own.
type Confusion struct{}

// Name implements [train.Metric].
func (Confusion) Name() string { return "confusion" }

// Costly implements [train.Costly].
func (Confusion) Costly() {}

// Watch implements [train.Metric].
func (Confusion) Watch(v train.View) (gorgonia.Nodes, error) { return classScores(v) }

// Meter implements [train.Metric].
func (Confusion) Meter() train.Meter { return new(confusionMeter) }

type confusionMeter struct{ counts [][]int }

// Add implements [train.Meter].
func (m *confusionMeter) Add(s train.Seen) error {
	if m.counts == nil {
		m.counts = make([][]int, s.Spec.Classes)
		for i := range m.counts {
			m.counts[i] = make([]int, s.Spec.Classes)
		}
	}
	s.Rows(0, func(b, t int, scores []float64) {
		m.counts[s.Class(b, t)][argmax(scores[:s.Spec.Classes])]++
	})
	return nil
}

// Result implements [train.Meter].
func (m *confusionMeter) Result() (r train.Result) {
	if m.counts != nil {
		r.Detail = m.counts
	}
	return r
}

// ConfusionOf is the detail of [Confusion] in a report, by label and prediction; nil without that metric.
func ConfusionOf(r *train.Report) [][]int {
	counts, _ := r.Detail("confusion").([][]int)
	return counts
}

func init() { train.MustRegisterMetric("confusion", Confusion{}) }
