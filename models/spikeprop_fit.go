package models

import (
	"context"
	"fmt"
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// SpikePattern is an example for a [SpikeProp] network: when its inputs spike, and when its outputs should,
// in ms. An input that is silent has a time from the horizon on.
type SpikePattern struct{ Times, Targets []float64 }

// SpikeFit are the settings of the training of a [SpikeProp] network.
type SpikeFit struct {
	Cycles int             // passes over the patterns at most
	Solver gorgonia.Solver // that makes the steps
	Batch  int             // patterns in a step, whose gradients add up; default 1, as in the paper

	// Tolerance ends the training as soon as every output of every pattern is that near to its target, in
	// ms. Default 1.
	Tolerance float64

	// Seed decides on the order of the patterns, which is another one in each cycle. The same seed gives
	// the same training, bit for bit.
	Seed uint64

	// Progress, if set, is called before the first cycle, with Cycle 0, and after each.
	Progress func(SpikeCycle)
}

// SpikeCycle is what a network does after so many cycles of its training.
type SpikeCycle struct {
	Cycle int `json:"cycle"`
	SpikeReport
}

// Fit trains the network, until all outputs are near their targets or for all cycles, and returns how it
// stood before the first cycle and after each. The parameters are those of the last whole cycle, also where
// ctx ends the training early or a number is not finite; then there is an error. Dale's law is kept by the
// layers, see [nodes.SRM].
func (n *SpikePropNetwork) Fit(ctx context.Context, patterns []SpikePattern, f SpikeFit) (history []SpikeCycle, err error) {
	t, err := n.newSpikeTrainer(patterns, f)
	if err != nil {
		return nil, graph.Wrapf(err, "SpikeProp: fit")
	}
	defer t.close()
	before := valuesOf(n.params)
	defer func() {
		if err == nil {
			return
		}
		if e := restore(n.params, before); e != nil {
			err = e
		}
	}()
	for cycle := 0; ; cycle++ {
		if cycle > 0 {
			if err := t.cycle(ctx, cycle); err != nil {
				return history, graph.Wrapf(err, "SpikeProp: fit: cycle %d", cycle)
			}
		}
		r, err := t.evaluation.evaluate(ctx, patterns, t.fit.Tolerance)
		if err != nil {
			return history, graph.Wrapf(err, "SpikeProp: fit: cycle %d", cycle)
		}
		r.Times = nil // which is as large as the patterns
		c := SpikeCycle{cycle, *r}
		history, before = append(history, c), valuesOf(n.params)
		if t.fit.Progress != nil {
			t.fit.Progress(c)
		}
		if cycle >= f.Cycles || r.Worst <= t.fit.Tolerance {
			return history, nil
		}
	}
}

// spikeTrainer is a training.
type spikeTrainer struct {
	net        *SpikePropNetwork
	patterns   []SpikePattern
	fit        SpikeFit
	training   spikeGraphs
	evaluation spikeGraphs
}

func (n *SpikePropNetwork) newSpikeTrainer(patterns []SpikePattern, f SpikeFit) (*spikeTrainer, error) {
	if f.Batch == 0 {
		f.Batch = 1
	}
	if f.Tolerance == 0 {
		f.Tolerance = 1
	}
	switch {
	case f.Solver == nil:
		return nil, errors.New("there is no solver")
	case f.Cycles < 0 || f.Batch < 1:
		return nil, errors.Errorf("there are %d cycles and batches of %d, want at least 0 and 1", f.Cycles, f.Batch)
	case !(f.Tolerance > 0):
		return nil, errors.Errorf("the tolerance is %v ms, want a positive time", f.Tolerance)
	}
	if err := n.checkPatterns(patterns); err != nil {
		return nil, err
	}
	if err := watchParameters(n.params); err != nil {
		return nil, err
	}
	return &spikeTrainer{n, patterns, f, newSpikeGraphs(n, true), newSpikeGraphs(n, false)}, nil
}

// checkPatterns looks at all patterns before any is run.
func (n *SpikePropNetwork) checkPatterns(patterns []SpikePattern) error {
	if len(patterns) == 0 {
		return errors.New("there are no patterns")
	}
	out := n.config.Layers[len(n.config.Layers)-1].Units
	for i, p := range patterns {
		if len(p.Times) != n.config.In || len(p.Targets) != out {
			return errors.Errorf("pattern %d has %d times and %d targets, want %d and %d", i, len(p.Times), len(p.Targets), n.config.In, out)
		}
		for k, t := range p.Times {
			if !graph.Finite(t) {
				return errors.Errorf("pattern %d: the time of input %d is %v ms, want a finite number", i, k, t)
			}
		}
		for k, t := range p.Targets {
			if !graph.Finite(t) || t >= n.config.Horizon {
				return errors.Errorf("pattern %d: the target of output %d is %v ms, want a time before the horizon, %v ms", i, k, t, n.config.Horizon)
			}
		}
	}
	return nil
}

// cycle learns once from every pattern.
func (t *spikeTrainer) cycle(ctx context.Context, number int) error {
	order := graph.Stream(t.fit.Seed, fmt.Sprintf("cycle %d order", number)).Perm(len(t.patterns))
	batch := make([]SpikePattern, 0, t.fit.Batch)
	for from := 0; from < len(order); from += t.fit.Batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch = batch[:0]
		for _, i := range order[from:min(from+t.fit.Batch, len(order))] {
			batch = append(batch, t.patterns[i])
		}
		g, err := t.training.run(batch)
		if err != nil {
			return err
		}
		params := t.net.params.Trainable()
		model := make([]gorgonia.ValueGrad, len(params))
		for i, p := range params {
			model[i] = valueGrad{p, g.grads[i].Value()}
		}
		if err := t.fit.Solver.Step(model); err != nil {
			return err
		}
		if err := watchParameters(t.net.params); err != nil {
			return graph.Wrapf(err, "after the solver's step")
		}
		t.net.params.Project()
	}
	return nil
}

