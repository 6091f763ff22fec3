package models_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// inject writes a number to the first element of a parameter.
func inject(t *testing.T, n *models.Network, name string, x float32) {
	t.Helper()
	p, ok := n.Params().Get(name)
	if !ok {
		t.Fatalf("no parameter %s", name)
	}
	p.Node.Value().Data().([]float32)[0] = x
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error is %v, want %q", err, p)
		}
	}
}

func allFinite(t *testing.T, n *models.Network) {
	t.Helper()
	for _, p := range n.Params().All() {
		for _, x := range p.Values() {
			if !graph.Finite(x) {
				t.Fatalf("%s is %v", p.Name, x)
			}
		}
	}
}

// A training does not begin with a weight that is NaN.
func TestNaNAtStart(t *testing.T) {
	net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
	inject(t, net, "layer0.w_rec", float32(math.NaN()))
	_, err := net.Fit(t.Context(), toy{20, 5, false}, models.Fit{Epochs: 1, Solver: adam(.01)})
	wantError(t, err, "fit: parameter layer0.w_rec[0 0] is NaN")
}

// A weight that becomes NaN while training ends it with the place, and the network, the solver and
// the checkpoint stay as they were after the last sound epoch.
func TestNaNWhileTraining(t *testing.T) {
	for _, solver := range []gorgonia.Solver{adam(.01), gorgonia.NewAdamSolver(), spoiler{}} {
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
		var sound []float64
		f := models.Fit{Epochs: 5, Batch: 9, Solver: solver, Validation: -1,
			EpochEnd: func(tr *models.Trainer, e models.Epoch) error {
				sound = params(net)
				return tr.Save(path)
			},
			Progress: func(p models.Progress) {
				if p.Epoch == 2 && p.Step == 1 {
					inject(t, net, "layer0.w_in", float32(math.NaN()))
				}
			}}
		history, err := net.Fit(t.Context(), toy{20, 5, false}, f)
		wantError(t, err, "epoch 2, step 2", "layer0", "NaN")
		allFinite(t, net)
		if len(history) != 1 || !same(params(net), sound) {
			t.Errorf("%T: %d epochs, the parameters are not those of the last sound one", solver, len(history))
		}
		loaded, err := models.Load(gorgonia.NewGraph(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !same(params(loaded), sound) {
			t.Errorf("%T: the checkpoint is not that of the last sound epoch", solver)
		}
	}
}

// spoiler is a solver that does nothing, and no checks either.
type spoiler struct{}

func (spoiler) Step([]gorgonia.ValueGrad) error { return nil }

// wild is a solver that writes infinity to a parameter.
type wild struct{}

func (wild) Step(model []gorgonia.ValueGrad) error {
	for _, p := range model {
		if p.(interface{ Name() string }).Name() == "layer0.b_rec" {
			p.Value().Data().([]float32)[3] = float32(math.Inf(1))
		}
	}
	return nil
}

// What a solver writes is looked at before the next step.
func TestSolverNotFinite(t *testing.T) {
	net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
	before := params(net)
	_, err := net.Fit(t.Context(), toy{20, 5, false}, models.Fit{Epochs: 1, Solver: wild{}})
	wantError(t, err, "epoch 1, step 1", "after the solver's step", "parameter layer0.b_rec[3] is +Inf")
	if !same(params(net), before) {
		t.Error("the parameters are not those from before")
	}
}

// A learning rate that lets the weights explode ends in an error, with Gorgonia's solver too, which
// checks nothing.
func TestExplodingRate(t *testing.T) {
	for _, solver := range []gorgonia.Solver{optim.New(optim.SGD(optim.Constant(1e60))), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(1e60))} {
		net := newNet(t, toyNet(models.Integrator, models.SumSoftmax{From: 1}))
		_, err := net.Fit(t.Context(), toy{40, 10, false}, models.Fit{Epochs: 50, Batch: 8, Solver: solver})
		wantError(t, err, "epoch 1, step ")
		allFinite(t, net)
		t.Log(err)
	}
}

// crooked is a term whose value is finite and whose gradient is not.
type crooked struct{}

func (crooked) Penalty(out *models.Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	l1, err := models.SpikeL1{Weight: 1}.Penalty(out, share)
	if err != nil {
		return nil, err
	}
	return graph.Of(l1).Times(0).Map(gorgonia.Sqrt).Node()
}

// infinite is a term that is not finite.
type infinite struct{}

func (infinite) Penalty(out *models.Output, share *gorgonia.Node) (*gorgonia.Node, error) {
	l1, err := models.SpikeL1{Weight: 1}.Penalty(out, share)
	if err != nil {
		return nil, err
	}
	return graph.Of(l1).Times(0).Inverse().Node()
}

func TestGradientNotFinite(t *testing.T) {
	fit := func(r models.Regularizer) error {
		net := newNet(t, toyNet(models.Integrator, models.SumSoftmax{From: 1}))
		_, err := net.Fit(t.Context(), toy{40, 10, false}, models.Fit{Epochs: 1, Batch: 8, Solver: adam(.01), Regularizers: []models.Regularizer{r}})
		allFinite(t, net)
		return err
	}
	err := fit(crooked{})
	wantError(t, err, "epoch 1, step 1", "the gradient of layer0.", "; first, the node ÷")
	t.Log(err)
	wantError(t, fit(infinite{}), "epoch 1, step 1", "the penalty of regularizer 0 is +Inf")
}

// Silent and saturated layers are seen in reports and epochs.
func TestHealth(t *testing.T) {
	for _, c := range []struct {
		name              string
		bias              float64
		silent, saturated float64
		warning           string
	}{
		{"silent", -100, 1, 0, "layer0: 100 % of the neurons are silent"},
		{"saturated", 100, 0, 1, "layer0: 100 % of the neurons spike in more than 90 % of the steps"},
	} {
		net := models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: 8, Cell: nodes.LIF{}, Linear: nodes.Linear{Bias: graph.Constant(c.bias)}}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
			Loss:    models.SumSoftmax{From: 1},
		}
		for _, validation := range []float64{-1, .2} {
			n := newNet(t, net)
			history, err := n.Fit(t.Context(), toy{20, 30, false}, models.Fit{Epochs: 1, Solver: adam(1e-4), Validation: validation})
			if err != nil {
				t.Fatal(err)
			}
			r, err := n.Evaluate(t.Context(), toy{20, 30, false}, models.Evaluation{Batch: 7})
			if err != nil {
				t.Fatal(err)
			}
			for _, layers := range [][]models.LayerHealth{history[0].Layers, r.Layers} {
				if len(layers) != 2 || layers[0].Name != "layer0" || layers[1].Name != "readout" || !layers[0].Spiking || layers[1].Spiking {
					t.Fatalf("%s: %+v", c.name, layers)
				}
				h := layers[0]
				if math.Abs(h.Silent-c.silent) > 1e-12 || math.Abs(h.Saturated-c.saturated) > 1e-12 || h.Warning() != c.warning {
					t.Errorf("%s: %+v, %q", c.name, h, h.Warning())
				}
				if layers[1].Warning() != "" {
					t.Errorf("the readout has a warning: %q", layers[1].Warning())
				}
			}
		}
	}
	// Shares in between: of the two neurons, one is silent, and one neither.
	n := newNet(t, toyNet(models.Integrator, models.SumSoftmax{From: 1}))
	r, err := n.Evaluate(t.Context(), toy{20, 30, false}, models.Evaluation{})
	if err != nil {
		t.Fatal(err)
	}
	if h := r.Layers[0]; h.Saturated != 0 || h.Warning() != "" || math.Abs(h.FiringRate-r.LayerRates[0]) > 1e-12 {
		t.Errorf("%+v, %q", h, h.Warning())
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

func TestGradNorms(t *testing.T) {
	seen := recorder{map[string][]float64{}}
	var norms []float64
	net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
	history, err := net.Fit(t.Context(), toy{20, 10, false}, models.Fit{Epochs: 1, Batch: 7, Validation: -1, Solver: seen,
		Progress: func(p models.Progress) { norms = append(norms, p.GradNorm) }})
	if err != nil {
		t.Fatal(err)
	}
	e := history[0]
	if len(norms) != 3 || len(e.GradNorms) != len(seen.squares) {
		t.Fatalf("%d steps, %d parameters; want 3, %d", len(norms), len(e.GradNorms), len(seen.squares))
	}
	total := make([]float64, 3)
	layers := map[string]float64{}
	for name, steps := range seen.squares {
		sum := 0.0
		for i, s := range steps {
			total[i] += s
			sum += s
		}
		if want := math.Sqrt(sum / 3); !close9(e.GradNorms[name], want) || want == 0 {
			t.Errorf("%s: %v, want %v", name, e.GradNorms[name], want)
		}
		layer, _, _ := strings.Cut(name, ".")
		layers[layer] += sum / 3
	}
	for i := range norms {
		if !close9(norms[i], math.Sqrt(total[i])) {
			t.Errorf("step %d: %v, want %v", i+1, norms[i], math.Sqrt(total[i]))
		}
	}
	for _, h := range e.Layers {
		if !close9(h.GradNorm, math.Sqrt(layers[h.Name])) {
			t.Errorf("%s: %v, want %v", h.Name, h.GradNorm, math.Sqrt(layers[h.Name]))
		}
	}
}

// A training with other regularizers is not resumed.
func TestResumeRegularized(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	trainer := func(weight float64) *models.Trainer {
		tr, err := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{})).NewTrainer(toy{20, 5, false}, models.Fit{Epochs: 1, Solver: adam(.01),
			Regularizers: []models.Regularizer{models.SpikeL1{Weight: weight}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		return tr
	}
	tr := trainer(1)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := trainer(1).Resume(path); err != nil {
		t.Error(err)
	}
	wantError(t, trainer(2).Resume(path), "SpikeL1")
}
