package plot

import (
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"pgregory.net/rapid"
)

// syntheticNeuron has two runs, and lanes of a potential with spikes, of an adaptation and of a
// current.
func syntheticNeuron(name string) NeuronLanes {
	n := NeuronLanes{Name: name}
	var u, theta, w, current []Course
	for run := range 2 {
		var times, us, thetas, ws, currents, spikes []float64
		for t := range 200 {
			times = append(times, float64(t))
			us = append(us, float64(t%(20+10*run))/20)
			thetas = append(thetas, 1)
			ws = append(ws, float64(t)/(50+float64(t)))
			currents = append(currents, float64(run*t))
			if t%20 == 19 {
				spikes = append(spikes, float64(t))
			}
		}
		u, theta, w = append(u, Course{times, us}), append(theta, Course{times, thetas}), append(w, Course{times, ws})
		current = append(current, Course{times, currents})
		n.Spikes = append(n.Spikes, spikes)
	}
	n.Lanes = []Lane{
		{Label: "u", Height: 60, Curves: []Curve{{"potential", Blue, u}, {"threshold", Vermilion, theta}}},
		{Label: "w (nA)", Curves: []Curve{{"adaptation", Green, w}}},
		{Label: "I (nA)", Height: 30, Curves: []Curve{{"", Orange, current}}},
	}
	return n
}

// withoutAdaptation has a lane less.
func withoutAdaptation(n NeuronLanes) NeuronLanes {
	n.Lanes = []Lane{n.Lanes[0], n.Lanes[2]}
	return n
}

func TestTraces(t *testing.T) {
	a := syntheticNeuron("a")
	silent := withoutAdaptation(syntheticNeuron("silent"))
	silent.Spikes = [][]float64{nil, nil}
	constant := NeuronLanes{Name: "a name that is too long for its place", Lanes: []Lane{{Label: "v (mV)",
		Curves: []Curve{{Colour: Purple, Runs: []Course{{[]float64{1, 2}, []float64{-65, -65}}}}}}}}
	checkDrawings(t, []drawing{
		{"traces", TracesData{Title: "Neurons", Neurons: []NeuronLanes{a, silent, a}, Columns: 2}, nil, 1600, 16, []color.Color{Black, Blue, Vermilion, Green, Orange}, 0},
		{"traces in one column", TracesData{Neurons: []NeuronLanes{a, a}}, nil, 1600, 12, []color.Color{Black, Blue, Vermilion, Green, Orange}, 0},
		{"traces of a constant", TracesData{Neurons: []NeuronLanes{constant}, Columns: 3, Width: 300}, nil, 800, 1, []color.Color{Purple}, 0},
	})
}

// checkDrawings checks of figures what all of them should be.
func checkDrawings(t *testing.T, all []drawing) {
	dir := t.TempDir()
	if *keep != "" {
		dir = *keep
	}
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			f, err := d.data.figure()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, d.name+".png")
			if err := f.Save(path); err != nil {
				t.Fatal(err)
			}
			_, img := decode(t, path)
			if got := img.Bounds().Dx(); got != d.width {
				t.Errorf("the figure is %d pixels wide, want %d", got, d.width)
			}
			checkMargins(t, img)
			l, err := f.layout()
			if err != nil {
				t.Fatal(err)
			}
			panels, blanks, found := 0, 0, map[color.RGBA]bool{}
			for _, row := range l.cells {
				for _, at := range row {
					if at == nil {
						continue
					}
					panels++
					colours := coloursIn(img, at.data)
					if ink(colours) < 20 {
						blanks++
					}
					for c := range colours {
						found[c] = true
					}
				}
			}
			if panels != d.panels || blanks != d.blanks {
				t.Errorf("%d panels, %d of them blank, want %d and %d", panels, blanks, d.panels, d.blanks)
			}
			for _, want := range d.wants {
				if !found[rgba(want)] {
					t.Errorf("no panel has the colour %v", want)
				}
			}
		})
	}
}

// The runs of a neuron have the same axes, inputs stand in one row, and a label stands once in it.
func TestTracesLanes(t *testing.T) {
	f, err := TracesData{Neurons: []NeuronLanes{withoutAdaptation(syntheticNeuron("a")), syntheticNeuron("b")}, Columns: 2}.figure()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range f.Panels {
		for _, p := range row {
			if p == nil {
				got = append(got, "-")
			} else {
				got = append(got, p.Y.Label.Text)
			}
		}
	}
	if want := "u   |- - w (nA) |I (nA)   "; strings.Join(got[:4], " ")+"|"+strings.Join(got[4:8], " ")+"|"+strings.Join(got[8:], " ") != want {
		t.Errorf("labels are %q, want %q", got, want)
	}
	for r, row := range f.Panels {
		for c := 0; c < len(row); c += 2 {
			if a, b := row[c], row[c+1]; a != nil && (a.Y.Min != b.Y.Min || a.Y.Max != b.Y.Max) {
				t.Errorf("row %d: the axes of two runs are %v to %v and %v to %v", r, a.Y.Min, a.Y.Max, b.Y.Min, b.Y.Max)
			}
		}
	}
	if f.Heights[0] != 60 || f.Heights[1] != 50 || f.Heights[2] != 30 {
		t.Errorf("heights are %v", f.Heights)
	}
}

