package train_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Every readout with its loss, in both precisions, learns the toy task; batches do not divide the data.
func TestLearns(t *testing.T) {
	for _, c := range []struct {
		kind models.ReadoutKind
		loss train.Loss[*models.Output]
	}{
		{models.Integrator, models.SumSoftmax{From: 1}},
		{models.AdpMem, models.PerStep{Skip: 2}},
		{models.AdpSpike, models.SpikeCount{}},
	} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(fmt.Sprint(c.kind, dt), func(t *testing.T) {
				_, perStep := c.loss.(models.PerStep)
				tr := ran(t, task(c.kind, c.loss), toy{50, 20, perStep}, train.Settings{Epochs: 80, Batch: 16, Solver: adam(.03), Share: .2, Dtype: dt, Seed: 3})
				r, h := evaluate(t, tr.Network, toy{83, 20, perStep}, 32), tr.History()
				if a := number(t, r, "accuracy"); len(h) != 80 || a < .75 || h[79].Training.Loss > .7*h[0].Training.Loss {
					t.Errorf("accuracy is %.3f after %d epochs, loss went from %.3f to %.3f", a, len(h), h[0].Training.Loss, h[len(h)-1].Training.Loss)
				}
				spiking := 2
				if c.kind == models.Integrator {
					spiking = 1
				}
				if rate := number(t, r, "firing_rate"); r.Examples != 83 || len(train.HealthOf(r)) != spiking || !(rate > 0 && rate < 1) {
					t.Errorf("%d examples, firing rate is %v, of the layers %v", r.Examples, rate, train.HealthOf(r))
				}
				if dt != tr.Params().Dtype() {
					t.Errorf("the parameters are of %v", tr.Params().Dtype())
				}
			})
		}
	}
}

// What a batch is filled up with changes nothing: examples one by one give the same report.
func TestFillingUpDoesNotCount(t *testing.T) {
	k := task(models.AdpMem, models.PerStep{Skip: 2})
	k.Model = still(models.AdpMem)
	data := toy{11, 15, true}
	tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01), Dtype: tensor.Float64})
	want := evaluate(t, tr.Network, data, 1)
	for _, batch := range []int{4, 11, 64} {
		got := evaluate(t, tr.Network, data, batch)
		for i, n := range got.Numbers() {
			if w := want.Numbers()[i]; n.Name != w.Name || math.Abs(n.Value-w.Value) > 1e-12*math.Abs(w.Value) {
				t.Errorf("batches of %d: %v, one by one %v", batch, n, w)
			}
		}
		if g, w := fmt.Sprint(train.HealthOf(got)), fmt.Sprint(train.HealthOf(want)); g != w {
			t.Errorf("batches of %d: health is %v, one by one %v", batch, g, w)
		}
	}
}

// half is a dataset whose odd examples have no label that counts.
type half struct{ toy }

func (h half) Read(i int, e *train.Example) error {
	err := h.toy.Read(i, e)
	for k := range e.Classes {
		if i%2 == 1 {
			e.Classes[k] = train.Ignore
		}
	}
	return err
}

// even are the even examples of a dataset alone.
type even struct{ toy }

func (e even) Len() int                           { return (e.n + 1) / 2 }
func (e even) Read(i int, x *train.Example) error { return e.toy.Read(2*i, x) }

// Examples without any label change neither the loss nor the accuracy.
func TestUnlabelledExamples(t *testing.T) {
	k := task(models.AdpMem, models.PerStep{Skip: 2})
	k.Model = still(models.AdpMem)
	data := toy{12, 15, true}
	tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01), Dtype: tensor.Float64})
	a, b := evaluate(t, tr.Network, half{data}, 5), evaluate(t, tr.Network, even{data}, 5)
	if math.Abs(a.Loss-b.Loss) > 1e-12 || number(t, a, "accuracy") != number(t, b, "accuracy") {
		t.Errorf("loss and accuracy are %v; without the unlabelled examples %v", a.Numbers(), b.Numbers())
	}
	if a.Examples != 12 || b.Examples != 6 {
		t.Errorf("%d and %d examples, want 12 and 6", a.Examples, b.Examples)
	}
}

