package train_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// inject writes a number to the first element of a parameter.
func inject(t *testing.T, p *graph.Params, name string, x float32) {
	t.Helper()
	q, ok := p.Get(name)
	if !ok {
		t.Fatalf("no parameter %s", name)
	}
	q.Node.Value().Data().([]float32)[0] = x
}

// A training does not begin with a weight that is NaN.
func TestNaNAtStart(t *testing.T) {
	k := task(models.AdpMem, models.SumSoftmax{})
	tr := newTrainer(t, k, toy{20, 5, false}, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01)})
	inject(t, tr.Params(), "layer0.w_rec", float32(math.NaN()))
	_, err := train.New(k, toy{20, 5, false}, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01), Params: tr.Params()})
	wantError(t, "NaN", err, "parameter layer0.w_rec[0 0] is NaN")
}

// A weight that becomes NaN while training ends it with the place, and the network, the solver and
// the checkpoint stay as they were after the last sound epoch.
func TestNaNWhileTraining(t *testing.T) {
	for _, solver := range []gorgonia.Solver{adam(.01), spoiler{}} {
		path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
		var sound []float64
		callbacks := []train.Callback{
			train.EpochEnd(func(tr *train.Trainer, _ train.Epoch) error {
				sound = params(tr.Network)
				return nil
			}),
			steps(func(tr *train.Trainer, p train.Progress) error {
				if p.Epoch == 2 && p.Step == 1 {
					inject(t, tr.Params(), "layer0.w_in", float32(math.NaN()))
				}
				return nil
			}),
		}
		_, saves := solver.(*optim.Solver)
		if saves {
			callbacks = append(callbacks, train.Checkpoint(path))
		}
		tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 5, false}, train.Settings{Epochs: 5, Batch: 9, Solver: solver, Callbacks: callbacks})
		wantError(t, "NaN", tr.Run(t.Context()), "epoch 2, step 2", "layer0", "NaN")
		allFinite(t, tr.Network)
		if len(tr.History()) != 1 || !same(params(tr.Network), sound) {
			t.Errorf("%T: %d epochs, the parameters are not those of the last sound one", solver, len(tr.History()))
		}
		if !saves {
			continue
		}
		loaded, err := train.Load(path)
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
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 5, false}, train.Settings{Epochs: 1, Batch: 8, Solver: wild{}})
	before := params(tr.Network)
	wantError(t, "infinity", tr.Run(t.Context()), "epoch 1, step 1", "after the solver's step", "parameter layer0.b_rec[3] is +Inf")
	if !same(params(tr.Network), before) {
		t.Error("the parameters are not those from before")
	}
}

// A learning rate that lets the weights explode ends in an error, with Gorgonia's solver too, which
// checks nothing.
func TestExplodingRate(t *testing.T) {
	for _, solver := range []gorgonia.Solver{optim.New(optim.SGD(optim.Constant(1e45))), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(1e45))} {
		tr := newTrainer(t, task(models.Integrator, models.SumSoftmax{From: 1}), toy{40, 10, false}, train.Settings{Epochs: 50, Batch: 8, Solver: solver})
		wantError(t, "explosion", tr.Run(t.Context()), "epoch 1, step ")
		allFinite(t, tr.Network)
	}
}

// sums is a term of the sum of all spikes.
func sums(v train.View, f func(graph.Expr) graph.Expr) (*gorgonia.Node, error) {
	n, err := models.SpikeL1{Weight: 1}.Term(v)
	if err != nil {
		return nil, err
	}
	return f(graph.Of(n)).Node()
}

// crooked is a term whose value is finite and whose gradient is not.
type crooked struct{}

func (crooked) Term(v train.View) (*gorgonia.Node, error) {
	return sums(v, func(x graph.Expr) graph.Expr { return x.Times(0).Map(gorgonia.Sqrt) })
}

// infinite is a term that is not finite.
type infinite struct{}

func (infinite) Term(v train.View) (*gorgonia.Node, error) {
	return sums(v, func(x graph.Expr) graph.Expr { return x.Times(0).Inverse() })
}

// infiniteLoss is a loss that is not finite.
type infiniteLoss struct{ models.SumSoftmax }

func (l infiniteLoss) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	n, err := l.SumSoftmax.Loss(out, b)
	if err != nil {
		return nil, err
	}
	return graph.Of(n).Times(0).Inverse().Node()
}

// A number that is not finite is named, with the node where it was seen first.
func TestNotFinite(t *testing.T) {
	fit := func(k train.Task[*models.Output]) error {
		tr := newTrainer(t, k, toy{40, 10, false}, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01)})
		err := tr.Run(t.Context())
		allFinite(t, tr.Network)
		return err
	}
	k := task(models.Integrator, models.SumSoftmax{From: 1})
	k.Terms = []train.Term{crooked{}}
	wantError(t, "gradient", fit(k), "epoch 1, step 1", "the gradient of layer0.", "; first, the node ÷")
	k.Terms = []train.Term{infinite{}}
	wantError(t, "term", fit(k), "epoch 1, step 1", "term 0, train_test.infinite, is +Inf")
	k.Terms, k.Loss = nil, infiniteLoss{models.SumSoftmax{From: 1}}
	wantError(t, "loss", fit(k), "epoch 1, step 1", "the loss is +Inf; first, ")
}
