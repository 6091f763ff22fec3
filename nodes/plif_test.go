package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

func TestPLIF(t *testing.T) {
	// τ = 2 steps, the default, is w = 0: each step goes half of the way to the current.
	oneStep{cell: nodes.PLIF{}, currents: steady(5, 1.5)}.both(t, map[string][]float64{
		nodes.Membrane: {.75, 0, .75, 0, .75},
		nodes.Spikes:   {0, 1, 0, 1, 0},
	})
	// From rest at V_r, which is 0.25 above 0, to V_r + I.
	oneStep{cell: nodes.PLIF{ResetValue: .25}, currents: steady(5, 1.5)}.both(t, map[string][]float64{
		nodes.Membrane: {1, .25, 1, .25, 1},
		nodes.Spikes:   {0, 1, 0, 1, 0},
	})
}

// Below the threshold what is missing to the current shrinks by 1 − σ(w) in each step.
func TestPLIFDecay(t *testing.T) {
	const steps = 20
	ws := []float64{-3, 0, 1.5}
	r := oneStep{cell: nodes.PLIF{}, params: map[string][]float64{"w": ws}, currents: steady(steps, .9, .9, .9)}.run(t)
	for i, w := range ws {
		want := make([]float64, steps)
		for t := range want {
			want[t] = .9 * (1 - math.Pow(1-1/(1+math.Exp(-w)), float64(t+1)))
		}
		closeTo(t, "membrane", r.of(nodes.Membrane, i), want, 1e-12)
	}
}

// The time constant is given in ms, and w is σ⁻¹(dt/τ).
func TestPLIFTimeConstant(t *testing.T) {
	for _, c := range []struct{ tau, dt, w float64 }{{2, 1, 0}, {4, 1, -math.Log(3)}, {4, 2, 0}, {1.5, 1, math.Ln2}} {
		cell := nodes.WithDefaults(nodes.PLIF{TauM: graph.Constant(c.tau), Dt: c.dt})
		q := cell.Parameters()[0]
		if q.Name != "w" || q.Group != "neuron" {
			t.Errorf("the parameter is %s of the group %s, want w, neuron", q.Name, q.Group)
		}
		closeTo(t, "w", oneStep{}.parameter(t, q, 1), []float64{c.w}, 1e-15)
	}
	wantRefused(t, nodes.PLIF{TauM: graph.Constant(1)}, "a.w", "time constant of 1 ms", "more than the time step, 1 ms")
	wantRefused(t, nodes.PLIF{TauM: graph.Constant(math.Inf(1))}, "+Inf")
	wantRefused(t, nodes.PLIF{TauM: graph.Uniform{Low: 3, High: 2}}, "low ≤ high")
}

func TestPLIFIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.PLIF{B0: new(.8), ResetValue: .3, Dt: .5, Surrogate: ops.Arctan{}})
	wantRefused(t, nodes.PLIF{Dt: -1}, "PLIF", "dt is -1")
	wantRefused(t, nodes.PLIF{ResetValue: math.NaN()}, "reset_value is NaN")
}