// The same seed gives the same bits, on any number of cores; another seed does not.
func TestRepeatable(t *testing.T) {
	fit := func(seed uint64, procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{40, 12, false}, train.Settings{Epochs: 2, Batch: 20, Solver: adam(.01), Seed: seed})
		return params(tr.Network)
	}
	a := fit(1, 1)
	if !same(a, fit(1, 3)) {
		t.Error("three cores gave other parameters than one")
	}
	if same(a, fit(2, 1)) {
		t.Error("another seed gave the same parameters")
	}
}

// steps is a callback that is told of steps.
type steps func(tr *train.Trainer, p train.Progress) error

func (steps) EpochEnd(*train.Trainer, train.Epoch) error          { return nil }
func (f steps) StepEnd(tr *train.Trainer, p train.Progress) error { return f(tr, p) }

// A training that is interrupted leaves the best epoch in the network, and can go on as if the
// unfinished epoch had not been.
func TestInterrupt(t *testing.T) {
	train1 := func(stopAt int) *train.Trainer {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{40, 12, false}, train.Settings{Epochs: 4, Batch: 9, Seed: 4, Solver: adam(.01),
			Callbacks: []train.Callback{steps(func(_ *train.Trainer, p train.Progress) error {
				if (p.Epoch-1)*p.Steps+p.Step == stopAt {
					cancel()
				}
				return nil
			})}})
		before := params(tr.Network)
		err := tr.Run(ctx)
		if stopAt > 0 != errors.Is(err, context.Canceled) {
			t.Fatalf("error is %v", err)
		}
		if stopAt > 0 { // the same trainer goes on
			if n := len(tr.History()); n != stopAt/5 {
				t.Errorf("%d epochs are done after %d steps of 5", n, stopAt)
			}
			if stopAt < 5 && !same(params(tr.Network), before) {
				t.Error("an unfinished first epoch has changed the parameters")
			}
			run(t, tr)
		}
		return tr
	}
	whole := train1(0)
	for _, stopAt := range []int{2, 5, 12} {
		tr := train1(stopAt)
		sameHistories(t, fmt.Sprint("stopped at ", stopAt), tr.History(), whole.History())
		if !same(params(tr.Network), params(whole.Network)) {
			t.Errorf("stopped at %d: other parameters", stopAt)
		}
	}
}

// seen counts which examples are asked for.
type seen struct {
	toy
	count []int
}

func (s seen) Read(i int, e *train.Example) error {
	s.count[i]++
	return s.toy.Read(i, e)
}

// In an epoch each example is trained on or validated on, once.
func TestHeldOut(t *testing.T) {
	data := seen{toy{40, 5, false}, make([]int, 40)}
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), data, train.Settings{Epochs: 1, Batch: 7, Solver: adam(.01), Share: .25})
	if learnt, held := tr.Examples(); learnt != 30 || held != 10 {
		t.Errorf("%d to train on and %d to validate on, want 30 and 10", learnt, held)
	}
	run(t, tr)
	for i, n := range data.count {
		if n != 1 {
			t.Errorf("example %d was asked for %d times", i, n)
		}
	}
	if n := tr.Settings().Steps(40); n != 5 || tr.History()[0].Steps != 5 {
		t.Errorf("%d batches are planned and %d made, want 5", n, tr.History()[0].Steps)
	}
}

