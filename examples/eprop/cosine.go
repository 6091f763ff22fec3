package main

import (
	"context"
	"io"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
)

// cosines says how near one gradient is to another: 1 where they have the same direction.
type cosines struct {
	Overall    float64            `json:"overall"`
	Parameters map[string]float64 `json:"parameters"`
	EPropNorm  float64            `json:"eprop_norm"` // of both gradients
	BPTTNorm   float64            `json:"bptt_norm"`
}

// cosineToBPTT is that of the e-prop gradient with the exact one, for the network's parameters as they
// are, on the first trials to test on. The network is declared once with each estimator; the exact gradient
// goes through resets and back through the weights of the readout, whatever e-prop does.
func (f *flags) cosineToBPTT(ctx context.Context, p *graph.Params, d *datasets) (*cosines, error) {
	eprop, err := f.taskBy(d, ops.EProp{}, nodes.FeedbackKind(f.Feedback), f.DetachReset)
	if err != nil {
		return nil, err
	}
	exact, err := f.taskBy(d, ops.BPTT{}, nodes.SymmetricFeedback, new(false))
	if err != nil {
		return nil, err
	}
	var gradients [2]map[string][]float64
	for i, task := range []train.Task[*models.Output]{eprop, exact} {
		if gradients[i], err = f.gradient(ctx, task, p, d.test); err != nil {
			return nil, err
		}
	}
	c := &cosines{Parameters: map[string]float64{}}
	var a, b []float64
	for _, q := range p.Trainable() {
		if gradients[1][q.Name] == nil {
			continue // weights for feedback are not in the exact gradient
		}
		c.Parameters[q.Name] = cosine(gradients[0][q.Name], gradients[1][q.Name])
		a, b = append(a, gradients[0][q.Name]...), append(b, gradients[1][q.Name]...)
	}
	c.Overall, c.EPropNorm, c.BPTTNorm = cosine(a, b), floats.Norm(a, 2), floats.Norm(b, 2)
	return c, nil
}

// gradient is that of each parameter on the first trials of a dataset.
func (f *flags) gradient(ctx context.Context, task train.Task[*models.Output], p *graph.Params, data train.Dataset) (gradient, error) {
	batch := make([]int, f.Batch)
	for i := range batch {
		batch[i] = i % data.Len()
	}
	trials, err := train.Subset(data, batch)
	if err != nil {
		return nil, err
	}
	g := gradient{}
	t, err := train.New(task, trials, train.Settings{Epochs: 1, Batch: f.Batch, Ordered: true, Solver: g, Params: p, Log: io.Discard})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return g, t.Run(ctx)
}

// gradient is a solver that moves nothing, and keeps the gradient of each parameter.
type gradient map[string][]float64

// Step implements [gorgonia.Solver].
func (g gradient) Step(model []gorgonia.ValueGrad) error {
	for _, q := range model {
		v, err := q.Grad()
		if err != nil {
			return err
		}
		if g[q.(gorgonia.Namer).Name()], err = graph.Float64s(v); err != nil {
			return err
		}
	}
	return nil
}

// cosine is that of the angle between two vectors, and 0 where one of them is 0.
func cosine(a, b []float64) float64 {
	lengths := floats.Norm(a, 2) * floats.Norm(b, 2)
	if lengths == 0 {
		return 0
	}
	return floats.Dot(a, b) / lengths
}
