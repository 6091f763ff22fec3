package nodes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// timed is a cell under currents that last, which ask for about 10 to 150 spikes a second.
type timed struct {
	name     string // that it is saved by, where it is one of all cells
	cell     nodes.Cell
	currents []float64
	kicks    bool   // what a step adds is a charge, current times dt: its comment says so
	depends  string // the sentence of its comment that says why the rate depends on the time step
}

var (
	one    = new(1.)
	leaky  = []float64{1.1, 1.5, 2, 3}
	paper  = "at another dt the same current gives another rate"
	within = nodes.LIF{B0: one, Reset: nodes.ToValue}
)

var timedCells = []timed{
	{name: "lif", cell: nodes.LIF{B0: one}, currents: leaky, depends: paper},
	{name: "alif", cell: nodes.ALIF{B0: one}, currents: []float64{1.5, 2, 3, 5}, depends: paper},
	{cell: nodes.LIF{B0: one, Continuous: true}, currents: leaky},
	{cell: nodes.LIF{B0: one, Continuous: true, DetachReset: true}, currents: leaky},
	{cell: nodes.LIF{Continuous: true}, currents: []float64{.011, .015, .03}},
	{cell: nodes.LIF{B0: one, Reset: nodes.ToValue}, currents: leaky},
	{cell: nodes.ALIF{B0: one, Continuous: true}, currents: []float64{1.5, 2, 3, 5}},
	{cell: nodes.ALIF{B0: one, Continuous: true, TauAdp: graph.Constant(30), Beta: new(.5)}, currents: []float64{1.5, 2, 3}},
	{cell: nodes.ALIF{Continuous: true}, currents: []float64{.03, .1, .3}},
	{cell: nodes.ALIF{B0: one, Continuous: true, Beta: new(0.)}, currents: leaky},
	{name: "li", cell: nodes.LI{}, currents: leaky},
	{name: "adaptive_li", cell: nodes.AdaptiveLI{}, currents: leaky},
	{name: "if", cell: nodes.IF{}, currents: []float64{.01, .05, .1}},
	{cell: nodes.IF{Reset: nodes.ToValue}, currents: []float64{.01, .05, .1}},
	{name: "plif", cell: nodes.PLIF{TauM: graph.Constant(20)}, currents: leaky},
	{name: "cuba_lif", cell: nodes.CubaLIF{}, currents: leaky[:3]},
	{cell: nodes.CubaLIF{Euler: true, Reset: nodes.ToValue}, currents: leaky[:3]},
	{name: "alpha_lif", cell: nodes.AlphaLIF{}, currents: []float64{.2, .3, .5}, kicks: true},
	{name: "lsnn", cell: nodes.LSNN{}, currents: []float64{.05, .08, .2}, kicks: true},
	{name: "se_adlif", cell: nodes.SEAdLIF{TauU: graph.Constant(15), TauW: graph.Constant(150), A: graph.Constant(.5), B: graph.Constant(1)},
		currents: []float64{62, 80, 150}},
	{cell: nodes.SEAdLIF{TauU: graph.Constant(15), TauW: graph.Constant(150), A: graph.Constant(.01), B: graph.Constant(1)},
		currents: []float64{4, 10, 30}},
	{name: "rf", cell: nodes.RF{}, currents: []float64{.08, .1, .2}},
	{name: "qif", cell: nodes.QIF{}, currents: []float64{6, 10, 30, 60}},
	{name: "eif", cell: nodes.EIF{}, currents: []float64{.3, 1, 3}},
	{name: "adex", cell: nodes.AdEx{}, currents: []float64{.8, 1, 2}},
	{name: "izhikevich", cell: nodes.Izhikevich{}, currents: []float64{5, 10, 20}},
	{cell: nodes.FastSpiking(), currents: []float64{5, 10, 20}},
	{cell: nodes.Chattering(), currents: []float64{10}},
	{name: "refractory", cell: nodes.Refractory{Cell: within}, currents: leaky},
	{cell: nodes.Refractory{Cell: within, Hold: true}, currents: leaky},
	{cell: nodes.Refractory{Cell: nodes.LIF{B0: one, Continuous: true}}, currents: leaky},
	{cell: nodes.Refractory{Cell: nodes.ALIF{B0: one, Continuous: true}, Hold: true}, currents: []float64{1.5, 3, 5}},
	{cell: nodes.Refractory{Cell: nodes.LSNN{}}, currents: []float64{.05, .08, .2}, kicks: true},
	{cell: nodes.Refractory{Cell: nodes.AdEx{}, Period: 2}, currents: []float64{.8, 1, 2}},
}

// responses are the spikes in a second under each current, or the membrane potential after it.
func (c timed) responses(t *testing.T, dt float64) []float64 {
	t.Helper()
	cell := must(nodes.WithTimeStep(nodes.WithDefaults(c.cell), dt))
	steps, n := int(math.Round(1000/dt)), len(c.currents)
	x := make([]float64, 0, steps*n)
	for range steps {
		for _, current := range c.currents {
			if c.kicks {
				current *= dt
			}
			x = append(x, current)
		}
	}
	r := must(nodes.Simulate(cell, tensor.New(tensor.WithShape(steps, n, 1), tensor.WithBacking(x)), nil))
	spikes, spiking := r[nodes.Spikes]
	if !spiking {
		return r[nodes.Membrane].Data().([]float64)[(steps-1)*n:]
	}
	counts := make([]float64, n)
	for i, s := range spikes.Data().([]float64) {
		counts[i%n] += s
	}
	return counts
}

// The same current gives nearly the same rate at any time step, or the cell's comment says why not.
func TestRatesAtOtherTimeSteps(t *testing.T) {
	var names []string
	for _, c := range timedCells {
		if c.name != "" {
			names = append(names, c.name)
		}
		want := c.responses(t, .025)
		differ := false
		for _, dt := range []float64{1, .5, .1, .05} {
			for i, got := range c.responses(t, dt) {
				if want[i] == 0 {
					t.Errorf("%#v gives nothing at a current of %v", c.cell, c.currents[i])
				}
				if got/want[i] > 1.25 || want[i]/got > 1.25 {
					differ = true
					if c.depends == "" {
						t.Errorf("%#v gives %v at a time step of %v ms, and %v at .025 ms, at a current of %v", c.cell, got, dt, want[i], c.currents[i])
					}
				}
			}
		}
		if c.depends != "" && !differ {
			t.Errorf("%#v gives the same at all time steps: its comment need not say otherwise", c.cell)
		}
	}
	for _, name := range nodes.CellNames() {
		if !slices.Contains(names, name) {
			t.Errorf("%s is missing", name)
		}
	}
}
