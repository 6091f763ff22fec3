package plot

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/models/train"
	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// prediction is of a figure to be drawn by a test.
type prediction struct {
	RunFigure
	p *train.Prediction
}

func (d prediction) figure() (*Figure, error) { return d.of(d.p) }

// syntheticLayer has adaptive LIF neurons that random input drives.
func syntheticLayer(name string, steps, units int, drive float64) train.LayerRecord {
	rng := rand.New(rand.NewPCG(uint64(steps), uint64(units)))
	l := train.LayerRecord{Layer: name, Units: units, Series: map[string][]float64{}}
	u, a, bias := make([]float64, units), make([]float64, units), make([]float64, units)
	for i := range bias {
		bias[i] = drive * rng.Float64() * rng.Float64()
	}
	for t := range steps {
		for i := range units {
			u[i] = 0.92*u[i] + 0.08*(bias[i]*(1+math.Sin(float64(t)/40+float64(i)))+0.4*rng.NormFloat64())
			threshold, spike := 0.5+a[i], 0.0
			if u[i] > threshold {
				spike = 1
			}
			for name, v := range map[string]float64{spikeSeries: spike, membraneSeries: u[i], thresholdSeries: threshold, "adaptation": a[i]} {
				l.Series[name] = append(l.Series[name], v)
			}
			u[i] -= spike * threshold
			a[i] = 0.97*a[i] + 0.1*spike
		}
	}
	return l
}

// withoutSpikes leaves a layer its potentials.
func withoutSpikes(l train.LayerRecord) train.LayerRecord {
	l.Series = map[string][]float64{membraneSeries: l.Series[membraneSeries]}
	return l
}

// syntheticInputs are events with the given probability, or numbers where it is 0.
func syntheticInputs(steps, features int, probability float64) []float32 {
	rng := rand.New(rand.NewPCG(7, 8))
	x := make([]float32, steps*features)
	for i := range x {
		t, k := i/features, i%features
		switch {
		case probability == 0:
			x[i] = float32(math.Sin(float64(t)/15+float64(k))) + 0.1*float32(rng.NormFloat64())
		case rng.Float64() < probability*(1+math.Sin(float64(t)/20+8*float64(k)/float64(features))):
			x[i] = 1
		}
	}
	return x
}

// syntheticScores are of n classes in each step; the truth changes every 60 steps.
func syntheticScores(steps, n int) (scores [][]float64, truth []int) {
	rng := rand.New(rand.NewPCG(9, 10))
	row := make([]float64, n)
	for t := range steps {
		truth = append(truth, t/60%n)
		for i := range row {
			row[i] = 0.93*row[i] + 0.2*rng.NormFloat64()*0.3
		}
		row[truth[t]] += 0.05
		scores = append(scores, slices.Clone(row))
	}
	return scores, truth
}

