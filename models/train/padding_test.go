package train_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// mixed is the toy task with sequences of least to toy.steps steps. It leaves rubbish behind their ends.
type mixed struct {
	toy
	least int
}

func (d mixed) Spec() train.Spec {
	s := d.toy.Spec()
	s.Varying = true
	return s
}

func (d mixed) Read(i int, e *train.Example) error {
	if err := d.toy.Read(i, e); err != nil {
		return err
	}
	e.Steps = d.least + int(rand.New(rand.NewPCG(uint64(i), 5)).Uint64N(uint64(d.steps-d.least+1)))
	if i == 0 {
		e.Steps = d.least
	}
	for k := 2 * e.Steps; k < len(e.X); k++ {
		e.X[k] = float32(math.NaN())
	}
	return nil
}

// alone is one example of a dataset, of its own length.
type alone struct {
	train.Dataset
	example int
	spec    train.Spec
}

func (d alone) Len() int         { return 1 }
func (d alone) Spec() train.Spec { return d.spec }

func (d alone) Read(_ int, e *train.Example) error {
	w, err := train.ReadExample(d.Dataset, d.example)
	if err != nil {
		return err
	}
	copy(e.X, w.X)
	copy(e.Classes, w.Classes)
	copy(e.Y, w.Y)
	return nil
}

// apart are the examples of a dataset, each without anything that fills up.
func apart(t *testing.T, d train.Dataset) (all []train.Dataset) {
	t.Helper()
	for i := range d.Len() {
		e, err := train.ReadExample(d, i)
		if err != nil {
			t.Fatal(err)
		}
		spec := d.Spec()
		spec.Varying, spec.Steps = false, e.Steps
		all = append(all, alone{d, i, spec})
	}
	return all
}

// regression has numbers as targets: how many events there were, and of each input how many.
type regression struct{ mixed }

func (d regression) Spec() train.Spec {
	s := d.mixed.Spec()
	s.Classes, s.Numbers = 0, 2
	return s
}

func (d regression) Read(i int, e *train.Example) error {
	spec := d.toy.Spec()
	classes := train.Example{X: e.X, Classes: make([]int, spec.Targets(spec.Steps))}
	if err := d.mixed.Read(i, &classes); err != nil {
		return err
	}
	e.Steps = classes.Steps
	for t := range e.Steps {
		for k := range 2 {
			if !d.perStep {
				e.Y[k] += e.X[2*t+k] / 40
			} else {
				e.Y[2*t+k] = e.X[2*t+k]
			}
		}
	}
	return nil
}

// keeper is a solver that adds up gradients, times the shares of the examples that they are of.
type keeper struct {
	share float64
	sum   map[string][]float64
}

func (k *keeper) Step(model []gorgonia.ValueGrad) error {
	for _, p := range model {
		g, err := p.Grad()
		if err != nil {
			return err
		}
		x, err := graph.Float64s(g)
		if err != nil {
			return err
		}
		name := p.(interface{ Name() string }).Name()
		if k.sum[name] == nil {
			k.sum[name] = make([]float64, len(x))
		}
		for i, v := range x {
			k.sum[name][i] += k.share * v
		}
	}
	return nil
}

// both are two spiking layers, the first of which may be bidirectional and the second normalised, and a readout.
type both struct {
	bidirectional, normal bool
}

func (m both) Forward(p *graph.Params, b train.Batch) (*models.Output, error) {
	first := nodes.Layer{Units: 6, Cell: nodes.ALIF{TauAdp: graph.Constant(30), B0: ptr(.05)}, Recurrent: true, Bidirectional: m.bidirectional}
	h, err := first.Declare(p, "first", 2)
	if err != nil {
		return nil, err
	}
	a, err := h.Forward(b.X)
	if err != nil {
		return nil, err
	}
	x, err := a.Spikes()
	if err != nil {
		return nil, err
	}
	if m.normal {
		if x, err = (nodes.BatchNorm{}).Apply(p, "norm", x); err != nil {
			return nil, err
		}
	}
	second, err := nodes.Layer{Units: 2, Cell: nodes.ALIF{B0: ptr(.02)}, Linear: nodes.Linear{Bias: graph.Constant(.1)}}.Declare(p, "second", first.Outputs())
	if err != nil {
		return nil, err
	}
	out := &models.Output{Hidden: []*nodes.Activity{a}}
	if out.Readout, err = second.Forward(x); err != nil {
		return nil, err
	}
	out.Membrane, err = out.Readout.Membrane()
	return out, err
}

