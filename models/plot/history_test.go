package plot

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// mean is a loss: the mean square of a parameter.
type mean struct{}

func (mean) Loss(out *gorgonia.Node, _ train.Batch) (*gorgonia.Node, error) {
	square, err := gorgonia.Square(out)
	if err != nil {
		return nil, err
	}
	return gorgonia.Mean(square)
}

// one fills a parameter with 1.
type one struct{}

func (one) Init(_ *rand.Rand, _ tensor.Shape, dst []float64) error {
	for i := range dst {
		dst[i] = 1
	}
	return nil
}

// script is a metric that says what it was told to, report by report.
type script struct {
	reports *[]train.Result
}

func (script) Name() string                             { return "script" }
func (script) Watch(train.View) (gorgonia.Nodes, error) { return nil, nil }
func (s script) Meter() train.Meter                     { return &scripted{script: s} }

// scripted says the next report once it has seen something.
type scripted struct {
	script
	says *train.Result
}

func (s *scripted) Add(train.Seen) error {
	if s.says == nil {
		s.says = &(*s.reports)[0]
		*s.reports = (*s.reports)[1:]
	}
	return nil
}

func (s *scripted) Result() train.Result {
	if s.says == nil {
		return train.Result{}
	}
	return *s.says
}

// trained trains for as many epochs as there are pairs of reports, of the training and of the validation.
func trained(t *testing.T, reports ...train.Result) []train.Epoch {
	t.Helper()
	model := train.Forward[*gorgonia.Node](func(p *graph.Params, b train.Batch) (*gorgonia.Node, error) {
		return p.Declare("w", "input", one{}, 1, 1)
	})
	data := train.Sequences{X: [][][]float32{{{1}}, {{2}}}, Y: []int{0, 1}}
	left := reports
	s, err := train.New(train.Task[*gorgonia.Node]{Model: model, Loss: mean{}, Metrics: []train.Metric{script{&left}}}, data, train.Settings{
		Epochs: len(reports) / 2, Batch: 2, Solver: gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1)), Validation: data, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s.History()
}

func numbers(of ...any) (r train.Result) {
	for i := 0; i < len(of); i += 2 {
		r.Numbers = append(r.Numbers, train.Number{Name: of[i].(string), Value: of[i+1].(float64)})
	}
	return r
}

type historyOf struct {
	HistoryFigure
	of []train.Epoch
}

func (h historyOf) figure() (*Figure, error) { return h.HistoryFigure.of(h.of) }

func TestHistory(t *testing.T) {
	rates := func(accuracy, rate float64) train.Result {
		return numbers("accuracy", accuracy, "rate.layer0", rate, "rate.layer1", 2*rate)
	}
	h := trained(t, numbers("accuracy", .2), rates(.1, .3), numbers("accuracy", math.NaN()), rates(.2, .4),
		numbers("accuracy", .6), numbers("accuracy", .5), numbers("accuracy", .8), rates(.7, .5))
	if !h[3].Best {
		t.Fatal("the last epoch is not the best")
	}
	f := HistoryFigure{Title: "A training", Numbers: []string{"accuracy", "rate."}, Labels: map[string]string{"loss": "mean square", "rate.": "spikes per step"}}
	checkDrawings(t, []drawing{{name: "history", data: historyOf{f, h}, width: 1600, panels: 3, wants: nil}})

	// The numbers are those of the reports, with gaps where there are none.
	training := func(e train.Epoch) []*train.Report { return []*train.Report{e.Training} }
	nan := math.NaN()
	for _, c := range []struct {
		name string
		in   func(train.Epoch) []*train.Report
		want []float64
	}{
		{"accuracy", training, []float64{20, nan, 60, 80}},
		{"accuracy", judged, []float64{10, 20, 50, 70}},
		{"rate.layer1", judged, []float64{60, 80, nan, 100}},
		{"rate.layer1", training, []float64{nan, nan, nan, nan}},
	} {
		if diff := cmp.Diff(c.want, numberOf(h, c.name, 100, c.in), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	got, err := f.Figure(h)
	if err != nil {
		t.Fatal(err)
	}
	labels, keys := []string{}, []string{}
	for _, row := range got.Panels {
		for _, p := range row {
			if p != nil {
				labels = append(labels, p.Y.Label.Text)
				for _, k := range p.keys {
					keys = append(keys, k.name)
				}
			}
		}
	}
	if diff := cmp.Diff([]string{"mean square", "accuracy (%)", "spikes per step"}, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if all := strings.Join(keys, "|"); !strings.Contains(all, "training|validation|best epoch 4: 70.0 %|layer0|layer1") {
		t.Errorf("keys are %s", all)
	}
	path := filepath.Join(t.TempDir(), "figure.png")
	for _, c := range []struct {
		of   []train.Epoch
		name string
		want string
	}{
		{h, "precision", `plot: history: no epoch has a finite number "precision"; there are loss, terms, accuracy`},
		{h, "precision.", `"precision."`},
		{nil, "accuracy", "plot: history: no epochs"},
	} {
		if err := History(path, c.of, c.name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
	if err := History(path, h[:1]); err != nil {
		t.Error(err)
	}
}

func TestStretches(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		want   [][2]int
	}{
		{nil, nil}, {[]float64{nan, nan}, nil}, {[]float64{1}, [][2]int{{0, 1}}},
		{[]float64{nan, 1, 2, nan, nan, 3}, [][2]int{{1, 3}, {5, 6}}}, {[]float64{1, nan}, [][2]int{{0, 1}}},
	} {
		if diff := cmp.Diff(c.want, curve{values: c.values}.stretches()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.values, diff)
		}
	}
}
