package plot

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
)

// converter is a neuron with some spikes.
func converter(neurons int) SigmaDeltaData {
	d := SigmaDeltaData{Title: "A neuron"}
	for t := range 50 {
		x := math.Sin(float64(t) / 8)
		d.Times, d.Signal = append(d.Times, float64(2*t)), append(d.Signal, x)
		d.Reconstruction, d.Potential = append(d.Reconstruction, x-.1), append(d.Potential, .1)
	}
	for k := range neurons {
		spikes, theta := make([]float64, 50), slices.Repeat([]float64{.4}, 50)
		spikes[10+k] = 1
		d.Spikes, d.Thresholds = append(d.Spikes, spikes), append(d.Thresholds, theta)
	}
	d.Responses = []Course{{[]float64{0, 2}, []float64{.2, .1}}, {[]float64{20, 22, 24}, []float64{.4, .3, .2}}, {[]float64{30}, []float64{.4}}}
	return d
}

func TestSigmaDelta(t *testing.T) {
	for neurons := range 3 {
		d := converter(neurons)
		f, err := d.figure()
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Panels) != 4 || f.Title != "A neuron" || f.Panels[1][0].Y.Label.Text != "x − ŝ (a.u.)" {
			t.Errorf("%d panels, %q, %q", len(f.Panels), f.Title, f.Panels[1][0].Y.Label.Text)
		}
		if left := f.Panels[1][0]; neurons == 2 && (!(left.Y.Min < -.2) || !(left.Y.Max > .2)) {
			t.Errorf("half thresholds of both signs are within %v and %v", left.Y.Min, left.Y.Max)
		}
		if err := SigmaDelta(filepath.Join(t.TempDir(), "neuron.png"), d); err != nil {
			t.Error(err)
		}
	}
	lines := converter(1).responses()
	if len(lines) != 2 || len(lines[0].X) != 2 || len(lines[1].X) != 4 || lines[1].X[0] != 20 || lines[1].Y[0] != 0 {
		t.Errorf("responses are %v", lines)
	}
	d := converter(2)
	d.Unit = "mV"
	if f, err := d.figure(); err != nil || f.Panels[0][0].Y.Label.Text != "x (mV)" {
		t.Errorf("the unit is not that of the figure: %v", err)
	}
	for want, wrong := range map[string]func(*SigmaDeltaData){
		"50 x values and 49 y":     func(d *SigmaDeltaData) { d.Potential = d.Potential[1:] },
		"two at most":              func(d *SigmaDeltaData) { d.Spikes = d.Spikes[1:] },
		"49 steps, want 50":        func(d *SigmaDeltaData) { d.Spikes[1] = d.Spikes[1][1:] },
		"0 x values":               func(d *SigmaDeltaData) { *d = SigmaDeltaData{} },
		`"threshold θ/2": 50`:      func(d *SigmaDeltaData) { d.Thresholds[0] = nil },
		`"reconstruction ŝ": 50 x`: func(d *SigmaDeltaData) { d.Reconstruction = nil },
	} {
		d := converter(2)
		wrong(&d)
		if err := SigmaDelta(filepath.Join(t.TempDir(), "x.png"), d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func TestReconstruction(t *testing.T) {
	c := converter(1)
	d := ReconstructionData{Title: "T", Label: "x", Times: c.Times, Signal: []float64{0, 2}, Reconstruction: []float64{0, 5}, Spikes: [][]float64{{0, 1}}, Below: .1, Above: .25}
	d.Times = d.Times[:2]
	p, err := NewReconstruction(d)
	if err != nil {
		t.Fatal(err)
	}
	// From −.2 to 2.5, with .04 of that below, and a lane of .15 above.
	if !near(p.Y.Min, -.2-.04*2.7) || !near(p.Y.Max, 2.5+.15*2.7) || len(p.keys) != 0 {
		t.Errorf("the axis is from %v to %v, with %d keys", p.Y.Min, p.Y.Max, len(p.keys))
	}
	d.Named = true
	if p, err = NewReconstruction(d); err != nil || len(p.keys) != 2 || p.keys[1].thumbs[0].(*plotter.Line).XYs[1].Y != 5 {
		t.Errorf("keys are %v: %v", p.keys, err)
	}
	d.Spikes[0] = d.Spikes[0][1:]
	if _, err = NewReconstruction(d); err == nil || !strings.Contains(err.Error(), "plot: reconstruction: spike lanes: neuron 0") {
		t.Errorf("error is %v", err)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
