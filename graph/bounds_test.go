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

// overwrite is what a solver does.
func overwrite(t *testing.T, n *gorgonia.Node, values ...float64) {
	t.Helper()
	switch x := n.Value().Data().(type) {
	case []float32:
		for i, v := range values {
			x[i] = float32(v)
		}
	case []float64:
		copy(x, values)
	}
}

// Project puts values back on their bound, in place, in both precisions, and leaves the others.
func TestProject(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		p, err := graph.NewParams(gorgonia.NewGraph(), dt, 1)
		if err != nil {
			t.Fatal(err)
		}
		tau, err := p.Scope("layer").DeclareAbove(.5, "tau", "tau", graph.Constant(20), 4)
		if err != nil {
			t.Fatal(err)
		}
		free, err := p.Declare("w", "weight", graph.Constant(1), 2)
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, tau, -3, .25, .75, math.NaN())
		overwrite(t, free, -3, .25)
		p.Project()
		q, _ := p.Get("layer.tau")
		if x := q.Values(); *q.Lower != .5 || x[0] != .5 || x[1] != .5 || x[2] != .75 || !math.IsNaN(x[3]) {
			t.Errorf("%v: with a bound of %v: %v", dt, *q.Lower, x)
		}
		w, _ := p.Get("w")
		if !slices.Equal(w.Values(), []float64{-3, .25}) || w.Lower != nil {
			t.Errorf("%v: without a bound: %v", dt, w.Values())
		}
	}
}

// A bound lies below the values that a parameter is given, at first or later.
func TestBoundBelowGivenValues(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 1)
	if err != nil {
		t.Fatal(err)
	}
	bound := func(name string) float64 {
		q, _ := p.Get(name)
		return *q.Lower
	}
	for name, c := range map[string]struct{ init, want float64 }{"above": {.5, .1}, "at": {.1, .1}, "below": {.04, .02}, "negative": {-1, .1}} {
		if _, err := p.DeclareAbove(.1, name, "tau", graph.Values{.5, c.init}, 2); err != nil {
			t.Fatal(err)
		}
		if got := bound(name); got != c.want {
			t.Errorf("%s: the bound is %v, want %v", name, got, c.want)
		}
	}
	if err := p.Set("above", []int{2}, []float64{.06, 3}); err != nil || bound("above") != .03 {
		t.Errorf("with values from .06 on, the bound is %v, error %v", bound("above"), err)
	}
	if err := p.Set("above", []int{2}, []float64{.5, 3}); err != nil || bound("above") != .03 {
		t.Errorf("with larger values, the bound is %v, error %v", bound("above"), err)
	}
	for _, lower := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := p.DeclareAbove(lower, "none", "tau", graph.Constant(1), 2); err == nil || !strings.Contains(err.Error(), "none") {
			t.Errorf("a bound of %v: error is %v", lower, err)
		}
	}
}

// Twins share bounds as they share values, whatever the values are by then.
func TestBoundsOfTwins(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 2 {
		twin, err := p.Grow(gorgonia.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		tau, err := twin.DeclareAbove(.5, "tau", "tau", graph.Constant(20), 2)
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, tau, .2, -1)
		if k == 0 {
			p.Project()
		} else {
			twin.Project()
		}
		q, _ := p.Get("tau")
		if x := q.Values(); !slices.Equal(x, []float64{.5, .5}) {
			t.Errorf("twin %d: %v", k, x)
		}
		overwrite(t, tau, .2, .2) // which is not given
	}
	q, _ := p.Get("tau")
	if *q.Lower != .5 {
		t.Errorf("the bound is %v", *q.Lower)
	}
}