// Without progress in the validation, patience ends the training, and the best epoch's parameters stay.
func TestPatience(t *testing.T) {
	var best []float64
	tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{30, 12, false}, train.Settings{Epochs: 200, Batch: 30, Solver: adam(.05), Share: .2,
		Callbacks: []train.Callback{train.Patience(3), train.EpochEnd(func(tr *train.Trainer, e train.Epoch) error {
			if e.Best {
				best = params(tr.Network)
			}
			return nil
		})}})
	h := tr.History()
	if len(h) == 200 || len(h)-tr.Best().Epoch != 3 {
		t.Errorf("%d epochs, the best is %d, want three after it", len(h), tr.Best().Epoch)
	}
	for _, e := range h {
		if e.Validation.Loss < tr.Best().Validation.Loss {
			t.Errorf("epoch %d is better than the best, %d", e.Epoch, tr.Best().Epoch)
		}
	}
	if !same(params(tr.Network), best) {
		t.Error("the network does not have the best epoch's parameters")
	}
	run(t, tr) // which is over
	if len(tr.History()) != len(h) {
		t.Errorf("run again, it had %d epochs more", len(tr.History())-len(h))
	}
}

// Until stops at the first epoch that is good enough, and Select says which is the best.
func TestUntilAndSelect(t *testing.T) {
	enough := .8
	tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{50, 20, false}, train.Settings{Epochs: 100, Batch: 16, Solver: adam(.03), Share: .2, Seed: 3,
		Select: train.Criterion{Number: "accuracy", Highest: true}, Callbacks: []train.Callback{train.Until{Number: "accuracy", Above: &enough}}})
	h := tr.History()
	for i, e := range h {
		if a := number(t, e.Validation, "accuracy"); (a > enough) != (i == len(h)-1) {
			t.Errorf("accuracy of epoch %d of %d is %v", i+1, len(h), a)
		}
		if number(t, e.Validation, "accuracy") > number(t, tr.Best().Validation, "accuracy") {
			t.Errorf("epoch %d is better than the best", i+1)
		}
	}
}

// Data of their own can be validated on, of another length too.
func TestValidation(t *testing.T) {
	held := toy{12, 31, false}
	tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 12, false}, train.Settings{Epochs: 2, Batch: 8, Solver: adam(.01), Validation: held, Seed: 5})
	if h := tr.History(); h[1].Validation.Examples != 12 || h[1].Training.Examples != 20 {
		t.Errorf("%d examples to train on, %d to validate on", h[1].Training.Examples, h[1].Validation.Examples)
	}
	r, err := tr.Evaluate(t.Context(), held, train.Evaluation{Batch: 8, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	sameReports(t, "evaluated again", r, tr.Best().Validation)
}

// faulty spoils one example.
type faulty struct {
	toy
	spoil func(e *train.Example) error
}

func (f faulty) Read(i int, e *train.Example) error {
	if err := f.toy.Read(i, e); err != nil || i != 7 {
		return err
	}
	return f.spoil(e)
}

func TestFaultyData(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(e *train.Example) error
		want  string
	}{
		"NaN":         {func(e *train.Example) error { e.X[5] = float32(math.NaN()); return nil }, "example 7: feature 1 at step 2 is NaN"},
		"label":       {func(e *train.Example) error { e.Classes[0] = 2; return nil }, "example 7: class 0 is 2, want 0 to 1"},
		"no example":  {func(*train.Example) error { return errors.New("the disk is gone") }, "example 7: the disk is gone"},
		"label below": {func(e *train.Example) error { e.Classes[0] = -2; return nil }, "class 0 is -2"},
		"short":       {func(e *train.Example) error { e.Steps = 3; return nil }, "has 3 steps, want 5 steps, as the data are not Varying"},
		"slices":      {func(e *train.Example) error { e.X = e.X[:4]; return nil }, "changed the lengths"},
	} {
		tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), faulty{toy{20, 5, false}, c.spoil}, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01)})
		wantError(t, name, tr.Run(t.Context()), "epoch 1, step ", c.want)
	}
}

