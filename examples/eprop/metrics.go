package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// metrics are what a run leaves in metrics.json. Errors are shares of wrong decisions or, for curves, the
// normalised mean squared error.
type metrics struct {
	Task            string             `json:"task"`
	Estimator       json.RawMessage    `json:"estimator"`
	Feedback        nodes.FeedbackKind `json:"feedback"`
	Seed            uint64             `json:"seed"`
	Error           float64            `json:"error"` // on the trials to test on
	ErrorIs         string             `json:"error_is"`
	TestTrials      int                `json:"test_trials"`
	Decisions       int                `json:"test_decisions,omitempty"`
	Criterion       float64            `json:"criterion"`
	CriterionMet    bool               `json:"criterion_met"` // by the error above
	ReachedAt       int                `json:"reached_at"`    // the iteration after which the validation error met it by a standard deviation; 0: none
	ValidationError *float64           `json:"validation_error,omitempty"`
	Iterations      int                `json:"iterations"`
	Loss            *float64           `json:"loss,omitempty"` // of the last iteration
	FiringRate      float64            `json:"firing_rate_hz"`
	RegularRate     *float64           `json:"regular_rate_hz,omitempty"`
	AdaptiveRate    *float64           `json:"adaptive_rate_hz,omitempty"`
	CosineToBPTT    *cosines           `json:"cosine_to_bptt"` // of the e-prop gradient, on the first trials to test on
	Seconds         float64            `json:"seconds"`
	SecondsPerStep  float64            `json:"seconds_per_iteration,omitempty"`
	PeakMemoryMB    float64            `json:"peak_memory_mb,omitempty"` // until the end of the training
	Parameters      int                `json:"trained_parameters"`
	Settings        settings           `json:"settings"`
	Neurons         nodes.Layer        `json:"neurons"`
}

// measure tests what was learned.
func (r *runner) measure(ctx context.Context, h history) (*metrics, error) {
	sum, err := r.evaluate(ctx, test)
	if err != nil {
		return nil, err
	}
	estimator, err := ops.MarshalEstimator(r.estimator)
	if err != nil {
		return nil, err
	}
	m := &metrics{
		Task: r.name, Estimator: estimator, Feedback: r.Feedback,
		Error: sum.error(), ErrorIs: r.task.quantity(), TestTrials: sum.trials, Decisions: sum.decisions,
		Criterion: r.Criterion, CriterionMet: sum.error() < r.Criterion, ReachedAt: h.reached,
		Iterations: len(h.loss), FiringRate: sum.rate(0, r.Units), Settings: r.settings, Neurons: r.net.neurons,
	}
	if n := len(h.validation); n > 0 {
		m.ValidationError = &h.validation[n-1]
	}
	if n := len(h.loss); n > 0 {
		m.Loss, m.SecondsPerStep = &h.loss[n-1], h.spent.Seconds()/float64(n)
	}
	if regular := r.regular(); regular > 0 && regular < r.Units {
		one, other := sum.rate(0, regular), sum.rate(regular, r.Units)
		m.RegularRate, m.AdaptiveRate = &one, &other
	}
	for _, p := range r.net.trained(r.TrainTau) {
		m.Parameters += p.Node.Shape().TotalSize()
	}
	m.CosineToBPTT, err = r.cosineToBPTT()
	return m, err
}

func (m *metrics) String() string {
	met := "does not meet"
	if m.CriterionMet {
		met = "meets"
	}
	return fmt.Sprintf("%d iterations in %.1f s: error %.4f (%s), which %s the criterion of %v\nfiring rate %.1f Hz   cosine of the e-prop to the exact gradient %.3f",
		m.Iterations, m.Seconds, m.Error, m.ErrorIs, met, m.Criterion, m.FiringRate, m.CosineToBPTT.Overall)
}
