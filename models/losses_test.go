package models_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// smooth is a model with a readout whose "spikes" are no steps.
var smooth = train.Forward[*models.Output](func(p *graph.Params, b train.Batch) (*models.Output, error) {
	x, err := traintest.Scores(p, b, 4)
	if err != nil {
		return nil, err
	}
	readout, err := nodes.Layer{Units: 3, Cell: nodes.LIF{TauM: graph.Constant(3), Surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}}}.Declare(p, "readout", 4)
	if err != nil {
		return nil, err
	}
	out := new(models.Output)
	if out.Readout, err = readout.Forward(x); err != nil {
		return nil, err
	}
	out.Membrane, err = out.Readout.Membrane()
	return out, err
})

// Every loss keeps the promises of a loss.
func TestLosses(t *testing.T) {
	classes := train.Spec{Steps: 7, Features: 2, Classes: 3, Varying: true}
	numbers := train.Spec{Steps: 7, Features: 2, Numbers: 3, Varying: true}
	classesPerStep, numbersPerStep := classes, numbers
	classesPerStep.PerStep, numbersPerStep.PerStep = true, true
	weighted := models.Labels{ClassWeights: []float64{.5, 2, 1}, Smoothing: .1}
	scale := .3
	for _, c := range []struct {
		loss train.Loss[*models.Output]
		spec train.Spec
	}{
		{models.SumSoftmax{From: 1}, classes},
		{models.SumSoftmax{Labels: weighted}, classes},
		{models.SpikeCount{}, classes},
		{models.SpikeCount{Scale: &scale}, classes},
		{models.LastStep{Labels: weighted}, classes},
		{models.MeanOverTime{From: 1}, classes},
		{models.PerStep{Skip: 1}, classesPerStep},
		{models.PerStep{Labels: weighted}, classesPerStep},
		{models.Decisions{Steps: 2}, classesPerStep},
		{models.SquaredError{}, numbers},
		{models.SquaredError{Read: models.OnAverage}, numbers},
		{models.SquaredError{Read: models.EachStep}, numbersPerStep},
		{models.BinaryCrossEntropy{Read: models.AtEnd}, numbers},
		{models.BinaryCrossEntropy{Read: models.OnAverage}, numbers},
		{models.BinaryCrossEntropy{Read: models.EachStep}, numbersPerStep},
	} {
		t.Run(fmt.Sprintf("%T%+v", c.loss, c.loss), func(t *testing.T) { traintest.Loss(t, c.loss, smooth, c.spec) })
	}
}

// Every metric keeps the promises of a metric.
func TestMetrics(t *testing.T) {
	for _, perStep := range []bool{false, true} {
		classes := train.Spec{Steps: 5, Features: 3, Classes: 4, PerStep: perStep}
		numbers := train.Spec{Steps: 5, Features: 3, Numbers: 2, PerStep: perStep}
		for _, m := range []train.Metric{models.Accuracy{}, models.Confusion{}, models.F1{}, models.Inputs{}} {
			t.Run(fmt.Sprint(m.Name(), perStep), func(t *testing.T) { traintest.Metric(t, m, classes) })
		}
		for _, m := range []train.Metric{models.MeanAbsoluteError{}, models.RSquared{}} {
			t.Run(fmt.Sprint(m.Name(), perStep), func(t *testing.T) { traintest.Metric(t, m, numbers) })
		}
	}
	traintest.Metric(t, models.DecisionError{Steps: 2}, train.Spec{Steps: 5, Features: 3, Classes: 4, PerStep: true})
	task := train.Task[*models.Output]{Model: quiet(models.AdpSpike), Loss: models.SpikeCount{}}
	traintest.MetricOf(t, train.Health{}, task, train.Spec{Steps: 20, Features: 2, Classes: 2})
}

