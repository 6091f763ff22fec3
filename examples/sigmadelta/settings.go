package main

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/coding"
)

// settings are what a run is made of.
type settings struct {
	Waveform   string  `json:"waveform"`
	File       string  `json:"file,omitempty"`
	Unit       float64 `json:"unit"` // what amplitude 1 is in the file's own units
	Dt         float64 `json:"dt_ms"`
	Settle     float64 `json:"settle_ms"`
	Duration   float64 `json:"duration_ms"` // of what is measured
	Signals    int     `json:"signals"`
	Signed     bool    `json:"signed"`
	Adaptation string  `json:"adaptation"`
	Limit      float64 `json:"limit_db"`
	Iterations int     `json:"iterations"`
	LR         float64 `json:"lr"`

	bench, training coding.Bench // signals to test on and to train on
}

// settings checks the flags, and draws the signals or reads them.
func (f *flags) settings() (*settings, error) {
	for _, x := range []struct {
		flag  string
		value float64
	}{{"frequency", f.Frequency}, {"duration", f.Duration}, {"dt", f.Dt}, {"tau", f.Tau}, {"b0", f.B0}, {"tau-adp", f.TauAdp}, {"low", f.Low}, {"high", f.High}} {
		if !(x.value > 0) || !graph.Finite(x.value) {
			return nil, errors.Errorf("-%s is %v, want a positive number", x.flag, x.value)
		}
	}
	for _, x := range []struct {
		flag  string
		value float64
	}{{"settle", f.Settle}, {"beta", f.Beta}} {
		if !(x.value >= 0) || !graph.Finite(x.value) {
			return nil, errors.Errorf("-%s is %v, want a number that is not negative", x.flag, x.value)
		}
	}
	if f.Interval != nil {
		if err := program.Positive("interval", *f.Interval, "a time in ms"); err != nil {
			return nil, err
		}
	}
	for _, x := range []struct {
		flag  string
		value int
	}{{"signals", f.Signals}, {"per-decade", f.PerDecade}} {
		if x.value < 1 || x.value > maxSignals {
			return nil, errors.Errorf("-%s is %d, want 1 to %d", x.flag, x.value, maxSignals)
		}
	}
	const widest = 1e9 // of the test range: numbers have single precision
	if !(f.High >= 1.1*f.Low) || f.High > widest*f.Low || f.Low < 1e-15 || f.High > 1e15 {
		return nil, errors.Errorf("the test range is from -low %v to -high %v, want 1.1 to %g times as much, within 1e-15 to 1e15", f.Low, f.High, widest)
	}
	if !graph.Finite(f.Limit) {
		return nil, errors.Errorf("-limit is %v dB, want a finite number", f.Limit)
	}
	s := &settings{
		Waveform: f.Waveform, File: f.Signal, Unit: 1, Dt: f.Dt, Settle: f.Settle, Duration: f.Duration, Signals: f.Signals,
		Signed: f.Signed, Adaptation: f.Adaptation, Limit: f.Limit, Iterations: f.Epochs, LR: f.LR,
	}
	if f.Settle/f.Dt > maxSteps {
		return nil, errors.Errorf("-settle %v ms are more than %d steps of %v ms", f.Settle, maxSteps, f.Dt)
	}
	s.bench = coding.Bench{Amplitudes: coding.Spread(f.Low, f.High, f.PerDecade), Settle: int(math.Round(f.Settle / f.Dt)), Dt: f.Dt, Signed: f.Signed, Limit: f.Limit}
	s.training = s.bench
	s.training.Amplitudes = coding.Spread(f.Low, f.High, max(1, f.PerDecade/2))
	var err error
	if f.Signal == "" {
		err = s.drawSignals(f)
	} else {
		s.Waveform, s.Signals = "file", 1
		err = s.readSignal(f)
	}
	if err != nil {
		return nil, err
	}
	if n := len(s.bench.Signals[0]) * len(s.bench.Signals) * len(s.bench.Amplitudes); n > maxElements {
		return nil, errors.Errorf("%d signals of %d steps at %d amplitudes are %d numbers, want at most %d", len(s.bench.Signals), len(s.bench.Signals[0]), len(s.bench.Amplitudes), n, maxElements)
	}
	return s, nil
}

// Signals are kept to what memory has room for.
const (
	maxSteps    = 100_000
	maxSignals  = 100
	maxElements = 10_000_000
)

func (s *settings) String() string {
	what := s.Waveform
	if s.File != "" {
		what = s.File
	}
	channels := "positive, one neuron"
	if s.Signed {
		channels = "of both signs, two neurons"
	}
	return fmt.Sprintf("signal: %s, %s; %d steps of %v ms, amplitudes %.3g to %.3g", what, channels, len(s.bench.Signals[0]), s.Dt,
		s.bench.Amplitudes[0], s.bench.Amplitudes[len(s.bench.Amplitudes)-1])
}
