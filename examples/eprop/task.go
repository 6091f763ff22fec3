package main

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// exercise is a task with its defaults.
type exercise struct {
	iterations, batch         int
	lr, rateWeight, criterion float64     // the last is the error below which the task counts as learned
	neurons                   models.LSNN // without their numbers
	regular                   float64     // share of the neurons that do not adapt
	broadcast                 float64     // standard deviation of random weights for feedback; 0: as the readout's own

	// generate draws trials; nil is for the pattern.
	generate func(trials int, seed uint64) (*data.Trials, error)
}

const patternTau = 30. // ms

var exercises = map[string]exercise{
	"pattern": {iterations: 1000, batch: 1, lr: 5e-3, rateWeight: .3, criterion: .05, regular: 1, neurons: models.LSNN{
		TauM: patternTau, TauAdp: 2000, TauOut: patternTau, Threshold: .03 / (1 - math.Exp(-1/patternTau)), Refractory: new(0.)}},
	"evidence": {iterations: 800, batch: 64, lr: 5e-3, rateWeight: 2, criterion: .07, regular: .5, broadcast: 1, neurons: models.LSNN{TauM: 20, TauAdp: 2000, TauOut: 20},
		generate: func(trials int, seed uint64) (*data.Trials, error) {
			return data.Evidence{Trials: trials}.Generate(seed)
		}},
	"storerecall": {iterations: 200, batch: 128, lr: 1e-2, rateWeight: 2, criterion: .05, regular: .5, neurons: models.LSNN{TauM: 20, TauAdp: 1200, TauOut: 20},
		generate: func(trials int, seed uint64) (*data.Trials, error) {
			return data.StoreRecall{Trials: trials}.Generate(seed)
		}},
}

// epoch is how many iterations an epoch has, after which it is looked whether the task is learned.
const epoch = 10

// rate is that to which the regulariser draws the neurons, Hz.
const rate = 10

// datasets are trials of a task. All trials to train on are new ones; those that decide when to stop, and those
// to test on, are the same for every seed.
type datasets struct {
	training, validation, test train.Dataset
	trials                     *data.Trials        // to test on, where there are decisions,
	pattern                    *data.FrozenPattern // and where there are curves
}

// Seeds of trials that do not depend on the seed of a run, and that no run has for its own.
const (
	validationSeed = math.MaxUint64 - 1
	testSeed       = math.MaxUint64
)

func (f *flags) datasets() (*datasets, error) {
	generate := exercises[f.Task].generate
	if generate == nil {
		p, err := data.Pattern{}.Generate(f.Seed)
		if err != nil {
			return nil, err
		}
		again, err := train.Subset(p, make([]int, epoch))
		return &datasets{training: again, validation: p, test: p, pattern: p}, err
	}
	if f.Batch > math.MaxInt32/epoch {
		return nil, errors.Errorf("-batch is %d, want at most %d", f.Batch, math.MaxInt32/epoch)
	}
	var parts [3]*data.Trials
	for i, of := range []struct {
		trials int
		seed   uint64
	}{{epoch * f.Batch, f.Seed}, {f.TestTrials, validationSeed}, {f.TestTrials, testSeed}} {
		var err error
		if parts[i], err = generate(of.trials, of.seed); err != nil {
			return nil, err
		}
	}
	return &datasets{training: parts[0].Fresh(), validation: parts[1], test: parts[2], trials: parts[2]}, nil
}

// task is the network, with what it is to learn.
func (f *flags) task(d *datasets) (train.Task[*models.Output], error) {
	estimator := map[string]ops.Estimator{"eprop": ops.EProp{}, "bptt": ops.BPTT{}, "tbptt": ops.TBPTT{K: f.Truncate}}[f.Estimator]
	t, err := f.taskBy(d, estimator, nodes.FeedbackKind(f.Feedback), f.DetachReset)
	if f.Online {
		t.Rule, t.Terms = models.OnlineRule{Rate: f.regulariser()}, nil
	}
	return t, err
}

