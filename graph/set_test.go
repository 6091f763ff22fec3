package graph_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Values are set all together: one that is wrong leaves those before it, in whatever scope, and their bounds as they were.
func TestSetAll(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		p, err := graph.NewParams(gorgonia.NewGraph(), dt, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"w", "tau"} {
			if _, err := p.Scope("a").DeclareAbove(.5, name, "tau", graph.Constant(2), 2, 3); err != nil {
				t.Fatal(err)
			}
		}
		state := func() (all []float64) {
			for _, q := range p.All() {
				all = append(append(all, q.Values()...), *q.Lower)
			}
			return all
		}
		good := graph.Given{Shape: []int{2, 3}, Values: []float64{.1, 2, 3, 4, 5, 6}}
		before := state()
		for want, wrong := range map[string]graph.Given{
			"has shape (2, 3), got [3 2]":           {Shape: []int{3, 2}, Values: good.Values},
			"has shape (2, 3), got 5 values":        {Shape: good.Shape, Values: good.Values[:5]},
			"parameter a.w: value 4 is NaN":         {Shape: good.Shape, Values: []float64{1, 2, 3, 4, math.NaN(), 6}},
			"parameter a.w: value 0 is -Inf":        {Shape: good.Shape, Values: []float64{math.Inf(-1), 2, 3, 4, 5, 6}},
			"value 1 is 1e+300, which does not fit": {Shape: good.Shape, Values: []float64{1, 1e300, 3, 4, 5, 6}},
		} {
			if dt == tensor.Float64 && strings.Contains(want, "fit") {
				continue
			}
			err := p.SetAll(map[string]graph.Given{"a.tau": good, "a.w": wrong})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: error is %v, want one with %q", dt, err, want)
			}
			if !slices.Equal(state(), before) {
				t.Errorf("%v, %q: values and bounds are %v, want %v", dt, want, state(), before)
			}
		}
		if err := p.SetAll(map[string]graph.Given{"a.tau": good, "b.w": good}); err == nil || !slices.Equal(state(), before) {
			t.Errorf("a name that there is not: error %v, values %v", err, state())
		}
		if err := p.SetAll(map[string]graph.Given{"a.tau": good}); err != nil {
			t.Fatal(err)
		}
		q, _ := p.Get("a.tau")
		if want := graph.Rounded(dt, good.Values); !slices.Equal(q.Values(), want) || *q.Lower >= .1 {
			t.Errorf("%v: values are %v, want %v, above %v", dt, q.Values(), want, *q.Lower)
		}
	}
}

// Parameters start with numbers that their dtype has, of shapes that memory has room for.
func TestInitialValuesFit(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		init  graph.Initializer
		shape []int
		want  string
	}{
		{graph.Constant(1e300), []int{2}, "parameter w: value 0 is 1e+300, which does not fit float32"},
		{graph.Normal{Mean: math.Inf(1)}, []int{2}, "value 0 is +Inf"},
		{graph.Constant(1), []int{1 << 40, 4}, "shape [1099511627776 4]"},
		{graph.Constant(1), []int{1 << 32, 1 << 32}, "too large"},
		{graph.Constant(1), []int{-1, -1}, "positive dimensions"},
		{graph.Orthogonal{}, []int{1 << 20, 1 << 20}, "too large"},
	} {
		_, err := p.Declare("w", "weight", c.init, c.shape...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v: error is %v, want one with %q", c.init, c.shape, err, c.want)
		}
	}
	if len(p.All()) != 0 {
		t.Errorf("what was refused is there: %v", p.All())
	}
}
