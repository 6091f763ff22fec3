package models

import (
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Inputs is a [train.Metric] of what goes into a network, which decides on the energy that it takes. Its detail
// is an [InputStats].
type Inputs struct{}

// InputStats tell of the inputs of a dataset.
type InputStats struct {
	Steps  float64 `json:"steps"`        // of an example, the mean
	Rate   float64 `json:"input_rate"`   // share of the inputs that are not zero
	Spikes bool    `json:"input_spikes"` // all inputs are −1, 0 or 1
}

// Name implements [train.Metric].
func (Inputs) Name() string { return "inputs" }

// Costly implements [train.Costly].
func (Inputs) Costly() {}

// Watch implements [train.Metric].
func (Inputs) Watch(train.View) (gorgonia.Nodes, error) { return nil, nil }

// Meter implements [train.Metric].
func (Inputs) Meter() train.Meter { return &inputMeter{} }

type inputMeter struct {
	examples, steps, all, active int
	graded                       bool
}

// Add implements [train.Meter].
func (m *inputMeter) Add(s train.Seen) error {
	for b := range s.Len() {
		all, active, signs := s.Input(b)
		m.all, m.active, m.graded = m.all+all, m.active+active, m.graded || !signs
		m.steps += s.Steps(b)
	}
	if s.Last() {
		m.examples += s.Len()
	}
	return nil
}

// Result implements [train.Meter].
func (m *inputMeter) Result() train.Result {
	stats := InputStats{Steps: float64(m.steps) / float64(max(m.examples, 1)), Rate: float64(m.active) / float64(max(m.all, 1)), Spikes: !m.graded}
	return train.Result{Numbers: []train.Number{{Name: "input_rate", Value: stats.Rate}}, Detail: stats}
}

func init() { train.MustRegisterMetric("inputs", Inputs{}) }
