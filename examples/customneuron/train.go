package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/cli"
	"gorgonia.org/gorgonia"
)

// learner trains a model with Gorgonia's Adam.
type learner struct {
	*runner
	backward *graph.Machine // with gradients
	solver   *gorgonia.AdamSolver
	rate     float64 // at the beginning
	total    int     // steps

	steps int           // so far
	spent time.Duration // on them
}

func (f *flags) newLearner(r *runner, records int) (*learner, error) {
	gradients, err := gorgonia.Grad(r.loss, r.params.Nodes()...)
	if err != nil {
		return nil, err
	}
	backward, err := graph.NewMachine(append(gradients, r.loss, r.scores)...)
	if err != nil {
		return nil, err
	}
	total := f.Epochs * ((records + f.Batch - 1) / f.Batch)
	return &learner{runner: r, backward: backward, solver: gorgonia.NewAdamSolver(), rate: f.LR, total: total}, nil
}

// step learns from one batch of records. The rate falls along half a cosine.
func (l *learner) step(p part, batch []int, sum *result) error {
	start := time.Now()
	if err := l.run(l.backward, p, batch, sum); err != nil {
		return err
	}
	gorgonia.WithLearnRate(l.rate * (1 + math.Cos(math.Pi*float64(l.steps)/float64(l.total))) / 2)(l.solver)
	if err := l.solver.Step(gorgonia.NodesToValueGrads(l.params.Nodes())); err != nil {
		return err
	}
	l.steps++
	l.spent += time.Since(start)
	return nil
}

// history is how a training went, epoch by epoch.
type history struct {
	train, validation []result
	best              int // the epoch with the highest accuracy of validation, from 0
}

// train trains for all epochs, unless ctx ends it, and leaves the parameters of the best epoch in the
// network. Those of the best epoch so far are in a checkpoint.
func (f *flags) train(ctx context.Context, l *learner, train, validate part) (h history, err error) {
	bar := cli.NewProgress(l.total, "training")
	defer bar.Close()
	order, said := graph.Stream(f.Seed, "order"), ""
	var chosen map[string][]float64
	for epoch := range f.Epochs {
		var sum result
		order.Shuffle(len(train.indices), func(i, j int) {
			train.indices[i], train.indices[j] = train.indices[j], train.indices[i]
		})
		for batch := range slices.Chunk(train.indices, f.Batch) {
			if err := ctx.Err(); err != nil {
				return h, err
			}
			if err := l.step(train, batch, &sum); err != nil {
				return h, err
			}
			bar.Set(l.steps, fmt.Sprintf("epoch %d/%d  loss %.3f  accuracy %.3f%s", epoch+1, f.Epochs, sum.meanLoss(), sum.accuracy(), said))
		}
		held, err := l.evaluate(ctx, validate)
		if err != nil {
			return h, err
		}
		said = fmt.Sprintf("  validation %.3f", held.accuracy())
		h.train, h.validation = append(h.train, sum), append(h.validation, held)
		if epoch == 0 || held.accuracy() > h.validation[h.best].accuracy() {
			h.best, chosen = epoch, values(l.params)
			if err := f.save(l.model); err != nil {
				return h, err
			}
		}
	}
	for _, q := range l.params.All() {
		if err := l.params.Set(q.Name, q.Node.Shape(), chosen[q.Name]); err != nil {
			return h, err
		}
	}
	return h, nil
}

// values are copies of all parameters.
func values(p *graph.Params) map[string][]float64 {
	v := map[string][]float64{}
	for _, q := range p.All() {
		v[q.Name] = q.Values()
	}
	return v
}
