package main

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
)

// drawSignals draws the signals to train on and those to test on.
func (s *settings) drawSignals(f *flags) error {
	steps := math.Round(f.Duration/f.Dt) + float64(s.settle)
	if steps > maxSteps {
		return errors.Errorf("-settle %v and -duration %v are %.0f steps of %v ms, want at most %d", f.Settle, f.Duration, steps, f.Dt, maxSteps)
	}
	for _, of := range []struct {
		name string
		to   *[][]float64
	}{{"train", &s.train}, {"test", &s.test}} {
		r := graph.Stream(f.Seed, of.name)
		for range f.Signals {
			w, err := data.Waveform(f.Waveform).Draw(r, int(steps), f.Frequency*f.Dt/1000)
			if err == nil {
				err = s.normalise(w)
			}
			if err != nil {
				return errors.WithMessagef(err, "-waveform %s of -frequency %v Hz, with -duration %v ms of -dt %v ms", f.Waveform, f.Frequency, f.Duration, f.Dt)
			}
			*of.to = append(*of.to, w)
		}
	}
	return nil
}

// readSignal takes the signal from a file, to train on and to test on: the neuron has four numbers to
// learn, which do not hold a signal.
func (s *settings) readSignal(f *flags) error {
	interval := f.Interval
	if interval == 0 {
		interval = f.Dt
	}
	signal, err := data.ReadSignalCSV(f.Signal, interval)
	if err != nil {
		return err
	}
	return errors.WithMessage(s.takeSignal(signal), f.Signal)
}

func (s *settings) takeSignal(signal *data.Signal) error {
	w, err := signal.Resample(s.Dt)
	if err != nil {
		return err
	}
	if len(w) <= s.settle+1 || len(w) > maxSteps {
		return errors.Errorf("the signal has %d steps of %v ms, and the first %d are not measured: want at least two more, or another -settle, and at most %d",
			len(w), s.Dt, s.settle, maxSteps)
	}
	for t, v := range w {
		if v < 0 && !s.Signed {
			return errors.Errorf("the signal is %v at %v ms: with negative values, want -signed", v, float64(t)*s.Dt)
		}
	}
	if s.Unit = peakOf(w); s.Unit == 0 {
		return errors.New("the signal is zero")
	}
	for t := range w {
		w[t] /= s.Unit
	}
	s.Duration = float64(len(w)-s.settle) * s.Dt
	s.train, s.test = [][]float64{w}, [][]float64{w}
	return s.check(w)
}

// normalise scales a signal to amplitude 1: from 0 to 1 or, for two neurons, with a mean of 0 up to 1 or
// down to −1. It refuses a signal that does not vary where it is measured, of which nothing could be told.
func (s *settings) normalise(w []float64) error {
	if len(w) <= s.settle+1 {
		return errors.Errorf("the signal has %d steps, the first %d of which are -settle: want at least 2 to measure", len(w), s.settle)
	}
	shift := slices.Min(w)
	if s.Signed {
		shift = mean(w)
	}
	for t := range w {
		w[t] -= shift
	}
	peak := peakOf(w)
	for t := range w {
		w[t] /= peak
	}
	return s.check(w)
}

// check refuses a signal that does not vary where it is measured.
func (s *settings) check(w []float64) error {
	if v := variance(w[s.settle:]); !(v > 1e-12) {
		return errors.New("the signal is constant after -settle: there is no signal-to-noise ratio of what does not vary")
	}
	return nil
}

func peakOf(w []float64) float64 { return max(slices.Max(w), -slices.Min(w)) }

func mean(w []float64) float64 {
	sum := 0.
	for _, v := range w {
		sum += v
	}
	return sum / float64(len(w))
}

func variance(w []float64) float64 {
	m, sum := mean(w), 0.
	for _, v := range w {
		sum += (v - m) * (v - m)
	}
	return sum / float64(len(w))
}
