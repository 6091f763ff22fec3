package program

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// Train trains a task in the folder of a run, or goes on with it: what the flags say is put into the settings,
// a bar is shown, and a checkpoint written after each epoch. In the end there are the history and the
// learning curves, and the network is that of the best epoch. Close the trainer after use.
func Train[O any](ctx context.Context, r *Run, f *Training, task train.Task[O], data train.Dataset, s train.Settings) (*train.Trainer, error) {
	s.Epochs, s.Batch, s.Seed = f.Epochs, f.Batch, f.Seed
	b := &barCallback{}
	s.Log = b
	s.Callbacks = append([]train.Callback{b, train.Checkpoint(r.Path(CheckpointName))}, s.Callbacks...)
	if f.Patience != nil {
		s.Callbacks = append(s.Callbacks, train.Patience(*f.Patience))
	}
	t, err := train.New(task, data, s)
	if err != nil {
		return nil, err
	}
	if err := r.fit(ctx, t, b); err != nil {
		t.Close() // the error that was first is the one to tell
		return nil, err
	}
	return t, nil
}

// fit runs a training in the folder of the run.
func (r *Run) fit(ctx context.Context, t *train.Trainer, b *barCallback) error {
	if r.Resumed() {
		// A run that was killed within its first epoch has no checkpoint: it begins again.
		if _, err := os.Stat(r.Path(CheckpointName)); err == nil {
			if err := t.Resume(r.Path(CheckpointName)); err != nil {
				return err
			}
		} else if !os.IsNotExist(err) {
			return err
		}
	}
	if err := r.Begin(); err != nil {
		return err
	}
	examples, held := t.Examples()
	s := t.Settings()
	steps := (examples + s.Batch - 1) / s.Batch
	fmt.Printf("%d examples to train on, %d to validate on\n", examples, held)
	b.bar = NewBar(s.Epochs, steps, len(t.History()))
	err := t.Run(ctx)
	b.bar.Close()
	if err != nil {
		if errors.Is(err, context.Canceled) {
			Stopped(len(t.History()))
		}
		return err
	}
	return r.history(t)
}

// history writes how the training went.
func (r *Run) history(t *train.Trainer) error {
	h := t.History()
	if best := t.Best(); best != nil {
		fmt.Printf("epoch %d was the best of %d%s\n", best.Epoch, len(h), validated(best))
	}
	if err := r.JSON(HistoryName, h); err != nil {
		return err
	}
	if len(h) == 0 {
		return nil
	}
	// Some metrics have no number of their own, as a confusion matrix.
	last := h[len(h)-1]
	numbers := slices.DeleteFunc(t.Metrics(), func(name string) bool {
		_, trained := last.Training.Number(name)
		_, judged := last.Judged().Number(name)
		return !trained && !judged
	})
	return r.Write("learning_curves.png", func(path string) error { return plot.History(path, h, numbers...) })
}

// validated tells what the validation of an epoch gave.
func validated(e *train.Epoch) string {
	if e.Validation == nil {
		return ""
	}
	text := fmt.Sprintf(": validation loss %.4f", e.Validation.Loss)
	if x, ok := e.Validation.Number("accuracy"); ok {
		text += fmt.Sprintf(", accuracy %.4f", x)
	}
	return text
}

// barCallback shows a training on a bar. It is the training's log as well, for what is a warning.
type barCallback struct{ bar *Bar }

// Write implements [io.Writer]: lines of the epochs are on the bar already.
func (b *barCallback) Write(text []byte) (int, error) {
	for line := range lines(text) {
		if len(line) < 6 || line[:6] != "epoch " {
			if b.bar != nil {
				b.bar.Println(line)
			} else {
				fmt.Fprintln(os.Stderr, line)
			}
		}
	}
	return len(text), nil
}

// StepEnd implements [train.Stepped].
func (b *barCallback) StepEnd(t *train.Trainer, p train.Progress) error {
	m := Moment{Epoch: p.Epoch, Epochs: p.Epochs, Step: p.Step, Steps: p.Steps, Loss: p.Loss}
	for _, name := range t.Metrics() {
		if x, ok := p.Number(name); ok {
			m.Figures = append(m.Figures, Figure{name, x})
		}
	}
	if h := t.History(); len(h) > 0 {
		if v := h[len(h)-1].Validation; v != nil {
			x, ok := v.Number("accuracy")
			if !ok {
				x = v.Loss
			}
			m.Validation = &x
		}
	}
	b.bar.Set(m)
	return nil
}

// EpochEnd implements [train.Callback].
func (*barCallback) EpochEnd(*train.Trainer, train.Epoch) error { return nil }

// Evaluate runs a network over data for testing, and shows how far it is.
func Evaluate(ctx context.Context, n *train.Network, data train.Dataset, seed uint64, batch int) (*train.Report, error) {
	bar := cli.NewProgress(data.Len(), "testing")
	defer bar.Close()
	return n.Evaluate(ctx, data, train.Evaluation{Seed: seed, Batch: batch, Progress: func(done, _ int) { bar.Set(done, "") }})
}
