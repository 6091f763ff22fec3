package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
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

	patterns, unseen models.SpikePatterns // to train and to test on

	trained, tested []*train.Report // what it does with them, before the training and after each iteration

	bar   *cli.Progress
	spent time.Duration
}

// number is one of those that SpikeTiming has.
func number(r *train.Report, name string) float64 {
	x, _ := r.Number(name)
	return x
}

// newTraining prepares a training, from the parameters in a checkpoint if one is given.
func (s settings) newTraining(ctx context.Context, seed uint64, checkpoint string) (*training, error) {
	t := &training{settings: s, seed: seed, network: s.network()}
	var err error
	if t.patterns, t.unseen, err = s.patterns(seed); err != nil {
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
	if checkpoint != "" {
		if options.Params, err = program.LoadParams(checkpoint, t.network); err != nil {
			return nil, err
		}
	}
	t.Trainer, err = train.New(train.Task[*models.SpikeTimes]{
		Model:   t.network,
		Loss:    models.SpikeTimeError{},
		Metrics: []train.Metric{models.SpikeTiming{Tolerance: s.Tolerance}},
	}, t.patterns, options)
	return t, err
}

func (t *training) String() string {
	sizes := []string{fmt.Sprint(t.network.In)}
	for _, l := range t.network.Layers {
		sizes = append(sizes, fmt.Sprint(l.Units))
	}
	return fmt.Sprintf("%s: a network %s, %d patterns to train on, %d to test on", t.name, strings.Join(sizes, "-"), len(t.patterns), len(t.unseen))
}

// learn trains the network, unless its outputs are near to their targets already.
func (t *training) learn(ctx context.Context) error {
	t.bar = cli.NewProgress(t.Iterations, fmt.Sprintf("seed %d", t.seed))
	defer t.bar.Close()
	start := time.Now()
	defer func() { t.spent = time.Since(start) }()
	if err := t.look(ctx); errors.Is(err, train.ErrStop) || t.Iterations == 0 && err == nil {
		return nil
	} else if err != nil {
		return err
	}
	return t.Run(ctx)
}

// look looks at what the network does with all patterns, and stops the training where all outputs are near to
// their targets.
func (t *training) look(ctx context.Context) error {
	trained, err := t.Evaluate(ctx, t.patterns, train.Evaluation{Batch: len(t.patterns)})
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
		for _, p := range t.patterns {
			names = append(names, fmt.Sprintf("%v, %v ms", p.Times[0], p.Times[1]))
		}
		return t.patterns, names
	}
	from := t.unseen
	if len(from) == 0 {
		from = t.patterns
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
