package train_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Mine is a model of plain Gorgonia operations with layers within: a dense layer and dropout in front, batch
// normalisation, and a connection that skips a layer.
type Mine struct {
	Dense   int           `json:"dense"`
	Dropout nodes.Dropout `json:"dropout"`
	Layer   nodes.Layer   `json:"layer"`
}

func mine() Mine {
	return Mine{Dense: 5, Dropout: nodes.Dropout{Rate: .2}, Layer: nodes.Layer{Units: 6, Cell: nodes.LIF{}, Recurrent: true, Initial: nodes.Random(.1)}}
}

// Forward implements [train.Model].
func (m Mine) Forward(p *graph.Params, b train.Batch) (*models.Output, error) {
	w, err := p.Declare("dense", "weight", graph.XavierUniform{}, b.Spec.Features, m.Dense)
	if err != nil {
		return nil, err
	}
	s := b.X.Shape()
	rows, err := gorgonia.Reshape(b.X, tensor.Shape{s[0] * s[1], s[2]})
	if err != nil {
		return nil, err
	}
	x, err := gorgonia.Mul(rows, w)
	if err != nil {
		return nil, err
	}
	if x, err = gorgonia.Tanh(x); err != nil {
		return nil, err
	}
	if x, err = gorgonia.Reshape(x, tensor.Shape{s[0], s[1], m.Dense}); err != nil {
		return nil, err
	}
	if x, err = m.Dropout.Apply(p, "dropout", x); err != nil {
		return nil, err
	}
	first, err := m.Layer.Apply(p, "first", x)
	if err != nil {
		return nil, err
	}
	if x, err = first.Spikes(); err != nil {
		return nil, err
	}
	normal, err := nodes.BatchNorm{}.Apply(p, "norm", x)
	if err != nil {
		return nil, err
	}
	second, err := m.Layer.Apply(p, "second", normal)
	if err != nil {
		return nil, err
	}
	branch, err := second.Spikes()
	if err != nil {
		return nil, err
	}
	sum, err := nodes.Residual{}.Apply(branch, x)
	if err != nil {
		return nil, err
	}
	readout, err := nodes.Layer{Units: 2, Cell: nodes.LI{}}.Apply(p, "readout", sum)
	if err != nil {
		return nil, err
	}
	return models.OutputOf(readout)
}

// Certainty is a metric of one's own: the mean difference of the two scores.
type Certainty struct {
	Factor float64 `json:"factor"`
}

// Name implements [train.Metric].
func (Certainty) Name() string { return "certainty" }

// Watch implements [train.Metric].
func (Certainty) Watch(v train.View) (gorgonia.Nodes, error) { return gorgonia.Nodes{v.Scores}, nil }

// Meter implements [train.Metric].
func (c Certainty) Meter() train.Meter { return &certaintyMeter{factor: c.Factor} }

type certaintyMeter struct{ factor, sum, n float64 }

func (m *certaintyMeter) Add(s train.Seen) error {
	s.Rows(0, func(_, _ int, row []float64) { m.sum, m.n = m.sum+m.factor*max(row[0]-row[1], row[1]-row[0]), m.n+1 })
	return nil
}

func (m *certaintyMeter) Result() train.Result {
	return train.Result{Numbers: []train.Number{{Name: "certainty", Value: m.sum / max(m.n, 1)}}}
}

// Price is a term of one's own.
type Price struct {
	Factor float64 `json:"factor"`
}

// Term implements [train.Term].
func (p Price) Term(v train.View) (*gorgonia.Node, error) {
	return sums(v, func(x graph.Expr) graph.Expr { return x.Times(p.Factor) })
}

func init() {
	train.MustRegisterModel("mine", Mine{})
	train.MustRegisterMetric("certainty", Certainty{})
	train.MustRegisterTerm("price", Price{})
}