// quiet is a small network whose initial states are not random.
func quiet(kind models.ReadoutKind) models.SRNN {
	c := toyNet(kind)
	c.Hidden[0].Initial, c.Readout.Layer.Initial, c.Seed = nodes.Initial{}, nodes.Initial{}, 0
	return c
}

// Metrics are what one counts by hand from what the network predicts.
func TestMetricsByHand(t *testing.T) {
	x := [][][]float32{}
	labels, targets := []int{}, [][]float32{}
	for i := range 40 {
		x = append(x, [][]float32{{float32(math.Sin(float64(i))), float32(math.Cos(float64(i * i)))}, {.3, float32(i%5) / 5}})
		labels = append(labels, []int{0, 1, 2, 0, train.Ignore, 0}[i%6])
		targets = append(targets, []float32{float32(i%7) / 7, 2, 100 + float32(i%3)})
	}
	data := train.Sequences{X: x, Y: labels, Classes: 4}
	p, r := asked(t, models.LastStep{}, 4, data, models.Accuracy{}, models.Confusion{}, models.F1{})
	var counts [4][4]int
	right, all := 0., 0.
	for i, y := range labels {
		if y == train.Ignore {
			continue
		}
		counts[y][p[i].Class(0)]++
		all++
		if y == p[i].Class(0) {
			right++
		}
	}
	if got := models.ConfusionOf(r); fmt.Sprint(got) != fmt.Sprint(counts) {
		t.Errorf("confusion is %v, want %v", got, counts)
	}
	if got, _ := r.Number("accuracy"); math.Abs(got-right/all) > 1e-12 {
		t.Errorf("accuracy is %v, want %v", got, right/all)
	}
	f1, n := 0., 0.
	for c := range 4 {
		var label, predicted float64
		for o := range 4 {
			label, predicted = label+float64(counts[c][o]), predicted+float64(counts[o][c])
		}
		if label+predicted == 0 {
			continue
		}
		n++
		if hit := float64(counts[c][c]); hit > 0 {
			precision, recall := hit/predicted, hit/label
			f1 += 2 * precision * recall / (precision + recall)
		}
	}
	if got, _ := r.Number("f1"); math.Abs(got-f1/n) > 1e-12 {
		t.Errorf("f1 is %v, want %v", got, f1/n)
	}
	data.Y, data.Classes = targets, 0
	p, r = asked(t, models.SquaredError{}, 3, data, models.MeanAbsoluteError{}, models.RSquared{})
	var absolute, squared float64
	var r2 [3]float64
	for k := range 3 {
		var mean, residual, deviation float64
		for i := range targets {
			mean += float64(targets[i][k]) / 40
		}
		for i := range targets {
			d := p[i].Scores[0][k] - float64(targets[i][k])
			absolute, squared, residual = absolute+math.Abs(d)/120, squared+d*d/120, residual+d*d
			deviation += math.Pow(float64(targets[i][k])-mean, 2)
		}
		if k != 1 { // which is the same everywhere
			r2[k] = 1 - residual/deviation
		}
	}
	for name, want := range map[string]float64{"loss": squared, "mean_absolute_error": absolute, "r_squared": (r2[0] + r2[2]) / 2} {
		if got, _ := r.Number(name); math.Abs(got-want) > 1e-5*math.Abs(want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// asked is what an untrained network predicts and reports.
func asked(t *testing.T, loss train.Loss[*models.Output], n int, data train.Dataset, metrics ...train.Metric) ([]train.Prediction, *train.Report) {
	t.Helper()
	c := quiet(models.Integrator)
	c.Readout.Layer.Units = n
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 5)
	if err != nil {
		t.Fatal(err)
	}
	net, err := train.NewNetwork(train.Task[*models.Output]{Model: c, Loss: loss, Metrics: metrics}, p, data.Spec(), 1)
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := net.Predict(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := net.Evaluate(t.Context(), data, train.Evaluation{Batch: 7})
	if err != nil {
		t.Fatal(err)
	}
	return predictions, r
}
