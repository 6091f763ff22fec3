package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// metrics are what a run leaves in metrics.json beside what all programs do. Errors are shares of wrong
// decisions or, for curves, the normalised mean squared error; test_error is that on the trials to test on.
type metrics struct {
	Task         string             `json:"task"`
	Estimator    json.RawMessage    `json:"estimator"`
	Feedback     nodes.FeedbackKind `json:"feedback"`
	Seed         uint64             `json:"seed"`
	ErrorIs      string             `json:"error_is"`
	Criterion    float64            `json:"criterion"`
	CriterionMet bool               `json:"criterion_met"` // by test_error
	ReachedAt    int                `json:"reached_at"`    // the iteration after which the validation error met it by a standard deviation; 0: none
	Iterations   int                `json:"iterations"`
	FiringRate   float64            `json:"firing_rate_hz"`
	RateWeight   float64            `json:"rate_weight"`
	CosineToBPTT *cosines           `json:"cosine_to_bptt,omitempty"` // of the e-prop gradient, on the first trials to test on
	PeakMemoryMB float64            `json:"peak_memory_mb,omitempty"` // until the end of the training
	Parameters   int                `json:"trained_parameters"`
	Network      models.SRNN        `json:"network"`
}

// test tests what was learned, and draws it.
func (f *flags) test(ctx context.Context, r *program.Run, net *train.Network, t *train.Trainer, d *datasets) error {
	peak := cli.PeakMemory()
	rep, err := program.Evaluate(ctx, net, d.test, f.Seed, f.Batch)
	if err != nil {
		return err
	}
	of := exercises[f.Task]
	m := metrics{
		Task: f.Task, Feedback: nodes.FeedbackKind(f.Feedback), Seed: f.Seed, ErrorIs: "wrong decisions", Criterion: of.criterion,
		FiringRate: 1000 * numberOf(rep, "firing_rate"), RateWeight: *f.RateWeight, PeakMemoryMB: float64(peak) / 1e6, Network: net.Model().(models.SRNN),
	}
	if d.pattern != nil {
		m.ErrorIs = "normalised mean squared error"
	}
	if m.Estimator, err = ops.MarshalEstimator(m.Network.Hidden[0].Estimator); err != nil {
		return err
	}
	if t != nil {
		m.Iterations = epoch * len(t.History())
		for _, e := range t.History() {
			if m.ReachedAt == 0 && numberOf(e.Validation, "error_bound") < of.criterion {
				m.ReachedAt = epoch * e.Epoch
			}
		}
	}
	for _, p := range net.Params().Trainable() {
		m.Parameters += p.Node.Shape().TotalSize()
	}
	e, met := numberOf(rep, "error"), "does not meet"
	if m.CriterionMet = e < of.criterion; m.CriterionMet {
		met = "meets"
	}
	if m.CosineToBPTT, err = f.cosineToBPTT(ctx, net.Params(), d); err != nil {
		return err
	}
	if err := r.Results(t, rep, m); err != nil {
		return err
	}
	fmt.Printf("%d iterations: error %.4f (%s), which %s the criterion of %v\nfiring rate %.1f Hz   cosine of the e-prop to the exact gradient %.3f\n",
		m.Iterations, e, m.ErrorIs, met, of.criterion, m.FiringRate, m.CosineToBPTT.Overall)
	return f.drawTrial(ctx, r, net, d)
}

// numberOf is a number of a report that has it.
func numberOf(r *train.Report, name string) float64 {
	x, _ := r.Number(name)
	return x
}