func TestCertainty(t *testing.T) {
	traintest.Metric(t, Certainty{2}, train.Spec{Steps: 5, Features: 2, Classes: 2})
}

func myTask() train.Task[*models.Output] {
	return train.Task[*models.Output]{Model: mine(), Loss: Brief{Price: .01}, Terms: []train.Term{Price{.1}}, Metrics: []train.Metric{Certainty{2}, models.Accuracy{}}}
}

// A model of one's own trains, stops early, resumes to the same bits, tells of its layers, and comes back from a file.
func TestOwnModel(t *testing.T) {
	data := mixed{toy{60, 25, false}, 8}
	settings := func() train.Settings {
		return train.Settings{Epochs: 60, Batch: 16, Seed: 4, Share: .25, Solver: adam(.02), Callbacks: []train.Callback{train.Patience(4)},
			Select: train.Criterion{Number: "accuracy", Highest: true}}
	}
	path := resumed(t, myTask(), data, settings, 3)
	tr := ran(t, myTask(), data, settings())
	h := tr.History()
	if n := len(h); n == 60 || n-tr.Best().Epoch != 4 {
		t.Errorf("%d epochs, the best is %d", n, tr.Best().Epoch)
	}
	if h[len(h)-1].Training.Loss > .9*h[0].Training.Loss {
		t.Errorf("the loss went from %v to %v", h[0].Training.Loss, h[len(h)-1].Training.Loss)
	}
	var layers []string
	for _, l := range train.HealthOf(tr.Best().Validation) {
		layers = append(layers, l.Name)
	}
	if !slices.Equal(layers, []string{"first", "second"}) {
		t.Errorf("health is of %v", layers)
	}
	if c := number(t, h[0].Validation, "certainty"); !(c > 0) || h[0].Training.Terms <= 0 {
		t.Errorf("certainty is %v, terms are %v", c, h[0].Training.Terms)
	}
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := train.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v %+v", loaded.Model().(Mine).Dropout, loaded.Loss()); got != "{Rate:0.2 PerStep:false} {Price:0.01}" {
		t.Errorf("loaded is %s", got)
	}
	sameAnswers(t, loaded, tr.Network, data)
	given, err := train.LoadTask(path, myTask())
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, given, tr.Network, data)
	other := myTask()
	other.Loss = Brief{Price: 3}
	_, err = train.LoadTask(path, other)
	wantError(t, "another loss", err, path, "loss.price: 0.01 in the checkpoint, 3 asked for")
}

// A model that is not registered trains and is saved; loading says what is missing, and LoadTask needs nothing.
func TestUnregistered(t *testing.T) {
	k := myTask()
	k.Model = train.Forward[*models.Output](mine().Forward)
	data := toy{20, 10, false}
	tr := ran(t, k, data, train.Settings{Epochs: 2, Batch: 8, Solver: adam(.01)})
	path := filepath.Join(t.TempDir(), "net")
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	_, err := train.Load(path)
	wantError(t, "unregistered", err, path, "the model train.Forward[", "train.MustRegisterModel", "LoadTask")
	loaded, err := train.LoadTask(path, k)
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, loaded, tr.Network, data)
}

// hidden has a setting that would not be saved.
type hidden struct {
	models.LastStep
	scale float64
}

// Names are given once, to types whose settings can be saved.
func TestRegister(t *testing.T) {
	for name, f := range map[string]func(){
		`as "price": that is`:            func() { train.MustRegisterTerm("price", unnamed{}) },
		`it is "price" already`:          func() { train.MustRegisterTerm("prize", Price{}) },
		`its field scale would not`:      func() { train.MustRegisterLoss("hidden", hidden{scale: 1}) },
		`no pointer or function`:         func() { train.MustRegisterTerm("pointer", &Price{}) },
		`as "": want a value`:            func() { train.MustRegisterTerm("", unnamed{}) },
		`cannot register a model train.`: func() { train.MustRegisterModel("f", train.Forward[*models.Output](nil)) },
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), name) {
					t.Errorf("panic is %v, want %q", p, name)
				}
			}()
			f()
		}()
	}
	train.MustRegisterTerm("price", Price{}) // the same again is no mistake
}

