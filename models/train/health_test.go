package train_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// Silent and saturated layers are seen in reports and epochs.
func TestHealth(t *testing.T) {
	for _, c := range []struct {
		name                          string
		bias, silent, saturated, rate float64
		warning                       string
	}{
		{"silent", -100, 1, 0, 0, "layer0: 100 % of the neurons are silent"},
		{"saturated", 100, 0, 1, 1, "layer0: 100 % of the neurons spike in more than 90 % of the steps"},
	} {
		k := train.Task[*models.Output]{Loss: models.SumSoftmax{From: 1}, Model: models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: 8, Cell: nodes.LIF{}, Linear: nodes.Linear{Bias: graph.Constant(c.bias)}}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		}}
		for _, share := range []float64{0, .2} {
			tr := ran(t, k, toy{20, 30, false}, train.Settings{Epochs: 1, Batch: 16, Solver: adam(1e-4), Share: share})
			r := evaluate(t, tr.Network, toy{20, 30, false}, 7)
			for _, r := range []*train.Report{tr.History()[0].Judged(), r} {
				layers := train.HealthOf(r)
				if len(layers) != 1 || layers[0].Name != "layer0" || layers[0].Units != 8 || layers[0].Readout {
					t.Fatalf("%s: %+v", c.name, layers)
				}
				h := layers[0]
				if math.Abs(h.Silent-c.silent) > 1e-12 || math.Abs(h.Saturated-c.saturated) > 1e-12 || math.Abs(h.Rate-c.rate) > .04 || h.Warning() != c.warning {
					t.Errorf("%s: %+v, %q", c.name, h, h.Warning())
				}
				if a, b := number(t, r, "firing_rate"), number(t, r, "firing_rate.layer0"); a != h.Rate || b != h.Rate {
					t.Errorf("%s: rates are %v and %v, want %v", c.name, a, b, h.Rate)
				}
			}
		}
	}
}

// The rates of a network are those that are counted in its recorded activity.
func TestHealthIsWhatWasRecorded(t *testing.T) {
	k := task(models.AdpSpike, models.SpikeCount{})
	k.Model = still(models.AdpSpike)
	data := toy{9, 30, false}
	tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01), Seed: 3})
	r := evaluate(t, tr.Network, data, 4)
	spikes, units := map[string]float64{}, map[string]map[int]float64{}
	for i := range data.n {
		rec, err := tr.Record(t.Context(), data, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range rec.Layers {
			if units[l.Layer] == nil {
				units[l.Layer] = map[int]float64{}
			}
			for k, s := range l.Series[nodes.Spikes] {
				spikes[l.Layer] += s / float64(data.n*data.steps*l.Units)
				units[l.Layer][k%l.Units] += s
			}
		}
	}
	layers := train.HealthOf(r)
	if len(layers) != 2 || !layers[1].Readout || layers[1].Name != "readout" {
		t.Fatalf("layers are %+v", layers)
	}
	for _, h := range layers {
		silent := 0.
		for u := range h.Units {
			if units[h.Name][u] == 0 {
				silent += 1 / float64(h.Units)
			}
		}
		if spikes[h.Name] == 0 || math.Abs(h.Rate-spikes[h.Name]) > 1e-12 || math.Abs(h.Silent-silent) > 1e-12 {
			t.Errorf("%+v, recorded were a rate of %v and a share of %v that is silent", h, spikes[h.Name], silent)
		}
	}
}

// recorder is a solver that keeps the norms of the gradients.
type recorder struct{ squares map[string][]float64 }

func (r recorder) Step(model []gorgonia.ValueGrad) error {
	for _, p := range model {
		g, err := p.Grad()
		if err != nil {
			return err
		}
		sum := 0.0
		for _, x := range g.Data().([]float32) {
			sum += float64(x) * float64(x)
		}
		name := p.(interface{ Name() string }).Name()
		r.squares[name] = append(r.squares[name], sum)
	}
	return nil
}

// The norms of the gradients are those that the solver was given.
func TestGradientNorms(t *testing.T) {
	got := recorder{map[string][]float64{}}
	var norms []float64
	tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 10, false}, train.Settings{Epochs: 1, Batch: 7, Solver: got,
		Callbacks: []train.Callback{steps(func(_ *train.Trainer, p train.Progress) error {
			norms = append(norms, p.Gradient)
			return nil
		})}})
	e := tr.History()[0]
	if len(norms) != 3 || len(e.Gradients) != len(got.squares) {
		t.Fatalf("%d steps, %d parameters; want 3, %d", len(norms), len(e.Gradients), len(got.squares))
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }
	total := make([]float64, 3)
	for name, steps := range got.squares {
		sum := 0.0
		for i, s := range steps {
			total[i] += s
			sum += s
		}
		if want := math.Sqrt(sum / 3); !near(e.Gradients[name], want) || want == 0 {
			t.Errorf("%s: %v, want %v", name, e.Gradients[name], want)
		}
	}
	for i := range norms {
		if !near(norms[i], math.Sqrt(total[i])) {
			t.Errorf("step %d: %v, want %v", i+1, norms[i], math.Sqrt(total[i]))
		}
	}
}