func (t *spikeTrainer) close() {
	t.training.close()
	t.evaluation.close()
}

// SpikeReport is what a network does with patterns.
type SpikeReport struct {
	Error float64 `json:"error"`    // ½ Σ (t − target)² over the outputs, the mean over the patterns, ms²
	Worst float64 `json:"worst_ms"` // the largest |t − target|

	// Accuracy is the share of the patterns in which the output that spikes first is the one that should.
	// With a single output, it is that of the patterns within the tolerance.
	Accuracy float64 `json:"accuracy"`

	// Layers tell of each layer which neurons are silent, the outputs last.
	Layers []SpikeLayer `json:"layers"`

	Times [][]float64 `json:"times,omitempty"` // of the outputs in each pattern, ms
}

// SpikeLayer tells of the neurons of a layer which are silent.
type SpikeLayer struct {
	Silent float64 `json:"silent"` // share of the spikes that did not occur, over neurons and patterns
	Dead   int     `json:"dead"`   // neurons that spiked in no pattern
}

// Evaluate runs the network on patterns. The tolerance in ms, 1 if it is 0, is for the accuracy of a single
// output.
func (n *SpikePropNetwork) Evaluate(ctx context.Context, patterns []SpikePattern, tolerance float64) (*SpikeReport, error) {
	if tolerance == 0 {
		tolerance = 1
	}
	if err := n.checkPatterns(patterns); err != nil {
		return nil, graph.Wrapf(err, "SpikeProp: evaluate")
	}
	g := newSpikeGraphs(n, false)
	defer g.close()
	r, err := g.evaluate(ctx, patterns, tolerance)
	return r, graph.Wrapf(err, "SpikeProp: evaluate")
}

// evaluationBatch bounds the patterns that are evaluated at once.
const evaluationBatch = 256

func (s spikeGraphs) evaluate(ctx context.Context, patterns []SpikePattern, tolerance float64) (*SpikeReport, error) {
	r := new(SpikeReport)
	spikes := make([][]int, len(s.net.layers)) // of each neuron
	for from := 0; from < len(patterns); from += evaluationBatch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		batch := patterns[from:min(from+evaluationBatch, len(patterns))]
		g, err := s.run(batch)
		if err != nil {
			return nil, err
		}
		for l, node := range g.out.Layers {
			times, err := graph.Float64s(node.Value())
			if err != nil {
				return nil, err
			}
			units := node.Shape()[1]
			if spikes[l] == nil {
				spikes[l] = make([]int, units)
			}
			for i, t := range times {
				if t < s.horizon() {
					spikes[l][i%units]++
				}
			}
			if l < len(spikes)-1 {
				continue
			}
			for b, p := range batch {
				r.add(times[b*units:][:units], p.Targets, s.horizon(), tolerance)
			}
		}
	}
	r.Error /= float64(len(patterns))
	r.Accuracy /= float64(len(patterns))
	for _, of := range spikes {
		r.Layers = append(r.Layers, silence(of, len(patterns)))
	}
	return r, nil
}

