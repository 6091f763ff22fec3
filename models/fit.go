package models

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Fit are the settings of a training.
type Fit struct {
	Epochs int             // in all
	Batch  int             // examples in a step; default 64
	Solver gorgonia.Solver // for checkpoints that can be resumed, one with State and Restore

	// Validation is the share of the training data that is held out to choose the best epoch
	// and to stop early; default 0.1. A negative share holds out nothing: then the last epoch
	// is taken for the best. Data for testing have no place here.
	Validation float64

	// Patience stops the training after so many epochs without a better one; 0 never.
	Patience int

	// SubSteps cuts sequences into pieces of so many steps, for sequences that are too long to be
	// differentiated whole: truncated backpropagation through time. After each piece the solver moves
	// the parameters, and the state is carried on as a constant. A label of a whole sequence counts for
	// each of its pieces. Zero leaves sequences whole. Validation does in any case.
	SubSteps int

	// Seed makes a training repeatable bit for bit: it decides on the validation split, the
	// order of the examples, and the random initial states.
	Seed uint64

	// Regularizers are terms that are added to the loss.
	Regularizers []Regularizer

	// Progress, if set, is called after each step.
	Progress func(Progress)

	// EpochEnd, if set, is called after each epoch; an error ends the training. It may call
	// Trainer.Save.
	EpochEnd func(*Trainer, Epoch) error
}

// withDefaults fills in the defaults of what is zero.
func (f Fit) withDefaults() Fit {
	if f.Batch == 0 {
		f.Batch = 64
	}
	if f.Validation == 0 {
		f.Validation = .1
	}
	return f
}

// heldOut is how many of a number of examples are held out for validation.
func (f Fit) heldOut(examples int) int {
	if f.Validation < 0 {
		return 0
	}
	return max(1, int(math.Round(f.Validation*float64(examples))))
}

// StepsPerEpoch is the number of batches in an epoch on a dataset of so many examples, of which some
// are held out. Each is a step of the solver, or with SubSteps one for every piece; schedules count
// those.
func (f Fit) StepsPerEpoch(examples int) int {
	f = f.withDefaults()
	if f.Batch < 1 {
		return 0 // NewTrainer refuses it
	}
	return (examples - f.heldOut(examples) + f.Batch - 1) / f.Batch
}

// Progress is where a training stands.
type Progress struct {
	Epoch, Epochs  int     // the current one, from 1
	Step, Steps    int     // in this epoch, from 1
	Loss, Accuracy float64 // on this epoch's examples so far
	Last           *Epoch  // the epoch before; nil in the first

	GradNorm float64 // of this step's gradient, of all parameters together
}

// Epoch are the results of one epoch.
type Epoch struct {
	Epoch       int     `json:"epoch"` // from 1
	Loss        float64 `json:"loss"`  // cross entropy per label, nats, while training
	Accuracy    float64 `json:"accuracy"`
	ValLoss     float64 `json:"val_loss,omitempty"`
	ValAccuracy float64 `json:"val_accuracy,omitempty"`
	Best        bool    `json:"best,omitempty"` // better than all before it
	Seconds     float64 `json:"seconds"`        // of the steps, without validation
	Steps       int     `json:"steps"`
	Penalty     float64 `json:"penalty,omitempty"` // of the regularizers, while training

	// Layers are all layers, the readout last: their spikes on the validation split or, without one,
	// while training, and their gradients.
	Layers    []LayerHealth      `json:"layers,omitempty"`
	GradNorms map[string]float64 `json:"grad_norms,omitempty"` // of each parameter, as in LayerHealth
}

// better reports whether e is a better epoch than f. Where there is a validation split, higher
// accuracy on it is better, and lower loss where that is equal; otherwise later is better.
func (e Epoch) better(f *Epoch, validated bool) bool {
	if f == nil || !validated {
		return true
	}
	if e.ValAccuracy != f.ValAccuracy {
		return e.ValAccuracy > f.ValAccuracy
	}
	return e.ValLoss < f.ValLoss
}

// Trainer trains a network, epoch by epoch. A training can be saved after any epoch, and
// resumed.
type Trainer struct {
	net         *Network
	data        Dataset
	fit         Fit
	train, eval *runner
	trainIdx    []int
	valIdx      []int

	history []Epoch
	best    *Epoch
	solver  map[string][]float64 // the solver's state after the last epoch
	last    map[string][]float64 // the parameters after the last epoch
	chosen  map[string][]float64 // the parameters after the best epoch
}