// syntheticRuns are predictions of several kinds by name, with the number of panels and those among them
// that show nothing but a grid.
func syntheticRuns() []drawing {
	perStep, truth := syntheticScores(500, 6)
	truth[0] = train.Ignore
	ecg := prediction{RunFigure{Title: "A record", StepMS: 4, Classes: waves, Channels: []string{"lead 1 ↑", "lead 1 ↓"}},
		&train.Prediction{Steps: 500, Features: 2, Inputs: syntheticInputs(500, 2, 0.1), Classes: truth, Scores: perStep,
			Layers: []train.LayerRecord{syntheticLayer("layer0", 500, 36, 3), readout(syntheticLayer("readout", 500, 6, 3))}}}

	names := make([]string, 20)
	for i := range names {
		names[i] = fmt.Sprintf("number %d", i)
	}
	leaky := readout(withoutSpikes(syntheticLayer("readout", 100, 20, 1)))
	digits := prediction{RunFigure{Classes: names, StepMS: 10, Upward: true}, &train.Prediction{Steps: 100, Features: 700, Inputs: syntheticInputs(100, 700, 0.03),
		Classes: []int{3}, Scores: [][]float64{slices.Clone(leaky.Series[membraneSeries][99*20:])},
		Layers: []train.LayerRecord{syntheticLayer("layer0", 100, 128, 3), syntheticLayer("layer1", 100, 2000, 3), leaky}}}

	signed := syntheticInputs(10000, 3, 0.02)
	for i := range signed {
		if i%7 == 0 {
			signed[i] = -signed[i]
		}
	}
	long, _ := syntheticScores(10000, 3)
	endless := prediction{p: &train.Prediction{Steps: 10000, Features: 3, Inputs: signed, Classes: []int{1}, Scores: long,
		Layers: []train.LayerRecord{syntheticLayer("layer0", 10000, 300, 4)}}}

	target, outputs := make([]float32, 200*6), make([][]float64, 200)
	for t := range outputs {
		for k := range 6 {
			target[t*6+k] = float32(math.Sin(float64(t)/20 + float64(k)))
			outputs[t] = append(outputs[t], float64(target[t*6+k])+0.2*math.Sin(float64(t)))
		}
	}
	regression := prediction{RunFigure{Neurons: -1}, &train.Prediction{Steps: 200, Features: 40, Inputs: syntheticInputs(200, 40, 0), Numbers: target, Scores: outputs,
		Layers: []train.LayerRecord{syntheticLayer("layer0", 200, 1, 4), {Layer: "silent", Units: 3}, withoutSpikes(syntheticLayer("readout", 200, 4, 1))}}}

	ones := prediction{p: &train.Prediction{Steps: 1, Features: 3, Inputs: syntheticInputs(1, 3, 0), Numbers: []float32{1, -2, 0.5}, Scores: [][]float64{{0.8, -1.5, 0.7}},
		Layers: []train.LayerRecord{syntheticLayer("layer0", 1, 1, 4)}}}
	bare := prediction{p: &train.Prediction{Steps: 5, Scores: [][]float64{{-3, -1, -2}}}}
	thousand, _ := syntheticScores(1, 1000)
	many := prediction{p: &train.Prediction{Steps: 30, Features: 1, Inputs: make([]float32, 30), Classes: []int{4}, Scores: thousand}}

	graded := syntheticLayer("graded", 60, 12, 5)
	for i, v := range graded.Series[spikeSeries] {
		graded.Series[spikeSeries][i] = v * float64(i%3)
	}
	other := train.LayerRecord{Layer: "lstm", Units: 9, Series: map[string][]float64{
		"cell": graded.Series[membraneSeries][:60*9], "hidden": graded.Series["adaptation"][:60*9]}}
	unknown, _ := syntheticScores(60, 9)
	odd := prediction{p: &train.Prediction{Steps: 60, Layers: []train.LayerRecord{graded, other}, Scores: unknown}}
	drawn := func(name string, d prediction, panels, blanks int, wants ...color.Color) drawing {
		return drawing{name: name, data: d, draw: func(path string) error { return d.Draw(path, d.p) }, width: 1600, panels: panels, blanks: blanks, wants: wants}
	}
	return []drawing{
		drawn("run", ecg, 1+2*4+2, 0, append([]color.Color{Black}, classColours[:6]...)...),
		drawn("run of digits", digits, 1+2*4+3+1, 0, Black, Blue, Vermilion, SkyBlue),
		drawn("run of many steps", endless, 1+4+1, 0, Black, Blue, Vermilion),
		drawn("run of a regression", regression, 1+3+4, 2, Black, Blue),
		drawn("run of one step", ones, 1+3+1, 1, SkyBlue, Black),
		drawn("run of scores", bare, 1, 0, Vermilion),
		drawn("run of a thousand classes", many, 2, 1, SkyBlue),
		drawn("run of other layers", odd, 4+2+1, 0, Green),
	}
}

func readout(l train.LayerRecord) train.LayerRecord {
	l.Readout = true
	return l
}

func TestRun(t *testing.T) { checkDrawings(t, syntheticRuns()) }

