package cases

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// One neuron under the same constant current for a second, in steps of 1 ms and of 0.1 ms. Others were reported for
// spike counts that depend on the step: jeshraghian/snntorch#291, UWB-Biocomputing/BrainGrid#243. Right: nearly as
// many spikes in a second. LIF and ALIF in the paper's own form depend on it, as their documentation
// says, and have a setting beside it that does not.
func TestCase16DtChangesTheRate(t *testing.T) {
	r := begin(t, "16")
	tau := func(v float64) graph.Initializer { return graph.Constant(v) }
	one := new(1.)
	for _, c := range []struct {
		name    string
		cell    func(dt float64) nodes.Cell
		current float64
	}{
		{"LIF, subtract", func(dt float64) nodes.Cell { return nodes.LIF{B0: one, Dt: dt} }, 1.5},
		{"LIF, to value", func(dt float64) nodes.Cell { return nodes.LIF{B0: one, Dt: dt, Reset: nodes.ToValue} }, 1.5},
		{"LIF, continuous", func(dt float64) nodes.Cell { return nodes.LIF{B0: one, Dt: dt, Continuous: true} }, 1.5},
		{"ALIF, continuous", func(dt float64) nodes.Cell { return nodes.ALIF{B0: one, Dt: dt, Continuous: true} }, 3},
		{"ALIF", func(dt float64) nodes.Cell { return nodes.ALIF{B0: one, Dt: dt} }, 3},
		{"LSNN (kicks)", func(dt float64) nodes.Cell { return nodes.LSNN{Dt: dt} }, .08},
		{"IF", func(dt float64) nodes.Cell { return nodes.IF{Dt: dt} }, .05},
		{"PLIF", func(dt float64) nodes.Cell { return nodes.PLIF{TauM: tau(20), Dt: dt} }, 1.5},
		{"CubaLIF", func(dt float64) nodes.Cell { return nodes.CubaLIF{Dt: dt} }, 1.5},
		{"CubaLIF, Euler", func(dt float64) nodes.Cell { return nodes.CubaLIF{Dt: dt, Euler: true} }, 1.5},
		{"AlphaLIF (kicks)", func(dt float64) nodes.Cell { return nodes.AlphaLIF{Dt: dt} }, .3},
		{"SEAdLIF", func(dt float64) nodes.Cell {
			return nodes.SEAdLIF{TauU: tau(15), TauW: tau(150), A: tau(.5), B: tau(1), Dt: dt}
		}, 60},
		{"Refractory LIF, to value", func(dt float64) nodes.Cell {
			return nodes.Refractory{Cell: nodes.LIF{B0: one, Dt: dt, Reset: nodes.ToValue}, Period: 5, Hold: true}
		}, 1.5},
		{"Izhikevich", func(dt float64) nodes.Cell { i := nodes.RegularSpiking(); i.Dt = dt; return i }, 10},
		{"AdEx", func(dt float64) nodes.Cell { return nodes.AdEx{Dt: dt} }, 1},
		{"QIF", func(dt float64) nodes.Cell { return nodes.QIF{Dt: dt} }, 30},
		{"EIF", func(dt float64) nodes.Cell { return nodes.EIF{Dt: dt} }, 3},
	} {
		coarse, err := spikesInASecond(c.cell(1), 1, c.current)
		r.must(err)
		in := c.current
		if strings.HasSuffix(c.name, "(kicks)") { // what a step adds is a charge: current times dt
			in *= .1
		}
		fine, err := spikesInASecond(c.cell(.1), .1, in)
		r.must(err)
		good := coarse > 0 && fine > 0 && fine/coarse < 1.25 && coarse/fine < 1.25
		r.check(c.name, good, "%.0f spikes in a second at dt 1 ms, %.0f at 0.1 ms", coarse, fine)
	}
}

func spikesInASecond(c nodes.Cell, dt, current float64) (n float64, err error) {
	steps := int(1000/dt + .5)
	x := make([]float64, steps)
	for i := range x {
		x[i] = current
	}
	r, err := nodes.Simulate(c, tensor.New(tensor.WithShape(steps, 1, 1), tensor.WithBacking(x)), nil)
	if err != nil {
		return 0, err
	}
	for _, s := range r[nodes.Spikes].Data().([]float64) {
		n += s
	}
	return n, nil
}