func TestTracesErrors(t *testing.T) {
	changed := func(change func(n *NeuronLanes)) TracesData {
		n := syntheticNeuron("a")
		change(&n)
		return TracesData{Neurons: []NeuronLanes{n}}
	}
	for want, d := range map[string]TracesData{
		"no neurons":                        {},
		"-1 columns":                        {Neurons: []NeuronLanes{syntheticNeuron("a")}, Columns: -1},
		`neuron "a": no lanes`:              changed(func(n *NeuronLanes) { n.Lanes = nil }),
		`neuron "a": lane "u": no curves`:   changed(func(n *NeuronLanes) { n.Lanes[0].Curves = nil }),
		`curve "adaptation": 1 runs`:        changed(func(n *NeuronLanes) { n.Lanes[1].Curves[0].Runs = n.Lanes[1].Curves[0].Runs[:1] }),
		`curve "potential": 0 runs`:         changed(func(n *NeuronLanes) { n.Lanes[0].Curves[0].Runs = nil }),
		"spikes of 1 runs, want 2":          changed(func(n *NeuronLanes) { n.Spikes = n.Spikes[:1] }),
		`lane "u": run 1: events: "": x: `:  changed(func(n *NeuronLanes) { n.Spikes[1] = []float64{math.NaN()} }),
		`run 1: "": y: value 3 is NaN`:      changed(func(n *NeuronLanes) { n.Lanes[2].Curves[0].Runs[1].Values[3] = math.NaN() }),
		"run 0: \"\": 0 x values and 200 y": changed(func(n *NeuronLanes) { n.Lanes[2].Curves[0].Runs[0].Times = nil }),
		`lane "I (nA)": height -3`:          changed(func(n *NeuronLanes) { n.Lanes[2].Height = -3 }),
	} {
		path := filepath.Join(t.TempDir(), "figure.png")
		if err := Traces(path, d); err == nil || !strings.HasPrefix(err.Error(), "plot: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

// TestTracesNeverPanic draws whatever data there may be, on a canvas that only takes notes.
func TestTracesNeverPanic(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 1e99, -1e99, 5e-324, math.NaN(), math.Inf(1)}))
	rapid.Check(t, func(t *rapid.T) {
		runs := rapid.IntRange(0, 2).Draw(t, "runs")
		course := rapid.Custom(func(t *rapid.T) Course {
			n := rapid.IntRange(0, 4).Draw(t, "n")
			return Course{rapid.SliceOfN(rapid.Float64Range(0, 100), n, n).Draw(t, "times"), rapid.SliceOfN(value, n, n).Draw(t, "values")}
		})
		curve := rapid.Custom(func(t *rapid.T) Curve {
			return Curve{rapid.String().Draw(t, "name"), Blue, rapid.SliceOfN(course, runs, runs).Draw(t, "runs")}
		})
		lane := rapid.Custom(func(t *rapid.T) Lane {
			return Lane{Label: rapid.String().Draw(t, "label"), Curves: rapid.SliceOfN(curve, 0, 3).Draw(t, "curves")}
		})
		neuron := rapid.Custom(func(t *rapid.T) NeuronLanes {
			n := NeuronLanes{Name: rapid.String().Draw(t, "name"), Lanes: rapid.SliceOfN(lane, 0, 3).Draw(t, "lanes")}
			if rapid.Bool().Draw(t, "spikes") {
				n.Spikes = rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(-10, 200), 0, 3), runs, runs).Draw(t, "times of spikes")
			}
			return n
		})
		d := TracesData{Neurons: rapid.SliceOfN(neuron, 0, 4).Draw(t, "neurons"), Columns: rapid.IntRange(0, 3).Draw(t, "columns")}
		drawIfGood(t, d)
	})
}

// drawIfGood lays out and draws data that passes the checks.
func drawIfGood(t *rapid.T, d figured) {
	f, err := d.figure()
	if err != nil {
		return
	}
	l, err := f.layout()
	if err != nil {
		t.Fatalf("data that passed the checks has no layout: %v", err)
	}
	l.draw(draw.NewCanvas(new(recorder.Canvas), l.page.X, l.page.Y))
}
