package main

import (
	"context"
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// runner runs a network on trials of a task, batch by batch.
type runner struct {
	settings
	net     *network
	forward *graph.Machine // without gradients
}

// result is what a network makes of trials.
type result struct {
	trials            int
	decisions, wrong  int     // where there are decisions,
	squares, variance float64 // and where there are curves: Σ of squared errors, and what it is for means of curves

	spikes []float64 // of each neuron
	steps  int       // of all trials
}

// error is the share of wrong decisions, or the normalised mean squared error.
func (r result) error() float64 {
	if r.decisions > 0 {
		return float64(r.wrong) / float64(r.decisions)
	}
	return r.squares / r.variance
}

// deviation is the standard deviation of a share of wrong decisions, which comes from how few there are.
func (r result) deviation() float64 {
	if r.decisions == 0 {
		return 0
	}
	p := r.error()
	return math.Sqrt(p * (1 - p) / float64(r.decisions))
}

// rate is the mean firing rate of neurons from ≤ j < to, Hz.
func (r result) rate(from, to int) float64 {
	sum := 0.
	for _, n := range r.spikes[from:to] {
		sum += n
	}
	return 1000 * sum / float64(max(r.steps*(to-from), 1))
}

// add adds what a network made of other trials.
func (r *result) add(other result) {
	r.trials += other.trials
	r.decisions += other.decisions
	r.wrong += other.wrong
	r.squares += other.squares
	r.variance += other.variance
	r.steps += other.steps
}

func (s settings) newRunner(n *network) (*runner, error) {
	forward, err := graph.NewMachine(n.out, n.counts)
	return &runner{settings: s, net: n, forward: forward}, err
}

// load writes trials from number first on into the inputs of a network. After the last there comes the
// first again.
func (s settings) load(n *network, p part, first int) error {
	x, target := numbers(n.x), numbers(n.target)
	clear(x)
	clear(target)
	words := graph.BitWords(s.task.dims().inputs)
	for b := range s.Batch {
		err := s.task.fill(p, (first+b)%s.task.trials(p), target, b, s.Batch, func(step, input int) {
			graph.SetBit(x[(step*s.Batch+b)*words:][:words], input)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// run runs a machine on trials, of which the first so many count, and adds what comes out to a result.
func (r *runner) run(m *graph.Machine, p part, first, count int, sum *result) error {
	if err := r.load(r.net, p, first); err != nil {
		return err
	}
	if err := m.RunAll(); err != nil {
		return err
	}
	if sum.spikes == nil {
		sum.spikes = make([]float64, r.Units)
	}
	out, counts := numbers(r.net.out), numbers(r.net.counts)
	for _, v := range out {
		if !graph.Finite(v) {
			return errors.Errorf("an output is %v", v)
		}
	}
	for b := range count {
		if err := r.task.score(p, (first+b)%r.task.trials(p), out, b, r.Batch, sum); err != nil {
			return err
		}
		for j, n := range counts[b*r.Units:][:r.Units] {
			sum.spikes[j] += float64(n)
		}
		sum.trials++
		sum.steps += r.task.dims().steps
	}
	return nil
}

// evaluate runs the network on all trials of a part, without learning from them.
func (r *runner) evaluate(ctx context.Context, p part) (sum result, err error) {
	trials := r.task.trials(p)
	for first := 0; first < trials; first += r.Batch {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		if err := r.run(r.forward, p, first, min(r.Batch, trials-first), &sum); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// series are quantities [T, batch, n] of the neurons on trials from number first on.
func (r *runner) series(p part, first int, names ...string) ([]*gorgonia.Node, error) {
	var list gorgonia.Nodes
	for _, name := range names {
		n, err := r.net.activity.Series(name)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	m, err := graph.NewMachine(append(append(gorgonia.Nodes(nil), list...), r.net.out, r.net.counts)...)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var ignored result
	return list, r.run(m, p, first, r.Batch, &ignored)
}
