package data

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// Pattern is the pattern generation task of Bellec et al. 2020 (in the supplement): inputs fire at
// random, always in the same manner, and the network has to draw some curves meanwhile. Each curve is a
// sum of sines with periods of 1000, 500, 333 and 200 ms, with amplitudes from U(0.5, 2) and phases from
// U(0, 2π). It is shifted to begin at 0, and scaled so that its largest absolute value is 1.
//
// The zero value of each field is its default. The inputs are those of the authors' program, which has
// one curve; the paper's figure has three.
type Pattern struct {
	Inputs  int     // default 100
	Targets int     // curves; default 3
	Steps   int     // of 1 ms; default 1000
	Rate    float64 // of the inputs, Hz; default 50
}

// FrozenPattern is a spike train of inputs and the curves that belong to it. It is a [train.Dataset] of one
// example: events, with as many numbers at each step as there are curves.
type FrozenPattern struct {
	Spikes [][]bool    // [steps, inputs]
	Curves [][]float64 // [steps, targets]
}

var _ train.Checked = (*FrozenPattern)(nil)

// Len implements [train.Dataset]: there is one example.
func (f *FrozenPattern) Len() int { return 1 }

// Spec implements [train.Dataset].
func (f *FrozenPattern) Spec() train.Spec {
	if len(f.Spikes) == 0 || len(f.Curves) == 0 {
		return train.Spec{}
	}
	return train.Spec{Steps: len(f.Spikes), Features: len(f.Spikes[0]), Events: true, Numbers: len(f.Curves[0]), PerStep: true}
}

// Check implements [train.Checked]: steps are alike.
func (f *FrozenPattern) Check() error {
	spec := f.Spec()
	if len(f.Spikes) != len(f.Curves) {
		return errors.Errorf("data: pattern: there are %d steps of spikes and %d of curves", len(f.Spikes), len(f.Curves))
	}
	for t := range f.Spikes {
		if len(f.Spikes[t]) != spec.Features || len(f.Curves[t]) != spec.Numbers {
			return errors.Errorf("data: pattern: step %d has %d inputs and %d curves, want %d and %d as the first",
				t, len(f.Spikes[t]), len(f.Curves[t]), spec.Features, spec.Numbers)
		}
	}
	return nil
}

// Read implements [train.Dataset].
func (f *FrozenPattern) Read(i int, e *train.Example) error {
	if err := wantExample(i, 1); err != nil {
		return err
	}
	if err := f.Check(); err != nil {
		return err
	}
	curves := len(e.Y) / max(len(f.Curves), 1)
	for t, row := range f.Spikes {
		for input, fired := range row {
			if fired {
				e.Events = append(e.Events, train.Event{Step: t, Feature: input})
			}
		}
		for k, y := range f.Curves[t] {
			e.Y[t*curves+k] = float32(y)
		}
	}
	return nil
}

// patternPeriods are those of the sines, ms. The third is what is called 333 ms.
var patternPeriods = []float64{1000, 500, 1000. / 3, 200}

// Generate draws a pattern. It depends on the settings and the seed alone.
func (p Pattern) Generate(seed uint64) (*FrozenPattern, error) {
	p.Inputs, p.Targets, p.Steps, p.Rate = or(p.Inputs, 100), or(p.Targets, 3), or(p.Steps, 1000), or(p.Rate, 50)
	if p.Inputs < 1 || p.Targets < 1 || p.Steps < 2 || p.Steps > maxTrialSteps {
		return nil, errors.Errorf("data: Pattern: Inputs is %d, Targets %d and Steps %d, want at least 1, 1 and 2, and at most %d steps",
			p.Inputs, p.Targets, p.Steps, maxTrialSteps)
	}
	const most = 1 << 28 // numbers in a pattern
	if p.Inputs > most/p.Steps || p.Targets > most/p.Steps {
		return nil, errors.Errorf("data: Pattern: %d inputs and %d targets in %d steps are too many", p.Inputs, p.Targets, p.Steps)
	}
	if err := wantRate("Pattern", "Rate", p.Rate); err != nil {
		return nil, err
	}
	f := &FrozenPattern{Spikes: make([][]bool, p.Steps), Curves: make([][]float64, p.Steps)}
	for t := range p.Steps {
		f.Spikes[t], f.Curves[t] = make([]bool, p.Inputs), make([]float64, p.Targets)
	}
	for i := range p.Inputs {
		poisson(rand.New(rand.NewPCG(seed, uint64(i))), 0, p.Steps, probabilityOf(p.Rate), func(step int) { f.Spikes[step][i] = true })
	}
	const targets = 1 << 32 // the streams of the curves come after those of the inputs
	for k := range p.Targets {
		curve := sines(rand.New(rand.NewPCG(seed, uint64(targets+k))), p.Steps)
		for t, y := range curve {
			f.Curves[t][k] = y
		}
	}
	return f, nil
}

// sines draws one curve.
func sines(rng *rand.Rand, steps int) []float64 {
	y := make([]float64, steps)
	for _, period := range patternPeriods {
		amplitude, phase := .5+1.5*rng.Float64(), 2*math.Pi*rng.Float64()
		for t := range y {
			y[t] += amplitude * math.Sin(2*math.Pi*float64(t)/period+phase)
		}
	}
	largest := 0.
	for t := range y[1:] {
		y[t+1] -= y[0]
		largest = max(largest, math.Abs(y[t+1]))
	}
	y[0] = 0
	for t := range y {
		y[t] /= largest
	}
	return y
}