// What cannot teach is an error, before the first step where it can be known.
func TestRefused(t *testing.T) {
	k := task(models.AdpMem, models.SumSoftmax{})
	data := toy{10, 5, false}
	fine := train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01)}
	type change = func(k *train.Task[*models.Output], d *train.Dataset, s *train.Settings)
	for name, c := range map[string]struct {
		change change
		want   string
	}{
		"no data":  {func(_ *train.Task[*models.Output], d *train.Dataset, _ *train.Settings) { *d = toy{} }, "empty"},
		"nil data": {func(_ *train.Task[*models.Output], d *train.Dataset, _ *train.Settings) { *d = nil }, "empty"},
		"no targets": {func(_ *train.Task[*models.Output], d *train.Dataset, _ *train.Settings) {
			*d = train.Sequences{X: [][][]float32{{{1, 2}}}}
		}, "no targets"},
		"no solver":    {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Solver = nil }, "no solver"},
		"batch":        {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Batch = 0 }, "batch is 0"},
		"epochs":       {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Epochs = 0 }, "0 epochs"},
		"pieces":       {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Piece = -1 }, "pieces of -1 steps"},
		"all held out": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Share = 1 }, "held out is 1"},
		"share NaN":    {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Share = math.NaN() }, "held out is NaN"},
		"none left": {func(_ *train.Task[*models.Output], d *train.Dataset, s *train.Settings) {
			*d, s.Share = toy{2, 5, false}, .9
		}, "leaves none"},
		"both": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Share, s.Validation = .5, data
		}, "want one of the two"},
		"no model": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) { k.Model = nil }, "no model"},
		"no loss":  {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) { k.Loss = nil }, "no loss"},
		"nil metric": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			k.Metrics = []train.Metric{nil}
		}, "metric 0 of the task is nil"},
		"two metrics": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			k.Metrics = append(k.Metrics, models.Accuracy{})
		}, `"accuracy", which is taken`},
		"nil term": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) { k.Terms = []train.Term{nil} }, "term 0 of the task is nil"},
		"nil callback": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Callbacks = []train.Callback{nil}
		}, "callback 0 is nil"},
		"features": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			c := toyNet(models.AdpMem)
			c.In = 3
			k.Model = c
		}, "want [T, batch, 3]"},
		"classes": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			c := toyNet(models.AdpMem)
			c.Readout.Layer.Units = 1
			k.Model = c
		}, "2 classes"},
		"label a step":  {func(_ *train.Task[*models.Output], d *train.Dataset, _ *train.Settings) { *d = toy{10, 5, true} }, "a class for each step"},
		"label a whole": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) { k.Loss = models.PerStep{} }, "a class for the whole sequence"},
		"counts of u": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			k.Model, k.Loss = toyNet(models.Integrator), models.SpikeCount{}
		}, "spiking readout"},
		"skip all": {func(k *train.Task[*models.Output], d *train.Dataset, _ *train.Settings) {
			*d, k.Loss = toy{10, 5, true}, models.PerStep{Skip: 5}
		}, "leaves out 5 steps, and examples have 5"},
		"from beyond": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			k.Loss = models.SumSoftmax{From: 5}
		}, "from 5 on, and sequences have 5"},
		"select": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Select.Number = "acuracy" }, `Select reads the number "acuracy", but reports have accuracy`},
		"until": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Callbacks = []train.Callback{train.Until{Number: "x", Above: new(float64)}}
		}, `"x"`},
		"until nothing": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Callbacks = []train.Callback{train.Until{Number: "loss"}}
		}, "Below or Above"},
		"impatience": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Share, s.Callbacks = .5, []train.Callback{train.Patience(0)}
		}, "patience of 0"},
		"patience": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Callbacks = []train.Callback{train.Patience(3)}
		}, "nothing to judge"},
		"saving": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Solver, s.Callbacks = gorgonia.NewAdamSolver(), []train.Callback{train.Checkpoint("x")}
		}, "cannot be saved"},
		"validation": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Validation = toy{10, 5, true}
		}, "for validation"},
		"plateau": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Solver = optim.New(optim.Adam(optim.Plateau{Schedule: optim.Constant(.01), Metric: "f2"}))
		}, `"f2"`},
		"dtype": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			c := toyNet(models.AdpMem)
			c.Dtype = tensor.Float64
			k.Model = c
		}, "float64"},
	} {
		k, d, s := k, train.Dataset(data), fine
		c.change(&k, &d, &s)
		s.Log = io.Discard
		tr, err := train.New(k, d, s)
		if tr != nil || err == nil {
			t.Errorf("%s: no error, want %q", name, c.want)
			continue
		}
		wantError(t, name, err, c.want)
	}
}

