package data

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Waveform is a kind of signal that is drawn at random, of any scale.
type Waveform string

const (
	// Sine has a random phase.
	Sine Waveform = "sine"

	// ThreeSines is a sum of sines of .27 and .61 times the frequency, and of the frequency itself, with random
	// phases.
	ThreeSines Waveform = "sines"

	// LowPassNoise is white noise behind a low-pass filter of fourth order, four times the same leak, with
	// the frequency as its cut-off.
	LowPassNoise Waveform = "noise"

	// RandomSteps are random levels, U(0, 1), each of which is held for a period.
	RandomSteps Waveform = "steps"
)

// Waveforms are all that there are.
var Waveforms = []Waveform{Sine, ThreeSines, LowPassNoise, RandomSteps}

// Draw draws a signal of so many steps. The frequency is how many periods there are in a step, as 0.003 of 3 Hz
// at steps of 1 ms.
func (w Waveform) Draw(rng *rand.Rand, steps int, frequency float64) ([]float64, error) {
	if steps < 1 || steps > maxSignalSteps {
		return nil, errors.Errorf("data: waveform: %d steps, want 1 to %d", steps, maxSignalSteps)
	}
	if !(frequency > 0) || math.IsInf(frequency, 1) {
		return nil, errors.Errorf("data: waveform: %v periods in a step, want a positive number", frequency)
	}
	x := make([]float64, steps)
	switch w {
	case Sine:
		addSines(x, rng, frequency)
	case ThreeSines:
		addSines(x, rng, .27*frequency, .61*frequency, frequency)
	case LowPassNoise:
		lowPass(x, rng, frequency)
	case RandomSteps:
		holdLevels(x, rng, frequency)
	default:
		return nil, errors.Errorf("data: the waveform is %q, want one of %q", string(w), Waveforms)
	}
	return x, nil
}

func addSines(x []float64, rng *rand.Rand, frequencies ...float64) {
	for _, f := range frequencies {
		phase := rng.Float64()
		for t := range x {
			x[t] += math.Sin(2 * math.Pi * (f*float64(t) + phase))
		}
	}
}

func lowPass(x []float64, rng *rand.Rand, frequency float64) {
	leak := math.Exp(-2 * math.Pi * frequency)
	var u [4]float64
	next := func() float64 {
		in := rng.NormFloat64()
		for k := range u {
			u[k] = leak*u[k] + (1-leak)*in
			in = u[k]
		}
		return in
	}
	const most = 100_000
	for range int(min(most, 2/frequency)) { // until it has forgotten that it began at zero
		next()
	}
	for t := range x {
		x[t] = next()
	}
}

func holdLevels(x []float64, rng *rand.Rand, frequency float64) {
	level, held := rng.Float64(), 0.
	for t := range x {
		if held += frequency; held >= 1 {
			level, held = rng.Float64(), 0
		}
		x[t] = level
	}
}