// titlesOf are the titles of a figure's panels.
func titlesOf(f *Figure) (titles []string) {
	for _, row := range f.Panels {
		titles = append(titles, row[0].title)
	}
	return titles
}

// TestRunTitles checks what is said of a small network, which can be worked out by hand.
func TestRunTitles(t *testing.T) {
	p := &train.Prediction{Steps: 4, Features: 2, Inputs: []float32{1, 0, 0, 0, -1, 0, 0, 1}, Classes: []int{1}, Scores: [][]float64{{0.5, 2, -1}},
		Layers: []train.LayerRecord{
			{Layer: "hidden", Units: 3, Series: map[string][]float64{
				spikeSeries:     {1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0}, // unit 0 is always active, unit 1 twice
				membraneSeries:  make([]float64, 12),
				thresholdSeries: make([]float64, 12), "recovery": make([]float64, 12), "adaptation": make([]float64, 12), "a": make([]float64, 12)}},
			readout(train.LayerRecord{Layer: "out", Units: 3, Series: map[string][]float64{spikeSeries: make([]float64, 12), membraneSeries: make([]float64, 12)}}),
		}}
	for _, c := range []struct {
		r    RunFigure
		want []string
	}{
		{RunFigure{Neurons: 1}, []string{"Inputs: 0.375 events per channel and step", "hidden: 0.500 spikes per neuron and step", "hidden, neuron 1",
			"hidden, neuron 1: adaptation", "hidden, neuron 1: recovery", "hidden, neuron 1: a",
			"out: 0.000 spikes per neuron and step", "out, neuron 1", "Scores: class 1, which is right"}},
		{RunFigure{Neurons: -1, Classes: []string{"a", "b", "c"}}, []string{"Inputs: 0.375 events per channel and step",
			"hidden: 0.500 spikes per neuron and step", "out: 0.000 spikes per neuron and step", "Scores: “b”, which is right"}},
	} {
		f, err := c.r.Figure(p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, titlesOf(f)); diff != "" {
			t.Errorf("titles (-want +got):\n%s", diff)
		}
	}
	// The true class comes before the one that was taken for it, and before the liveliest.
	p.Classes[0] = 2
	f, err := RunFigure{}.Figure(p)
	if err != nil {
		t.Fatal(err)
	}
	titles := titlesOf(f)
	if got := titles[len(titles)-3:]; got[0] != "out, neuron 2" || got[1] != "out, neuron 1" || got[2] != "Scores: class 1, but it is class 2" {
		t.Errorf("titles are %q", got)
	}
}

// TestRaster checks the thinning out, the places of marks and of numbers, and the two ways up.
func TestRaster(t *testing.T) {
	const units = 2*mostRows + 1
	row := make([]float64, units)
	row[0], row[1], row[6] = 1, 1, 1 // of which every third has a row
	for upward, want := range map[bool][]float64{true: {0, 2}, false: {200, 198}} {
		p, err := NewRaster(RasterData{Title: "many", Label: "neuron", Times: []float64{0}, Rows: [][]float64{row}, Upward: upward})
		if err != nil {
			t.Fatal(err)
		}
		if got := "neuron (1 in 3 of 601)"; p.Y.Label.Text != got {
			t.Errorf("the label is %q, want %q", p.Y.Label.Text, got)
		}
		for _, tick := range p.Y.Tick.Marker.Ticks(0, 0) {
			unit := 0.0
			if _, err := fmt.Sscan(tick.Label, &unit); err != nil {
				t.Fatal(err)
			}
			at := unit / 3
			if !upward {
				at = 200 - at
			}
			if math.Abs(tick.Value-at) > 1e-9 {
				t.Errorf("upward %v: the mark %s is at %v, want %v", upward, tick.Label, tick.Value, at)
			}
		}
		if got := rasterRows(t, row, upward); !slices.Equal(got, want) {
			t.Errorf("upward %v: the spikes are in rows %v, want %v", upward, got, want)
		}
	}
}

