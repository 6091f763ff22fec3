package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
)

// training is that of a network from one seed.
type training struct {
	settings
	*train.Trainer
	seed    uint64
	network models.SpikeProp

	learned, unseen models.SpikePatterns // patterns to train and to test on

	trained, tested []*train.Report      // what it does with them, before the training and after each iteration
	before, after   []models.SpikeRecord // the same of those that are drawn, before the training and in the end

	bar   *cli.Progress
	spent time.Duration
}

// number is one of those that SpikeTiming has.
func number(r *train.Report, name string) float64 {
	x, _ := r.Number(name)
	return x
}

// newTraining prepares a training, from the parameters in a checkpoint if one is given.
func (f *flags) newTraining(ctx context.Context, seed uint64) (t *training, err error) {
	s := settings{f.task, f.learning}
	t = &training{settings: s, seed: seed, network: s.network()}
	if t.learned, t.unseen, err = s.patterns(seed); err != nil {
		return nil, err
	}
	options := train.Settings{
		Epochs: max(1, s.Iterations), // learn knows that 0 is none
		Batch:  s.Batch,
		Seed:   seed,
		// The loss is the mean over the batch.
		Solver:    optim.New(optim.SGD(optim.Constant(s.LR*float64(s.Batch))), optim.AtLeast{Names: optim.Names{"*.w"}}),
		Callbacks: []train.Callback{train.EpochEnd(func(*train.Trainer, train.Epoch) error { return t.look(ctx) })},
		Log:       io.Discard, // all is on the bar
	}
	if f.Checkpoint != "" {
		if options.Params, err = program.LoadParams(f.Checkpoint, t.network); err != nil {
			return nil, err
		}
	}
	t.Trainer, err = train.New(train.Task[*models.SpikeTimes]{
		Model:   t.network,
		Loss:    models.SpikeTimeError{},
		Metrics: []train.Metric{models.SpikeTiming{Tolerance: s.Tolerance}},
	}, t.learned, options)
	return t, err
}

// learn trains the network, unless its outputs are near to their targets already.
func (t *training) learn(ctx context.Context) (err error) {
	t.bar = cli.NewProgress(t.Iterations, fmt.Sprintf("seed %d", t.seed))
	defer t.bar.Close()
	if t.before, err = t.record(ctx); err != nil {
		return err
	}
	start := time.Now()
	if err = t.look(ctx); err == nil && t.Iterations > 0 {
		err = t.Run(ctx)
	}
	if err != nil && !errors.Is(err, train.ErrStop) {
		return err
	}
	t.spent = time.Since(start)
	t.after, err = t.record(ctx)
	return err
}

// look looks at what the network does with all patterns, and stops the training where all outputs are near to
// their targets.
func (t *training) look(ctx context.Context) error {
	trained, err := t.Evaluate(ctx, t.learned, train.Evaluation{Batch: len(t.learned)})
	if err != nil {
		return err
	}
	squares, worst := number(trained, "spike_error"), number(trained, "worst_ms")
	text := fmt.Sprintf("error %.3f  worst %.1f ms", squares, worst)
	if len(t.unseen) > 0 {
		tested, err := t.Evaluate(ctx, t.unseen, train.Evaluation{Batch: len(t.unseen)})
		if err != nil {
			return err
		}
		t.tested = append(t.tested, tested)
		text = fmt.Sprintf("error %.3f  accuracy %.3f, tested %.3f", squares, number(trained, "spike_accuracy"), number(tested, "spike_accuracy"))
	}
	t.bar.Set(len(t.trained), text)
	t.trained = append(t.trained, trained)
	if worst <= t.Tolerance {
		return train.ErrStop
	}
	return nil
}

// drawn are the patterns that are drawn, all of XOR, or one of each class, and their names.
func (t *training) drawn() (patterns models.SpikePatterns, names []string) {
	if t.table == nil {
		for _, p := range t.learned {
			names = append(names, fmt.Sprintf("%v, %v ms", p.Times[0], p.Times[1]))
		}
		return t.learned, names
	}
	from := t.unseen
	if len(from) == 0 {
		from = t.learned
	}
	for class, name := range t.table.Classes {
		of := func(p models.SpikePattern) bool { return models.FirstSpike(p.Targets, horizon) == class }
		if i := slices.IndexFunc(from, of); i >= 0 {
			patterns, names = append(patterns, from[i]), append(names, name)
		}
	}
	return patterns, names
}

// record runs the network on the patterns that are drawn.
func (t *training) record(ctx context.Context) ([]models.SpikeRecord, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	net, err := models.SpikePropOf(t.Network)
	if err != nil {
		return nil, err
	}
	patterns, _ := t.drawn()
	return net.Record(patterns, resolution)
}

// resolution is the distance between two points of a potential, ms.
const resolution = .1
