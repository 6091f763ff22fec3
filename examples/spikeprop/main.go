// Spikeprop trains feed-forward networks of neurons that spike once, by the gradient of the times of their
// spikes, on the tasks of Bohte, Kok & La Poutré 2002 ("Error-backpropagation in temporally encoded networks
// of spiking neurons"): exclusive or, Fisher's irises, and the Wisconsin breast cancer data.
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
	cli.Parse(f, "spikeprop", "Train networks of neurons that spike once, by the gradient of the times of their spikes, on the tasks of Bohte, Kok & La Poutré 2002.")
	cli.Run("spikeprop", f.run)
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
	checkpoint := filepath.Join(f.Out, checkpointName)
	if err := cli.SetAside(checkpoint); err != nil {
		return err
	}
	m := &metrics{Task: s.name, Seed: f.Seed, Settings: s}
	err = f.runs(ctx, s, checkpoint, m)
	if len(m.Runs) == 0 {
		return err
	}
	m.summarise() // of the runs that there were, if the program was stopped
	m.Seconds = time.Since(start).Seconds()
	fmt.Println(m)
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return err
}

// runs trains a network from each seed, and adds the results to m.
func (f *flags) runs(ctx context.Context, s settings, checkpoint string, m *metrics) error {
	for i := range f.Seeds {
		r, err := s.newRun(f.Seed + uint64(i))
		if err != nil {
			return err
		}
		if f.Checkpoint != "" {
			if err := s.restore(r.net, f.Checkpoint); err != nil {
				return err
			}
		}
		if i == 0 {
			fmt.Println(r)
		}
		err = r.learn(ctx)
		if i == 0 {
			if saved := s.save(r.net, checkpoint); saved != nil {
				return saved
			}
		}
		if errors.Is(err, context.Canceled) {
			fmt.Printf("seed %d: stopped after iteration %d; the parameters of seed %d are in %s\n", r.seed, r.last().Cycle, f.Seed, checkpoint)
		}
		if err != nil {
			return err
		}
		result, err := r.measure(ctx)
		if err != nil {
			return err
		}
		fmt.Println(result)
		m.Runs = append(m.Runs, result)
		if i > 0 {
			continue // the figures are those of the first seed
		}
		if err := r.drawTraining(filepath.Join(f.Out, "learning_curves.png")); err != nil {
			return err
		}
		if err := r.drawSpikes(ctx, filepath.Join(f.Out, "spikes.png")); err != nil {
			return err
		}
	}
	return nil
}
