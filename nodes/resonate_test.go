package nodes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

// After a pulse the potential is the damped oscillation exp(−t/τ) sin(2πft).
func TestRFOscillates(t *testing.T) {
	const tau, f, dt, steps = 80, 25, .5, 400
	cell := nodes.RF{TauM: graph.Constant(tau), Frequency: graph.Constant(f), Dt: dt, B0: new(high)}
	y := oneStep{cell: cell, currents: pulse(steps, 3)}.run(t).of(nodes.Membrane, 0)
	want := make([]float64, steps)
	for i := range want {
		ms := dt * float64(i)
		want[i] = 3 * dt * math.Exp(-ms/tau) * math.Sin(2*math.Pi*f*ms/1000)
	}
	closeTo(t, "membrane", y, want, 1e-12)
}

// A second pulse adds to what is left of the first after a period, and is reduced by it after half of
// one.
func TestRFResonates(t *testing.T) {
	peak := func(pulses ...int) float64 {
		currents := slices.Repeat([]float64{0}, 300)
		for _, at := range pulses {
			currents[at] = 1
		}
		y := oneStep{cell: nodes.RF{B0: new(high)}, currents: column(currents)}.run(t).of(nodes.Membrane, 0)
		return slices.Max(y[pulses[len(pulses)-1]:])
	}
	one := peak(0) // in periods of 100 steps, which are the time constant
	closeTo(t, "peaks", []float64{peak(0, 100), peak(0, 50)}, []float64{one * (1 + math.Exp(-1)), one * (1 - math.Exp(-.5))}, 1e-12)
}

// A quarter of a turn in a step, in which the amplitude is halved.
func TestRFReset(t *testing.T) {
	for _, c := range []struct {
		cell nodes.RF
		y, x []float64
	}{
		{nodes.RF{}, []float64{1, -.5, -.25}, []float64{-1, -.5, .25}},
		{nodes.RF{Reset: nodes.ToValue, ResetValue: 1}, []float64{1, 0, -.25}, []float64{0, -.5, 0}},
		{nodes.RF{Reset: nodes.NoReset}, []float64{2, -.5, -.5}, []float64{-1, -1, .25}},
	} {
		c.cell.TauM, c.cell.Frequency = graph.Constant(halving), graph.Constant(250)
		oneStep{cell: c.cell, currents: steady(3, 0), initial: map[string][]float64{nodes.Membrane: {2}, "quadrature": {4}}}.both(t,
			map[string][]float64{nodes.Membrane: c.y, "quadrature": c.x, nodes.Spikes: {1, 0, 0}})
	}
}

func TestRFIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.RF{Frequency: graph.Constant(90), B0: new(.3), Dt: .5, Reset: nodes.ToValue, ResetValue: .2, Surrogate: ops.Arctan{}})
	wantRefused(t, nodes.RF{Reset: "hard"}, "RF", `reset is "hard"`)
	wantRefused(t, nodes.RF{Dt: -1}, "dt is -1")
	wantRefused(t, nodes.RF{ResetValue: math.NaN()}, "reset_value is NaN")
}
