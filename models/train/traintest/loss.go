package traintest

import (
	"context"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Loss checks that a loss keeps the promises of [train.Loss] on data of a Spec: it is a finite scalar, and the mean
// over the examples that have a target that counts, so that a batch of n is the mean of n batches of one; what
// fills up a batch, or a sequence, changes neither it nor its gradient; the gradient is that of central
// differences. Of a [train.Scorer] it checks that scores have the right shape, and need no targets; of a loss that
// is registered, that it can be saved and loaded.
//
// The model gives what the loss reads. It is to be smooth, as with ops.Relaxed for surrogate, and without random
// states, dropout and batch normalisation. For a loss that reads numbers, [Scores] is one:
//
//	traintest.Loss(t, mine{}, train.Forward[*gorgonia.Node](func(p *graph.Params, b train.Batch) (*gorgonia.Node, error) {
//		return traintest.Scores(p, b, 3)
//	}), train.Spec{Steps: 6, Features: 4, Classes: 3, Varying: true})
//
// Data are made up: features are normal, numbers lie between 0 and 1, and some classes are left out.
func Loss[O any](t *testing.T, loss train.Loss[O], model train.Model[O], spec train.Spec) {
	t.Helper()
	for _, c := range lossChecks(loss, model, spec) {
		t.Run(c.name, func(t *testing.T) {
			if err := guarded(c.check); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one thing that is checked.
type check struct {
	name  string
	check func() error
}

func lossChecks[O any](loss train.Loss[O], model train.Model[O], spec train.Spec) []check {
	s := lossSuite[O]{train.Task[O]{Model: model, Loss: loss}, synthetic{spec, 7}}
	return []check{
		{"mean over the examples", s.mean},
		{"filling up changes nothing", s.fillUp},
		{"gradient", s.gradient},
		{"scores", s.scores},
		{"settings are saved", func() error { return saved(s.task, s.data, "loss", loss) }},
	}
}

type lossSuite[O any] struct {
	task train.Task[O]
	data synthetic
}

// within is how exact sums in double precision are.
const within = 1e-9

func near(got, want float64) bool { return math.Abs(got-want) <= within*math.Max(1, math.Abs(want)) }

// trainer prepares a training whose solver keeps the gradients.
func trainer[O any](task train.Task[O], data train.Dataset, batch int, params *graph.Params) (*train.Trainer, *gradients, error) {
	g := &gradients{values: map[string][]float64{}}
	s := train.Settings{Epochs: 1, Batch: batch, Solver: g, Seed: 1, Params: params, Log: io.Discard}
	if params == nil {
		s.Dtype = tensor.Float64
	}
	t, err := train.New(task, data, s)
	return t, g, err
}

// gradients are those of the last step, which changes nothing.
type gradients struct{ values map[string][]float64 }

// Step implements gorgonia.Solver.
func (g *gradients) Step(model []gorgonia.ValueGrad) error {
	for _, p := range model {
		v, err := p.Grad()
		if err != nil {
			return err
		}
		if g.values[p.(interface{ Name() string }).Name()], err = graph.Float64s(v); err != nil {
			return err
		}
	}
	return nil
}

// mean compares one batch, and batches that do not divide the data, with the mean over the examples one by one.
func (s lossSuite[O]) mean() error {
	t, _, err := trainer(s.task, s.data, s.data.n, nil)
	if err != nil {
		return err
	}
	defer t.Close()
	first := 0
	if d, ok := s.task.Loss.(train.Delayed); ok {
		first = d.FirstStep()
	}
	_, summed := s.task.Loss.(train.Summed)
	apart, err := s.data.apart()
	if err != nil {
		return err
	}
	var sum, weights float64
	for _, a := range apart {
		n, err := a.targets(first)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		r, err := t.Evaluate(context.Background(), a, train.Evaluation{Batch: 1})
		if err != nil {
			return errors.Wrapf(err, "example %d alone", a.example)
		}
		weight := 1.
		if summed {
			weight = float64(n)
		}
		sum, weights = sum+weight*r.Loss, weights+weight
	}
	for _, batch := range []int{s.data.n, s.data.n + 3, 3} {
		r, err := t.Evaluate(context.Background(), s.data, train.Evaluation{Batch: batch})
		if err != nil {
			return errors.Wrapf(err, "batches of %d", batch)
		}
		if want := sum / weights; !near(r.Loss, want) {
			return errors.Errorf("in batches of %d, of %d examples, the loss is %v; the mean over the examples one by one is %v", batch, s.data.n, r.Loss, want)
		}
	}
	return nil
}

// fillUp compares the gradient of a batch with that of a larger one that is filled up, and with the mean of those
// of the examples.
func (s lossSuite[O]) fillUp() error {
	whole, params, err := s.gradientOf(s.data, s.data.n, nil)
	if err != nil {
		return err
	}
	first := 0
	if d, ok := s.task.Loss.(train.Delayed); ok {
		first = d.FirstStep()
	}
	apart, err := s.data.apart()
	if err != nil {
		return err
	}
	sums, counted := map[string][]float64{}, 0.
	for _, a := range apart {
		if n, err := a.targets(first); err != nil {
			return err
		} else if n == 0 {
			continue
		}
		counted++
		g, _, err := s.gradientOf(a, 1, params)
		if err != nil {
			return err
		}
		for name, x := range g {
			if sums[name] == nil {
				sums[name] = make([]float64, len(x))
			}
			for i, v := range x {
				sums[name][i] += v
			}
		}
	}
	for name, x := range whole {
		for i, got := range x {
			if want := sums[name][i] / counted; !near(got, want) {
				return errors.Errorf("gradient %d of %s is %v; the mean over the examples one by one is %v", i, name, got, want)
			}
		}
	}
	return nil
}

// gradientOf is the gradient of one step on all of a dataset.
func (s lossSuite[O]) gradientOf(data train.Dataset, batch int, params *graph.Params) (map[string][]float64, *graph.Params, error) {
	t, g, err := trainer(s.task, data, batch, params)
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		return nil, nil, err
	}
	return g.values, t.Params(), nil
}

// gradient compares with central differences.
func (s lossSuite[O]) gradient() error {
	t, g, err := trainer(s.task, s.data, s.data.n, nil)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		return err
	}
	_, summed := s.task.Loss.(train.Summed)
	perExample := 1.
	if summed {
		if perExample, err = s.targetsPerExample(); err != nil {
			return err
		}
	}
	loss := func() (float64, error) {
		r, err := t.Evaluate(context.Background(), s.data, train.Evaluation{Batch: s.data.n})
		if err != nil {
			return 0, err
		}
		return r.Loss * perExample, nil
	}
	flat := true
	for _, p := range t.Params().Trainable() {
		values := p.Values()
		for i := range values {
			const h = 1e-5
			var at [2]float64
			for k, d := range []float64{-h, h} {
				moved := append([]float64(nil), values...)
				moved[i] += d
				if err := t.Params().Set(p.Name, p.Node.Shape(), moved); err != nil {
					return err
				}
				if at[k], err = loss(); err != nil {
					return err
				}
			}
			want := (at[1] - at[0]) / (2 * h)
			if got := g.values[p.Name][i]; !(math.Abs(got-want) <= 1e-6*math.Max(1, math.Abs(want))) {
				return errors.Errorf("gradient %d of %s is %v, that of central differences %v", i, p.Name, got, want)
			}
			flat = flat && math.Abs(want) < 1e-9
		}
		if err := t.Params().Set(p.Name, p.Node.Shape(), values); err != nil {
			return err
		}
	}
	if flat {
		return errors.New("the loss does not depend on what the model gives")
	}
	return nil
}

// targetsPerExample is how many targets there are for each example that has any.
func (s lossSuite[O]) targetsPerExample() (float64, error) {
	first := 0
	if d, ok := s.task.Loss.(train.Delayed); ok {
		first = d.FirstStep()
	}
	apart, err := s.data.apart()
	if err != nil {
		return 0, err
	}
	var targets, examples float64
	for _, a := range apart {
		n, err := a.targets(first)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			targets, examples = targets+float64(n), examples+1
		}
	}
	return targets / examples, nil
}

// scores asks for those of data without targets.
func (s lossSuite[O]) scores() error {
	if _, ok := s.task.Loss.(train.Scorer[O]); !ok {
		return nil
	}
	t, _, err := trainer(s.task, s.data, s.data.n, nil)
	if err != nil {
		return err
	}
	defer t.Close()
	bare := s.data
	bare.spec.Classes, bare.spec.Numbers, bare.spec.PerStep = 0, 0, false
	with, err := t.Predict(context.Background(), s.data)
	if err != nil {
		return err
	}
	without, err := t.Predict(context.Background(), unlabelled{bare, s.data})
	if err != nil {
		return errors.Wrap(err, "without targets")
	}
	for i, p := range with {
		rows := 1
		if s.data.spec.PerStep {
			rows = p.Steps
		}
		if len(p.Scores) != rows {
			return errors.Errorf("example %d of %d steps has %d rows of scores, want %d", i, p.Steps, len(p.Scores), rows)
		}
		for r, row := range p.Scores {
			for k, x := range row {
				if !graph.Finite(x) {
					return errors.Errorf("score %d in row %d of example %d is %v", k, r, i, x)
				}
			}
		}
		if fmt.Sprint(p.Scores) != fmt.Sprint(without[i].Scores) {
			return errors.Errorf("scores of example %d are %v, without targets %v", i, p.Scores, without[i].Scores)
		}
	}
	return nil
}

// unlabelled are examples without their targets.
type unlabelled struct{ bare, whole synthetic }

// Len implements [train.Dataset].
func (u unlabelled) Len() int { return u.bare.n }

// Spec implements [train.Dataset].
func (u unlabelled) Spec() train.Spec { return u.bare.spec }

// Read implements [train.Dataset].
func (u unlabelled) Read(i int, e *train.Example) error {
	whole, err := train.ReadExample(u.whole, i)
	if err != nil {
		return err
	}
	copy(e.X, whole.X)
	e.Steps, e.Events = whole.Steps, append(e.Events, whole.Events...)
	return nil
}
