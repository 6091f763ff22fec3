package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

func TestIF(t *testing.T) {
	for _, c := range []struct {
		cell             nodes.IF
		membrane, spikes []float64
	}{
		{nodes.IF{}, []float64{.375, .75, .125, .5, .875, .25}, []float64{0, 0, 1, 0, 0, 1}},
		{nodes.IF{Reset: nodes.ToValue, ResetValue: -.25}, []float64{.375, .75, -.25, .125, .5, .875}, []float64{0, 0, 1, 0, 0, 0}},
		{nodes.IF{Reset: nodes.NoReset}, []float64{.375, .75, 1.125, 1.5, 1.875, 2.25}, []float64{0, 0, 1, 1, 1, 1}},
		{nodes.IF{Dt: .5, Rm: 4, B0: new(2.0)}, []float64{.75, 1.5, .25, 1, 1.75, .5}, []float64{0, 0, 1, 0, 0, 1}},
	} {
		oneStep{cell: c.cell, currents: steady(6, .375)}.both(t, map[string][]float64{
			nodes.Membrane: c.membrane, nodes.Spikes: c.spikes,
		})
	}
}

// Reset by subtraction, no charge is lost: N spikes and a rest above 0, of up to the threshold, are
// all of the current.
func TestIFRate(t *testing.T) {
	const steps = 64
	currents := []float64{1. / 32, .125, .25, .375, .5, .8125, 1}
	r := oneStep{cell: nodes.IF{}, currents: steady(steps, currents...)}.run(t)
	for i, current := range currents {
		n := 0.
		for _, s := range r.of(nodes.Spikes, i) {
			n += s
		}
		if want := math.Ceil(current*steps) - 1; n != want {
			t.Errorf("%v spikes in %d steps with a current of %v, want %v", n, steps, current, want)
		}
	}
}

func TestIFIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.IF{B0: new(.8), Rm: 1.2, Dt: .5, Reset: nodes.ToValue, ResetValue: -.1, Surrogate: ops.Arctan{}})
	nodetest.Cell(t, nodes.IF{Reset: nodes.NoReset})
}

func TestIFSettings(t *testing.T) {
	wantRefused(t, nodes.IF{Reset: "hard"}, "IF", `reset is "hard"`, "to_value")
	wantRefused(t, nodes.IF{Dt: -1}, "IF", "dt is -1")
	wantRefused(t, nodes.IF{B0: new(math.NaN())}, "b0 is NaN")
	wantRefused(t, nodes.IF{Rm: math.Inf(1)}, "r_m is +Inf")
	wantRefused(t, nodes.IF{ResetValue: math.Inf(1)}, "reset_value is +Inf")
}

// Detached, the reset is a constant: what a potential becomes after a spike still follows it.
func TestDetachReset(t *testing.T) {
	for _, c := range []struct {
		detach bool
		want   float64
	}{{true, 1}, {false, 1 - ops.Gaussian{}.Derivative(.5)}} {
		// u = h − S(h − 1) at h = 1.5
		closeTo(t, "∂u/∂I", []float64{slope(t, nodes.IF{DetachReset: c.detach}, nodes.Membrane, 1.5)}, []float64{c.want}, 1e-12)
	}
}