// Sequences of 20 to 200 steps in one batch give the loss, the gradients, the predictions and the firing rates that
// each gives alone, without anything that fills up.
func TestPaddingChangesNothing(t *testing.T) {
	whole, perStep := mixed{toy{7, 200, false}, 20}, mixed{toy{7, 200, true}, 20}
	for _, c := range []struct {
		name string
		loss train.Loss[*models.Output]
		data train.Dataset
		both both
		term bool
	}{
		{"SumSoftmax", models.SumSoftmax{From: 17}, whole, both{}, false},
		{"SpikeCount", models.SpikeCount{}, whole, both{}, false},
		{"LastStep", models.LastStep{}, whole, both{}, false},
		{"MeanOverTime", models.MeanOverTime{From: 3}, whole, both{}, true},
		{"PerStep", models.PerStep{Skip: 15}, perStep, both{}, true},
		{"bidirectional", models.SumSoftmax{}, whole, both{bidirectional: true}, true},
		{"bidirectional per step", models.PerStep{}, perStep, both{bidirectional: true}, false},
	} {
		for dt, within := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-12} {
			t.Run(fmt.Sprint(c.name, dt), func(t *testing.T) {
				k := train.Task[*models.Output]{Model: c.both, Loss: c.loss, Metrics: []train.Metric{models.Accuracy{}}}
				if c.term {
					k.Terms = []train.Term{models.MembraneRange{Low: -.01, High: .01, Weight: .3}, models.SpikeL2{Weight: 2}}
				}
				paddingChangesNothing(t, k, c.data, dt, within)
			})
		}
	}
}

// Sequences that end before the first step that counts have the same loss in every batch.
func TestShorterThanFrom(t *testing.T) {
	data := mixed{toy{9, 60, false}, 3}
	for _, loss := range []train.Loss[*models.Output]{models.SumSoftmax{From: 30}, models.MeanOverTime{From: 30}} {
		k := train.Task[*models.Output]{Model: both{}, Loss: loss}
		tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 9, Solver: adam(.01), Dtype: tensor.Float64})
		a, b := evaluate(t, tr.Network, data, 9), evaluate(t, tr.Network, data, 1)
		if math.Abs(a.Loss-b.Loss) > 1e-12 {
			t.Errorf("%T: the loss is %v, one by one %v", loss, a.Loss, b.Loss)
		}
		run(t, tr)
	}
}

func paddingChangesNothing[O any](t *testing.T, k train.Task[O], data train.Dataset, dt tensor.Dtype, within float64) {
	t.Helper()
	together := &keeper{1, map[string][]float64{}}
	tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: data.Len() + 2, Solver: together, Dtype: dt, Seed: 2})
	run(t, tr)
	epoch := tr.History()[0]
	predicted, err := tr.Predict(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want, size float64) {
		t.Helper()
		if !(math.Abs(got-want) <= within*size) {
			t.Errorf("%s is %v, alone %v: a difference of %.1g of %.3g", what, got, want, math.Abs(got-want), size)
		}
	}
	apartly := &keeper{1 / float64(data.Len()), map[string][]float64{}}
	var loss, rate, steps, targets float64
	for i, one := range apart(t, data) {
		a := newTrainer(t, k, one, train.Settings{Epochs: 1, Batch: 1, Solver: apartly, Params: tr.Params()})
		run(t, a)
		r, n := a.History()[0].Training, 1.
		if _, summed := k.Loss.(train.Summed); summed {
			n = float64(one.Spec().Steps)
			if d, ok := k.Loss.(train.Delayed); ok {
				n -= float64(d.FirstStep())
			}
			n = math.Max(0, n-float64(ignored(t, one, k.Loss)))
		}
		loss, targets = loss+n*r.Loss, targets+n
		rate, steps = rate+number(t, r, "firing_rate")*float64(one.Spec().Steps), steps+float64(one.Spec().Steps)
		p, err := a.Predict(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		if len(p[0].Scores) != len(predicted[i].Scores) || p[0].Steps != predicted[i].Steps {
			t.Fatalf("example %d has %d rows of scores, alone %d", i, len(predicted[i].Scores), len(p[0].Scores))
		}
		for row, scores := range p[0].Scores {
			for j, s := range scores {
				near(fmt.Sprintf("score %d in row %d of example %d", j, row, i), predicted[i].Scores[row][j], s, math.Max(1e-3, math.Abs(s)))
			}
		}
	}
	near("loss", epoch.Training.Loss, loss/targets, loss/targets)
	if len(train.HealthOf(epoch.Training)) == 0 || rate == 0 {
		t.Error("nothing fires")
	}
	near("firing rate", number(t, epoch.Training, "firing_rate"), rate/steps, 1e-12/within)
	for name, want := range apartly.sum {
		size := 0.
		for _, g := range want {
			size = math.Max(size, math.Abs(g))
		}
		if size == 0 {
			t.Errorf("%s has no gradient", name)
		}
		for i, g := range want {
			near(fmt.Sprintf("gradient %d of %s", i, name), together.sum[name][i], g, size*gradientSlack)
		}
	}
}

