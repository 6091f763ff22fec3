package ops_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestBinaryCrossEntropyConforms(t *testing.T) {
	for _, shape := range [][]int{{4, 3}, {3, 2, 4}, {1, 1, 1}, {5}} {
		targets := zeros(shape...)
		for i := range targets.Size() {
			targets.Set(i, float64(i%5)/4)
		}
		graphtest.Op(t, []*tensor.Dense{normal(1, 0, 2, shape...), targets}, []int{1}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return ops.BinaryCrossEntropy(in[0], in[1])
		})
	}
}

// The definition, where it can be computed, and its limits, where it cannot.
func TestBinaryCrossEntropyValues(t *testing.T) {
	const n = 10000 // more than one shard
	scores, targets := normal(1, 0, 4, 2, n), zeros(2, n)
	want := make([]float64, 2*n)
	for i, x := range scores.Data().([]float64) {
		y := float64(i%9) / 8
		targets.Set(i, y)
		p := 1 / (1 + math.Exp(-x))
		q := 1 / (1 + math.Exp(x))
		want[i] = -y*math.Log(p) - (1-y)*math.Log(q)
	}
	for _, c := range []struct{ x, y, loss float64 }{
		{1e30, 1, 0}, {1e30, 0, 1e30}, {-1e30, 0, 0}, {-1e30, 1, 1e30}, {800, .5, 400}, {-800, .25, 200}, {-20, 0, 2.0611536203143807e-9}, {0, .3, math.Ln2},
	} {
		for dt, tolerance := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-15} {
			g := gorgonia.NewGraph()
			y := must(ops.BinaryCrossEntropy(input(g, dt, "x", dense([]float64{c.x}, 1, 1)), input(g, dt, "y", dense([]float64{c.y}, 1, 1))))
			got := evaluate(t, map[string]*gorgonia.Node{"y": y}, nil, nil)["y"][0]
			if !(math.Abs(got-c.loss) <= tolerance*math.Abs(c.loss)) {
				t.Errorf("score %v, target %v, %v: the loss is %v, want %v", c.x, c.y, dt, got, c.loss)
			}
		}
	}
	for dt, tolerance := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-14} {
		g := gorgonia.NewGraph()
		y := must(ops.BinaryCrossEntropy(input(g, dt, "x", scores), input(g, dt, "y", targets)))
		compare(t, evaluate(t, map[string]*gorgonia.Node{"y": y}, nil, nil), results{"y": want}, tolerance)
	}
}

func TestBinaryCrossEntropyErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	x := shaped(g, tensor.Float64, "x", 3, 2, 4)
	_, err := ops.BinaryCrossEntropy(x, shaped(g, tensor.Float64, "y", 2, 3, 4))
	wantError(t, "shape", err, "BinaryCrossEntropy", "targets have shape (2, 3, 4), want (3, 2, 4)")
	for _, bad := range append([]float64{-.5, 1.5}, notNumbers...) {
		g := gorgonia.NewGraph()
		must(ops.BinaryCrossEntropy(input(g, tensor.Float64, "x", zeros(2, 3)), input(g, tensor.Float64, "y", dense([]float64{0, 1, 0, 1, bad, 0}, 2, 3))))
		wantError(t, "target", runGraph(g), "BinaryCrossEntropy", fmt.Sprintf("target[1 1] is %v, want 0 to 1", bad))
	}
}

func TestWeightedMeanConforms(t *testing.T) {
	weights := dense([]float64{.5, 0, .2, .3}, 1, 4)
	for _, shape := range [][]int{{4, 3}, {4}, {4, 1}} {
		x := normal(1, 0, 1, shape...)
		graphtest.Op(t, []*tensor.Dense{x, weights}, []int{1}, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.WeightedMean(in[0], in[1]) })
		graphtest.Op(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.WeightedMean(in[0], nil) })
	}
	graphtest.Op(t, []*tensor.Dense{normal(1, 0, 1, 1, 1), dense([]float64{1}, 1, 1)}, []int{1}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		return ops.WeightedMean(in[0], in[1])
	})
}