// add adds what the outputs did with one pattern.
func (r *SpikeReport) add(times, targets []float64, horizon, tolerance float64) {
	worst := 0.
	for j, t := range times {
		e := t - targets[j]
		r.Error += e * e / 2
		worst = max(worst, math.Abs(e))
	}
	right := worst <= tolerance
	if len(times) > 1 {
		right = FirstSpike(times, horizon) == FirstSpike(targets, horizon)
	}
	if right {
		r.Accuracy++
	}
	r.Worst = max(r.Worst, worst)
	r.Times = append(r.Times, times)
}

// silence tells of neurons with so many spikes each in a number of patterns.
func silence(spikes []int, patterns int) (l SpikeLayer) {
	for _, n := range spikes {
		l.Silent += float64(patterns-n) / float64(patterns*len(spikes))
		if n == 0 {
			l.Dead++
		}
	}
	return l
}

// spikeGraphs are graphs of a network for batches of the sizes that occur, by size.
type spikeGraphs struct {
	net   *SpikePropNetwork
	train bool
	graph map[int]*spikeGraph
}

// spikeGraph is a network in a graph of its own, with its gradients if it is trained.
type spikeGraph struct {
	times, target *gorgonia.Node
	out           *SpikeTimes
	grads         gorgonia.Nodes
	vm            *graph.Machine
}

func newSpikeGraphs(n *SpikePropNetwork, train bool) spikeGraphs {
	return spikeGraphs{n, train, map[int]*spikeGraph{}}
}

// horizon is the time of silent neurons in the network's precision.
func (s spikeGraphs) horizon() float64 {
	if s.net.config.Dtype.Size() == 4 {
		return float64(float32(s.net.config.Horizon))
	}
	return s.net.config.Horizon
}

// run runs the network on a batch.
func (s spikeGraphs) run(batch []SpikePattern) (*spikeGraph, error) {
	g := s.graph[len(batch)]
	if g == nil {
		var err error
		if g, err = s.newGraph(len(batch)); err != nil {
			return nil, err
		}
		s.graph[len(batch)] = g
	}
	for b, p := range batch {
		setRow(g.times.Value(), b, p.Times)
		setRow(g.target.Value(), b, p.Targets)
	}
	return g, g.vm.RunAll()
}

// setRow copies numbers into a row of a matrix.
func setRow(v gorgonia.Value, row int, from []float64) {
	switch x := v.Data().(type) {
	case []float32:
		copyRow(x, row, from)
	case []float64:
		copyRow(x, row, from)
	}
}

func copyRow[F graph.Float](x []F, row int, from []float64) {
	for i, v := range from {
		x[row*len(from)+i] = F(v)
	}
}

func (s spikeGraphs) newGraph(batch int) (*spikeGraph, error) {
	net, err := s.net.In(gorgonia.NewGraph())
	if err != nil {
		return nil, err
	}
	matrix := func(name string, columns int) (*gorgonia.Node, error) {
		return graph.ZeroInput(net.params.Graph(), net.config.Dtype, name, batch, columns)
	}
	g := new(spikeGraph)
	if g.times, err = matrix("times", net.config.In); err != nil {
		return nil, err
	}
	if g.out, err = net.Forward(g.times); err != nil {
		return nil, err
	}
	if g.target, err = matrix("target", g.out.Out.Shape()[1]); err != nil {
		return nil, err
	}
	run := append(gorgonia.Nodes(nil), g.out.Layers...)
	if s.train {
		loss, err := SpikeTimeError(g.out.Out, g.target)
		if err != nil {
			return nil, err
		}
		if g.grads, err = gorgonia.Grad(loss, net.Learnables()...); err != nil {
			return nil, err
		}
		run = append(run, g.grads...)
	}
	g.vm, err = graph.NewMachine(run...)
	return g, err
}

func (s spikeGraphs) close() {
	for _, g := range s.graph {
		g.vm.Close()
	}
}
