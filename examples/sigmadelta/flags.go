package main

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

type flags struct {
	Signal    string  `help:"CSV file with a signal of your own: one column of values, or time in ms and value. Amplitude 1 is the signal as it is." placeholder:"FILE"`
	Interval  float64 `help:"Time from one value to the next in a file of one column, ms. Default: -dt." placeholder:"MS"`
	Waveform  string  `help:"Signal without -signal: ${enum}. The sum is of three sines; the noise has passed a low-pass filter; steps are to random levels." enum:"sine,sines,noise,steps" default:"noise"`
	Frequency float64 `help:"Of the sine, the fastest of the sines and the cut-off of the noise; steps in a second, Hz." default:"3"`
	Signals   int     `help:"How many signals, drawn at random, there are to train on, and as many others to test on." default:"4"`
	Duration  float64 `help:"Length of each signal, ms, after -settle." default:"1000"`
	Settle    float64 `help:"Time at the beginning that is not measured, in which thresholds adapt, ms." default:"250"`
	Dt        float64 `help:"Time step, ms. A neuron spikes at most once in it." default:"0.5"`
	Signed    bool    `help:"Signals of both signs, coded by two neurons. Without it, signals are positive, as a single neuron can code them."`

	Adaptation string  `help:"Threshold of the neuron that is trained: ${enum}." enum:"multiplicative,additive,fixed" default:"multiplicative"`
	Tau        float64 `help:"Time constant of the post-synaptic potential before training, ms." default:"20"`
	B0         float64 `name:"b0" help:"Threshold at rest before training, in units of the peak of the signal." default:"0.01"`
	TauAdp     float64 `help:"Time constant of the adaptation before training, ms." default:"100"`
	Beta       float64 `help:"Share by which a spike raises the threshold before training." default:"0.1"`

	Low       float64 `help:"Smallest amplitude of the test range. An amplitude is the largest value of the signal." default:"0.01"`
	High      float64 `help:"Largest amplitude of the test range." default:"100"`
	PerDecade int     `help:"Amplitudes in a power of ten to test on. Half as many serve to train on." default:"6"`
	Limit     float64 `help:"Signal-to-noise ratio from which on an amplitude counts as coded, dB." default:"10"`

	Iterations int     `help:"Iterations of training. 0 tests the neuron as it is." default:"200"`
	LR         float64 `name:"lr" help:"Learning rate of Adam at the beginning, as a share of each parameter; it falls to zero along half a cosine." default:"0.03"`
	Checkpoint string  `help:"Start from the parameters in a checkpoint." placeholder:"FILE"`
	Seed       uint64  `help:"Of the signals. The same seed gives the same run." default:"1"`
	Out        string  `help:"Folder for metrics.json, checkpoint.safetensors and the figures." default:"out/sigmadelta" placeholder:"DIR"`
}

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

	amplitudes      []float64   // to test on, ascending
	trainAmplitudes []float64   // to train on
	settle          int         // steps
	train, test     [][]float64 // signals of amplitude 1 [signal][step]
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
	}{{"settle", f.Settle}, {"beta", f.Beta}, {"lr", f.LR}, {"interval", f.Interval}} {
		if !(x.value >= 0) || !graph.Finite(x.value) {
			return nil, errors.Errorf("-%s is %v, want a number that is not negative", x.flag, x.value)
		}
	}
	for _, x := range []struct {
		flag         string
		value, least int
	}{{"signals", f.Signals, 1}, {"per-decade", f.PerDecade, 1}, {"iterations", f.Iterations, 0}} {
		if x.value < x.least {
			return nil, errors.Errorf("-%s is %d, want at least %d", x.flag, x.value, x.least)
		}
	}
	if f.Signals > maxSignals || f.PerDecade > maxSignals {
		return nil, errors.Errorf("-signals is %d and -per-decade %d, want at most %d", f.Signals, f.PerDecade, maxSignals)
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
		Signed: f.Signed, Adaptation: f.Adaptation, Limit: f.Limit, Iterations: f.Iterations, LR: f.LR,
		amplitudes: spread(f.Low, f.High, f.PerDecade), trainAmplitudes: spread(f.Low, f.High, max(1, f.PerDecade/2)),
	}
	if f.Settle/f.Dt > maxSteps {
		return nil, errors.Errorf("-settle %v ms are more than %d steps of %v ms", f.Settle, maxSteps, f.Dt)
	}
	s.settle = int(math.Round(f.Settle / f.Dt))
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
	if n := len(s.test[0]) * len(s.test) * len(s.amplitudes); n > maxElements {
		return nil, errors.Errorf("%d signals of %d steps at %d amplitudes are %d numbers, want at most %d", len(s.test), len(s.test[0]), len(s.amplitudes), n, maxElements)
	}
	return s, nil
}

// Signals are kept to what memory has room for.
const (
	maxSteps    = 100_000
	maxSignals  = 100
	maxElements = 10_000_000
)

// spread are amplitudes from low to high, at least so many in a power of ten, at equal ratios.
func spread(low, high float64, perDecade int) []float64 {
	decades := math.Log10(high / low)
	n := max(1, int(math.Ceil(decades*float64(perDecade)-1e-9)))
	list := make([]float64, n+1)
	for i := range list {
		list[i] = low * math.Pow(10, decades*float64(i)/float64(n))
	}
	list[n] = high
	return list
}

// initial is the neuron before training.
func (s *settings) initial(f *flags) encoder {
	return s.encoder(s.Adaptation, f.Tau, f.B0, f.TauAdp, f.Beta)
}

func (s *settings) String() string {
	what := s.Waveform
	if s.File != "" {
		what = s.File
	}
	channels := "positive, one neuron"
	if s.Signed {
		channels = "of both signs, two neurons"
	}
	return fmt.Sprintf("signal: %s, %s; %d steps of %v ms, amplitudes %.3g to %.3g", what, channels, len(s.test[0]), s.Dt,
		s.amplitudes[0], s.amplitudes[len(s.amplitudes)-1])
}
