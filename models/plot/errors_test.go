package plot

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"pgregory.net/rapid"
)

// changed returns a synthetic record after a change.
func changed(change func(*RecordData)) RecordData {
	d := syntheticRecord(20, 3)
	change(&d)
	return d
}

func TestBadData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ok := []float64{1, 2}
	learn := func(d LearningCurvesData) func(string) error {
		return func(p string) error { return LearningCurves(p, d) }
	}
	rec := func(change func(*RecordData)) func(string) error {
		return func(p string) error { return Record(p, changed(change)) }
	}
	confuse := func(classes []string, counts ...[]int) func(string) error {
		return func(p string) error { return Confusion(p, ConfusionData{Classes: classes, Counts: counts}) }
	}
	hist := func(panels ...Histogram) func(string) error {
		return func(p string) error { return Histograms(p, HistogramsData{Panels: panels}) }
	}
	two := []string{"a", "b"}
	for _, c := range []struct {
		name string
		draw func(path string) error
		want string
	}{
		{"no epochs", learn(LearningCurvesData{}), "learning curves: training loss: no epochs"},
		{"NaN loss", learn(LearningCurvesData{TrainLoss: []float64{1, nan}}), "training loss: value 1 is NaN"},
		{"infinite loss", learn(LearningCurvesData{TrainLoss: ok, ValidLoss: []float64{inf, 1}}), "validation loss: value 0 is +Inf"},
		{"huge loss", learn(LearningCurvesData{TrainLoss: []float64{1, -1e200}}), "training loss: value 1 is -1e+200"},
		{"ragged curves", learn(LearningCurvesData{TrainLoss: ok, ValidAccuracy: ok[:1]}), "validation accuracy: 1 epochs, want 2"},
		{"accuracy in per cent", learn(LearningCurvesData{TrainLoss: ok, TrainAccuracy: []float64{0.5, 85}}), "training accuracy: value 1 is 85, want a share"},
		{"best epoch after the last", learn(LearningCurvesData{TrainLoss: ok, Best: 3}), "best epoch 3, want 1 to 2"},

		{"no record", func(p string) error { return Record(p, RecordData{}) }, "record: no data"},
		{"negative step", rec(func(d *RecordData) { d.Step = -4 }), "step is -4 ms"},
		{"NaN step", rec(func(d *RecordData) { d.Step = nan }), "step is NaN ms"},
		{"NaN signal", rec(func(d *RecordData) { d.Signals[1].Values[3] = nan }), `signal "lead 2": value 3 is NaN`},
		{"empty signal", rec(func(d *RecordData) { d.Signals[0].Values = nil }), `signal "lead 1": 0 steps`},
		{"short signal", rec(func(d *RecordData) { d.Signals[1].Values = d.Signals[1].Values[:19] }), `signal "lead 2": 19 steps, want 20 as in the signal "lead 1"`},
		{"ragged input", rec(func(d *RecordData) { d.Input[7] = []float64{0} }), "input: step 7 has 1 values, want 4"},
		{"empty input rows", rec(func(d *RecordData) { d.Input[0] = nil }), "input: step 0 has 0 values"},
		{"input of two", rec(func(d *RecordData) { d.Input[7][2] = 2 }), "input: value 2 of step 7 is 2, want one of [-1 0 1]"},
		{"NaN input", rec(func(d *RecordData) { d.Input[7][2] = nan }), "input: value 2 of step 7 is NaN"},
		{"short input", rec(func(d *RecordData) { d.Input = d.Input[:5] }), "input: 5 steps, want 20"},
		{"channels", rec(func(d *RecordData) { d.Channels = two }), "channels: 2 names, want 4"},
		{"negative spike", rec(func(d *RecordData) { d.Hidden[2][1] = -1 }), "hidden spikes: value 1 of step 2 is -1"},
		{"short hidden", rec(func(d *RecordData) { d.Hidden = d.Hidden[:5] }), "hidden spikes: 5 steps"},
		{"NaN membrane", rec(func(d *RecordData) { d.Neuron.Membrane[4] = nan }), "membrane: value 4 is NaN"},
		{"infinite threshold", rec(func(d *RecordData) { d.Neuron.Threshold[4] = inf }), "threshold: value 4 is +Inf"},
		{"threshold alone", rec(func(d *RecordData) { d.Neuron.Membrane = nil }), "membrane: no steps"},
		{"short threshold", rec(func(d *RecordData) { d.Neuron.Threshold = ok }), "threshold: 2 steps"},
		{"half a spike", rec(func(d *RecordData) { d.Neuron.Spikes[3] = 0.5 }), "neuron's spikes: step 3 is 0.5"},
		{"true label", rec(func(d *RecordData) { d.True[3] = 6 }), "true labels: step 3 is class 6"},
		{"predicted label", rec(func(d *RecordData) { d.Predicted[3] = -1 }), "predicted labels: step 3 is class -1"},
		{"no predictions", rec(func(d *RecordData) { d.Predicted = nil }), "predicted labels: 0 steps, want 20"},
		{"short labels", rec(func(d *RecordData) { d.True, d.Predicted = d.True[:2], d.Predicted[:2] }), "true labels: 2 steps"},

		{"no classes", confuse(nil), "confusion matrix: classes: no names"},
		{"no counts", confuse(two), "counts: 0 rows, want 2"},
		{"ragged counts", confuse(two, []int{1, 2}, []int{1}), `counts: the row of class "b" has 1 values`},
		{"negative count", confuse(two, []int{1, 2}, []int{1, -1}), `counts: class "b" taken for "b" -1 times`},
		{"no samples", confuse(two, []int{0, 0}, []int{0, 0}), "counts: no samples"},

		{"no panels", hist(), "histograms: no panels"},
		{"no values", hist(Histogram{Name: "τm"}), `panel "τm": no values`},
		{"NaN value", hist(Histogram{Name: "τm", Values: []float64{1, nan}}), `panel "τm": values: value 1 is NaN`},
		{"infinite initial value", hist(Histogram{Name: "τm", Values: ok, Initial: inf}), `panel "τm": initial: value 0 is +Inf`},

		{"raster without steps", func(string) error { _, err := NewRaster(RasterData{Title: "s"}); return err }, `raster: "s": 0 steps with 0 times`},
		{"raster of two", func(string) error {
			_, err := NewRaster(RasterData{Title: "s", Times: ok[:1], Rows: [][]float64{ok}})
			return err
		}, "raster: s: value 1 of step 0 is 2"},
		{"raster with a name too many", func(string) error {
			_, err := NewRaster(RasterData{Title: "s", Times: ok[:1], Rows: [][]float64{{1}}, Names: two})
			return err
		}, "2 names, want 1"},
		{"neuron without spikes of a step", func(string) error {
			_, err := NewNeuron(ok, NeuronTrace{Membrane: ok, Spikes: []float64{1}})
			return err
		}, "neuron: neuron's spikes: 1 steps, want 2"},
		{"labels without predictions", func(string) error {
			_, err := NewLabels(LabelsData{Classes: two, True: []int{0}})
			return err
		}, "labels: predicted labels: 0 steps, want 1"},
		{"labels of a negative step", func(string) error { _, err := NewLabels(LabelsData{Step: -1}); return err }, "labels: step is -1 ms"},

		{"no figure", (&Figure{}).Save, "the figure has no panels"},
		{"ragged rows", (&Figure{Panels: [][]*Panel{{nil, nil}, {nil}}}).Save, "row 1 has 1 panels, want 2"},
		{"bare panel", (&Figure{Panels: Row(&Panel{})}).Save, "was not made by NewPanel"},
		{"NaN axis", func(p string) error {
			panel := NewPanel("", "", "")
			panel.Y.Min, panel.Y.Max = nan, 1
			return (&Figure{Panels: Row(panel)}).Save(p)
		}, "y axis of the panel of row 0, column 0: range NaN to 1"},
		{"descending axis", func(p string) error {
			panel := NewPanel("", "", "")
			panel.X.Min, panel.X.Max = 2, 1
			return (&Figure{Panels: Row(panel)}).Save(p)
		}, "x axis of the panel of row 0, column 0: range 2 to 1"},
		{"too many heights", (&Figure{Panels: Row(NewPanel("", "", "")), Heights: []vg.Length{1, 2}}).Save, "Heights: 2 values, want 1"},
		{"negative width", (&Figure{Panels: Row(NewPanel("", "", "")), Widths: []float64{-1}}).Save, "Widths: value 0 is -1"},
		{"NaN page", (&Figure{Panels: Row(NewPanel("", "", "")), Width: vg.Length(nan)}).Save, "Width: value 0 is NaN"},
		{"no room", (&Figure{Panels: Row(NewPanel("", "", "")), Width: 20}).Save, "no room for the data of column 0 on a page of 20 pt"},
		{"no height", func(p string) error {
			panel := NewPanel("", "", "")
			panel.Y.Tick.Marker = plot.ConstantTicks{{Value: 1e-9, Label: "zero"}}
			return (&Figure{Panels: Row(panel), Heights: []vg.Length{1}}).Save(p)
		}, "row 0, column 0 has no room for the labels"},
		{"huge page", (&Figure{Panels: Row(NewPanel("", "", "")), Width: 1e5, Heights: []vg.Length{1e5}}).Save, "pixels"},
		{"panicking plotter", func(p string) error {
			panel := NewPanel("", "", "")
			panel.Add(panicker{})
			return (&Figure{Panels: Row(panel)}).Save(p)
		}, "drawing: no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "figure.png")
			if err := os.WriteFile(path, []byte("earlier"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := c.draw(path)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), "plot: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want %q in it", err, c.want)
			}
			if content, err := os.ReadFile(path); err != nil || string(content) != "earlier" {
				t.Errorf("the earlier file is now %q (%v)", content, err)
			}
			onlyFile(t, path)
		})
	}
}

