package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
)

func TestAdaptiveLI(t *testing.T) {
	cell := nodes.AdaptiveLI{TauM: graph.Constant(halving), TauW: graph.Constant(halving)}
	oneStep{cell: cell, currents: steady(3, 4)}.both(t, map[string][]float64{
		nodes.Membrane:   {2, 2.5, 2.375},
		nodes.Adaptation: {1, 1.75, 2.0625},
	})
}

// What lasts is divided by 1 + a; without adaptation it is a leaky integrator.
func TestAdaptiveLISteadyPotential(t *testing.T) {
	const steps = 3000
	a := []float64{0, 1, 3, 50, -.2}
	currents := steady(steps, .8, .8, .8, .8, .8)
	r := oneStep{cell: nodes.AdaptiveLI{Rm: 2}, params: map[string][]float64{"a": a}, currents: currents}.run(t)
	for i, a := range a {
		closeTo(t, "last membrane", r[nodes.Membrane][steps-1][i:i+1], []float64{1.6 / (1 + a)}, 1e-6)
	}
	li := oneStep{cell: nodes.LI{Rm: 2}, currents: steady(steps, .8)}.run(t)
	closeTo(t, "membrane without adaptation", r.of(nodes.Membrane, 0), li.of(nodes.Membrane, 0), 1e-14)
}

// It answers to the start of a current more than to the current itself.
func TestAdaptiveLIOvershoots(t *testing.T) {
	u := oneStep{cell: nodes.AdaptiveLI{}, currents: steady(1000, 1)}.run(t).of(nodes.Membrane, 0)
	peak := 0
	for i := range u {
		if u[i] > u[peak] {
			peak = i
		}
	}
	if !(u[peak] > 1.2*u[len(u)-1]) || peak > 100 {
		t.Errorf("the peak is %v after %d steps and %v is left, want an early peak and half of the current", u[peak], peak, u[len(u)-1])
	}
}

func TestAdaptiveLIIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.AdaptiveLI{Rm: 2, Dt: .5})
	wantRefused(t, nodes.AdaptiveLI{Dt: -1}, "AdaptiveLI", "dt is -1")
	wantRefused(t, nodes.AdaptiveLI{Rm: math.NaN()}, "r_m is NaN")
}
