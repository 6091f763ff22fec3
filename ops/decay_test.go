package ops_test

import (
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestDecay(t *testing.T) {
	taus := tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{.5, 3, 200}))
	graphtest.Op(t, []*tensor.Dense{taus}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.Decay(in[0], .5) })

	g := gorgonia.NewGraph()
	tau := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(3), gorgonia.WithName("tau"), gorgonia.WithValue(taus))
	d, err := ops.Decay(tau, .5)
	if err != nil {
		t.Fatal(err)
	}
	run := func() error {
		m, err := graph.NewMachine(d)
		if err != nil {
			return err
		}
		return m.RunAll()
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	for i, x := range d.Value().Data().([]float64) {
		if want := math.Exp(-.5 / taus.Data().([]float64)[i]); x != want {
			t.Errorf("element %d is %v, want %v", i, x, want)
		}
	}
	for _, wrong := range []float64{-1, math.NaN(), math.Inf(-1)} {
		taus.Data().([]float64)[1] = wrong
		if err := run(); err == nil || !strings.Contains(err.Error(), "tau[1] is") {
			t.Errorf("with a time constant of %v, the error is %v", wrong, err)
		}
	}
	for _, dt := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := ops.Decay(tau, dt); err == nil {
			t.Errorf("no error for a time step of %v", dt)
		}
	}
}

// Time constants next to nothing or huge, and what they are rounded to in single precision, give the limit, in
// values and gradients, fused as by itself.
func TestDecayLimits(t *testing.T) {
	taus := []float64{0, 1e-320, 1e-170, 1e-44, 1e-30, 1e-20, .5, 1e20, 1e38, 1e170, 1e300, math.Inf(1)}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		g := gorgonia.NewGraph()
		tau := input(g, dt, "tau", dense(taus, len(taus)))
		d := must(ops.Decay(tau, .5))
		u := must(ops.LI{Dt: .5, Rm: 1}.Apply(ops.LIInputs{TauM: tau, Initial: input(g, dt, "u0", normal(1, 0, 1, 2, len(taus))),
			Current: input(g, dt, "current", normal(2, 0, 1, 3, 2, len(taus)))}))
		r := evaluate(t, map[string]*gorgonia.Node{"d": d}, must(gorgonia.Sum(d)), map[string]*gorgonia.Node{"tau": tau})
		li := evaluate(t, nil, must(gorgonia.Sum(u)), map[string]*gorgonia.Node{"tau": tau})
		for i, x := range taus {
			value, slope := math.Exp(-.5/x), 0.
			if x == .5 {
				slope = 2 * math.Exp(-1)
			}
			if got := r["d"][i]; !(math.Abs(got-value) < 1e-7) {
				t.Errorf("%v: of a time constant of %v there is left %v, want %v", dt, x, got, value)
			}
			if got := r["d tau"][i]; !(math.Abs(got-slope) < 1e-7) {
				t.Errorf("%v: the derivative by a time constant of %v is %v, want %v", dt, x, got, slope)
			}
			if got := li["d tau"][i]; x != .5 && !(math.Abs(got) < 1e-30) {
				t.Errorf("%v: the gradient of a leaky integrator by a time constant of %v is %v, want 0", dt, x, got)
			}
		}
	}
}
