package main

import (
	"math"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// decisions is a task in which classes are to be named in some periods of a trial. The loss is the cross
// entropy, averaged over the steps of a decision, summed over those of a trial, and averaged over the
// batch. The class that is named is the one with the largest output, averaged over the decision's steps.
type decisions struct {
	parts [3]*data.Trials
	steps int // of a decision
}

// Seeds of trials that do not depend on the seed of a run, and that no run has for its own.
const (
	validationSeed = math.MaxUint64 - 1
	testSeed       = math.MaxUint64
)

// newDecisions makes the three streams of trials.
func newDecisions(seed uint64, testTrials int, generate func(trials int, seed uint64) (*data.Trials, error)) (*decisions, error) {
	d := new(decisions)
	for p, of := range []struct {
		trials int
		seed   uint64
	}{{math.MaxInt32, seed}, {testTrials, validationSeed}, {testTrials, testSeed}} {
		trials, err := generate(of.trials, of.seed)
		if err != nil {
			return nil, err
		}
		d.parts[p] = trials
	}
	first, err := d.parts[train].Decisions(0)
	if err != nil {
		return nil, err
	}
	d.steps = first[0].To - first[0].From
	return d, nil
}

func (d *decisions) dims() dims {
	m := d.parts[train].Dims()
	return dims{m.Steps, m.Features, m.Classes}
}

func (d *decisions) target(batch int) []int { return []int{d.dims().steps, batch} }
func (d *decisions) trials(p part) int      { return d.parts[p].Len() }
func (d *decisions) quantity() string       { return "wrong decisions" }

func (d *decisions) loss(out, target *gorgonia.Node) (*gorgonia.Node, error) {
	sum, err := ops.CrossEntropy(out, target, ops.CrossEntropySettings{})
	if err != nil {
		return nil, err
	}
	return graph.Affine(sum, 1/float64(d.steps), 0)
}

func (d *decisions) fill(p part, i int, target []float32, b, batch int, spike func(step, input int)) error {
	labels := make([]int, d.dims().steps)
	if err := d.parts[p].Events(i, labels, spike); err != nil {
		return err
	}
	for t, label := range labels {
		target[t*batch+b] = float32(label)
	}
	return nil
}

func (d *decisions) score(p part, i int, out []float32, b, batch int, sum *result) error {
	list, err := d.parts[p].Decisions(i)
	if err != nil {
		return err
	}
	for _, decision := range list {
		sum.decisions++
		if named(out, decision, b, batch, d.dims().outputs) != decision.Class {
			sum.wrong++
		}
	}
	return nil
}

// named is the class with the largest output [T, batch, outputs] in a decision.
func named(out []float32, d data.Decision, b, batch, outputs int) int {
	sums := make([]float64, outputs)
	for t := d.From; t < d.To; t++ {
		for k := range sums {
			sums[k] += float64(out[(t*batch+b)*outputs+k])
		}
	}
	best := 0
	for k, s := range sums {
		if s > sums[best] {
			best = k
		}
	}
	return best
}
