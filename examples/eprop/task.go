package main

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gonum.org/v1/plot/vg"
	"gorgonia.org/gorgonia"
)

// task is something to learn from trials.
type task interface {
	dims() dims

	// target is the shape of what the loss compares the output with.
	target(batch int) []int

	// loss is that of an output [T, batch, outputs], a scalar.
	loss(out, target *gorgonia.Node) (*gorgonia.Node, error)

	// trials is how many there are in a part.
	trials(p part) int

	// fill writes trial i of a part into place b of the batch: it calls spike for every spike of the
	// inputs, and writes to the target, where there is zero before.
	fill(p part, i int, target []float32, b, batch int, spike func(step, input int)) error

	// score adds what an output is worth, at place b of the batch, for trial i of a part.
	score(p part, i int, out []float32, b, batch int, sum *result) error

	// quantity is what the error of the task is called.
	quantity() string

	// drawInputs and drawOutputs draw what comes in and out in a trial to test on.
	drawInputs(t trial) (*plot.Panel, error)
	drawOutputs(t trial) ([]*plot.Panel, error)
	outputHeight() vg.Length
}

type dims struct{ steps, inputs, outputs int }

// part is one of three streams of trials. All trials to train on are new ones; those that decide when to
// stop, and those to test on, are the same for every seed.
type part int

const (
	train part = iota
	validation
	test
)

// settings are those of a run: the task's defaults, with what flags say otherwise.
type settings struct {
	task      task
	name      string // of the task
	estimator ops.Estimator
	neuron    nodes.LSNN
	period    float64 // refractory, ms; 0: none

	Iterations int                `json:"iterations"`  // at most
	Batch      int                `json:"batch"`       // trials in an iteration
	Units      int                `json:"units"`       // neurons
	LR         float64            `json:"lr"`          // of Adam
	Criterion  float64            `json:"criterion"`   // the error below which the task counts as learned
	RateWeight float64            `json:"rate_weight"` // c of the regulariser c/2 Σ_j (f_j − f*)², f in spikes per ms
	Rate       float64            `json:"rate_hz"`     // f*
	Clip       float64            `json:"clip"`        // the largest norm of a gradient; 0: any
	Feedback   nodes.FeedbackKind `json:"feedback"`    // of the readout
	TrainTau   bool               `json:"train_tau"`
	KeepGoing  bool               `json:"keep_going"` // where the criterion is met

	detach     *bool   // the reset from the gradient; nil: with e-prop
	readoutTau float64 // ms
	broadcast  float64 // standard deviation of random weights for feedback; 0: as the readout's own
}

// by are the settings with another estimator. As in the authors' programs, the reset after a spike is out
// of the gradient with e-prop, unless the flags say otherwise.
func (s settings) by(e ops.Estimator) settings {
	_, eprop := e.(ops.EProp)
	s.estimator, s.neuron.DetachReset = e, eprop
	override(&s.neuron.DetachReset, s.detach)
	return s
}

// half are neurons of which half adapt, of a threshold of 0.6 at rest and a strength of adaptation that is
// 1.7 where current and adaptation are scaled by one minus their decay, as they are not in nodes.LSNN.
func half(tauM, tauAdp float64) nodes.LSNN {
	return nodes.LSNN{TauM: graph.Constant(tauM), TauAdp: graph.Constant(tauAdp), B0: .6, Regular: .5,
		Beta: new(1.7 * (1 - math.Exp(-1/tauAdp)) / (1 - math.Exp(-1/tauM)))}
}

// cell are the neurons with their refractory period.
func (s settings) cell() nodes.Cell {
	if s.period == 0 {
		return s.neuron
	}
	return nodes.Refractory{Cell: s.neuron, Period: s.period}
}

// settingsOf are the defaults of the task of that name, drawn from the seed.
func settingsOf(name string, seed uint64, testTrials int) (s settings, err error) {
	s = settings{name: name, Units: 100, Rate: 10, readoutTau: 20}
	switch name {
	case "pattern":
		const tau = 30.
		s.Iterations, s.Batch, s.LR, s.Criterion, s.RateWeight = 1000, 1, 5e-3, .05, .3
		s.readoutTau = tau
		s.neuron = nodes.LSNN{TauM: graph.Constant(tau), B0: .03 / (1 - math.Exp(-1/tau)), Regular: 1}
		s.task, err = newCurves(data.Pattern{}, seed)
	case "evidence":
		s.Iterations, s.Batch, s.LR, s.Criterion, s.RateWeight = 800, 64, 5e-3, .07, 2
		s.neuron, s.period, s.broadcast = half(20, 2000), 5, 1
		s.task, err = newDecisions(seed, testTrials, func(trials int, seed uint64) (*data.Trials, error) {
			return data.Evidence{Trials: trials}.Generate(seed)
		})
	case "storerecall":
		s.Iterations, s.Batch, s.LR, s.Criterion, s.RateWeight = 200, 128, 1e-2, .05, 2
		s.neuron, s.period = half(20, 1200), 5
		s.task, err = newDecisions(seed, testTrials, func(trials int, seed uint64) (*data.Trials, error) {
			return data.StoreRecall{Trials: trials}.Generate(seed)
		})
	default:
		err = errors.Errorf("-task is %q", name)
	}
	return s, err
}

// regular is how many neurons are not adaptive; they are the first ones.
func (s settings) regular() int { return int(math.Round(s.neuron.Regular * float64(s.Units))) }
