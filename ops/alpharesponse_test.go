package ops_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// alphaPairs are pairs of τs and τm: both orders, equal ones, and such as are much less or more than dt.
var alphaPairs = [2][]float64{{2, 10, 5, 5, 5 + 1e-7, .3, .02, 300, .4, 1}, {10, 2, 5, 5 + 1e-7, 5, .02, .3, .4, 300, 1}}

// The response is that of the differential equations, whose integrals are taken by the midpoint rule.
func TestAlphaResponse(t *testing.T) {
	const dt, parts = .5, 1 << 17
	n := len(alphaPairs[0])
	g := gorgonia.NewGraph()
	tauS, tauM := input(g, tensor.Float64, "tau_syn", dense(alphaPairs[0], n)), input(g, tensor.Float64, "tau_m", dense(alphaPairs[1], n))
	toMembrane, k, r, err := ops.AlphaResponse(tauS, tauM, dt)
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, map[string]*gorgonia.Node{"g": toMembrane, "k": k, "r": r}, nil, nil)
	for i := range n {
		a, b := dt/alphaPairs[1][i], dt/alphaPairs[0][i]
		want := map[string]float64{"r": math.E * b * math.Exp(-b)}
		for j := range parts {
			s := (float64(j) + .5) / parts
			f := a * math.Exp(-a*(1-s)-b*s) / parts
			want["g"] += f
			want["k"] += math.E * b * s * f
		}
		for name, x := range want {
			if !(math.Abs(got[name][i]-x) < 1e-8) {
				t.Errorf("%s of %v and %v ms is %v, want %v", name, alphaPairs[0][i], alphaPairs[1][i], got[name][i], x)
			}
		}
	}
	graphtest.Op(t, []*tensor.Dense{dense(alphaPairs[0], n), dense(alphaPairs[1], n)}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		g, k, r, err := ops.AlphaResponse(in[0], in[1], dt)
		if err != nil {
			return nil, err
		}
		return graph.Of(g).Add(graph.Of(k).Times(.7)).Add(graph.Of(r).Times(-.4)).Node()
	})
}

// A membrane without memory follows the current, and one that never leaks does not move; a synapse without
// memory gives nothing, and one of an infinite time constant no pulse. The slopes there are those of the
// expansion, g = exp(−b) (1 + τm/τs).
func TestAlphaResponseLimits(t *testing.T) {
	const dt, b, e = .5, .25, math.E
	inf, left := math.Inf(1), math.Exp(-b)
	for _, c := range []struct {
		tauS, tauM              float64
		g, k, r, byTauS, byTauM float64 // of g + k + r
	}{
		{2, 0, left, e * b * left, e * b * left, left/dt*b*b + 2*(-e*b*b/dt*(1-b)*left), left/dt*b - e*b/dt*(1-b)*left},
		{0, 2, 0, 0, 0, b*left/dt + e*b*left/dt, 0},
		{0, 0, 0, 0, 0, 0, 0},
		{inf, inf, 0, 0, 0, 0, 0},
		{inf, 2, 1 - left, 0, 0, 0, -b * b / dt * left},
	} {
		for _, tiny := range []float64{0, 1e-320, 1e-20} {
			for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				g := gorgonia.NewGraph()
				tauS, tauM := input(g, dtype, "tau_syn", dense([]float64{math.Max(c.tauS, tiny)}, 1)), input(g, dtype, "tau_m", dense([]float64{math.Max(c.tauM, tiny)}, 1))
				toMembrane, k, r, err := ops.AlphaResponse(tauS, tauM, dt)
				if err != nil {
					t.Fatal(err)
				}
				loss := must(gorgonia.Sum(must(graph.Of(toMembrane).Add(graph.Of(k)).Add(graph.Of(r)).Node())))
				got := evaluate(t, map[string]*gorgonia.Node{"g": toMembrane, "k": k, "r": r}, loss, map[string]*gorgonia.Node{"tau_syn": tauS, "tau_m": tauM})
				for name, want := range map[string]float64{"g": c.g, "k": c.k, "r": c.r, "d tau_syn": c.byTauS, "d tau_m": c.byTauM} {
					if x := got[name][0]; !(math.Abs(x-want) < 1e-6) {
						t.Errorf("%v: %s of %v and %v ms is %v, want %v", dtype, name, c.tauS, c.tauM, x, want)
					}
				}
			}
		}
	}
	for _, wrong := range []float64{-1, math.NaN()} {
		for i, name := range []string{"tau_syn[0] is", "tau_m[0] is"} {
			x := []float64{1, 1}
			x[i] = wrong
			g := gorgonia.NewGraph()
			n, _, _, err := ops.AlphaResponse(input(g, tensor.Float64, "s", dense(x[:1], 1)), input(g, tensor.Float64, "m", dense(x[1:], 1)), dt)
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, name, runGraph(n.Graph()), "AlphaResponse", name)
		}
	}
	if _, _, _, err := ops.AlphaResponse(nil, nil, 0); err == nil {
		t.Error("no error for a time step of 0")
	}
}