type panicker struct{}

func (panicker) Plot(draw.Canvas, *plot.Plot) { panic("no") }

// onlyFile finds whatever else than a file lies in its folder.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// TestNeverPanics draws whatever data there may be, on a canvas that only takes notes.
func TestNeverPanics(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 1, -1, 1e99, -1e99, 5e-324, math.NaN(), math.Inf(1)}))
	sometimes := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Float64Range(0, 1), value)
	series := func(t *rapid.T, name string, n int, v *rapid.Generator[float64]) []float64 {
		if rapid.Bool().Draw(t, name+" is there") {
			return rapid.SliceOfN(v, n, n).Draw(t, name)
		}
		return nil
	}
	rows := func(t *rapid.T, name string, n int) [][]float64 {
		if rapid.Bool().Draw(t, name+" is there") {
			return rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, 1, -1}), 2, 2), n, n).Draw(t, name)
		}
		return nil
	}
	name := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("wide ", 60)))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(t, "n")
		var d figured
		switch rapid.IntRange(0, 3).Draw(t, "figure") {
		case 0:
			d = LearningCurvesData{
				Title: name.Draw(t, "title"), LossName: name.Draw(t, "loss"), Best: rapid.IntRange(0, n).Draw(t, "best"),
				TrainLoss: rapid.SliceOfN(value, n, n).Draw(t, "train loss"), ValidLoss: series(t, "valid loss", n, value),
				TrainAccuracy: series(t, "train accuracy", n, sometimes), ValidAccuracy: series(t, "valid accuracy", n, sometimes),
			}
		case 1:
			labels := rapid.SliceOfN(rapid.IntRange(0, 2), n, n)
			d = RecordData{
				Title: name.Draw(t, "title"), Step: sometimes.Draw(t, "step"), Signals: []Trace{{name.Draw(t, "signal"), series(t, "values", n, value)}},
				Input: rows(t, "input", n), Channels: []string{name.Draw(t, "channel"), "b"}, Hidden: rows(t, "hidden", n),
				Neuron:  NeuronTrace{name.Draw(t, "neuron"), series(t, "u", n, value), series(t, "θ", n, value), series(t, "s", n, rapid.SampledFrom([]float64{0, 1}))},
				Classes: []string{name.Draw(t, "class"), "b", "c"}, True: labels.Draw(t, "true"), Predicted: labels.Draw(t, "predicted"),
			}
		case 2:
			m := ConfusionData{Title: name.Draw(t, "title"), Classes: rapid.SliceOfN(name, n, n).Draw(t, "classes")}
			for range n {
				m.Counts = append(m.Counts, rapid.SliceOfN(rapid.IntMin(0), n, n).Draw(t, "row"))
			}
			d = m
		case 3:
			var h HistogramsData
			for range n {
				h.Panels = append(h.Panels, Histogram{name.Draw(t, "name"), rapid.SliceOfN(value, 0, 4).Draw(t, "values"), value.Draw(t, "initial")})
			}
			d = h
		}
		f, err := d.figure()
		if err != nil {
			return
		}
		l, err := f.layout()
		if err != nil {
			t.Fatalf("data that passed the checks has no layout: %v", err)
		}
		l.draw(draw.NewCanvas(new(recorder.Canvas), l.page.X, l.page.Y))
	})
}
