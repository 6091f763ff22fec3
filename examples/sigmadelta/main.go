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

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
)

type flags struct {
	Signal    string   `help:"CSV file with a signal of your own: one column of values, or time in ms, or in the unit that its name has, as time_s, and value. Amplitude 1 is the signal as it is." placeholder:"FILE"`
	Interval  *float64 `help:"Time from one value to the next in a file of one column, ms. Default: -dt." placeholder:"MS"`
	Waveform  string   `help:"Signal without -signal: ${enum}. The sum is of three sines; the noise has passed a low-pass filter; steps are to random levels." enum:"sine,sines,noise,steps" default:"noise"`
	Frequency float64  `help:"Of the sine, the fastest of the sines and the cut-off of the noise; steps in a second, Hz." default:"3"`
	Signals   int      `help:"How many signals, drawn at random, there are to train on, and as many others to test on." default:"4"`
	Duration  float64  `help:"Length of each signal, ms, after -settle." default:"1000"`
	Settle    float64  `help:"Time at the beginning that is not measured, in which thresholds adapt, ms." default:"250"`
	Dt        float64  `help:"Time step, ms. A neuron spikes at most once in it." default:"0.5"`
	Signed    bool     `help:"Signals of both signs, coded by two neurons. Without it, signals are positive, as a single neuron can code them."`

	Adaptation string  `help:"Threshold of the neuron that is trained: ${enum}." enum:"multiplicative,additive,fixed" default:"multiplicative"`
	Tau        float64 `help:"Time constant of the post-synaptic potential before training, ms." default:"20"`
	B0         float64 `name:"b0" help:"Threshold at rest before training, in units of the peak of the signal." default:"0.01"`
	TauAdp     float64 `help:"Time constant of the adaptation before training, ms." default:"100"`
	Beta       float64 `help:"Share by which a spike raises the threshold before training." default:"0.1"`

	Low       float64 `help:"Smallest amplitude of the test range. An amplitude is the largest value of the signal." default:"0.01"`
	High      float64 `help:"Largest amplitude of the test range." default:"100"`
	PerDecade int     `help:"Amplitudes in a power of ten to test on. Half as many serve to train on." default:"6"`
	Limit     float64 `help:"Signal-to-noise ratio from which on an amplitude counts as coded, dB." default:"10"`

	Checkpoint string `help:"Start from the parameters in a checkpoint." placeholder:"FILE"`
	program.Training

	s *settings // of these flags
}

// Vars are the names, defaults and helps of the flags that all programs have.
func (*flags) Vars() map[string]string {
	return map[string]string{
		"epochs_name": "iterations", "epochs": "200", "lr": "0.03", "batch": "0",
		"epochs_help":      "Iterations of training. 0 tests the neuron as it is.",
		"iterations_fixed": "the learning rate falls to zero over the iterations",
		"batch_help":       "Signals in an iteration: all at all amplitudes, which share one budget of spikes. Default: so many.",
		"lr_help":          "Learning rate of Adam at the beginning, as a share of each parameter; it falls to zero along half a cosine.",
		"patience_help":    "Iterations without a better one after which the training ends. Default: it goes on to the last.",
		"seed_help":        "Of the signals. The same seed gives the same run.",
	}
}

// Complete checks the flags, and draws the signals or reads them.
func (f *flags) Complete() (err error) {
	if f.s, err = f.settings(); err != nil {
		return err
	}
	all := len(f.s.training.Signals) * len(f.s.training.Amplitudes)
	if f.Given("batch") && f.Batch != all {
		return errors.Errorf("-batch is %d, and %d signals at %d amplitudes share one budget of spikes: want %d", f.Batch, len(f.s.training.Signals), len(f.s.training.Amplitudes), all)
	}
	f.Batch = all
	return nil
}

func main() {
	program.Main("sigmadelta", "Show why thresholds adapt: a spiking neuron as Σ-Δ converter, with fixed and with adaptive thresholds.", new(flags))
}

// Run trains an encoder, compares it with others, and draws what came out.
func (f *flags) Run(ctx context.Context, r *program.Run) (err error) {
	s := f.s
	initial := s.bench.Encoder(s.Adaptation, f.Tau, f.B0, f.TauAdp, f.Beta)
	if f.Checkpoint != "" {
		if initial, err = s.restore(f.Checkpoint); err != nil {
			return err
		}
	}
	fmt.Println(s)
	trained, h, err := s.learn(ctx, r, &f.Training, initial)
	if err != nil {
		return err
	}
	m := &metrics{Settings: *s, Seed: f.Seed, Amplitudes: s.bench.Amplitudes, Training: h}
	if err := m.compare(ctx, s, initial, trained); err != nil {
		return err
	}
	if m.Sweep, err = s.sweep(ctx, initial); err != nil {
		return err
	}
	m.FixedAnyRate = fixedAtAnyRate(m.Sweep)
	fmt.Print(m)
	m.Seconds = r.Seconds()
	if err := r.JSON(program.MetricsName, m); err != nil {
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
		{"training.png", func(path string) error { return s.drawTraining(path, m) }},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.Write(figure.name, figure.draw); err != nil {
			return err
		}
	}
	return nil
}
