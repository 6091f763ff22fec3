package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

func TestLSNN(t *testing.T) {
	cell := nodes.LSNN{TauM: graph.Constant(halving), TauAdp: graph.Constant(halving), Beta: new(.5), B0: 1}
	oneStep{cell: cell, currents: steady(5, 1.5)}.both(t, map[string][]float64{
		nodes.Membrane:   {1.5, 1.25, 2.125, 1.5625, 2.28125},
		nodes.Adaptation: {0, 1, .5, 1.25, .625},
		nodes.Threshold:  {1, 1.5, 1.25, 1.625, 1.3125},
		nodes.Spikes:     {1, 0, 1, 0, 1},
	})
}

// The potential tends to I/(1−α): the current is not scaled.
func TestLSNNSteadyPotential(t *testing.T) {
	r := oneStep{cell: nodes.LSNN{}, currents: steady(1000, .02)}.run(t)
	closeTo(t, "membrane", r[nodes.Membrane][999], []float64{.02 / (1 - math.Exp(-1./20))}, 1e-12)
}

// With the triangle the surrogate is the paper's, (γ/b0) max(0, 1 − |(v−A)/b0|).
func TestLSNNPseudoDerivative(t *testing.T) {
	const b0 = .6
	for _, v := range []float64{-.1, .1, .5, .6, .7, 1.1, 1.3} {
		got := slope(t, nodes.LSNN{Surrogate: ops.Triangle{}}, nodes.Spikes, v)
		closeTo(t, "pseudo-derivative", []float64{got}, []float64{.3 / b0 * max(0, 1-math.Abs((v-b0)/b0))}, 1e-12)
	}
}

func TestLSNNIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.LSNN{TauAdp: graph.Constant(10), Beta: new(.7), B0: .5, Dt: .5, Surrogate: ops.Triangle{}})
	nodetest.Cell(t, nodes.LSNN{TauAdp: graph.Constant(10), Beta: new(.7), Regular: .5, DetachReset: true})
	wantRefused(t, nodes.LSNN{B0: -1}, "LSNN", "b0 is -1")
	wantRefused(t, nodes.LSNN{Dt: math.Inf(1)}, "dt is +Inf")
	wantRefused(t, nodes.LSNN{Beta: new(math.NaN())}, "beta is NaN")
}
