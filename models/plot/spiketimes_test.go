package plot

import (
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// pictured draws a panel, and returns what the picture shows at a place of its axes.
func pictured(t *testing.T, p *Panel, height vg.Length) func(x, y float64) color.RGBA {
	t.Helper()
	f := &Figure{Panels: Row(p), Heights: []vg.Length{height}}
	path := filepath.Join(t.TempDir(), "panel.png")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	_, img := decode(t, path)
	l, err := f.layout()
	if err != nil {
		t.Fatal(err)
	}
	data := l.cells[0][0].data
	return func(x, y float64) color.RGBA {
		left := data.Min.X + vg.Length((x-p.X.Min)/(p.X.Max-p.X.Min))*data.Size().X
		up := data.Min.Y + vg.Length((y-p.Y.Min)/(p.Y.Max-p.Y.Min))*data.Size().Y
		return rgba(img.At(int(left/pixel), img.Bounds().Dy()-1-int(up/pixel)))
	}
}

// Dots lie at the spikes, and in the row of their neuron and pattern; silent neurons have none.
func TestSpikeTimes(t *testing.T) {
	colours := []color.Color{Blue, Vermilion}
	d := SpikeTimesData{Title: "spikes", Groups: []string{"inputs", "output"}, End: 50, Patterns: []SpikeTimesOf{
		{Name: "a", Colour: colours[0], Times: [][]float64{{1, 50}, {30}}}, {Name: "b", Colour: colours[1], Times: [][]float64{{50, 12}, {20}}}}}
	p, err := NewSpikeTimes(d)
	if err != nil {
		t.Fatal(err)
	}
	var ticks []string
	for _, tick := range p.Y.Tick.Marker.Ticks(0, 0) {
		ticks = append(ticks, tick.Label)
		if want := map[string]float64{"inputs": 1.5, "output": 0}[tick.Label]; tick.Value != want {
			t.Errorf("%s is at %v, want %v", tick.Label, tick.Value, want)
		}
	}
	if len(ticks) != 2 || len(p.keys) != 2 || p.Y.Min != -.5 || p.Y.Max != 2.5 {
		t.Errorf("marks are %v, the legend has %d entries, the axis goes from %v to %v", ticks, len(p.keys), p.Y.Min, p.Y.Max)
	}
	p.X.Min, p.X.Max = -1, 55
	at := pictured(t, p, 200)
	for i, of := range d.Patterns {
		for row, time := range []float64{of.Times[0][0], of.Times[0][1], of.Times[1][0]} {
			y := float64(2-row) + []float64{.2, -.2}[i]
			if got := at(time, y) == rgba(colours[i]); got != (time < 50) {
				t.Errorf("pattern %d, neuron %d: there is a dot at %v ms: %v", i, row, time, got)
			}
		}
	}
}

// A potential ends with a dot on the threshold where there is a spike, and targets are marked.
func TestPotentials(t *testing.T) {
	course := Course{Times: []float64{0, 10}, Values: []float64{-.5, 1}}
	d := PotentialsData{Label: "u", End: 50, Targets: []float64{30}, TargetsName: "targets",
		Curves: []Potential{{Name: "a", Colour: Blue, Course: course, Spike: 10}, {Colour: Green, Course: Course{Times: []float64{0, 40}, Values: []float64{0, .5}}, Spike: 50}}}
	p, err := NewPotentials(d)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.keys) != 2 || p.Y.Min != -.58 || p.Y.Max != 1.15 {
		t.Errorf("the legend has %d entries, the axis goes from %v to %v", len(p.keys), p.Y.Min, p.Y.Max)
	}
	p.X.Min, p.X.Max = 0, 50
	at := pictured(t, p, 200)
	for _, c := range []struct {
		x, y float64
		want color.Color
		not  bool
	}{{10, 1.01, Blue, false}, {10.15, 1.008, Blue, false}, {5, .25, Blue, false}, {20, .25, Green, false}, {40, 1.02, Green, true}} {
		if got := at(c.x, c.y); (got == rgba(c.want)) == c.not {
			t.Errorf("at %v ms, %v there is %v, want %v (not: %v)", c.x, c.y, got, c.want, c.not)
		}
	}
	marked := 0
	for y := -.5; y < 1; y += .01 {
		if at(30, y) == rgba(Black) {
			marked++
		}
	}
	if marked < 20 {
		t.Errorf("the target is marked at %d of 150 places", marked)
	}
}

func TestBadSpikeTimes(t *testing.T) {
	one := []SpikeTimesOf{{Times: [][]float64{{1}}, Colour: Blue}}
	for want, d := range map[string]SpikeTimesData{
		`"s": 0 patterns of 1 groups`:      {Title: "s", Groups: []string{"a"}},
		"pattern 0 has 1 groups, want 2":   {Groups: []string{"a", "b"}, Patterns: one},
		`has 2 neurons in group "a"`:       {Groups: []string{"a"}, Patterns: append(one, SpikeTimesOf{Times: [][]float64{{1, 2}}})},
		"pattern 0: a: value 0 is NaN":     {Groups: []string{"a"}, Patterns: []SpikeTimesOf{{Times: [][]float64{{math.NaN()}}}}},
		`pattern 0 has 0 neurons in group`: {Groups: []string{"a"}, Patterns: []SpikeTimesOf{{Times: [][]float64{{}}}}},
	} {
		if _, err := NewSpikeTimes(d); err == nil || !strings.HasPrefix(err.Error(), "plot: spike times: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	course := Course{Times: []float64{0}, Values: []float64{1}}
	for want, d := range map[string]PotentialsData{
		`"s": no curves`:          {Title: "s"},
		"targets: value 0 is +In": {Curves: []Potential{{}}, Targets: []float64{math.Inf(1)}},
		"0 x values":              {Curves: []Potential{{}}},
		`"a": spike: value 0 is`:  {Curves: []Potential{{Name: "a", Colour: Blue, Course: course, Spike: math.NaN()}}},
	} {
		if _, err := NewPotentials(d); err == nil || !strings.HasPrefix(err.Error(), "plot: potentials: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

// Lines are those that have points, in their order.
func TestPanelLines(t *testing.T) {
	p := NewPanel("", "x", "y")
	xs := []float64{0, 1}
	if err := p.Lines(Line{"a", xs, xs, Solid(Blue)}, Line{Name: "none"}, Line{"b", xs, []float64{1, 0}, Solid(Green)}); err != nil {
		t.Fatal(err)
	}
	if len(p.keys) != 2 || p.keys[0].name != "a" || p.keys[1].name != "b" {
		t.Errorf("the legend is %v", p.keys)
	}
	if at := pictured(t, p, 200); at(.25, .25) != rgba(Blue) || at(.25, .75) != rgba(Green) {
		t.Errorf("the lines are %v and %v", at(.25, .25), at(.25, .75))
	}
	if err := p.Lines(Line{"c", xs, nil, Solid(Blue)}); err == nil || !strings.Contains(err.Error(), "2 x values and 0 y values") {
		t.Errorf("the error of a line without y values is %v", err)
	}
}
