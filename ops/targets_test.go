package ops_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// settings of a cross-entropy over four classes that are not plain.
var crossEntropies = []ops.CrossEntropySettings{
	{ClassWeights: []float64{.5, 2, 0, 1.25}},
	{Smoothing: .1},
	{ClassWeights: []float64{.5, 2, 0, 1.25}, Smoothing: .3},
	{ClassWeights: []float64{3, 3, 3, 3}, Smoothing: .3, Skip: 1},
}

func TestCrossEntropyOfOtherTargetsConforms(t *testing.T) {
	for _, s := range crossEntropies {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			in := []*tensor.Dense{normal(2, 0, 2, 3, 2, 4), dense([]float64{3, 0, -1, 1, 2, 0}, 3, 2)}
			graphtest.Op(t, in, []int{1}, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.CrossEntropy(in[0], in[1], s) })
		})
	}
}

// crossEntropyOf is the loss by its definition, term by term.
func crossEntropyOf(scores, labels []float64, steps, batch, classes int, s ops.CrossEntropySettings) float64 {
	sum, examples := 0.0, 0
	for b := range batch {
		has := false
		for t := s.Skip; t < steps; t++ {
			r := t*batch + b
			if labels[r] < 0 {
				continue
			}
			has = true
			z := 0.0
			for _, x := range scores[r*classes:][:classes] {
				z += math.Exp(x)
			}
			for c, x := range scores[r*classes:][:classes] {
				target := s.Smoothing / float64(classes)
				if c == int(labels[r]) {
					target += 1 - s.Smoothing
				}
				if s.ClassWeights != nil {
					target *= s.ClassWeights[c]
				}
				sum -= target * math.Log(math.Exp(x)/z)
			}
		}
		if has {
			examples++
		}
	}
	return sum / math.Max(1, float64(examples))
}

// More rows than share a logarithm, and than are of one shard; some have no label.
func TestCrossEntropyOfOtherTargets(t *testing.T) {
	const steps, batch, classes = 90, 7, 4
	rng := rand.New(rand.NewPCG(1, 1))
	labels := zeros(steps, batch)
	for i := range labels.Size() {
		if labels.Set(i, float64(rng.IntN(classes+1)-1)); i%batch == 3 {
			labels.Set(i, -1.)
		}
	}
	scores := normal(3, 0, 2, steps, batch, classes)
	for _, s := range append(crossEntropies, ops.CrossEntropySettings{}, ops.CrossEntropySettings{Skip: 80}) {
		want := crossEntropyOf(scores.Data().([]float64), labels.Data().([]float64), steps, batch, classes, s)
		for dt, tolerance := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-13} {
			g := gorgonia.NewGraph()
			loss := must(ops.CrossEntropy(input(g, dt, "scores", scores), input(g, dt, "labels", labels), s))
			compare(t, evaluate(t, map[string]*gorgonia.Node{"loss": loss}, nil, nil), results{"loss": {want}}, tolerance)
		}
	}
}

// Class weights that are all 1 are none, bit for bit.
func TestClassWeightsOfOne(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, smoothing := range []float64{0, .2} {
			run := func(weights []float64) results {
				g := gorgonia.NewGraph()
				scores := input(g, dt, "scores", normal(1, 0, 1, 6, 5, 4))
				loss := must(ops.CrossEntropy(scores, input(g, dt, "labels", zeros(6, 5)), ops.CrossEntropySettings{ClassWeights: weights, Smoothing: smoothing}))
				return evaluate(t, map[string]*gorgonia.Node{"loss": loss}, loss, map[string]*gorgonia.Node{"scores": scores})
			}
			compare(t, run([]float64{1, 1, 1, 1}), run(nil), 0)
		}
	}
}

// An example has the same weight in any batch: the loss of a batch is the mean of those of its
// examples.
func TestClassWeightsDoNotDependOnTheBatch(t *testing.T) {
	s := crossEntropies[2]
	scores, labels := normal(1, 0, 1, 5, 4), dense([]float64{0, 1, 2, 3, 1}, 5)
	run := func(scores, labels *tensor.Dense) float64 {
		g := gorgonia.NewGraph()
		loss := must(ops.CrossEntropy(input(g, tensor.Float64, "scores", scores), input(g, tensor.Float64, "labels", labels), s))
		return evaluate(t, map[string]*gorgonia.Node{"loss": loss}, nil, nil)["loss"][0]
	}
	mean := 0.0
	for b := range 5 {
		mean += run(pick(scores, 0, b), pick(labels, 0, b)) / 5
	}
	compare(t, results{"loss": {run(scores, labels)}}, results{"loss": {mean}}, 1e-14)
}

func TestCrossEntropySettingsAreIdentity(t *testing.T) {
	g := gorgonia.NewGraph()
	scores, labels := shaped(g, tensor.Float64, "scores", 3, 2, 4), shaped(g, tensor.Float64, "labels", 3, 2)
	seen := map[*gorgonia.Node]ops.CrossEntropySettings{}
	for _, s := range append(crossEntropies, ops.CrossEntropySettings{}, ops.CrossEntropySettings{Skip: 1},
		ops.CrossEntropySettings{Smoothing: math.Nextafter(.1, 1)}, ops.CrossEntropySettings{ClassWeights: []float64{.5, 2, 0, math.Nextafter(1.25, 2)}}) {
		n := must(ops.CrossEntropy(scores, labels, s))
		if other, ok := seen[n]; ok {
			t.Errorf("%+v and %+v are one node", s, other)
		}
		if again := must(ops.CrossEntropy(scores, labels, s)); again != n {
			t.Errorf("%+v twice is two nodes", s)
		}
		seen[n] = s
	}
}

func TestCrossEntropySettingsErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	scores, labels := shaped(g, tensor.Float64, "scores", 2, 3), shaped(g, tensor.Float64, "labels", 2)
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		s    ops.CrossEntropySettings
		want string
	}{
		{ops.CrossEntropySettings{ClassWeights: []float64{}}, "0 class weights, want 3"},
		{ops.CrossEntropySettings{ClassWeights: []float64{1, 1}}, "2 class weights, want 3"},
		{ops.CrossEntropySettings{ClassWeights: []float64{1, -1, 1}}, "the weight of class 1 is -1"},
		{ops.CrossEntropySettings{ClassWeights: []float64{1, 1, inf}}, "the weight of class 2 is +Inf"},
		{ops.CrossEntropySettings{ClassWeights: []float64{nan, 1, 1}}, "the weight of class 0 is NaN"},
		{ops.CrossEntropySettings{Smoothing: 1}, "smoothing is 1"},
		{ops.CrossEntropySettings{Smoothing: -.1}, "smoothing is -0.1"},
		{ops.CrossEntropySettings{Smoothing: nan}, "smoothing is NaN"},
	} {
		_, err := ops.CrossEntropy(scores, labels, c.s)
		wantError(t, fmt.Sprint(c.s), err, "srnn: CrossEntropy", c.want)
	}
	// With smoothing, every score counts; one that is not finite is named.
	for _, bad := range notNumbers {
		for _, s := range []ops.CrossEntropySettings{{Smoothing: .1}, {ClassWeights: []float64{1, 2, 3}, Smoothing: .1}} {
			g := gorgonia.NewGraph()
			must(ops.CrossEntropy(input(g, tensor.Float32, "scores", dense([]float64{0, 0, 0, 0, 0, bad}, 2, 3)), input(g, tensor.Float32, "labels", zeros(2)), s))
			wantError(t, fmt.Sprint(s, bad), runGraph(g), "CrossEntropy", fmt.Sprintf("score[1 2] is %v", bad))
		}
	}
}
