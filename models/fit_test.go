package models_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func newNet(t *testing.T, c models.SRNN) *models.Network {
	t.Helper()
	net, err := models.NewSRNN(gorgonia.NewGraph(), c)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// params are all parameters, one after the other.
func params(n *models.Network) []float64 {
	var all []float64
	for _, p := range n.Params().All() {
		all = append(all, p.Values()...)
	}
	return all
}

func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return true
}

// Every readout with its loss, in both precisions, learns the toy task; batches do not divide
// the data.
func TestFitLearns(t *testing.T) {
	for _, c := range []models.SRNN{
		toyNet(models.Integrator, models.SumSoftmax{From: 1}),
		toyNet(models.AdpMem, models.PerStep{Skip: 2}),
		toyNet(models.AdpSpike, models.SpikeCount{}),
	} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(fmt.Sprint(c.Readout.Kind, dt), func(t *testing.T) {
				c.Dtype = dt
				_, perStep := c.Loss.(models.PerStep)
				net := newNet(t, c)
				history, err := net.Fit(t.Context(), toy{50, 20, perStep}, models.Fit{Epochs: 80, Batch: 16, Solver: adam(.03), Validation: .2})
				if err != nil {
					t.Fatal(err)
				}
				r, err := net.Evaluate(t.Context(), toy{83, 20, perStep}, models.Evaluation{Batch: 32})
				if err != nil {
					t.Fatal(err)
				}
				if len(history) != 80 || r.Accuracy < .75 || history[79].Loss > .7*history[0].Loss {
					t.Errorf("accuracy is %.3f after %d epochs, loss went from %.3f to %.3f", r.Accuracy, len(history), history[0].Loss, history[len(history)-1].Loss)
				}
				if r.Examples != 83 || len(r.Confusion) != 2 {
					t.Errorf("report is %+v", r)
				}
				spiking := 2
				if c.Readout.Kind == models.Integrator {
					spiking = 1
				}
				if len(r.LayerRates) != spiking || !(r.FiringRate > 0 && r.FiringRate < 1) {
					t.Errorf("firing rate is %v, of the layers %v", r.FiringRate, r.LayerRates)
				}
			})
		}
	}
}

