package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

// By forward Euler, with dt/τs = 1/2 and dt/τm = 1/4.
func TestCubaLIF(t *testing.T) {
	cell := nodes.CubaLIF{TauSyn: graph.Constant(2), TauM: graph.Constant(4), WIn: 2, Rm: 3, Euler: true}
	synaptic := []float64{1, 1.5, 1.75, 1.875}
	for _, c := range []struct {
		reset            nodes.Reset
		value            float64
		membrane, spikes []float64
	}{
		{nodes.Subtract, 0, []float64{.75, .6875, .828125, 1.02734375}, []float64{0, 1, 1, 1}},
		{nodes.ToValue, .5, []float64{.75, .5, .5, .5}, []float64{0, 1, 1, 1}},
		{nodes.NoReset, 0, []float64{.75, 1.6875, 2.578125, 3.33984375}, []float64{0, 1, 1, 1}},
	} {
		cell.Reset, cell.ResetValue = c.reset, c.value
		oneStep{cell: cell, currents: steady(4, 1)}.both(t, map[string][]float64{
			nodes.Synaptic: synaptic, nodes.Membrane: c.membrane, nodes.Spikes: c.spikes,
		})
	}
}

// Without Euler the decays are exponential: the synaptic current is exact, and the membrane
// potential tends to V_leak + Rm w_in I.
func TestCubaLIFExponential(t *testing.T) {
	const steps = 300
	cell := nodes.CubaLIF{WIn: 2, Rm: .1, VLeak: .3, Dt: .5}
	r := oneStep{cell: cell, currents: steady(steps, .7, 0)}.run(t)
	want := make([]float64, steps)
	for i := range want {
		want[i] = 1.4 * (1 - math.Exp(-.5*float64(i+1)/5))
	}
	closeTo(t, "synaptic", r.of(nodes.Synaptic, 0), want, 1e-12)
	closeTo(t, "last membrane", r[nodes.Membrane][steps-1], []float64{.3 + .14, .3}, 1e-6)
	closeTo(t, "membrane without input", r.of(nodes.Membrane, 1), repeat(.3, steps), 1e-12)
}

// Euler agrees with the exponential decays where the steps are short.
func TestCubaLIFEulerConverges(t *testing.T) {
	run := func(cell nodes.CubaLIF, steps int) float64 {
		r := oneStep{cell: cell, currents: steady(steps, .9)}.run(t)
		return r[nodes.Membrane][steps-1][0]
	}
	difference := func(dt float64) float64 {
		steps := int(10 / dt)
		return math.Abs(run(nodes.CubaLIF{Dt: dt, Euler: true}, steps) - run(nodes.CubaLIF{Dt: dt}, steps))
	}
	if order := math.Log2(difference(.5) / difference(.25)); !(math.Abs(order-1) < .1) {
		t.Errorf("Euler converges with order %v, want 1", order)
	}
}

func TestCubaLIFIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.CubaLIF{Euler: true, WIn: 2, Rm: 3, B0: new(.7), VLeak: .1, Dt: .5, Reset: nodes.ToValue, ResetValue: .2,
		Surrogate: ops.Sigmoid{}})
	wantRefused(t, nodes.CubaLIF{Reset: "hard"}, "CubaLIF", `reset is "hard"`)
	wantRefused(t, nodes.CubaLIF{VLeak: math.NaN()}, "v_leak is NaN")
	wantRefused(t, nodes.CubaLIF{WIn: math.Inf(-1)}, "w_in is -Inf")
	wantRefused(t, nodes.CubaLIF{Dt: -1}, "dt is -1")
}
