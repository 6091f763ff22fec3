package data_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
	"gonum.org/v1/gonum/dsp/fourier"
)

func ExamplePattern() {
	p, err := data.Pattern{}.Generate(1)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(p.Spikes), "steps,", len(p.Spikes[0]), "inputs,", len(p.Curves[0]), "curves")
	// Output:
	// 1000 steps, 100 inputs, 3 curves
}

// Inputs fire at their rate, and curves are sums of four sines that begin at 0 and come to 1 or −1.
func TestPattern(t *testing.T) {
	p, err := data.Pattern{Targets: 8}.Generate(3)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "rate of the inputs", rate(p.Spikes, 0, 1000, 0, 100), 50, 3)
	for k := range 8 {
		curve := make([]float64, 1000)
		for step := range curve {
			curve[step] = p.Curves[step][k]
		}
		if low, high := slices.Min(curve), slices.Max(curve); curve[0] != 0 || max(-low, high) != 1 {
			t.Errorf("curve %d begins at %v, and goes from %v to %v", k, curve[0], low, high)
		}
		smallest, largest := math.Inf(1), 0.
		for i, c := range fourier.NewFFT(1000).Coefficients(nil, curve) {
			amplitude := 2 * cmplx.Abs(c) / 1000
			switch i {
			case 1, 2, 3, 5: // a second has so many periods of the sines
				smallest, largest = min(smallest, amplitude), max(largest, amplitude)
			case 0:
			default:
				if amplitude > 1e-9 {
					t.Errorf("curve %d has an amplitude of %v at %d Hz", k, amplitude, i)
				}
			}
		}
		if largest/smallest > 4 || smallest == 0 {
			t.Errorf("curve %d: amplitudes from %v to %v", k, smallest, largest)
		}
	}
}

func TestPatternIsDeterministic(t *testing.T) {
	generate := func(p data.Pattern, seed uint64) *data.FrozenPattern {
		f, err := p.Generate(seed)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one, again, other := generate(data.Pattern{}, 1), generate(data.Pattern{Inputs: 120, Targets: 4}, 1), generate(data.Pattern{}, 2)
	same := func(a, b *data.FrozenPattern) (spikes, curves bool) {
		spikes, curves = true, true
		for t := range a.Spikes {
			spikes = spikes && slices.Equal(a.Spikes[t][:100], b.Spikes[t][:100])
			curves = curves && slices.Equal(a.Curves[t][:3], b.Curves[t][:3])
		}
		return spikes, curves
	}
	if spikes, curves := same(one, again); !spikes || !curves {
		t.Error("an input or a curve depends on how many others there are")
	}
	if spikes, curves := same(one, other); spikes || curves {
		t.Error("the seed does not decide on the pattern")
	}
}

func TestPatternErrors(t *testing.T) {
	for _, p := range []data.Pattern{
		{Inputs: -1}, {Targets: -1}, {Steps: -1}, {Steps: 1}, {Steps: 1 << 30}, {Inputs: 1 << 40}, {Targets: math.MaxInt},
		{Rate: -1}, {Rate: 1e4}, {Rate: math.NaN()},
	} {
		if _, err := p.Generate(1); err == nil {
			t.Errorf("%+v gives no error", p)
		}
	}
}

// A pattern is a dataset of one example, whose events are the spikes and whose numbers are the curves.
func TestPatternDataset(t *testing.T) {
	p, err := data.Pattern{Inputs: 7, Targets: 2, Steps: 40, Rate: 300}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, p)
	if want := (train.Spec{Steps: 40, Features: 7, Events: true, Numbers: 2, PerStep: true}); p.Spec() != want {
		t.Fatalf("Spec is %+v, want %+v", p.Spec(), want)
	}
	e, err := train.ReadExample(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	spikes := 0
	for _, row := range p.Spikes {
		for _, fired := range row {
			if fired {
				spikes++
			}
		}
	}
	for _, v := range e.Events {
		if !p.Spikes[v.Step][v.Feature] {
			t.Errorf("input %d does not fire at step %d", v.Feature, v.Step)
		}
	}
	if len(e.Events) != spikes || spikes == 0 {
		t.Errorf("%d events of %d spikes", len(e.Events), spikes)
	}
	for k, y := range e.Y {
		if want := float32(p.Curves[k/2][k%2]); y != want {
			t.Errorf("curve %d is %v at step %d, want %v", k%2, y, k/2, want)
		}
	}

	p.Curves[3] = p.Curves[3][:1]
	if err := p.Check(); err == nil || !strings.Contains(err.Error(), "step 3") {
		t.Errorf("error is %v, want one with the step", err)
	}
	p.Curves = p.Curves[:20]
	if _, err := train.ReadExample(p, 0); err == nil || !strings.Contains(err.Error(), "40 steps of spikes and 20 of curves") {
		t.Errorf("error is %v", err)
	}
	if _, err := train.ReadExample(&data.FrozenPattern{}, 0); err == nil {
		t.Error("a pattern without steps gives no error")
	}
}