// gradientSlack is for sums of hundreds of terms in another order, as gradients over 200 steps are.
const gradientSlack = 10

// ignored are the labels of an example that do not count, beside those that the loss leaves out.
func ignored(t *testing.T, d train.Dataset, loss any) (n int) {
	t.Helper()
	e, err := train.ReadExample(d, 0)
	if err != nil {
		t.Fatal(err)
	}
	first := 0
	if d, ok := loss.(train.Delayed); ok {
		first = d.FirstStep()
	}
	for _, c := range e.Classes[min(first, len(e.Classes)):] {
		if c == train.Ignore {
			n++
		}
	}
	return n
}

// Regression on sequences of many lengths is that on each alone, for targets of sequences and of steps.
func TestPaddingRegression(t *testing.T) {
	for name, c := range map[string]struct {
		loss    train.Loss[*models.Output]
		perStep bool
	}{"last step": {models.SquaredError{}, false}, "mean over time": {models.SquaredError{Read: models.OnAverage}, false}, "per step": {models.SquaredError{Read: models.EachStep}, true}} {
		for dt, within := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-12} {
			t.Run(fmt.Sprint(name, dt), func(t *testing.T) {
				k := train.Task[*models.Output]{Model: both{}, Loss: c.loss}
				paddingChangesNothing(t, k, regression{mixed{toy{7, 200, c.perStep}, 20}}, dt, within)
			})
		}
	}
}

// Batch normalisation in training mixes the examples of a batch, but not what fills it up: the running statistics
// are those of the steps that exist.
func TestPaddingBatchNorm(t *testing.T) {
	k := train.Task[*models.Output]{Model: both{normal: true}, Loss: models.SumSoftmax{}}
	data := mixed{toy{7, 200, false}, 20}
	tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 7, Solver: new(idle), Dtype: tensor.Float64, Seed: 2})
	var sum, sumSquares, n [6]float64
	for i := range data.n {
		rec, err := tr.Record(t.Context(), data, i)
		if err != nil {
			t.Fatal(err)
		}
		for j, s := range rec.Layers[0].Series[nodes.Spikes] {
			sum[j%6], sumSquares[j%6], n[j%6] = sum[j%6]+s, sumSquares[j%6]+s*s, n[j%6]+1
		}
	}
	run(t, tr)
	mean, _ := tr.Params().Get("norm.mean")
	variance, _ := tr.Params().Get("norm.variance")
	for j := range 6 {
		m := sum[j] / n[j]
		v := (sumSquares[j]/n[j] - m*m) * n[j] / (n[j] - 1)
		if got := mean.Values()[j]; math.Abs(got-.1*m) > 1e-12 {
			t.Errorf("running mean %d is %v, want %v", j, got, .1*m)
		}
		if got := variance.Values()[j]; math.Abs(got-.9-.1*v) > 1e-12 {
			t.Errorf("running variance %d is %v, want %v", j, got, .9+.1*v)
		}
	}
	// In evaluation each example is on its own.
	r := evaluate(t, tr.Network, data, 7)
	loss := 0.
	for _, one := range apart(t, data) {
		loss += evaluate(t, tr.Network, one, 1).Loss / float64(data.n)
	}
	if math.Abs(r.Loss-loss) > 1e-12*loss {
		t.Errorf("the loss is %v, of the examples alone %v", r.Loss, loss)
	}
}

// counting is a model that counts its graphs.
type counting struct {
	models.SRNN
	training, evaluation map[int]int // by length
}

func (c counting) Forward(p *graph.Params, b train.Batch) (*models.Output, error) {
	lengths := c.evaluation
	if b.Training {
		lengths = c.training
	}
	lengths[b.X.Shape()[0]]++
	if b.X.Shape()[0] > 200 {
		return nil, errors.New("a graph is longer than the longest sequence")
	}
	return c.SRNN.Forward(p, b)
}

// Few graphs serve many lengths, and are made once.
func TestBuckets(t *testing.T) {
	k := task(models.AdpMem, models.SumSoftmax{})
	c := counting{toyNet(models.AdpMem), map[int]int{}, map[int]int{}}
	k.Model = c
	tr := ran(t, k, mixed{toy{150, 200, false}, 1}, train.Settings{Epochs: 2, Batch: 1, Solver: adam(1e-4), Share: .4})
	for _, lengths := range []map[int]int{c.training, c.evaluation} {
		if n := len(lengths); n < 8 || n > 24 {
			t.Errorf("%d lengths have a graph: %v", n, lengths)
		}
		for steps, n := range lengths {
			if n != 1 {
				t.Errorf("%d graphs were made for %d steps", n, steps)
			}
		}
	}
	if _, err := tr.Predict(t.Context(), mixed{toy{60, 200, false}, 1}); err != nil {
		t.Error(err)
	}
}
