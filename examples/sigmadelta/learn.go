package main

import (
	"context"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// task is what an encoder learns, with a budget of spikes; 0 is for any.
func (s *settings) task(budget float64) train.Task[*coding.Coded] {
	return train.Task[*coding.Coded]{Model: s.bench.Coder(s.Adaptation), Loss: coding.LogError{Budget: budget}, Metrics: []train.Metric{coding.SNR{Budget: budget}}}
}

// learn trains an encoder on signals of all amplitudes at once, one batch, and returns the best that there was:
// of those that spike no more than it did at the beginning, the one with the least loss.
func (s *settings) learn(ctx context.Context, r *program.Run, f *program.Training, start coding.Encoder) (best coding.Encoder, h training, err error) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
	if err != nil {
		return best, h, err
	}
	if _, err := s.bench.Neurons(start).Declare(p, 1); err != nil {
		return best, h, err
	}
	data := &s.training
	before, err := train.NewNetwork(s.task(0), p, data.Spec(), f.Seed)
	if err != nil {
		return best, h, err
	}
	rep, err := before.Evaluate(ctx, data, train.Evaluation{Batch: data.Len()})
	if err != nil {
		return best, h, err
	}
	h.add(rep)
	h.Budget = h.Rate[0]
	if f.Epochs == 0 {
		return start, h, nil
	}
	settings := train.Settings{Params: p, Ordered: true, Validation: data, Select: train.Criterion{Number: "chosen"}, Solver: s.solver(f, p)}
	t, err := program.Train(ctx, r, f, s.task(h.Budget), data, settings)
	if err != nil {
		return best, h, err
	}
	defer t.Close()
	for _, e := range t.History() {
		h.add(e.Validation)
		h.Seconds += e.Seconds
	}
	h.Iterations, h.Best = len(t.History()), t.Best().Epoch
	return coding.EncoderOf(s.Adaptation, t.Params()), h, nil
}

// solver is Adam at a rate that is a share of each parameter, whatever its unit.
func (s *settings) solver(f *program.Training, p *graph.Params) *optim.Solver {
	chain := []optim.Transform{optim.ScaleByAdam{}, optim.LearningRate{Schedule: optim.Cosine{Rate: f.LR, Steps: f.Epochs}}}
	var bounds []optim.Transform
	for _, q := range p.All() {
		name, size := optim.Names{q.Name}, stat.Mean(q.Values(), nil)
		chain = append(chain, optim.GroupRate{Names: name, Factor: size})
		bounds = append(bounds, optim.AtLeast{Names: name, Min: 1e-3 * size})
	}
	return optim.New(append(chain, bounds...)...)
}

// training is how the training went, iteration by iteration: before the first, and after each. The numbers are
// those of the signals to train on.
type training struct {
	Iterations int       `json:"iterations"`
	Best       int       `json:"best"` // iteration that was kept
	Budget     float64   `json:"rate_budget_hz"`
	Loss       []float64 `json:"loss"`
	SNR        []float64 `json:"snr_db"`
	Rate       []float64 `json:"rate_hz"`
	Seconds    float64   `json:"seconds"`
}

// add adds an iteration.
func (h *training) add(r *train.Report) {
	for _, of := range []struct {
		to   *[]float64
		name string
	}{{&h.Loss, "loss"}, {&h.SNR, "snr_db"}, {&h.Rate, "rate_hz"}} {
		x, _ := r.Number(of.name)
		*of.to = append(*of.to, x)
	}
}

// restore reads the encoder of a checkpoint, which is to be as the flags say.
func (s *settings) restore(path string) (coding.Encoder, error) {
	c, e, err := coding.Load(path)
	if err != nil {
		return e, err
	}
	return e, errors.Wrap(program.Limits(program.Same("adaptation", c.Adaptation, s.Adaptation), program.Same("signed", c.Signed, s.Signed)), path)
}
