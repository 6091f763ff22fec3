// Eprop trains networks of spiking neurons with e-prop, or with backpropagation through time, on the
// tasks of Bellec et al. 2020 ("A solution to the learning dilemma for recurrent networks of spiking
// neurons"): pattern generation, the accumulation of evidence, and store-recall. The network and the
// training are the same for all estimators of the gradient: which it is, is a property of a layer.
package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
)

func main() {
	f := new(flags)
	cli.Parse(f, "eprop", "Train recurrent networks of spiking neurons with e-prop, or backpropagation through time, on the tasks of Bellec et al. 2020.")
	cli.Run("eprop", f.run)
}

func (f *flags) run(ctx context.Context) error {
	start := time.Now()
	s, err := f.settings()
	if err != nil {
		return err
	}
	if err := cli.OutputDir(f.Out); err != nil {
		return err
	}
	n, err := s.newNetwork(f.Seed)
	if err != nil {
		return err
	}
	if f.Checkpoint != "" {
		if err := s.restore(n, f.Checkpoint); err != nil {
			return err
		}
	}
	r, err := s.newRunner(n)
	if err != nil {
		return err
	}
	defer r.forward.Close()
	d := s.task.dims()
	fmt.Printf("%s by %s: %d inputs, %d neurons, %d outputs, %d steps of 1 ms; %d trials in an iteration\n",
		f.Task, f.Estimator, d.inputs, s.Units, d.outputs, d.steps, s.Batch)

	checkpoint := filepath.Join(f.Out, checkpointName)
	if err := cli.SetAside(checkpoint); err != nil {
		return err
	}
	h, err := r.learn(ctx)
	if saved := s.save(n, checkpoint); saved != nil {
		return saved
	}
	if errors.Is(err, context.Canceled) {
		fmt.Printf("stopped after iteration %d; the parameters are in %s\n", len(h.loss), checkpoint)
	}
	if err != nil {
		return err
	}
	peak := cli.PeakMemory()
	m, err := r.measure(ctx, h)
	if err != nil {
		return err
	}
	m.Seed, m.PeakMemoryMB = f.Seed, float64(peak)/1e6
	m.Seconds = time.Since(start).Seconds()
	fmt.Println(m)
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	if len(h.loss) > 0 {
		if err := r.drawTraining(filepath.Join(f.Out, "learning_curves.png"), h); err != nil {
			return err
		}
	}
	if err := r.drawTrial(filepath.Join(f.Out, "trial.png")); err != nil {
		return err
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return nil
}
