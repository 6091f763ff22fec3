// Sigmadelta shows why thresholds adapt. A leaky integrate-and-fire neuron with a refractory response is a
// Σ-Δ converter from signals to spikes, whose post-synaptic potential is the reconstruction of the signal
// (Bohte 2012, "Efficient spike-coding with multiplicative adaptation in a spike response model"; Yoon
// 2016, "LIF and simplified SRM neurons encode signals into spikes via a form of asynchronous pulse
// sigma-delta modulation"). With a fixed threshold it codes a small range of amplitudes: weaker signals do
// not pass, stronger ones need more spikes than there is time for. A threshold that every spike raises in
// proportion codes them all with as many spikes. The program measures that, at equal firing rates, and
// trains the parameters of the neuron by the gradient of the error of the reconstruction.
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
	cli.Parse(f, "sigmadelta", "Show why thresholds adapt: a spiking neuron as Σ-Δ converter, with fixed and with adaptive thresholds.")
	cli.Run("sigmadelta", f.run)
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
	initial := s.initial(f)
	if f.Checkpoint != "" {
		if initial, err = s.restore(f.Checkpoint); err != nil {
			return err
		}
	}
	fmt.Println(s)

	checkpoint := filepath.Join(f.Out, checkpointName)
	if err := cli.SetAside(checkpoint); err != nil {
		return err
	}
	trained, h, err := s.learn(ctx, initial)
	if trained.Tau != nil {
		if saved := s.save(trained, checkpoint); saved != nil {
			return saved
		}
	}
	if errors.Is(err, context.Canceled) {
		fmt.Printf("stopped after iteration %d; the parameters are in %s\n", len(h.loss), checkpoint)
	}
	if err != nil {
		return err
	}
	m := &metrics{Settings: *s, Seed: f.Seed, Amplitudes: s.amplitudes, Training: h.metrics()}
	if err := m.compare(ctx, s, initial, trained); err != nil {
		return err
	}
	if m.Sweep, err = s.sweep(ctx, initial); err != nil {
		return err
	}
	m.FixedAnyRate = fixedAtAnyRate(m.Sweep)
	m.Seconds = time.Since(start).Seconds()
	fmt.Print(m)
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	for _, figure := range []struct {
		name string
		draw func(path string) error
	}{
		{"coding.png", func(path string) error { return s.drawCoding(path, trained) }},
		{"thresholds.png", func(path string) error { return s.drawThresholds(path, initial) }},
		{"reconstruction.png", func(path string) error { return s.drawReconstruction(path, trained, m.Fixed) }},
		{"sweep.png", func(path string) error { return s.drawSweep(path, initial, m) }},
		{"training.png", func(path string) error { return s.drawTraining(path, h, m) }},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := figure.draw(filepath.Join(f.Out, figure.name)); err != nil {
			return err
		}
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return nil
}
