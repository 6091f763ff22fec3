package ops_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The sum over the steps that count, divided by the examples with a label that counts.
func TestCrossEntropyValues(t *testing.T) {
	ln := math.Log
	third, half := ln(3), ln(2)                                                          // −log softmax of equal scores
	unequal := dense([]float64{0, 0, 0, 0, 0, 0, ln(2), ln(4), ln(2), 0, 0, 0}, 2, 2, 3) // step 1 of example 0: ¼, ½, ¼
	for _, c := range []struct {
		name           string
		scores, labels *tensor.Dense
		skip           int
		want           float64
	}{
		{"one label each", zeros(4, 3), zeros(4), 0, third},
		{"two classes", zeros(4, 2), zeros(4), 0, half},
		{"one class", zeros(4, 1), zeros(4), 0, 0},
		{"some without", zeros(4, 3), dense([]float64{1, -1, -1, 2}, 4), 0, third},
		{"none with", zeros(4, 3), dense([]float64{-1, -1, -1, -1}, 4), 0, 0},
		{"per step", zeros(5, 2, 3), zeros(5, 2), 0, 5 * third},
		{"skip", zeros(5, 2, 3), zeros(5, 2), 3, 2 * third},
		{"unequal scores", unequal, dense([]float64{0, 0, 1, 2}, 2, 2), 0, (half + 3*third) / 2},
		{"an example without", unequal, dense([]float64{0, -1, 0, -1}, 2, 2), 0, third + ln(4)},
		{"only before skip", unequal, dense([]float64{0, 2, 1, -1}, 2, 2), 1, half},
		{"large scores", dense([]float64{1e4, 0, -1e4, 1e4}, 2, 2), dense([]float64{0, 0}, 2), 0, 1e4},
	} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			g := gorgonia.NewGraph()
			loss := must(ops.CrossEntropy(input(g, dt, "scores", c.scores), input(g, dt, "labels", c.labels), ops.CrossEntropySettings{Skip: c.skip}))
			got := evaluate(t, map[string]*gorgonia.Node{"loss": loss}, nil, nil)
			compare(t, got, results{"loss": {c.want}}, map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-12}[dt])
		}
	}
}

func TestOverTimeValues(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, tensor.Float64, "x", dense([]float64{1, 2, 10, 20, 0, math.Log(3), 5, 5}, 2, 2, 2))
	got := evaluate(t, map[string]*gorgonia.Node{
		"sum": must(ops.SumOverTime(x, nil, 0)), "last": must(ops.SumOverTime(x, nil, 1)), "softmax": must(ops.SoftmaxOverTime(x, nil, 1)),
	}, nil, nil)
	compare(t, got, results{
		"sum": {1, 2 + math.Log(3), 15, 25}, "last": {0, math.Log(3), 5, 5}, "softmax": {.25, .75, .5, .5},
	}, 1e-14)
}

func TestLinearValues(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(g, tensor.Float64, "x", dense([]float64{1, 2, 0, 1}, 2, 2))
	w := input(g, tensor.Float64, "w", dense([]float64{1, 10, 2, 20, 3, 30}, 3, 2))
	b, c := input(g, tensor.Float64, "b", dense([]float64{100, 200, 300}, 3)), input(g, tensor.Float64, "c", dense([]float64{.5, .5, .5}, 3))
	got := evaluate(t, map[string]*gorgonia.Node{"y": must(ops.Linear(x, w, b, c))}, nil, nil)
	compare(t, got, results{"y": {121.5, 242.5, 363.5, 110.5, 220.5, 330.5}}, 0)
}