// What fills a batch up does not count, whatever is there.
func TestWeightedMeanValues(t *testing.T) {
	for _, other := range append([]float64{7, 1e30}, notNumbers...) {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			g := gorgonia.NewGraph()
			x := input(g, dt, "x", dense([]float64{1, 3, other, 5, 10, -4}, 3, 2))
			y := must(ops.WeightedMean(x, input(g, dt, "w", dense([]float64{.25, 0, .75}, 1, 3))))
			got := evaluate(t, map[string]*gorgonia.Node{"y": y}, y, map[string]*gorgonia.Node{"x": x})
			compare(t, got, results{"y": {.25*2 + .75*3}, "d x": {.125, .125, 0, 0, .375, .375}}, 0)
		}
	}
	g := gorgonia.NewGraph()
	y := must(ops.WeightedMean(input(g, tensor.Float64, "x", dense([]float64{1, 3, 2, 5}, 2, 2)), nil))
	compare(t, evaluate(t, map[string]*gorgonia.Node{"y": y}, nil, nil), results{"y": {2.75}}, 0)
}

func TestWeightedMeanErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	_, err := ops.WeightedMean(shaped(g, tensor.Float64, "x", 3, 2, 4), nil)
	wantError(t, "x", err, "WeightedMean", "x has shape (3, 2, 4), want [batch, n] or [batch]")
	_, err = ops.WeightedMean(shaped(g, tensor.Float64, "y", 3, 2), shaped(g, tensor.Float64, "w", 1, 2))
	wantError(t, "weights", err, "WeightedMean", "weights have shape (1, 2), want (1, 3)")
	for _, bad := range append([]float64{-.5}, notNumbers...) {
		g := gorgonia.NewGraph()
		must(ops.WeightedMean(input(g, tensor.Float64, "x", zeros(2, 2)), input(g, tensor.Float64, "w", dense([]float64{1, bad}, 1, 2))))
		wantError(t, "weight", runGraph(g), "WeightedMean", fmt.Sprintf("the weight of example 1 is %v", bad))
	}
	for _, bad := range notNumbers {
		g := gorgonia.NewGraph()
		must(ops.WeightedMean(input(g, tensor.Float64, "x", dense([]float64{0, 0, 0, bad}, 2, 2)), nil))
		wantError(t, "x", runGraph(g), "WeightedMean", fmt.Sprintf("x[1 1] is %v", bad))
	}
}

// The loss of a batch of sequences of different length is the mean of those of its examples, each over
// its own steps, with the gradients of these, and what fills up does not matter.
func TestBinaryCrossEntropyOfMaskedSequences(t *testing.T) {
	const steps, batch, n = 5, 4, 3
	lengths, weights := []int{5, 2, 3, 0}, []float64{.2, .5, .3, 0}
	for _, over := range []func(x, mask *gorgonia.Node, from int) (*gorgonia.Node, error){ops.MeanOverTime, ops.SumOverTime} {
		loss := func(x, y, mask, weight *gorgonia.Node) *gorgonia.Node {
			return must(ops.WeightedMean(must(over(must(ops.BinaryCrossEntropy(x, y)), mask, 1)), weight))
		}
		x, y, mask := normal(1, 0, 1, steps, batch, n), zeros(steps, batch, n), zeros(steps, batch)
		for i := range y.Size() {
			y.Set(i, float64(i%2))
		}
		want := results{"loss": {0}, "d x": make([]float64, steps*batch*n)}
		for b, length := range lengths {
			for step := range steps {
				if step < length {
					mask.Set(step*batch+b, 1.)
				}
			}
			if length == 0 {
				continue
			}
			alone := func(v *tensor.Dense) *tensor.Dense { return pick(pick(v, 1, b), 0, from(0, length)...) }
			g := gorgonia.NewGraph()
			one := input(g, tensor.Float64, "x", alone(x))
			l := loss(one, input(g, tensor.Float64, "y", alone(y)), nil, nil)
			r := evaluate(t, map[string]*gorgonia.Node{"loss": l}, l, map[string]*gorgonia.Node{"x": one})
			want["loss"][0] += weights[b] * r["loss"][0]
			for i, d := range r["d x"] {
				want["d x"][(i/n*batch+b)*n+i%n] = weights[b] * d
			}
		}
		for _, other := range append([]float64{0, 1e30}, notNumbers...) {
			filled := x.Clone().(*tensor.Dense)
			for i, m := range mask.Data().([]float64) {
				if m == 0 {
					filled.Set(i*n+1, other)
				}
			}
			g := gorgonia.NewGraph()
			in := input(g, tensor.Float64, "x", filled)
			l := loss(in, input(g, tensor.Float64, "y", y), input(g, tensor.Float64, "mask", mask), input(g, tensor.Float64, "weights", dense(weights, 1, batch)))
			compare(t, evaluate(t, map[string]*gorgonia.Node{"loss": l}, l, map[string]*gorgonia.Node{"x": in}), want, 1e-14)
		}
	}
}