// What a batch is filled up with changes nothing: examples one by one give the same report.
func TestPaddingDoesNotCount(t *testing.T) {
	c := toyNet(models.AdpMem, models.PerStep{Skip: 2})
	c.Dtype = tensor.Float64
	// A deterministic initial state: random ones depend on the batch.
	c.Hidden[0].Initial, c.Readout.Layer.Initial = relaxed(models.AdpMem, nil).Hidden[0].Initial, relaxed(models.AdpMem, nil).Hidden[0].Initial
	net := newNet(t, c)
	data := toy{11, 15, true}
	var reports []*models.Report
	for _, batch := range []int{1, 4, 11, 64} {
		r, err := net.Evaluate(t.Context(), data, models.Evaluation{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		r.Seconds = 0
		r.Loss = math.Round(r.Loss*1e12) / 1e12
		reports = append(reports, r)
	}
	for _, r := range reports[1:] {
		if fmt.Sprint(r) != fmt.Sprint(reports[0]) {
			t.Errorf("%+v, one by one %+v", r, reports[0])
		}
	}
	labels := 0
	for _, row := range reports[0].Confusion {
		for _, n := range row {
			labels += n
		}
	}
	want, x, y := 0, make([]float32, 30), make([]int, 15)
	for i := range data.n {
		if err := data.Example(i, x, y); err != nil {
			t.Fatal(err)
		}
		for _, label := range y[2:] {
			if label != models.Ignore {
				want++
			}
		}
	}
	if labels != want {
		t.Errorf("%d labels were counted, want %d", labels, want)
	}
}

// half is a dataset whose odd examples have no label that counts.
type half struct{ toy }

func (h half) Example(i int, x []float32, labels []int) error {
	err := h.toy.Example(i, x, labels)
	for k := range labels {
		if i%2 == 1 {
			labels[k] = models.Ignore
		}
	}
	return err
}

// even are the even examples of a dataset alone.
type even struct{ toy }

func (e even) Len() int { return (e.n + 1) / 2 }
func (e even) Example(i int, x []float32, labels []int) error {
	return e.toy.Example(2*i, x, labels)
}

// Examples without any label change neither the loss nor the accuracy.
func TestUnlabelledExamples(t *testing.T) {
	c := toyNet(models.AdpMem, models.PerStep{Skip: 2})
	c.Dtype = tensor.Float64
	c.Hidden[0].Initial, c.Readout.Layer.Initial = nodes.Initial{}, nodes.Initial{}
	net := newNet(t, c)
	data := toy{12, 15, true}
	a, err := net.Evaluate(t.Context(), half{data}, models.Evaluation{Batch: 5})
	if err != nil {
		t.Fatal(err)
	}
	b, err := net.Evaluate(t.Context(), even{data}, models.Evaluation{Batch: 5})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a.Loss-b.Loss) > 1e-12 || a.Accuracy != b.Accuracy {
		t.Errorf("loss and accuracy are %v, %v; without the unlabelled examples %v, %v", a.Loss, a.Accuracy, b.Loss, b.Accuracy)
	}
}

// The same seed gives the same bits, on any number of cores; another seed does not.
func TestFitIsRepeatable(t *testing.T) {
	fit := func(seed uint64, procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		if _, err := net.Fit(t.Context(), toy{40, 12, false}, models.Fit{Epochs: 2, Batch: 20, Solver: adam(.01), Seed: seed}); err != nil {
			t.Fatal(err)
		}
		return params(net)
	}
	a := fit(1, 1)
	if !same(a, fit(1, 3)) {
		t.Error("three cores gave other parameters than one")
	}
	if same(a, fit(2, 1)) {
		t.Error("another seed gave the same parameters")
	}
}

// A training that is stopped and resumed from its checkpoint ends with the same bits as one
// that is not.
func TestResume(t *testing.T) {
	data := toy{40, 12, false}
	fit := models.Fit{Batch: 16, Seed: 4}
	start := func(epochs int) (*models.Network, *models.Trainer) {
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		f := fit
		f.Epochs, f.Solver = epochs, adam(.01)
		tr, err := net.NewTrainer(data, f)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		return net, tr
	}
	whole, tr := start(5)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := tr.History()

	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	_, tr = start(2)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	resumed, tr := start(5)
	if err := tr.Resume(path); err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !same(params(whole), params(resumed)) {
		t.Error("the resumed training has other parameters")
	}
	got := tr.History()
	for i := range want {
		want[i].Seconds, got[i].Seconds = 0, 0
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("epoch %d is %+v, want %+v", i+1, got[i], want[i])
		}
	}

	// The checkpoint is also one of the network.
	loaded, err := models.Load(gorgonia.NewGraph(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loaded.Evaluate(t.Context(), data, models.Evaluation{}); err != nil {
		t.Error(err)
	}

	// Other settings cannot go on from it, and leave everything as it was.
	for name, change := range map[string]func(*models.Network, *models.Fit){
		"batch":      func(_ *models.Network, f *models.Fit) { f.Batch = 10 },
		"seed":       func(_ *models.Network, f *models.Fit) { f.Seed = 5 },
		"validation": func(_ *models.Network, f *models.Fit) { f.Validation = .3 },
		"solver":     func(_ *models.Network, f *models.Fit) { f.Solver = gorgonia.NewAdamSolver() },
		"chain":      func(_ *models.Network, f *models.Fit) { f.Solver = optim.New(optim.SGD(optim.Constant(.1))) },
		"network": func(n *models.Network, _ *models.Fit) {
			*n = *newNet(t, toyNet(models.Integrator, models.SumSoftmax{}))
		},
	} {
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		f := fit
		f.Epochs, f.Solver = 5, adam(.01)
		change(net, &f)
		tr, err := net.NewTrainer(data, f)
		if err != nil {
			t.Fatal(err)
		}
		before := params(net)
		if err := tr.Resume(path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "nil") {
			t.Errorf("another %s: error is %v, want one that names the file", name, err)
		}
		if !same(params(net), before) {
			t.Errorf("another %s: the parameters have changed", name)
		}
		tr.Close()
	}
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range []string{"layer0.w_rec", "last/layer0.w_rec"} {
		var rest []tensorfile.Tensor
		for _, x := range tensors {
			if x.Name != lost {
				rest = append(rest, x)
			}
		}
		broken := filepath.Join(t.TempDir(), "broken.safetensors")
		if err := tensorfile.WriteSafetensors(broken, rest, meta); err != nil {
			t.Fatal(err)
		}
		net, tr := start(5)
		before := params(net)
		if err := tr.Resume(broken); err == nil || !strings.Contains(err.Error(), "there is no tensor layer0.w_rec") || strings.Contains(err.Error(), "nil") {
			t.Errorf("without %s: error is %v", lost, err)
		}
		if !same(params(net), before) {
			t.Errorf("without %s: the parameters have changed", lost)
		}
	}
	if err := loaded.Save(path); err != nil {
		t.Fatal(err)
	}
	_, tr = start(5)
	if err := tr.Resume(path); err == nil || !strings.Contains(err.Error(), "no training") {
		t.Errorf("a checkpoint without training: error is %v", err)
	}
}

// A training that is interrupted leaves the best epoch in the network, and can go on as if the
// unfinished epoch had not been.
func TestInterrupt(t *testing.T) {
	data := toy{40, 12, false}
	run := func(stopAt int) *models.Trainer {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		tr, err := net.NewTrainer(data, models.Fit{Epochs: 4, Batch: 9, Seed: 4, Solver: adam(.01), Validation: -1,
			Progress: func(p models.Progress) {
				if (p.Epoch-1)*p.Steps+p.Step == stopAt {
					cancel()
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tr.Close() })
		err = tr.Run(ctx)
		if stopAt > 0 != errors.Is(err, context.Canceled) {
			t.Fatalf("error is %v", err)
		}
		if stopAt > 0 { // the same trainer goes on
			if n := len(tr.History()); n != stopAt/5 {
				t.Errorf("%d epochs are done after %d steps of 5", n, stopAt)
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return tr
	}
	whole := run(0).History()
	for _, stopAt := range []int{2, 5, 12} {
		for i, e := range run(stopAt).History() {
			e.Seconds = whole[i].Seconds
			if !reflect.DeepEqual(e, whole[i]) {
				t.Errorf("stopped at %d: epoch %d is %+v, want %+v", stopAt, i+1, e, whole[i])
			}
		}
	}
}

// seen counts which examples are asked for.
type seen struct {
	toy
	count []int
}

func (s seen) Example(i int, x []float32, labels []int) error {
	s.count[i]++
	return s.toy.Example(i, x, labels)
}

// In an epoch each example is trained on or validated on, once.
func TestSplit(t *testing.T) {
	data := seen{toy{40, 5, false}, make([]int, 40)}
	tr, err := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{})).NewTrainer(data, models.Fit{Epochs: 1, Batch: 7, Solver: adam(.01), Validation: .25})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if train, val := tr.Examples(); train != 30 || val != 10 {
		t.Errorf("%d to train on and %d to validate on, want 30 and 10", train, val)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, n := range data.count {
		if n != 1 {
			t.Errorf("example %d was asked for %d times", i, n)
		}
	}
}

// Without progress on the validation split, patience ends the training, and the best epoch's
// parameters stay.
func TestEarlyStopping(t *testing.T) {
	net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
	var best []float64
	history, err := net.Fit(t.Context(), toy{30, 12, false}, models.Fit{Epochs: 200, Batch: 30, Solver: adam(.05), Validation: .2, Patience: 3,
		EpochEnd: func(_ *models.Trainer, e models.Epoch) error {
			if e.Best {
				best = params(net)
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, e := range history {
		if e.Best {
			last = e.Epoch
		}
	}
	if len(history) == 200 || len(history)-last != 3 {
		t.Errorf("%d epochs, the best is %d, want three after it", len(history), last)
	}
	if !same(params(net), best) {
		t.Error("the network does not have the best epoch's parameters")
	}
}

// faulty spoils one example.
type faulty struct {
	toy
	spoil func(x []float32, labels []int) error
}

func (f faulty) Example(i int, x []float32, labels []int) error {
	if err := f.toy.Example(i, x, labels); err != nil || i != 7 {
		return err
	}
	return f.spoil(x, labels)
}

func TestFaultyData(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(x []float32, labels []int) error
		want  string
	}{
		"NaN":         {func(x []float32, _ []int) error { x[5] = float32(math.NaN()); return nil }, "example 7: feature 1 at step 2 is NaN"},
		"label":       {func(_ []float32, y []int) error { y[0] = 2; return nil }, "example 7: label 0 is 2, want 0 to 1"},
		"no example":  {func([]float32, []int) error { return errors.New("the disk is gone") }, "example 7: the disk is gone"},
		"label below": {func(_ []float32, y []int) error { y[0] = -2; return nil }, "label 0 is -2"},
	} {
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		_, err := net.Fit(t.Context(), faulty{toy{20, 5, false}, c.spoil}, models.Fit{Epochs: 1, Batch: 8, Solver: adam(.01)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", name, err, c.want)
		}
	}
}

func TestFitErrors(t *testing.T) {
	c := toyNet(models.AdpMem, models.SumSoftmax{})
	noLoss, wide := c, c
	noLoss.Loss, wide.In = nil, 3
	few := c
	few.Readout.Layer.Units = 1
	data := toy{10, 5, false}
	for name, x := range map[string]struct {
		net  models.SRNN
		data models.Dataset
		fit  models.Fit
		want string
	}{
		"no data":       {c, toy{}, models.Fit{Solver: adam(1)}, "empty"},
		"no solver":     {c, data, models.Fit{}, "no solver"},
		"batch":         {c, data, models.Fit{Solver: adam(1), Batch: -1}, "batch is -1"},
		"epochs":        {c, data, models.Fit{Solver: adam(1), Epochs: -1}, "epochs is -1"},
		"all held out":  {c, data, models.Fit{Solver: adam(1), Validation: 1}, "validation share is 1"},
		"none left":     {c, toy{1, 5, false}, models.Fit{Solver: adam(1)}, "leaves none"},
		"no loss":       {noLoss, data, models.Fit{Solver: adam(1)}, "no loss"},
		"features":      {wide, data, models.Fit{Solver: adam(1)}, "2 features, the network has 3"},
		"classes":       {few, data, models.Fit{Solver: adam(1)}, "2 classes, the readout has 1"},
		"label a step":  {c, toy{10, 5, true}, models.Fit{Solver: adam(1)}, "wants labels of shape (9)"},
		"counts of u":   {toyNet(models.Integrator, models.SpikeCount{}), data, models.Fit{Solver: adam(1)}, "spiking readout"},
		"skip too many": {toyNet(models.AdpMem, models.PerStep{Skip: 5}), toy{10, 5, true}, models.Fit{Solver: adam(1)}, "skip 5"},
	} {
		if _, err := newNet(t, x.net).Fit(t.Context(), x.data, x.fit); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: error is %v, want %q", name, err, x.want)
		}
	}
	// A rate that lets the weights explode ends with an error, not with NaN weights.
	net := newNet(t, c)
	_, err := net.Fit(t.Context(), data, models.Fit{Epochs: 50, Solver: optim.New(optim.SGD(optim.Constant(1e60)))})
	if err == nil || !strings.Contains(err.Error(), "epoch 1") {
		t.Errorf("exploding weights: error is %v", err)
	}
	for _, p := range params(net) {
		if math.IsNaN(p) || math.IsInf(p, 0) {
			t.Fatal("a parameter is not finite")
		}
	}
	if _, err := net.Evaluate(t.Context(), toy{}, models.Evaluation{}); err == nil {
		t.Error("evaluate on nothing: want an error")
	}
	if _, err := net.Evaluate(t.Context(), data, models.Evaluation{Batch: -3}); err == nil {
		t.Error("a negative batch: want an error")
	}
}

// Gorgonia's own solvers train a network too.
func TestGorgoniaSolver(t *testing.T) {
	net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
	history, err := net.Fit(t.Context(), toy{50, 20, false}, models.Fit{Epochs: 60, Batch: 16, Solver: gorgonia.NewAdamSolver(gorgonia.WithLearnRate(.03))})
	if err != nil {
		t.Fatal(err)
	}
	if a := history[59].Accuracy; a < .85 {
		t.Errorf("accuracy is %.3f", a)
	}
}