// unlabelled has no label at all.
type unlabelled struct{ toy }

func (u unlabelled) Read(_ int, e *train.Example) error {
	e.Classes[0] = train.Ignore
	return nil
}

// Where no label counts, nothing can be learnt, nor judged.
func TestNoLabelCounts(t *testing.T) {
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), unlabelled{toy{5, 4, false}}, train.Settings{Epochs: 1, Batch: 2, Solver: adam(.01)})
	before := params(tr.Network)
	wantError(t, "training", tr.Run(t.Context()), "no example has a target that counts")
	if !same(params(tr.Network), before) || len(tr.History()) != 0 {
		t.Error("something was learnt from nothing")
	}
	_, err := tr.Evaluate(t.Context(), unlabelled{toy{5, 4, false}}, train.Evaluation{})
	wantError(t, "evaluation", err, "no example has a target that counts")
	_, err = tr.Evaluate(t.Context(), toy{}, train.Evaluation{})
	wantError(t, "nothing", err, "empty")
	_, err = tr.Evaluate(t.Context(), toy{3, 4, false}, train.Evaluation{Batch: -3})
	wantError(t, "batch", err, "batch is -3")
}

// Gorgonia's own solvers train a network too.
func TestGorgoniaSolver(t *testing.T) {
	tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{50, 20, false}, train.Settings{Epochs: 60, Batch: 16, Seed: 3,
		Solver: gorgonia.NewAdamSolver(gorgonia.WithLearnRate(.03))})
	if a := number(t, tr.History()[59].Training, "accuracy"); a < .85 {
		t.Errorf("accuracy is %.3f", a)
	}
}

// The smallest of everything: one example of one step, learnt by heart.
func TestOneExample(t *testing.T) {
	for _, steps := range []int{1, 6} {
		data := train.Sequences{X: [][][]float32{make([][]float32, steps)}, Y: []int{1}, Classes: 2}
		for i := range data.X[0] {
			data.X[0][i] = []float32{1, 0}
		}
		tr := ran(t, task(models.Integrator, models.LastStep{}), data, train.Settings{Epochs: 60, Batch: 1, Solver: adam(.1)})
		p, err := tr.PredictOne(t.Context(), data.X[0])
		if err != nil {
			t.Fatal(err)
		}
		if h := tr.History(); h[59].Training.Loss > .5*h[0].Training.Loss || p.Class(0) != 1 {
			t.Errorf("%d steps: the loss went from %v to %v, the class is %d", steps, h[0].Training.Loss, h[59].Training.Loss, p.Class(0))
		}
	}
}

// A silent layer is warned of once, whatever its share is in later epochs.
func TestWarnsOnce(t *testing.T) {
	k := task(models.Integrator, models.SumSoftmax{})
	c := toyNet(models.Integrator)
	c.Hidden[0] = nodes.Layer{Units: 8, Cell: nodes.LIF{}, Linear: nodes.Linear{Bias: graph.Constant(-100)}}
	k.Model = c
	var log strings.Builder
	ran(t, k, toy{8, 6, false}, train.Settings{Epochs: 4, Batch: 4, Solver: adam(1e-4), Log: &log})
	if n := strings.Count(log.String(), "warning: layer0: 100 % of the neurons are silent"); n != 1 || strings.Count(log.String(), "\n") != 5 {
		t.Errorf("%d warnings in\n%s", n, log.String())
	}
}

// broken is a solver that fails at a step.
type broken struct{ at *int }

func (b broken) Step(model []gorgonia.ValueGrad) error {
	model[0].Value().Data().([]float32)[0] = 7
	if *b.at--; *b.at == 0 {
		return errors.New("the solver is tired")
	}
	return nil
}