// statefulSolver is a solver whose state can be saved, as optim.Solver.
type statefulSolver interface {
	gorgonia.Solver
	State() map[string][]float64
	Restore(map[string][]float64) error
}

// Fit trains the network and returns the results of each epoch. It leaves the parameters of
// the best epoch in the network, also where ctx ends the training early: then the error is
// that of ctx, and what an unfinished epoch had changed is undone. The same happens where a number
// is not finite: the error names the epoch, the step, and the node or parameter where it was seen
// first.
func (n *Network) Fit(ctx context.Context, data Dataset, f Fit) ([]Epoch, error) {
	t, err := n.NewTrainer(data, f)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	err = t.Run(ctx)
	return t.History(), err
}

// NewTrainer prepares a training. Close it after use.
func (n *Network) NewTrainer(data Dataset, f Fit) (*Trainer, error) {
	f = f.withDefaults()
	switch {
	case data == nil || data.Len() == 0:
		return nil, errors.New("srnn: fit: the dataset is empty")
	case f.Solver == nil:
		return nil, errors.New("srnn: fit: there is no solver")
	case f.Epochs < 0:
		return nil, errors.Errorf("srnn: fit: epochs is %d", f.Epochs)
	case f.Batch < 1:
		return nil, errors.Errorf("srnn: fit: batch is %d", f.Batch)
	case f.SubSteps < 0:
		return nil, errors.Errorf("srnn: fit: pieces of %d steps", f.SubSteps)
	case !(f.Validation < 1):
		return nil, errors.Errorf("srnn: fit: the validation share is %v, want less than 1", f.Validation)
	}
	if err := watchParameters(n.params); err != nil {
		return nil, graph.Wrapf(err, "fit")
	}
	t := &Trainer{net: n, data: data, fit: f}
	t.split()
	if len(t.trainIdx) == 0 {
		return nil, errors.Errorf("srnn: fit: a validation share of %v of %d examples leaves none for training", f.Validation, data.Len())
	}
	var err error
	if t.train, err = newRunner(n, data, min(f.Batch, len(t.trainIdx)), purpose{train: true, count: len(t.valIdx) == 0, terms: f.Regularizers, piece: f.SubSteps}); err != nil {
		return nil, err
	}
	if len(t.valIdx) > 0 {
		if t.eval, err = newRunner(n, data, min(f.Batch, len(t.valIdx)), purpose{count: true}); err != nil {
			return nil, err
		}
	}
	t.snapshot()
	t.chosen = t.last
	return t, nil
}

// split divides the examples into those to train on and those to validate on.
func (t *Trainer) split() {
	idx := graph.Stream(t.fit.Seed, "split").Perm(t.data.Len())
	n := t.fit.heldOut(len(idx))
	t.valIdx, t.trainIdx = idx[:n], idx[n:]
	slices.Sort(t.valIdx)
}

// History are the results of the epochs so far.
func (t *Trainer) History() []Epoch { return slices.Clone(t.history) }

// Best is the best epoch so far, whose parameters Run leaves in the network; nil before the
// first.
func (t *Trainer) Best() *Epoch { return t.best }

// Examples are the numbers of examples that are trained and validated on.
func (t *Trainer) Examples() (train, validation int) { return len(t.trainIdx), len(t.valIdx) }

