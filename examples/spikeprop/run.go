package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

const checkpointName = "checkpoint.safetensors"

// run is the training of a network from one seed.
type run struct {
	settings
	seed        uint64
	net         *models.SpikePropNetwork
	train, test []models.SpikePattern

	before  snapshot // what the network did before the training
	history []models.SpikeCycle
	tested  []float64 // accuracy on the patterns to test on, after each iteration; nil where there are none
	spent   time.Duration
}

func (s settings) newRun(seed uint64) (*run, error) {
	r := &run{settings: s, seed: seed}
	var err error
	if r.train, r.test, err = s.patterns(seed); err != nil {
		return nil, err
	}
	r.net, err = models.NewSpikeProp(gorgonia.NewGraph(), s.network(seed))
	return r, err
}

func (r *run) String() string {
	c := r.net.Config()
	sizes := []string{fmt.Sprint(c.In)}
	for _, l := range c.Layers {
		sizes = append(sizes, fmt.Sprint(l.Units))
	}
	return fmt.Sprintf("%s: a network %s, %d patterns to train on, %d to test on", r.name, strings.Join(sizes, "-"), len(r.train), len(r.test))
}

// last is how the network stands.
func (r *run) last() models.SpikeCycle {
	if len(r.history) == 0 {
		return models.SpikeCycle{}
	}
	return r.history[len(r.history)-1]
}

// learn trains the network.
func (r *run) learn(ctx context.Context) (err error) {
	if r.before, err = r.snapshot(ctx); err != nil {
		return err
	}
	bar := cli.NewProgress(r.Iterations, fmt.Sprintf("seed %d", r.seed))
	defer bar.Close()
	start := time.Now()
	defer func() { r.spent = time.Since(start) }()
	var testing error
	r.history, err = r.net.Fit(ctx, r.train, models.SpikeFit{
		Cycles: r.Iterations, Batch: r.Batch, Tolerance: r.Tolerance, Seed: r.seed,
		Solver: optim.New(optim.SGD(optim.Constant(r.LR)), optim.AtLeast{Names: optim.Names{"*.w"}}),
		Progress: func(c models.SpikeCycle) {
			text := fmt.Sprintf("error %.3f  worst %.1f ms", c.Error, c.Worst)
			if len(r.test) > 0 && testing == nil {
				var report *models.SpikeReport
				if report, testing = r.net.Evaluate(ctx, r.test, r.Tolerance); testing == nil {
					r.tested = append(r.tested, report.Accuracy)
					text = fmt.Sprintf("error %.3f  accuracy %.3f, tested %.3f", c.Error, c.Accuracy, report.Accuracy)
				}
			}
			bar.Set(c.Cycle, text)
		},
	})
	if err == nil {
		err = testing
	}
	return err
}

// save writes the parameters.
func (s settings) save(n *models.SpikePropNetwork, path string) error {
	return models.SaveParams(path, n.Params(), map[string]string{"task": s.name})
}

// restore reads the parameters that save wrote.
func (s settings) restore(n *models.SpikePropNetwork, path string) error {
	metadata, err := models.LoadParams(path, n.Params())
	if err == nil && metadata["task"] != s.name {
		err = errors.Errorf("%s: has parameters for the task %q, want %q", path, metadata["task"], s.name)
	}
	return err
}
