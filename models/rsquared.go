package models

import (
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// RSquared is a [train.Metric] of numbers, the coefficient of determination: the mean over the n numbers of a
// target of
//
//	R² = 1 − Σ (prediction − target)² / Σ (target − mean target)²
//
// 1 is perfect, and 0 what the mean target would be as the only prediction. A number that is the same in all
// targets has none, and is left out; without any other, R² is 0. The detail is []float64, R² of each number.
type RSquared struct{}

// Name implements [train.Metric].
func (RSquared) Name() string { return "r_squared" }

// Watch implements [train.Metric].
func (RSquared) Watch(v train.View) (gorgonia.Nodes, error) { return numberScores(v) }

// Meter implements [train.Metric].
func (RSquared) Meter() train.Meter { return new(squaredMeter) }

// squaredMeter has for each number the mean and the sum of squared deviations (Welford 1962), which do not
// lose digits where the mean is large.
type squaredMeter struct {
	n                        float64
	mean, deviations, errors []float64
}

// Add implements [train.Meter].
func (m *squaredMeter) Add(s train.Seen) error {
	if m.mean == nil {
		n := s.Spec.Numbers
		m.mean, m.deviations, m.errors = make([]float64, n), make([]float64, n), make([]float64, n)
	}
	s.Rows(0, func(b, t int, scores []float64) {
		m.n++
		for i, target := range s.Target(b, t) {
			y := float64(target)
			d := y - m.mean[i]
			m.mean[i] += d / m.n
			m.deviations[i] += d * (y - m.mean[i])
			m.errors[i] += (scores[i] - y) * (scores[i] - y)
		}
	})
	return nil
}

// Result implements [train.Meter].
func (m *squaredMeter) Result() train.Result {
	each, sum, varying := make([]float64, len(m.mean)), 0., 0
	for i, d := range m.deviations {
		if d > 0 {
			each[i] = 1 - m.errors[i]/d
			sum += each[i]
			varying++
		}
	}
	r := train.Result{Numbers: []train.Number{{Name: "r_squared", Value: sum / float64(max(varying, 1))}}}
	if len(each) > 0 {
		r.Detail = each
	}
	return r
}

func init() { train.MustRegisterMetric("r_squared", RSquared{}) }
