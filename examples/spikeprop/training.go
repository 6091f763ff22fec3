package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
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

	looks []look // before the training, and after each iteration
	bar   *cli.Progress
	spent time.Duration
}

// look is what a network does with the patterns.
type look struct{ trained, tested *train.Report }

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
		net, err := train.Load(checkpoint)
		if err != nil {
			return nil, err
		}
		if err := same(net.Model(), t.network); err != nil {
			return nil, errors.Wrap(err, checkpoint)
		}
		options.Params = net.Params()
	}
	t.Trainer, err = train.New(train.Task[*models.SpikeTimes]{
		Model:   t.network,
		Loss:    models.SpikeTimeError{},
		Metrics: []train.Metric{models.SpikeTiming{Tolerance: s.Tolerance}},
	}, t.patterns, options)
	return t, err
}

// same refuses a network that is not the one that is wanted.
func same(got any, want models.SpikeProp) error {
	a, err := json.Marshal(got)
	if err != nil {
		return err
	}
	b, err := json.Marshal(want)
	if err == nil && string(a) != string(b) {
		err = errors.Errorf("is of another network, %s, want %s", a, b)
	}
	return err
}

func (t *training) String() string {
	sizes := []string{fmt.Sprint(t.network.In)}
	for _, l := range t.network.Layers {
		sizes = append(sizes, fmt.Sprint(l.Units))
	}
	return fmt.Sprintf("%s: a network %s, %d patterns to train on, %d to test on", t.name, strings.Join(sizes, "-"), len(t.patterns), len(t.unseen))
}

// last is how the network stands.
func (t *training) last() look { return t.looks[len(t.looks)-1] }

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
func (t *training) look(ctx context.Context) (err error) {
	var l look
	if l.trained, err = t.Evaluate(ctx, t.patterns, train.Evaluation{Batch: len(t.patterns)}); err != nil {
		return err
	}
	worst := number(l.trained, "worst_ms")
	text := fmt.Sprintf("error %.3f  worst %.1f ms", number(l.trained, "spike_error"), worst)
	if len(t.unseen) > 0 {
		if l.tested, err = t.Evaluate(ctx, t.unseen, train.Evaluation{Batch: len(t.unseen)}); err != nil {
			return err
		}
		text = fmt.Sprintf("error %.3f  accuracy %.3f, tested %.3f", number(l.trained, "spike_error"), number(l.trained, "spike_accuracy"), number(l.tested, "spike_accuracy"))
	}
	t.bar.Set(len(t.looks), text)
	t.looks = append(t.looks, l)
	if worst <= t.Tolerance {
		return train.ErrStop
	}
	return nil
}
