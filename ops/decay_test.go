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
	for _, wrong := range []float64{0, -1, math.NaN(), math.Inf(1)} {
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
