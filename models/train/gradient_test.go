package train_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The gradient over a dataset is what a step of gradient descent subtracts, and taking it moves nothing.
func TestGradientOf(t *testing.T) {
	k := train.Task[*models.Output]{Model: still(models.Integrator), Loss: models.SumSoftmax{}}
	data := toy{n: 6, steps: 12}
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 4)
	if err != nil {
		t.Fatal(err)
	}
	g, err := train.GradientOf(t.Context(), k, p, data)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 6, Ordered: true, Params: p, Solver: optim.New(optim.LearningRate{Schedule: optim.Constant(1)})})
	before := map[string][]float64{}
	for _, q := range p.All() {
		before[q.Name] = q.Values()
	}
	run(t, tr)
	if len(g) != len(p.Trainable()) || !(g.Norm() > 0) {
		t.Fatalf("%d parameters have a gradient, with a norm of %v", len(g), g.Norm())
	}
	for i, q := range p.Trainable() {
		for j, x := range q.Values() {
			if g[i].Name != q.Name || math.Abs(before[q.Name][j]-x-g[i].Values[j]) > 1e-12 {
				t.Errorf("gradient %d of %s is %v, want %v", j, q.Name, g[i].Values[j], before[q.Name][j]-x)
			}
		}
	}
	overall, each := g.Cosines(g)
	if math.Abs(overall-1) > 1e-12 || len(each) != len(g) {
		t.Errorf("the cosine of a gradient to itself is %v, of %d parameters", overall, len(each))
	}
}

// Gradients are compared in what both have.
func TestCosines(t *testing.T) {
	a := train.Gradient{{"w", []float64{1, 1}}, {"only", []float64{7}}, {"v", []float64{2}}}
	b := train.Gradient{{"w", []float64{1, -1}}, {"v", []float64{1}}}
	for _, c := range []struct{ a, b train.Gradient }{{a, b}, {b, a}} {
		overall, each := c.a.Cosines(c.b)
		if want := 2 / math.Sqrt(6*3); math.Abs(overall-want) > 1e-12 || len(each) != 2 || math.Abs(each["w"]) > 1e-12 || each["v"] != 1 {
			t.Errorf("cosines are %v and %v, want %v", overall, each, want)
		}
	}
	if n := a.In(b).Norm(); math.Abs(n-math.Sqrt(6)) > 1e-12 {
		t.Errorf("the norm of what both have is %v", n)
	}
	for _, c := range []struct {
		a, b []float64
		want float64
	}{{[]float64{1, 0}, []float64{2, 0}, 1}, {[]float64{1, 1}, []float64{1, -1}, 0}, {[]float64{1, 0}, []float64{-1, -1}, -math.Sqrt(.5)}, {[]float64{0, 0}, []float64{1, 0}, 0}} {
		if got := train.Cosine(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("the cosine of %v and %v is %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
