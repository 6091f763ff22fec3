package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/train"
)

// tiny are the flags of a small configuration.
var tiny = []string{"-duration", "100", "-settle", "30", "-dt", "1", "-frequency", "20", "-signals", "1", "-per-decade", "2", "-iterations", "4"}

// small runs it, and returns its folder.
func small(t *testing.T, ctx context.Context, args ...string) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	return dir, exampletest.Run(t, ctx, "sigmadelta", new(flags), append(append(slices.Clone(tiny), "-out", dir), args...)...)
}

// mustRun is small without an error, and gives the metrics, too.
func mustRun(t *testing.T, args ...string) (dir string, m metrics) {
	t.Helper()
	dir, err := small(t, t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return dir, metricsOf(t, dir)
}

func metricsOf(t *testing.T, dir string) (m metrics) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, program.MetricsName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// parsed stops where flags are checked.
type parsed struct{ flags }

func (p *parsed) Complete() error {
	if err := p.flags.Complete(); err != nil {
		return err
	}
	return program.ErrDone
}

// settingsOf are those of flags, or what is wrong with them.
func settingsOf(t *testing.T, args ...string) (*settings, *flags, error) {
	t.Helper()
	p := new(parsed)
	err := exampletest.Run(t, t.Context(), "sigmadelta", p, args...)
	return p.s, &p.flags, err
}

// settingsFor are those of flags, which must be right.
func settingsFor(t *testing.T, args ...string) (*settings, *flags) {
	t.Helper()
	s, f, err := settingsOf(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return s, f
}

// initial is the encoder that flags begin with.
func initial(s *settings, f *flags) coding.Encoder {
	return s.bench.Encoder(s.Adaptation, f.Tau, f.B0, f.TauAdp, f.Beta)
}

// written is a file with that content.
func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signal.csv")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*math.Max(1, math.Abs(b)) }

// A short run leaves everything behind that it promises, whatever the signal and the neuron.
func TestRun(t *testing.T) {
	for _, args := range []string{"", "-waveform sine", "-waveform sines -adaptation additive", "-waveform steps -adaptation fixed", "-signed", "-iterations 0"} {
		t.Run(args, func(t *testing.T) {
			dir, m := mustRun(t, strings.Fields(args)...)
			n := len(m.Amplitudes)
			if n != 9 || m.Amplitudes[0] != .01 || m.Amplitudes[n-1] != 100 || len(m.Sweep) != 3*9*6 || len(m.Gain) != n {
				t.Errorf("%d amplitudes, %d encoders in the sweep and %d gains", n, len(m.Sweep), len(m.Gain))
			}
			for _, e := range append(m.Sweep, m.Before, m.After) {
				for _, list := range [][]float64{e.SNR, e.NRMSE, e.Rate, e.Bits} {
					if len(list) != n {
						t.Fatalf("%v: %d values at %d amplitudes", e.Encoder, len(list), n)
					}
				}
				for a := range n {
					if !near(e.SNR[a], -20*math.Log10(e.NRMSE[a]), 1e-9) || e.Rate[a] < 0 || e.Rate[a] > 2000 || e.Bits[a] > 2000 {
						t.Errorf("%v at amplitude %v: SNR %v dB, NRMSE %v, %v Hz, %v bit/s", e.Encoder, m.Amplitudes[a], e.SNR[a], e.NRMSE[a], e.Rate[a], e.Bits[a])
					}
				}
			}
			if m.LeastGain != slices.Min(m.Gain) || m.Training.Iterations != len(m.Training.Loss)-1 || m.Seed != 1 {
				t.Errorf("metrics are %v", m)
			}
			exampletest.Figures(t, dir, 1500, "coding.png", "thresholds.png", "reconstruction.png", "sweep.png", "training.png")
		})
	}
}

// The same seed gives the same run, bit for bit, also if it was stopped and resumed, and another seed another
// one.
func TestSeed(t *testing.T) {
	dir, whole := mustRun(t, "-seed", "5")
	otherDir, other := mustRun(t, "-seed", "6")
	stopped, err := small(t, &interruptedAfter{t.Context(), 6}, "-seed", "5")
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted run ends with %v", err)
	}
	if _, err := os.Stat(filepath.Join(stopped, program.MetricsName)); err == nil {
		t.Error("there are metrics of a run that was not finished")
	}
	if err := exampletest.Run(t, t.Context(), "sigmadelta", new(flags), "-resume", "-out", stopped); err != nil {
		t.Fatal(err)
	}
	again := metricsOf(t, stopped)
	for _, m := range []*metrics{&whole, &again, &other} {
		m.Seconds, m.Training.Seconds = 0, 0
	}
	if !reflect.DeepEqual(whole, again) || checkpoint(t, dir) != checkpoint(t, stopped) {
		t.Error("the same seed gives another run when it is resumed")
	}
	if reflect.DeepEqual(whole.After, other.After) || checkpoint(t, dir) == checkpoint(t, otherDir) {
		t.Error("another seed gives the same run")
	}
}

// checkpoint are the parameters that a run has left.
func checkpoint(t *testing.T, dir string) string {
	t.Helper()
	net, err := train.Load(filepath.Join(dir, program.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, p := range net.Params().All() {
		text += fmt.Sprint(p.Name, p.Values())
	}
	return text
}

// What the program is to show: with the mean rate of the best fixed threshold, a trained one that adapts
// codes at least three times its range of amplitudes, and no amplitude worse than before training.
func TestAdaptationWidensTheRange(t *testing.T) {
	_, m := mustRun(t, "-duration", "500", "-settle", "150", "-dt", "0.5", "-frequency", "4", "-per-decade", "3", "-signals", "3", "-iterations", "80")
	if m.Fixed == nil || m.After.MeanRate > 1.05*m.Before.MeanRate || !near(m.Fixed.MeanRate, m.After.MeanRate, 2*coding.RateTolerance) {
		t.Fatalf("rates are %v, after training %v, with a fixed threshold %v", m.Before.MeanRate, m.After.MeanRate, m.Fixed)
	}
	wantBest(t, m.Training)
	if !slices.ContainsFunc(m.Training.Rate, func(r float64) bool { return r > m.Training.Budget }) {
		t.Error("no iteration was above the budget: it is not tested that those are left out")
	}
	if *m.RangeGain < 3 || *m.RangeGain != m.After.Range.Width()/m.Fixed.Range.Width() {
		t.Errorf("the usable range is %v times that of a fixed threshold, want at least 3", *m.RangeGain)
	}
	if m.LeastGain < 0 {
		t.Errorf("training has changed the SNR by %v dB", m.Gain)
	}
	for i, e := range m.FixedByTau {
		if e.Range.Width() > m.Fixed.Range.Width() || !near(e.MeanRate, m.After.MeanRate, coding.RateTolerance) {
			t.Errorf("fixed threshold %d has a range of %v at %v Hz, the best one of %v", i, e.Range, e.MeanRate, m.Fixed.Range)
		}
	}
	if m.FixedAnyRate.Range.Width() < m.Fixed.Range.Width()/2 {
		t.Errorf("the widest range of a fixed threshold is %v, with a given rate %v", m.FixedAnyRate.Range, m.Fixed.Range)
	}
}

// A checkpoint holds the encoder that was measured.
func TestCheckpoint(t *testing.T) {
	for _, args := range []string{"", "-signed"} {
		dir, m := mustRun(t, strings.Fields(args)...)
		file := filepath.Join(dir, program.CheckpointName)
		_, again := mustRun(t, append(strings.Fields(args), "-checkpoint", file, "-iterations", "0")...)
		if !reflect.DeepEqual(again.Before, m.After) || !reflect.DeepEqual(again.After, m.After) || reflect.DeepEqual(m.Before, m.After) {
			t.Errorf("the run ends with %v, the checkpoint has %v", m.After, again.Before)
		}
		for wrong, want := range map[string]string{"-adaptation additive": "adaptation: multiplicative in the checkpoint, additive asked for", "-adaptation fixed": "multiplicative in the checkpoint, fixed asked for", "-signed=" + map[bool]string{true: "false", false: "true"}[args != ""]: "signed"} {
			if _, err := small(t, t.Context(), append(strings.Fields(args), append(strings.Fields(wrong), "-checkpoint", file)...)...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want one with %q", wrong, err, want)
			}
		}
	}
}

// Whatever is interrupted ends with the error of its context.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := small(t, ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	s, f := settingsFor(t, tiny...)
	if _, err := s.sweep(ctx, initial(s, f)); !errors.Is(err, context.Canceled) {
		t.Errorf("the sweep ends with %v", err)
	}
	if err := new(metrics).compare(ctx, s, initial(s, f), initial(s, f)); !errors.Is(err, context.Canceled) {
		t.Errorf("the comparison ends with %v", err)
	}
}

// interruptedAfter is a context that is done when it was asked some times.
type interruptedAfter struct {
	context.Context
	left int
}

func (c *interruptedAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// wantBest reports an error unless the iteration that was kept has the least loss of those within the budget,
// which is the rate of the beginning.
func wantBest(t *testing.T, h training) (best int) {
	t.Helper()
	if len(h.Loss) != h.Iterations+1 || h.Budget != h.Rate[0] {
		t.Fatalf("%d losses of %d iterations, a budget of %v and a rate of %v", len(h.Loss), h.Iterations, h.Budget, h.Rate[0])
	}
	for i := 1; i <= h.Iterations; i++ {
		if h.Rate[i] <= h.Budget && (best == 0 || h.Loss[i] < h.Loss[best]) {
			best = i
		}
	}
	if h.Best != best {
		t.Errorf("iteration %d was kept, want %d", h.Best, best)
	}
	return best
}

// The numbers of the iteration that is kept are those of independent formulas.
func TestTraining(t *testing.T) {
	for _, args := range []string{"", "-signed"} {
		dir, m := mustRun(t, append(strings.Fields(args), "-iterations", "20", "-lr", "0.2")...)
		h := m.Training
		best := wantBest(t, h)
		s, _ := settingsFor(t, append(append(slices.Clone(tiny), "-iterations", "20", "-lr", "0.2"), strings.Fields(args)...)...)
		e, err := s.restore(filepath.Join(dir, program.CheckpointName))
		if err != nil || !reflect.DeepEqual(e, m.After.Encoder) {
			t.Fatalf("the checkpoint has %v, %v, want %v", e, err, m.After.Encoder)
		}
		s.bench.Signals, s.bench.Amplitudes = s.training.Signals, s.training.Amplitudes
		snr, rate := 0., 0.
		for _, amplitude := range s.bench.Amplitudes {
			for _, w := range s.training.Signals {
				signal := slices.Clone(w)
				for t := range signal {
					signal[t] *= amplitude
				}
				c, err := s.bench.Code(e, signal)
				if err != nil {
					t.Fatal(err)
				}
				of := c.Measure(s.bench.Settle, len(signal), s.Dt)
				snr, rate = snr+of.SNR, rate+of.Rate
			}
		}
		n := float64(len(s.bench.Amplitudes) * len(s.training.Signals))
		if !near(h.SNR[best], snr/n, 1e-4) || !near(h.Rate[best], rate/n, 1e-5) || !near(h.Loss[best], -snr/n*math.Ln10/10, 1e-4) {
			t.Errorf("SNR %v, rate %v and loss %v, want %v, %v and %v", h.SNR[best], h.Rate[best], h.Loss[best], snr/n, rate/n, -snr/n*math.Ln10/10)
		}
	}
}

func TestWrongCommands(t *testing.T) {
	for args, want := range map[string]string{
		"-dt 0":                              "-dt is 0",
		"-dt NaN":                            "-dt is NaN",
		"-tau -1":                            "-tau is -1",
		"-b0 0":                              "-b0 is 0",
		"-beta -1":                           "-beta is -1",
		"-tau-adp Inf":                       "-tau-adp is +Inf",
		"-settle -1":                         "-settle is -1",
		"-settle 1e30":                       "-settle 1e+30 ms",
		"-duration 1e30":                     "-duration 1e+30",
		"-duration 0.4":                      "want at least 2 to measure",
		"-duration 1":                        "want at least 2 to measure",
		"-frequency 0":                       "-frequency is 0",
		"-waveform steps -frequency 1":       "constant",
		"-signals 0":                         "-signals is 0",
		"-signals 101":                       "-signals is 101",
		"-per-decade 0":                      "-per-decade is 0",
		"-per-decade 1000000000":             "-per-decade is 1000000000",
		"-iterations -1":                     "-iterations is -1",
		"-lr NaN":                            "-lr is NaN",
		"-limit NaN":                         "-limit is NaN",
		"-low 0":                             "-low is 0",
		"-low 5 -high 5":                     "-low 5 -high 5",
		"-low 1 -high 1e12":                  "test range",
		"-dt .01 -duration 900 -signals 100": "numbers, want at most",
		"-signal /no/such/file.csv":          "/no/such/file.csv",
		"-checkpoint /no/file":               "/no/file",
		"-out /dev/null/figures":             "/dev/null",
	} {
		want = strings.Replace(want, "-low 5 -high 5", "from -low 5 to -high 5", 1)
		if _, err := small(t, t.Context(), strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", args, err, want)
		}
	}
}