// What a solver or a callback reports ends the training with its place, and undoes the unfinished epoch.
func TestFailures(t *testing.T) {
	at := 5
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 5, false}, train.Settings{Epochs: 4, Batch: 8, Solver: broken{&at}})
	wantError(t, "solver", tr.Run(t.Context()), "epoch 2, step 2: ", "the solver is tired")
	if p := tr.Params().All()[0]; len(tr.History()) != 1 || p.Values()[0] != 7 {
		t.Errorf("%d epochs, the first weight is %v", len(tr.History()), p.Values()[0])
	}
	calls := 0
	tr = newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 5, false}, train.Settings{Epochs: 4, Batch: 8, Solver: adam(.01), Callbacks: []train.Callback{
		train.EpochEnd(func(*train.Trainer, train.Epoch) error { return errors.New("the disk is full") }),
		train.EpochEnd(func(*train.Trainer, train.Epoch) error { calls++; return nil }),
	}})
	wantError(t, "callback", tr.Run(t.Context()), "after epoch 1: ", "the disk is full")
	if len(tr.History()) != 1 || calls != 0 {
		t.Errorf("%d epochs, %d later callbacks", len(tr.History()), calls)
	}
	// A callback that ends the training is not the last that is called.
	tr = ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 5, false}, train.Settings{Epochs: 4, Batch: 8, Solver: adam(.01), Callbacks: []train.Callback{
		train.EpochEnd(func(*train.Trainer, train.Epoch) error { return errors.Wrap(train.ErrStop, "enough") }),
		train.EpochEnd(func(*train.Trainer, train.Epoch) error { calls++; return nil }),
	}})
	if len(tr.History()) != 1 || calls != 1 {
		t.Errorf("%d epochs, %d later callbacks", len(tr.History()), calls)
	}
}

// shifting is another dataset in each epoch.
type shifting struct {
	toy
	epochs *[]int
	longer bool
}

func (s shifting) Epoch(n int) (train.Dataset, error) {
	*s.epochs = append(*s.epochs, n)
	if s.longer && n == 2 {
		s.n++
	}
	return shifted{s.toy, n}, nil
}

type shifted struct {
	toy
	by int
}

func (s shifted) Read(i int, e *train.Example) error { return s.toy.Read((i+2*s.by)%s.n, e) }

// Data that are others in each epoch are asked for each, and are resumed where they were.
func TestEpochsOfData(t *testing.T) {
	var asked []int
	k := task(models.AdpMem, models.SumSoftmax{})
	settings := func() train.Settings {
		return train.Settings{Epochs: 3, Batch: 8, Solver: adam(.01), Share: .2, Seed: 2}
	}
	data := shifting{toy{20, 6, false}, &asked, false}
	resumed(t, k, data, settings, 1)
	if got, want := fmt.Sprint(asked), "[1 2 3 1 2 3]"; got != want {
		t.Errorf("epochs %s were asked for, want %s", got, want)
	}
	same := ran(t, k, data, settings()).History()
	plain := ran(t, k, data.toy, settings()).History()
	if same[2].Training.Loss == plain[2].Training.Loss {
		t.Error("the data of an epoch were not used")
	}
	data.longer = true
	wantError(t, "longer", newTrainer(t, k, data, settings()).Run(t.Context()), "data of epoch 2")
}

// Data of another number of features than the network is for are refused by their number.
func TestOtherFeatures(t *testing.T) {
	tr, err := train.New(train.Task[*models.Output]{Model: toyNet(models.Integrator), Loss: models.SumSoftmax{}}, toy{4, 5, false},
		train.Settings{Epochs: 1, Batch: 2, Solver: adam(.01), Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	other := train.Sequences{X: [][][]float32{{{1, 2, 3}}}, Y: []int{1}}
	if _, err := tr.Predict(t.Context(), other); err == nil || !strings.Contains(err.Error(), "3 features, the network is for 2") {
		t.Errorf("error is %v, want one with both numbers", err)
	}
	if _, err := tr.Evaluate(t.Context(), other, train.Evaluation{}); err == nil || !strings.Contains(err.Error(), "3 features, the network is for 2") {
		t.Errorf("error is %v, want one with both numbers", err)
	}
}