// Run trains until the last epoch, see [Network.Fit].
func (t *Trainer) Run(ctx context.Context) (err error) {
	defer func() { err = t.leave(err) }()
	if err := restore(t.net.params, t.last); err != nil {
		return err
	}
	for len(t.history) < t.fit.Epochs && !t.stale() {
		e, err := t.epoch(ctx)
		if err != nil {
			return err
		}
		if t.fit.EpochEnd != nil {
			if err := t.fit.EpochEnd(t, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// leave puts the chosen parameters into the network and, after an error, the solver back to the
// last epoch.
func (t *Trainer) leave(err error) error {
	if e := restore(t.net.params, t.chosen); e != nil {
		return e
	}
	if s, ok := t.fit.Solver.(statefulSolver); ok && err != nil {
		if e := s.Restore(t.solver); e != nil {
			return errors.Wrapf(e, "after %v", err)
		}
	}
	return err
}

// stale reports whether patience is at its end.
func (t *Trainer) stale() bool {
	return t.fit.Patience > 0 && t.best != nil && len(t.history)-t.best.Epoch >= t.fit.Patience
}

// epoch trains once on every example, and validates.
func (t *Trainer) epoch(ctx context.Context) (Epoch, error) {
	start := time.Now()
	number := len(t.history) + 1
	e := Epoch{Epoch: number, Steps: t.fit.StepsPerEpoch(t.data.Len())}
	p := Progress{Epoch: number, Epochs: t.fit.Epochs, Steps: e.Steps}
	if number > 1 {
		p.Last = &t.history[number-2]
	}
	order := graph.Stream(t.fit.Seed, fmt.Sprintf("epoch %d order", number)).Perm(len(t.trainIdx))
	states := graph.Stream(t.fit.Seed, fmt.Sprintf("epoch %d states", number))
	idx := make([]int, 0, t.train.batch)
	var sum tally
	for p.Step = 1; p.Step <= p.Steps; p.Step++ {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		lo := (p.Step - 1) * t.train.batch
		idx = idx[:0]
		for _, i := range order[lo:min(lo+t.train.batch, len(order))] {
			idx = append(idx, t.trainIdx[i])
		}
		var err error
		if p.GradNorm, err = t.step(idx, states, &sum); err != nil {
			return e, graph.Wrapf(err, "fit: epoch %d, step %d", p.Epoch, p.Step)
		}
		p.Loss, p.Accuracy = sum.meanLoss(), sum.accuracy()
		if t.fit.Progress != nil {
			t.fit.Progress(p)
		}
	}
	e.Loss, e.Accuracy, e.Penalty = sum.meanLoss(), sum.accuracy(), sum.meanPenalty()
	e.Layers = t.train.health(&sum)
	e.Seconds = time.Since(start).Seconds()
	if t.eval != nil {
		r, err := t.eval.evaluate(ctx, t.data, t.valIdx, Evaluation{Seed: t.fit.Seed})
		if err != nil {
			return e, graph.Wrapf(err, "fit: epoch %d, validation", number)
		}
		e.ValLoss, e.ValAccuracy, e.Layers = r.Loss, r.Accuracy, r.Layers
	}
	e.GradNorms = t.train.gradNorms(&sum, e.Layers)
	e.Best = e.better(t.best, t.eval != nil)
	t.history = append(t.history, e)
	t.snapshot()
	if e.Best {
		t.best, t.chosen = &e, t.last
	}
	return e, nil
}

// step is one step of the solver. It returns the norm of the gradient.
func (t *Trainer) step(idx []int, states *rand.Rand, sum *tally) (norm float64, err error) {
	err = t.train.each(t.data, idx, states, sum, func() error {
		if norm, err = t.train.watchGradients(sum); err != nil {
			return err
		}
		params := t.train.net.params.Trainable()
		model := make([]gorgonia.ValueGrad, len(params))
		for i, p := range params {
			model[i] = valueGrad{p, t.train.grads[i].Value()}
		}
		if err := t.fit.Solver.Step(model); err != nil {
			return err
		}
		if err := watchParameters(t.net.params); err != nil {
			return graph.Wrapf(err, "after the solver's step")
		}
		t.net.params.Project()
		return nil
	})
	return norm, err
}

// valueGrad is a parameter with its gradient, as solvers want it.
type valueGrad struct {
	graph.Param
	grad gorgonia.Value
}

func (v valueGrad) Name() string                  { return v.Param.Name }
func (v valueGrad) Value() gorgonia.Value         { return v.Node.Value() }
func (v valueGrad) Grad() (gorgonia.Value, error) { return v.grad, nil }

// snapshot copies the parameters and the solver's state.
func (t *Trainer) snapshot() {
	t.last = valuesOf(t.net.params)
	if s, ok := t.fit.Solver.(statefulSolver); ok {
		t.solver = s.State()
	}
}

// Close frees the trainer's graphs.
func (t *Trainer) Close() error {
	err := t.train.close()
	if t.eval != nil {
		if e := t.eval.close(); err == nil {
			err = e
		}
	}
	return err
}