// rasterRows are the rows that have marks in a raster of one moment, found in the picture. There are so many
// steps that marks do not overlap.
func rasterRows(t *testing.T, row []float64, upward bool) (rows []float64) {
	t.Helper()
	steps := sparseSteps + 1
	p, err := NewRaster(RasterData{Times: make([]float64, steps), Rows: slices.Repeat([][]float64{row}, steps), Upward: upward})
	if err != nil {
		t.Fatal(err)
	}
	p.X.Min, p.X.Max = -1, 1
	f := &Figure{Panels: Row(p), Heights: []vg.Length{600}}
	path := filepath.Join(t.TempDir(), "raster.png")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	_, img := decode(t, path)
	l, err := f.layout()
	if err != nil {
		t.Fatal(err)
	}
	data := l.cells[0][0].data
	shown := p.Y.Max - p.Y.Min
	from := img.Bounds().Dy()
	for y := shown - 1; y >= 0; y-- {
		at := data.Min.Y + vg.Length((y+0.5)/shown)*data.Size().Y
		if rgba(img.At(int((data.Min.X+data.Max.X)/2/pixel), from-1-int(at/pixel))) == rgba(Black) {
			rows = append(rows, y)
		}
	}
	if upward {
		slices.Reverse(rows)
	}
	return rows
}

// TestHeatmap checks the colours of cells, and the mean of those that share a pixel.
func TestHeatmap(t *testing.T) {
	for _, c := range []struct{ i, n, values, from, to int }{
		{0, 4, 4, 0, 1}, {3, 4, 4, 3, 4}, {0, 2, 5, 0, 2}, {1, 2, 5, 2, 5}, {5, 6, 2, 1, 2}, {0, 6, 2, 0, 1},
	} {
		if from, to := share(c.i, c.n, c.values); from != c.from || to != c.to {
			t.Errorf("pixel %d of %d shows %d to %d of %d, want %d to %d", c.i, c.n, from, to, c.values, c.from, c.to)
		}
	}
	values := []float64{0, 1, 2, 3, 4, 6} // 3 steps of 2 units
	d := &passage{Prediction: &train.Prediction{Steps: 3}, step: 1, times: []float64{0, 1, 2}, f: new(Figure)}
	if err := d.heat("h", "unit", values, 2, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "heat.png")
	if err := d.f.Save(path); err != nil {
		t.Fatal(err)
	}
	_, img := decode(t, path)
	l, err := d.f.layout()
	if err != nil {
		t.Fatal(err)
	}
	data := l.cells[0][0].data
	for i, v := range values {
		x := data.Min.X + vg.Length(float64(i/2)+0.5)/3*data.Size().X
		y := data.Min.Y + vg.Length(1.5-float64(i%2))/2*data.Size().Y
		if got := rgba(img.At(int(x/pixel), img.Bounds().Dy()-1-int(y/pixel))); got != rgba(heat(v/6)) {
			t.Errorf("step %d, unit %d is %v, want %v", i/2, i%2, got, heat(v/6))
		}
	}
}