// taskBy is the task with an estimator of the gradient, feedback from the readout, and whether the reset after a
// spike is left out of the gradient; nil is as in the authors' programs, with e-prop.
func (f *flags) taskBy(d *datasets, e ops.Estimator, feedback nodes.FeedbackKind, detach *bool) (t train.Task[*models.Output], err error) {
	spec, of := d.test.Spec(), exercises[f.Task]
	c := of.neurons
	c.In, c.Out, c.Estimator, c.Feedback.Kind = spec.Features, spec.Classes+spec.Numbers, e, feedback
	c.Regular = f.regular()
	c.Adaptive = f.Units - c.Regular
	if feedback == nodes.RandomFeedback && of.broadcast > 0 {
		c.Feedback.Init = graph.Normal{Std: of.broadcast}
	}
	net, err := c.SRNN()
	if err != nil {
		return t, err
	}
	hidden := &net.Hidden[0]
	if detach != nil {
		hidden.Cell = detached(hidden.Cell, *detach)
	}
	// A seed gives the weights that the results of this program were made with, when the layer had another name.
	hidden.Linear.Weight = named{hidden.Linear.Weight, f.Seed, "neurons.w_in"}
	hidden.WRec = named{hidden.WRec, f.Seed, "neurons.w_rec"}
	t.Model = net
	if d.pattern != nil {
		t.Loss, t.Metrics = curves{}, []train.Metric{curveError{}}
	} else {
		list, err := d.trials.Decisions(0)
		if err != nil {
			return t, err
		}
		steps := list[0].To - list[0].From
		t.Loss, t.Metrics = models.Decisions{Steps: steps}, []train.Metric{models.DecisionError{Steps: steps}, populations{c.Regular}}
	}
	t.Terms = []train.Term{f.regulariser()}
	return t, nil
}

// regulariser draws rates to their target. The paper's is a sum over the neurons, c/2 Σ_j (f_j − f*)², and ours
// a mean.
func (f *flags) regulariser() models.RateTarget {
	return models.RateTarget{Target: rate / 1000., Weight: *f.RateWeight / 2 * float64(f.Units)}
}

// regular is how many neurons do not adapt; they are the first ones.
func (f *flags) regular() int { return int(math.Round(exercises[f.Task].regular * float64(f.Units))) }

// detached are neurons with or without the reset in the gradient.
func detached(c nodes.Cell, detach bool) nodes.Cell {
	switch c := c.(type) {
	case nodes.Refractory:
		c.Cell = detached(c.Cell, detach)
		return c
	case nodes.LSNN:
		c.DetachReset = detach
		return c
	}
	return c
}

// named draws from the stream of a parameter of that name, whatever it is called.
type named struct {
	graph.Initializer
	seed uint64
	name string
}

// Init implements [graph.Initializer].
func (n named) Init(_ *rand.Rand, shape tensor.Shape, values []float64) error {
	return n.Initializer.Init(graph.Stream(n.seed, n.name), shape, values)
}

// params are where the network declares its parameters, which may be those of a checkpoint.
func (f *flags) params() (p *graph.Params, err error) {
	if f.Checkpoint != "" {
		net, err := train.Load(f.Checkpoint)
		if err != nil {
			return nil, err
		}
		p = net.Params()
	} else if p, err = graph.NewParams(gorgonia.NewGraph(), tensor.Float32, f.Seed); err != nil {
		return nil, err
	}
	if !f.TrainTau {
		err = p.Fix("*.tau_*")
	}
	return p, err
}

// solver makes steps of gradients.
func (f *flags) solver() *optim.Solver {
	var chain []optim.Transform
	if f.Clip != nil {
		chain = append(chain, optim.ClipByGlobalNorm{Max: *f.Clip})
	}
	chain = append(chain, optim.ScaleByAdam{})
	if nodes.FeedbackKind(f.Feedback) == nodes.AdaptiveFeedback {
		chain = append(chain, optim.DecoupledWeightDecay{Decay: feedbackDecay, Names: optim.Names{"readout.w_in", "readout.feedback"}})
	}
	chain = append(chain, optim.LearningRate{Schedule: optim.Cosine{Rate: f.LR, Steps: f.Epochs}})
	if !f.TrainTau {
		return optim.New(chain...)
	}
	// The rate is that of weights, which are about 1, in units of the time constant.
	n := exercises[f.Task].neurons
	return optim.New(append(chain,
		optim.GroupRate{Names: optim.Names{"layer0.tau_m"}, Factor: n.TauM},
		optim.GroupRate{Names: optim.Names{"layer0.tau_adp"}, Factor: n.TauAdp},
		optim.GroupRate{Names: optim.Names{"readout.tau_m"}, Factor: n.TauOut},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: 1})...)
}

// feedbackDecay makes adaptive feedback come to agree with the readout, see nodes.AdaptiveFeedback.
const feedbackDecay = 1
