package models

import (
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Confusion is a [train.Metric] of classes: how often each class was named for each label. Its detail is the
// matrix [label][prediction] as [][]int.
type Confusion struct{}

// Name implements [train.Metric].
func (Confusion) Name() string { return "confusion" }

// Costly implements [train.Costly].
func (Confusion) Costly() {}

// Watch implements [train.Metric].
func (Confusion) Watch(v train.View) (gorgonia.Nodes, error) { return classScores(v) }

// Meter implements [train.Metric].
func (Confusion) Meter() train.Meter { return &confusionMeter{} }

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
func (m *confusionMeter) Result() train.Result { return train.Result{Detail: m.counts} }

func init() { train.MustRegisterMetric("confusion", Confusion{}) }