// Parameters that a user adds to those of the model are not trained by it, and are saved and loaded with them.
func TestAddedParameters(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Declare("a.calibration", "weight", graph.Values{1, 2, 3}, 3); err != nil {
		t.Fatal(err)
	}
	k, data := task(models.AdpMem, models.SumSoftmax{}), toy{20, 6, false}
	tr := ran(t, k, data, train.Settings{Epochs: 2, Batch: 8, Solver: adam(.1), Params: p})
	if _, err := p.Declare("z.calibration", "weight", graph.Values{4, 5}, 1, 2); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net")
	if err := tr.Network.Save(path); err != nil {
		t.Fatal(err)
	}
	for _, load := range []func() (*train.Network, error){
		func() (*train.Network, error) { return train.Load(path) },
		func() (*train.Network, error) { return train.LoadTask(path, k) },
	} {
		n, err := load()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string][]float64{"a.calibration": {1, 2, 3}, "z.calibration": {4, 5}} {
			q, ok := n.Params().Get(name)
			if !ok || !same(q.Values(), want) {
				t.Errorf("%s is %v, %v, want %v", name, ok, q, want)
			}
		}
		sameAnswers(t, n, tr.Network, data)
	}
}

// Two networks of one set of parameters each have a scope; training one leaves the other.
func TestScopes(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	scoped := func(name string) train.Task[*models.Output] {
		k := task(models.AdpMem, models.SumSoftmax{})
		k.Model = train.Forward[*models.Output](func(p *graph.Params, b train.Batch) (*models.Output, error) {
			return toyNet(models.AdpMem).Forward(p.Scope(name), b)
		})
		return k
	}
	data := toy{20, 6, false}
	settings := func() train.Settings { return train.Settings{Epochs: 2, Batch: 8, Solver: adam(.1), Params: p} }
	teacher := ran(t, scoped("teacher"), data, settings())
	before := params(teacher.Network)
	student := ran(t, scoped("student"), data, settings())
	moved := 0
	for _, q := range p.All() {
		if strings.HasPrefix(q.Name, "student.") {
			moved++
		}
	}
	if after := params(teacher.Network); moved == 0 || !same(after[:len(before)], before) {
		t.Errorf("the teacher has changed; the student has %d parameters", moved)
	}
	for _, tr := range []*train.Trainer{teacher, student} {
		evaluate(t, tr.Network, data, 4)
		if g := tr.History()[0].Gradients; len(g) != moved {
			t.Errorf("%d parameters were trained, want %d", len(g), moved)
		}
	}
}

// Class weights multiply the loss of a label: a weight of 2 for one class is that class seen twice, but for the
// number of examples that the sum is divided by.
func TestClassWeights(t *testing.T) {
	k := task(models.Integrator, models.LastStep{})
	k.Model = still(models.Integrator)
	data := toy{10, 8, false} // five of each class
	loss := func(weights ...float64) float64 {
		k.Loss = models.LastStep{Labels: models.Labels{ClassWeights: weights}}
		return evaluate(t, newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 3, Solver: adam(.1), Dtype: tensor.Float64}).Network, data, 4).Loss
	}
	first, second := loss(1, 0), loss(0, 1)
	if got, want := loss(2, 3), 2*first+3*second; got-want > 1e-12 || want-got > 1e-12 {
		t.Errorf("loss is %v, want %v", got, want)
	}
	if got, want := loss(), first+second; got-want > 1e-12 || want-got > 1e-12 {
		t.Errorf("loss is %v, want %v", got, want)
	}
}