func TestRunErrors(t *testing.T) {
	layer := func(series map[string][]float64) *train.Prediction {
		return &train.Prediction{Steps: 2, Layers: []train.LayerRecord{{Layer: "layer0", Units: 2, Series: series}}}
	}
	scores := func(rows ...[]float64) *train.Prediction { return &train.Prediction{Steps: 3, Scores: rows} }
	with := func(p *train.Prediction, change func(p *train.Prediction)) *train.Prediction {
		change(p)
		return p
	}
	row := []float64{1, 2}
	for want, d := range map[string]prediction{
		"there is no prediction":                       {},
		"0 steps":                                      {p: &train.Prediction{}},
		"there is nothing to draw":                     {p: &train.Prediction{Steps: 3}},
		"a step is -1 ms":                              {RunFigure{StepMS: -1}, scores(row)},
		"inputs: 5 values, want 3 steps of 2":          {p: &train.Prediction{Steps: 3, Features: 2, Inputs: make([]float32, 5)}},
		"inputs: value 1 is NaN":                       {p: &train.Prediction{Steps: 2, Features: 1, Inputs: []float32{0, float32(math.NaN())}}},
		"channels: 1 names, want 2":                    {RunFigure{Channels: []string{"a"}}, &train.Prediction{Steps: 1, Features: 2, Inputs: make([]float32, 2)}},
		`signal "lead": 1 steps, want 3`:               {RunFigure{Signals: []Trace{{"lead", row[:1]}}}, scores(row)},
		"layer layer0: membrane: value 3 is NaN":       {p: layer(map[string][]float64{"membrane": {0, 0, 0, math.NaN()}})},
		"layer layer0: x: 3 values, want 2 steps of 2": {p: layer(map[string][]float64{"x": {0, 0, 0}})},
		"scores: 2 rows, want one, or 3":               {p: scores(row, row)},
		"scores: row 1 has 1 values, want 2":           {p: scores(row, row[:1], row)},
		"scores: a row: value 0 is +Inf":               {p: scores([]float64{math.Inf(1)})},
		"2 classes with 3 names":                       {RunFigure{Classes: []string{"a", "b", "c"}}, scores(row)},
		"true class 2 of row 0, want 0 to 1":           {p: with(scores(row), func(p *train.Prediction) { p.Classes = []int{2} })},
		"1 rows with 3 true classes":                   {p: with(scores(row), func(p *train.Prediction) { p.Classes = []int{0, 1, 0} })},
		"5 targets, want 1 rows of 2":                  {p: with(scores(row), func(p *train.Prediction) { p.Numbers = make([]float32, 5) })},
	} {
		path := filepath.Join(t.TempDir(), "figure.png")
		if err := d.Draw(path, d.p); err == nil || !strings.HasPrefix(err.Error(), "plot: run: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

// TestRunNeverPanics draws whatever a network may have done, on a canvas that only takes notes.
func TestRunNeverPanics(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 0, 1, 1, -1, 1e99, math.NaN()}))
	rapid.Check(t, func(t *rapid.T) {
		steps, n := rapid.IntRange(0, 4).Draw(t, "T"), rapid.IntRange(0, 8).Draw(t, "n")
		p := &train.Prediction{Steps: steps, Features: rapid.IntRange(0, 8).Draw(t, "features")}
		for range p.Steps * p.Features {
			p.Inputs = append(p.Inputs, float32(value.Draw(t, "input")))
		}
		for range rapid.IntRange(0, 2).Draw(t, "layers") {
			l := train.LayerRecord{Layer: rapid.String().Draw(t, "layer"), Units: rapid.IntRange(0, 8).Draw(t, "units"), Readout: rapid.Bool().Draw(t, "readout"), Series: map[string][]float64{}}
			for _, name := range []string{spikeSeries, membraneSeries, thresholdSeries, "recovery"} {
				if rapid.Bool().Draw(t, name) {
					l.Series[name] = rapid.SliceOfN(value, steps*l.Units, steps*l.Units).Draw(t, "series")
				}
			}
			p.Layers = append(p.Layers, l)
		}
		for range rapid.SampledFrom([]int{0, 1, steps}).Draw(t, "rows") {
			p.Scores = append(p.Scores, rapid.SliceOfN(value, n, n).Draw(t, "row"))
		}
		switch targets := rapid.SampledFrom([]int{0, 1, steps}).Draw(t, "targets"); rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			p.Classes = rapid.SliceOfN(rapid.IntRange(-1, max(n-1, 0)), targets, targets).Draw(t, "classes")
		case 1:
			p.Numbers = make([]float32, targets*n)
		}
		r := RunFigure{StepMS: rapid.SampledFrom([]float64{0, 1, 4}).Draw(t, "step"), Neurons: rapid.IntRange(-1, 3).Draw(t, "neurons"), Upward: rapid.Bool().Draw(t, "upward")}
		if rapid.Bool().Draw(t, "named") {
			r.Classes = rapid.SliceOfN(rapid.String(), n, n).Draw(t, "names")
		}
		drawIfGood(t, prediction{r, p})
	})
}
