package main

import (
	"context"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// runner runs a model on records, batch by batch.
type runner struct {
	*model
	forward *graph.Machine // without gradients

	events, truth []float32 // the values of x and labels
}

func newRunner(m *model) (*runner, error) {
	events := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(m.x.Shape()...))
	truth := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(m.labels.Shape()...))
	if err := gorgonia.Let(m.x, events); err != nil {
		return nil, err
	}
	if err := gorgonia.Let(m.labels, truth); err != nil {
		return nil, err
	}
	forward, err := graph.NewMachine(m.loss, m.scores, m.spikes)
	return &runner{m, forward, events.Data().([]float32), truth.Data().([]float32)}, err
}

// result is what the network makes of records.
type result struct {
	loss   float64 // Σ over the steps that count, nats
	right  int     // of them
	labels [6]int  // how many there are of each wave

	spikes, chances float64 // how often neurons fired, and could have
}

func (r result) steps() (n int) {
	for _, k := range r.labels {
		n += k
	}
	return n
}

func (r result) meanLoss() float64   { return r.loss / float64(r.steps()) }
func (r result) accuracy() float64   { return float64(r.right) / float64(r.steps()) }
func (r result) firingRate() float64 { return r.spikes / r.chances }

// majority is the accuracy of always naming the most frequent wave.
func (r result) majority() float64 { return float64(slices.Max(r.labels[:])) / float64(r.steps()) }

// run runs a machine on one batch of records, and adds what it gives to a result.
func (r *runner) run(m *graph.Machine, p part, batch []int, sum *result) error {
	if err := r.load(p, batch); err != nil {
		return err
	}
	if err := m.RunAll(); err != nil {
		return err
	}
	sum.loss += float64(r.loss.Value().Data().(float32)) * float64(len(batch))
	predicted := r.predictions()
	for i := skip * r.labels.Shape()[1]; i < len(r.truth); i++ {
		if r.truth[i] == models.Ignore {
			continue
		}
		sum.labels[int(r.truth[i])]++
		if int(r.truth[i]) == predicted[i] {
			sum.right++
		}
	}
	return nil
}

// load writes records into the inputs. Where the batch has room for more of them, there are no
// labels, so that nothing counts there.
func (r *runner) load(p part, batch []int) error {
	d, size := p.Dims(), r.labels.Shape()[1]
	x, labels := make([]float32, d.Steps*d.Features), make([]int, d.Steps)
	clear(r.events)
	for i := range r.truth {
		r.truth[i] = models.Ignore
	}
	for b, i := range batch {
		if err := p.Example(i, x, labels); err != nil {
			return err
		}
		for t, label := range labels {
			copy(r.events[(t*size+b)*d.Features:], x[t*d.Features:][:d.Features])
			r.truth[t*size+b] = float32(label)
		}
	}
	return nil
}

// predictions are the classes with the highest scores, [T, batch].
func (r *runner) predictions() []int {
	scores := r.scores.Value().Data().([]float32)
	out := make([]int, len(r.truth))
	for i := range out {
		row := scores[i*len(scores)/len(out):][:len(scores)/len(out)]
		out[i] = slices.Index(row, slices.Max(row))
	}
	return out
}

// evaluate runs the network on records, without learning from them.
func (r *runner) evaluate(ctx context.Context, p part) (sum result, err error) {
	size, units := r.labels.Shape()[1], r.layer.Units
	for batch := range slices.Chunk(p.indices, size) {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		if err := r.run(r.forward, p, batch, &sum); err != nil {
			return sum, err
		}
		spikes := r.spikes.Value().Data().([]float32)
		for t := range r.x.Shape()[0] {
			for _, s := range spikes[t*size*units:][:len(batch)*units] {
				sum.spikes += float64(s)
			}
			sum.chances += float64(len(batch) * units)
		}
	}
	return sum, nil
}
