package models_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// echo says what it hears.
var echo = train.Forward[*models.Output](func(_ *graph.Params, b train.Batch) (*models.Output, error) {
	return &models.Output{Membrane: b.X}, nil
})

// The loss and the error of decisions are those of formulas: of the steps that a decision has, wherever it is.
func TestDecisions(t *testing.T) {
	const no = train.Ignore
	data := train.Sequences{
		X: [][][]float32{
			{{9, 0}, {1, 0}, {0, 1.5}, {0, 9}, {2, 0}, {0, 1}}, // 1 by the sum, and 0 by the sum
			{{0, 3}, {0, 1}, {0, 2}, {5, 0}, {5, 0}, {5, 0}},   // 1, once
			{{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}},   // none
		},
		Y: [][]int{{no, 1, 1, no, 1, 1}, {no, 1, 1, no, no, no}, {no, no, no, no, no, no}},
	}
	k := train.Task[*models.Output]{Model: echo, Loss: models.Decisions{Steps: 2}, Metrics: []train.Metric{models.DecisionError{Steps: 2}}}
	net, err := train.NewNetwork(k, must(graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 1)), data.Spec(), 1)
	if err != nil {
		t.Fatal(err)
	}
	cost := func(right, wrong float64) float64 { return math.Log(1+math.Exp(wrong-right)) / 2 }
	want := map[string]float64{
		"error": 1. / 3, "error_bound": 1./3 + math.Sqrt(2./9/3), "decisions": 3,
		"loss": (cost(0, 1) + cost(1.5, 0) + cost(0, 2) + cost(1, 0) + cost(1, 0) + cost(2, 0)) / 2,
	}
	rep, err := net.Evaluate(t.Context(), data, train.Evaluation{Batch: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		if x, ok := rep.Number(name); !ok || math.Abs(x-w) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, x, w)
		}
	}
	if c := models.Decide([][]float64{{1, 0, 0}, {0, 1.5, 0}, {0, 0, 1.2}}); c != 1 {
		t.Errorf("the decision is %d, want 1", c)
	}
	k.Loss, k.Metrics = models.Decisions{}, nil
	_, err = prepare(t, k, data, train.Settings{Epochs: 1, Batch: 1, Solver: adam(.1)})
	wantError(t, err, "0 steps")
	k.Loss, k.Metrics = models.PerStep{}, []train.Metric{models.DecisionError{}}
	_, err = prepare(t, k, data, train.Settings{Epochs: 1, Batch: 1, Solver: adam(.1)})
	wantError(t, err, "0 steps")
}

// A scaled loss of a step has a scaled gradient.
func TestOnlineScaled(t *testing.T) {
	y, target := []float64{1, -.5}, []float64{.25, .5}
	one, scaled := make([]float64, 2), make([]float64, 2)
	a := must(models.OnlineMeanSquaredError{}.Loss(y, target, one))
	b := must(models.OnlineScaled{OnlineLoss: models.OnlineMeanSquaredError{}, Factor: .25}.Loss(y, target, scaled))
	if math.Abs(b-a/4) > 1e-15 || math.Abs(a-(.75*.75+1)/2) > 1e-15 {
		t.Errorf("the losses are %v and, of a quarter, %v", a, b)
	}
	for i := range one {
		if one[i] == 0 || math.Abs(scaled[i]-one[i]/4) > 1e-15 {
			t.Errorf("gradients are %v and %v", one, scaled)
		}
	}
}
