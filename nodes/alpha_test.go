package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

// high is a threshold that is not reached.
const high = 1e3

// An input of 1 causes a current of (t/τs) exp(1−t/τs), with its peak of 1 at t = τs.
func TestAlphaLIFCurrent(t *testing.T) {
	const tau, dt, steps = 7, .5, 120
	cell := nodes.AlphaLIF{TauSyn: graph.Constant(tau), Dt: dt, B0: new(high)}
	j := oneStep{cell: cell, currents: pulse(steps, 1)}.run(t).of(nodes.Synaptic, 0)
	want := make([]float64, steps)
	peak := 0
	for i := range want {
		s := dt * float64(i) / tau
		want[i] = s * math.Exp(1-s)
		if j[i] > j[peak] {
			peak = i
		}
	}
	closeTo(t, "current", j, want, 1e-12)
	if peak != tau/dt {
		t.Errorf("the peak is after %d steps, want %v", peak, tau/dt)
	}
	closeTo(t, "peak", []float64{j[peak]}, []float64{1}, 1e-12)
}

// The membrane potential is the solution of its differential equation, for time constants that
// differ and for those that do not.
func TestAlphaLIFPotential(t *testing.T) {
	const steps, rm = 80, 3
	for _, c := range []struct{ tauS, tauM, dt, tolerance float64 }{
		{7, 20, 1, 1e-10}, {2, 10, 1, 1e-6}, {10, 10, .5, 1e-12}, {5, 5 + 1e-9, 1, 1e-9}, {5, 1, 1, 1e-5}, {1, 30, 1, 1e-5},
	} {
		cell := nodes.AlphaLIF{TauSyn: graph.Constant(c.tauS), TauM: graph.Constant(c.tauM), Rm: rm, Dt: c.dt, B0: new(high)}
		u := oneStep{cell: cell, currents: pulse(steps, 1)}.run(t).of(nodes.Membrane, 0)
		want := make([]float64, steps)
		for i := range want {
			time := c.dt * float64(i)
			k := 1/c.tauS - 1/c.tauM
			integral := (1 - math.Exp(-k*time)*(1+k*time)) / (k * k)
			if math.Abs(k) < 1e-9 {
				integral = time * time / 2
			}
			want[i] = rm * math.E / (c.tauM * c.tauS) * math.Exp(-time/c.tauM) * integral
		}
		closeTo(t, "membrane", u, want, c.tolerance)
	}
}

// A spike resets the potential, and leaves the synapse as it is.
func TestAlphaLIFReset(t *testing.T) {
	const steps = 30
	run := func(r nodes.Reset) series {
		return oneStep{cell: nodes.AlphaLIF{B0: new(.5), Reset: r, ResetValue: -.25}, currents: pulse(steps, 6)}.run(t)
	}
	none, subtract, toValue := run(nodes.NoReset), run(nodes.Subtract), run(nodes.ToValue)
	first := 0
	for none[nodes.Spikes][first][0] == 0 {
		first++
	}
	for _, r := range []series{subtract, toValue} {
		closeTo(t, "current", r.of(nodes.Synaptic, 0), none.of(nodes.Synaptic, 0), 0)
		closeTo(t, "membrane before the spike", r.of(nodes.Membrane, 0)[:first], none.of(nodes.Membrane, 0)[:first], 0)
	}
	at := []float64{none[nodes.Membrane][first][0] - .5, -.25}
	closeTo(t, "membrane after the spike", []float64{subtract[nodes.Membrane][first][0], toValue[nodes.Membrane][first][0]}, at, 1e-15)
}

// A step by hand: δ = ln 2, and e δ y = 2 ln 2 e.
func TestAlphaLIFStep(t *testing.T) {
	cell := nodes.AlphaLIF{TauSyn: graph.Constant(halving), TauM: graph.Constant(halving), B0: new(high)}
	ramp := 2 * math.Ln2 * math.E
	// Of equal time constants g is δ/2, and k is δ/4.
	oneStep{cell: cell, currents: steady(1, .5), initial: map[string][]float64{
		nodes.Membrane: {3}, nodes.Synaptic: {4}, "rise": {2},
	}}.both(t, map[string][]float64{
		nodes.Membrane: {1.5 + math.Ln2/2*4 + math.Ln2/4*ramp},
		nodes.Synaptic: {2 + ramp/2},
		"rise":         {1.5},
	})
}

func TestAlphaLIFIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.AlphaLIF{B0: new(.3), Rm: 2, Dt: .5, Reset: nodes.ToValue, ResetValue: .1, Surrogate: ops.Erf(2)})
	wantRefused(t, nodes.AlphaLIF{Reset: "hard"}, "AlphaLIF", `reset is "hard"`)
	wantRefused(t, nodes.AlphaLIF{Dt: -1}, "dt is -1")
	wantRefused(t, nodes.AlphaLIF{Rm: math.NaN()}, "r_m is NaN")
}
