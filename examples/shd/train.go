package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models"
)

// The files of a training in the -out folder.
const (
	checkpointName = "checkpoint.safetensors" // the network of the best epoch
	trainingName   = "training.safetensors"   // where the last epoch left the network and the solver
	historyName    = "history.json"           // the results of all epochs
)

// training is a training whose validation set is a dataset of its own: it is not augmented, and may
// be what some speakers say.
type training struct {
	flags   *flags
	net     *models.Network
	sets    *sets
	trainer *models.Trainer
	history []models.Epoch
	bar     *cli.Progress
	steps   int // of the solver, per epoch
}

func (f *flags) newTraining(ctx context.Context, net *models.Network, s *sets) (*training, error) {
	t := &training{flags: f, net: net, sets: s}
	// Nothing more is held out of what there is to train on.
	fit := models.Fit{Epochs: f.Epochs, Batch: f.Batch, Seed: f.Seed, Validation: -1, Progress: t.progress}
	t.steps = fit.StepsPerEpoch(s.train.Len())
	fit.Solver = f.solver(t.steps)
	fit.EpochEnd = func(trainer *models.Trainer, e models.Epoch) error { return t.epochEnd(ctx, trainer, e) }
	var err error
	t.trainer, err = net.NewTrainer(s.train.Dataset(), fit)
	return t, err
}

func (t *training) path(name string) string { return filepath.Join(t.flags.Out, name) }

func (t *training) run(ctx context.Context) error {
	if t.flags.Resume {
		if err := t.resume(); err != nil {
			return err
		}
	} else if err := t.setAside(); err != nil {
		return err
	}
	t.bar = cli.NewProgress(t.flags.Epochs*t.steps, "training")
	defer t.bar.Close()
	t.bar.Set(len(t.history)*t.steps, "")
	t.sets.train.SetEpoch(len(t.history) + 1)
	return t.trainer.Run(ctx)
}

func (t *training) progress(p models.Progress) {
	text := fmt.Sprintf("epoch %d/%d  loss %.3f  accuracy %.3f", p.Epoch, p.Epochs, p.Loss, p.Accuracy)
	if n := len(t.history); n > 0 {
		text += fmt.Sprintf("  validation %.3f", t.history[n-1].ValAccuracy)
	}
	t.bar.Set((p.Epoch-1)*p.Steps+p.Step, text)
}

// best is the epoch with the highest accuracy of validation, and among equals the lowest loss.
func (t *training) best() (best models.Epoch) {
	for _, e := range t.history {
		if e.Best {
			best = e
		}
	}
	return best
}

// epochEnd validates, and saves.
func (t *training) epochEnd(ctx context.Context, trainer *models.Trainer, e models.Epoch) error {
	r, err := t.net.Evaluate(ctx, t.sets.validation.Dataset(), models.Evaluation{Seed: t.flags.Seed, Batch: t.flags.Batch})
	if err != nil {
		return err
	}
	e.ValAccuracy, e.ValLoss = r.Accuracy, r.Loss
	before := t.best()
	e.Best = before.Epoch == 0 || e.ValAccuracy > before.ValAccuracy || e.ValAccuracy == before.ValAccuracy && e.ValLoss < before.ValLoss
	t.history = append(t.history, e)
	if e.Best {
		if err := t.net.Save(t.path(checkpointName)); err != nil {
			return err
		}
	}
	if err := cli.WriteJSON(t.path(historyName), t.history); err != nil {
		return err
	}
	t.sets.train.SetEpoch(e.Epoch + 1)
	return trainer.Save(t.path(trainingName))
}

// resume goes back to where the run in the -out folder stopped.
func (t *training) resume() error {
	path := t.path(historyName)
	raw, err := os.ReadFile(path)
	if err != nil {
		return errors.Wrap(err, "-resume")
	}
	if err := json.Unmarshal(raw, &t.history); err != nil {
		return errors.Wrapf(err, "-resume: %s", path)
	}
	if err := t.trainer.Resume(t.path(trainingName)); err != nil {
		return err
	}
	// A run that ended between its two files has one epoch more in the first.
	n := len(t.trainer.History())
	if len(t.history) < n {
		return errors.Errorf("-resume: %s has %d epochs, but %s %d", path, len(t.history), trainingName, n)
	}
	t.history = t.history[:n]
	return nil
}

// setAside renames the files of an earlier run, so that nothing is lost.
func (t *training) setAside() error {
	for _, name := range []string{checkpointName, trainingName, historyName} {
		path := t.path(name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		old := path + ".1"
		for i := 2; exists(old); i++ {
			old = fmt.Sprintf("%s.%d", path, i)
		}
		fmt.Printf("%s of an earlier run is now %s\n", name, old)
		if err := os.Rename(path, old); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
