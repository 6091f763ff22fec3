package train

import (
	"math"

	"github.com/pkg/errors"
)

// Callback is called at the end of each epoch, in the order in which callbacks are given. It may evaluate,
// predict and save. [ErrStop] ends the training as if that had been its last epoch; any other error ends
// it as a failure.
type Callback interface {
	EpochEnd(t *Trainer, e Epoch) error
}

// Stepped is implemented by a [Callback] that wants to be told of each step of the solver too.
type Stepped interface {
	StepEnd(t *Trainer, p Progress) error
}

// Stopper is implemented by a [Callback] that ends trainings, judging by [Trainer.History] alone. It is asked
// before a training that was resumed goes on, too, so that it ends where it would have ended.
type Stopper interface {
	Stop(t *Trainer) (bool, error)
}

// Starter is implemented by a [Callback] that looks at the training before its first step. Its error refuses
// the training.
type Starter interface {
	Start(t *Trainer) error
}

// stopIf is the error of a [Stopper].
func stopIf(stop bool, err error) error {
	if err == nil && stop {
		return ErrStop
	}
	return err
}

// Progress is where a training stands within an epoch.
type Progress struct {
	Epoch, Epochs int     // the current one, from 1
	Step, Steps   int     // in this epoch, from 1; Steps counts batches, each of which may have several pieces
	Loss          float64 // on this epoch's examples so far, as in a [Report]
	Gradient      float64 // norm of this step's gradient, of all parameters together

	numbers func() []Number
}

// Number is a number of a metric that is watched in training, on this epoch's examples so far.
func (p Progress) Number(name string) (float64, bool) {
	for _, n := range p.numbers() {
		if n.Name == name {
			return n.Value, true
		}
	}
	return 0, false
}

// ErrStop is what a callback returns to end a training. Nothing has failed then.
var ErrStop = errors.New("srnn: the training was stopped by a callback")

// EpochEnd is a [Callback] that is a function.
type EpochEnd func(t *Trainer, e Epoch) error

// EpochEnd implements [Callback].
func (f EpochEnd) EpochEnd(t *Trainer, e Epoch) error { return f(t, e) }

// Patience stops a training after so many epochs in a row none of which was better than the best before.
type Patience int

// Start implements [Starter]. It wants something by which one epoch can be better than another.
func (n Patience) Start(t *Trainer) error {
	if n < 1 {
		return errors.Errorf("srnn: patience of %d epochs, want at least 1", int(n))
	}
	if !t.judges() {
		return errors.New("srnn: patience has nothing to judge epochs by: give the settings data for Validation, or a Share, or Select a number of the training")
	}
	return nil
}

// EpochEnd implements [Callback].
func (n Patience) EpochEnd(t *Trainer, _ Epoch) error { return stopIf(n.Stop(t)) }

// Stop implements [Stopper].
func (n Patience) Stop(t *Trainer) (bool, error) {
	best := t.Best()
	return best != nil && len(t.History())-best.Epoch >= int(n), nil
}

// Until stops a training as soon as a number is below or above a value, in the validation or, without one, in
// training.
type Until struct {
	Number string
	Below  *float64 // stop at less than this; nil: do not look
	Above  *float64 // stop at more than this; nil: do not look
}

// Start implements [Starter].
func (u Until) Start(t *Trainer) error {
	if u.Below == nil && u.Above == nil {
		return errors.New("srnn: Until wants Below or Above, or both")
	}
	return t.checkNumber("Until", u.Number)
}

// EpochEnd implements [Callback].
func (u Until) EpochEnd(t *Trainer, _ Epoch) error { return stopIf(u.Stop(t)) }

// Stop implements [Stopper].
func (u Until) Stop(t *Trainer) (bool, error) {
	for _, e := range t.History() {
		x, err := e.Judged().numberNamed(u.Number)
		if err != nil {
			return false, err
		}
		if u.Below != nil && x < *u.Below || u.Above != nil && x > *u.Above {
			return true, nil
		}
	}
	return false, nil
}

// Checkpoint saves a training after each epoch in a file, which [Trainer.Resume] and [Load] read. A file that
// was there is replaced at once or not at all.
type Checkpoint string

// EpochEnd implements [Callback].
func (path Checkpoint) EpochEnd(t *Trainer, _ Epoch) error { return t.Save(string(path)) }

// Criterion says which epoch is the best.
type Criterion struct {
	Number  string // of a report, as "accuracy"; empty stands for "loss"
	Highest bool   // the highest is the best, and not the lowest
}

// better reports whether a is better than b. Where the number is the same, a lower loss is.
func (c Criterion) better(a, b *Report) (bool, error) {
	name := c.Number
	if name == "" {
		name = "loss"
	}
	x, err := a.numberNamed(name)
	if err != nil {
		return false, err
	}
	y, err := b.numberNamed(name)
	if err != nil {
		return false, err
	}
	switch {
	case math.IsNaN(y):
		return !math.IsNaN(x), nil
	case x == y:
		return a.Loss < b.Loss, nil
	case c.Highest:
		return x > y, nil
	}
	return x < y, nil
}
