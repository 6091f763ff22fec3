package graph_test

import (
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestParams(t *testing.T) {
	g := gorgonia.NewGraph()
	p := must(graph.NewParams(g, tensor.Float32, 7))
	layer := p.Scope("layer0")
	w := must(layer.Declare("w_in", "weight", graph.XavierUniform{}, 3, 2))
	must(layer.Declare("tau_m", "tau", graph.Constant(20), 3))
	must(p.Scope("readout").Declare("tau_m", "tau", graph.Normal{Mean: 20, Std: 5}, 1))

	var names []string
	for _, q := range p.All() {
		names = append(names, q.Name)
	}
	if got := strings.Join(names, " "); got != "layer0.w_in layer0.tau_m readout.tau_m" {
		t.Errorf("names are %s", got)
	}
	if q, _ := p.Get("layer0.w_in"); q.Node != w || q.Group != "weight" || w.Name() != "layer0.w_in" {
		t.Errorf("layer0.w_in is %+v", q)
	}
	if m := must(p.Match("*.tau_m")); len(m) != 2 {
		t.Errorf("*.tau_m matches %d parameters, want 2", len(m))
	}
	if _, err := p.Match("["); err == nil {
		t.Error("a malformed pattern: want an error")
	}
	if _, err := layer.Declare("w_in", "weight", graph.Constant(0), 1); err == nil || !strings.Contains(err.Error(), "layer0.w_in") {
		t.Errorf("declared twice: error is %v", err)
	}
}

// A twin in another graph shares memory, also of a parameter with one element.
func TestTwinSharesMemory(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, shape := range [][]int{{3, 2}, {2}, {1}, {1, 1}} {
			p := must(graph.NewParams(gorgonia.NewGraph(), dt, 1))
			must(p.Declare("w", "weight", graph.Constant(1), shape...))
			twin := must(p.In(gorgonia.NewGraph()))
			must(twin.Declare("w", "weight", nil, shape...))
			n := tensor.Shape(shape).TotalSize()
			x := make([]float64, n)
			for i := range x {
				x[i] = float64(i) + 5
			}
			if err := p.Set("w", shape, x); err != nil {
				t.Fatal(err)
			}
			q, _ := twin.Get("w")
			if got := q.Values(); len(got) != n || got[n-1] != x[n-1] {
				t.Errorf("%v %v: the twin has %v, want %v", dt, shape, got, x)
			}
			if _, err := twin.Declare("v", "weight", graph.Constant(0), 1); err == nil {
				t.Error("a twin's parameter that the model does not have: want an error")
			}
		}
	}
}

func TestSetErrors(t *testing.T) {
	p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 1))
	must(p.Declare("tau", "tau", graph.Constant(20), 2))
	for _, c := range []struct {
		name   string
		shape  []int
		values []float64
		want   string
	}{
		{"nope", []int{2}, []float64{1, 2}, "no parameter nope"},
		{"tau", []int{2, 1}, []float64{1, 2}, "[2 1]"},
		{"tau", []int{2}, []float64{1}, "1 values"},
		{"tau", []int{2}, []float64{1, math.NaN()}, "value 1 is NaN"},
	} {
		if err := p.Set(c.name, c.shape, c.values); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %q", err, c.want)
		}
	}
	if _, err := graph.NewParams(gorgonia.NewGraph(), tensor.Int, 1); err == nil || !strings.Contains(err.Error(), "int") {
		t.Errorf("dtype int: error is %v", err)
	}
	if _, err := graph.NewParams(nil, tensor.Float32, 1); err == nil {
		t.Error("no graph: want an error")
	}
}

// Initial values depend on the seed and the name, and not on what was declared before.
func TestInitialValues(t *testing.T) {
	draw := func(seed uint64, before bool) []float64 {
		p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float64, seed))
		if before {
			must(p.Declare("other", "weight", graph.Normal{Std: 1}, 4))
		}
		must(p.Declare("w", "weight", graph.Normal{Std: 1}, 4))
		q, _ := p.Get("w")
		return q.Values()
	}
	a, b, c := draw(1, false), draw(1, true), draw(2, false)
	for i := range a {
		if a[i] != b[i] {
			t.Error("another parameter changed the initial values")
		}
		if a[i] == c[i] {
			t.Error("another seed gave the same value")
		}
	}
}

func TestInitializers(t *testing.T) {
	fill := func(init graph.Initializer, shape ...int) []float64 {
		x := make([]float64, tensor.Shape(shape).TotalSize())
		if err := init.Init(graph.Stream(3, "x"), shape, x); err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, s := range [][2]int{{4, 4}, {6, 3}, {3, 6}, {1, 1}, {1, 5}} {
		q := fill(graph.Orthogonal{}, s[0], s[1])
		// The rows, or the columns where there are fewer, are orthonormal.
		at := func(vector, i int) float64 { return q[vector*s[1]+i] }
		n, length := s[0], s[1]
		if s[0] > s[1] {
			at = func(vector, i int) float64 { return q[i*s[1]+vector] }
			n, length = s[1], s[0]
		}
		for a := range n {
			for b := range n {
				sum, want := 0.0, 0.0
				for i := range length {
					sum += at(a, i) * at(b, i)
				}
				if a == b {
					want = 1
				}
				if math.Abs(sum-want) > 1e-12 {
					t.Errorf("%v: product of vectors %d and %d is %v", s, a, b, sum)
				}
			}
		}
	}
	limit := math.Sqrt(6.0 / 300)
	var worst, sum float64
	for _, x := range fill(graph.XavierUniform{}, 100, 200) {
		worst, sum = math.Max(worst, math.Abs(x)), sum+x*x
	}
	if worst > limit || worst < .99*limit || math.Abs(sum/20000/(limit*limit/3)-1) > .03 {
		t.Errorf("Xavier: largest %v of %v, mean square %v of %v", worst, limit, sum/20000, limit*limit/3)
	}
	var mean, square float64
	for _, x := range fill(graph.Normal{Mean: 20, Std: 5}, 10000) {
		mean, square = mean+x/10000, square+(x-20)*(x-20)/10000
	}
	if math.Abs(mean-20) > .2 || math.Abs(math.Sqrt(square)-5) > .2 {
		t.Errorf("normal: mean %v, standard deviation %v", mean, math.Sqrt(square))
	}
	for _, init := range []graph.Initializer{graph.Orthogonal{}, graph.XavierUniform{}, graph.Normal{Std: -1}, graph.Uniform{Low: 2, High: 1},
		graph.ZeroDiagonal{Initializer: graph.Constant(1)}} {
		if err := init.Init(graph.Stream(1, ""), tensor.Shape{3}, make([]float64, 3)); err == nil {
			t.Errorf("%#v of a vector: want an error", init)
		}
	}
}
