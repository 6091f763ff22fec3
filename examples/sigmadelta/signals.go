package main

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/data"
)

// drawSignals draws the signals to train on and those to test on.
func (s *settings) drawSignals(f *flags) error {
	steps := math.Round(f.Duration/f.Dt) + float64(s.bench.Settle)
	if steps > maxSteps {
		return errors.Errorf("-settle %v and -duration %v are %.0f steps of %v ms, want at most %d", f.Settle, f.Duration, steps, f.Dt, maxSteps)
	}
	for _, of := range []struct {
		name string
		to   *[][]float64
	}{{"train", &s.training.Signals}, {"test", &s.bench.Signals}} {
		r := graph.Stream(f.Seed, of.name)
		for range f.Signals {
			w, err := data.Waveform(f.Waveform).Draw(r, int(steps), f.Frequency*f.Dt/1000)
			if err != nil {
				return err
			}
			coding.Normalise(w, s.Signed)
			*of.to = append(*of.to, w)
		}
	}
	for _, b := range []*coding.Bench{&s.training, &s.bench} {
		if err := b.Check(); err != nil {
			return errors.WithMessagef(err, "-waveform %s of -frequency %v Hz, with -settle %v and -duration %v ms of -dt %v ms", f.Waveform, f.Frequency, f.Settle, f.Duration, f.Dt)
		}
	}
	return nil
}

// readSignal takes the signal from a file, to train on and to test on: the neuron has four numbers to
// learn, which do not hold a signal.
func (s *settings) readSignal(f *flags) error {
	interval := f.Dt
	if f.Interval != nil {
		interval = *f.Interval
	}
	signal, err := data.ReadSignalCSV(f.Signal, data.SignalOptions{Interval: interval})
	if err != nil {
		return err
	}
	if f.Interval != nil && signal.Interval == 0 {
		return errors.Errorf("-interval is %v ms, but %s has times of its own", f.Interval, f.Signal)
	}
	return errors.WithMessage(s.takeSignal(signal), f.Signal)
}

func (s *settings) takeSignal(signal *data.Signal) error {
	w, err := signal.Resample(s.Dt)
	if err != nil {
		return err
	}
	if len(w) > maxSteps {
		return errors.Errorf("the signal has %d steps of %v ms, want at most %d", len(w), s.Dt, maxSteps)
	}
	for t, v := range w {
		if v < 0 && !s.Signed {
			return errors.Errorf("the signal is %v at %v ms: with negative values, want -signed", v, float64(t)*s.Dt)
		}
	}
	if s.Unit = coding.Peak(w); s.Unit == 0 {
		return errors.New("the signal is zero")
	}
	for t := range w {
		w[t] /= s.Unit
	}
	s.Duration = float64(len(w)-s.bench.Settle) * s.Dt
	s.training.Signals, s.bench.Signals = [][]float64{w}, [][]float64{w}
	return s.bench.Check()
}