// While an epoch is under way, nobody else runs the network; between two epochs it can be.
func TestNobodyRunsWhileItTrains(t *testing.T) {
	data := toy{40, 12, false}
	within, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	reports := 0
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), data, train.Settings{Epochs: 3, Batch: 8, Solver: adam(.01), Callbacks: []train.Callback{
		steps(func(*train.Trainer, train.Progress) error {
			once.Do(func() { close(within); <-goOn })
			return nil
		}),
		train.EpochEnd(func(tr *train.Trainer, _ train.Epoch) error {
			if _, err := tr.Evaluate(context.Background(), data, train.Evaluation{}); err != nil {
				return err
			}
			if err := tr.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "running already") {
				return fmt.Errorf("run from a callback: error is %v", err)
			}
			if err := tr.Resume("x"); err == nil || !strings.Contains(err.Error(), "running already") {
				return fmt.Errorf("resume from a callback: error is %v", err)
			}
			reports++
			return nil
		}),
	}})
	go func() {
		defer close(goOn)
		<-within
		_, err := tr.Evaluate(context.Background(), data, train.Evaluation{})
		wantError(t, "evaluate", err, "is being trained")
		_, err = tr.Predict(context.Background(), data)
		wantError(t, "predict", err, "is being trained")
		wantError(t, "run", tr.Run(context.Background()), "running already")
		wantError(t, "resume", tr.Resume("x"), "running already")
		wantError(t, "save", tr.Network.Save(filepath.Join(t.TempDir(), "x")), "is being trained")
	}()
	run(t, tr)
	if reports != 3 {
		t.Errorf("evaluated %d times, want 3", reports)
	}
	// Several at once take turns, also with a training that comes and goes.
	want := evaluate(t, tr.Network, data, 16)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			r, err := tr.Evaluate(context.Background(), data, train.Evaluation{Batch: 16})
			if err == nil {
				sameReports(t, "at once", r, want)
			} else if !strings.Contains(err.Error(), "is being trained") {
				t.Error(err)
			}
		})
		all.Go(func() {
			if err := tr.Run(context.Background()); err != nil && !strings.Contains(err.Error(), "running already") {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Nobody is asked to print where it says so, and a line tells of each epoch where it does.
func TestLog(t *testing.T) {
	var log strings.Builder
	ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 6, false}, train.Settings{Epochs: 2, Batch: 8, Solver: adam(.01), Share: .2, Log: &log})
	for _, want := range []string{"epoch 1/2  loss ", "epoch 2/2  loss ", "validation ", "accuracy "} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log.String())
		}
	}
}

// Losses of one's own keep the promises of a loss, also those that take means by the weights of a batch: examples
// whose class does not count have none.
func TestOwnLosses(t *testing.T) {
	smooth := train.Forward[*models.Output](func(p *graph.Params, b train.Batch) (*models.Output, error) {
		u, err := traintest.Scores(p, b, 3)
		return &models.Output{Membrane: u}, err
	})
	traintest.Loss(t, Brief{Price: .3}, smooth, train.Spec{Steps: 5, Features: 2, Classes: 3, Varying: true})
	traintest.Loss(t, Distillation{Temperature: 2}, smooth, train.Spec{Steps: 5, Features: 2, Numbers: 3, Varying: true})
}

// A term is a mean over all examples, also over those whose class does not count.
func TestTermsOfUnlabelledExamples(t *testing.T) {
	k := task(models.AdpMem, models.SumSoftmax{})
	k.Model = still(models.AdpMem)
	k.Terms = []train.Term{models.SpikeL1{Weight: 1}}
	tr := ran(t, k, half{toy{12, 20, false}}, train.Settings{Epochs: 1, Batch: 4, Solver: new(idle)})
	r := tr.History()[0].Training
	if want := number(t, r, "firing_rate.layer0"); want == 0 || r.Terms-want > 1e-6 || want-r.Terms > 1e-6 {
		t.Errorf("terms are %v, want the firing rate of all examples, %v", r.Terms, want)
	}
}
