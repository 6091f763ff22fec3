package nodes_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// Fields that are zero take what their tags say; others stay. Cells within cells are filled in too.
func TestWithDefaults(t *testing.T) {
	for _, c := range []struct{ cell, want nodes.Cell }{
		{nodes.ALIF{B0: new(0.), Beta: new(0.)}, nodes.ALIF{Beta: new(0.), B0: new(0.), Rm: 1, Dt: 1, Surrogate: ops.DefaultSurrogate}},
		{nodes.QIF{Peak: new(0.)}, nodes.QIF{Rm: 1, Peak: new(0.), Dt: 1, Width: 30, Surrogate: ops.DefaultSurrogate}},
		{nodes.ALIF{}, nodes.ALIF{Beta: new(1.8), B0: new(.01), Rm: 1, Dt: 1, Surrogate: ops.DefaultSurrogate}},
		{nodes.ALIF{Beta: new(3.0), Surrogate: ops.Tanh{}}, nodes.ALIF{Beta: new(3.0), B0: new(.01), Rm: 1, Dt: 1, Surrogate: ops.Tanh{}}},
		{nodes.PLIF{}, nodes.PLIF{B0: new(1.0), Dt: 1, Surrogate: ops.Arctan{}}},
		{nodes.Refractory{Cell: nodes.LI{Rm: 2}}, nodes.Refractory{Period: 5, Cell: nodes.LI{Rm: 2, Dt: 1}}},
		{lazy{nodes.LIF{Dt: .5}}, lazy{nodes.LIF{B0: new(.01), Rm: 1, Dt: .5, Surrogate: ops.DefaultSurrogate}}},
	} {
		if got := nodes.WithDefaults(c.cell); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v became %#v, want %#v", c.cell, got, c.want)
		}
	}
}

// lazy is a LIF neuron that gets half of the current: a cell that embeds another.
type lazy struct{ nodes.LIF }

func (c lazy) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.LIF.Step(p, s, current.Times(.5))
}

// A cell that embeds one with a fused op runs its own steps, and not that op.
func TestEmbeddedCellRunsItsOwnSteps(t *testing.T) {
	membrane := func(cell nodes.Cell, scale float64) []float64 {
		p := newParams(1)
		n := must(nodes.Layer{Units: 2, Cell: cell}.DeclareNeurons(p, "a"))
		current := normal(1, 20)
		for i := range current {
			current[i] *= scale
		}
		return read(t, p, must(must(n.Drive(input(p, "current", current, 5, 2, 2))).Membrane()))[0]
	}
	if d := farthest(membrane(lazy{}, 1), membrane(nodes.LIF{}, .5)); d > 1e-14 {
		t.Error("a cell that embeds LIF and halves the current does not do so")
	}
}

// A setting of zero is zero: when neurons run, as an op or step by step, and when they are saved.
func TestZeroIsZero(t *testing.T) {
	zero := new(0.)
	for _, cell := range []nodes.Cell{
		nodes.ALIF{B0: zero, Beta: zero}, nodes.LIF{B0: zero}, nodes.CubaLIF{B0: zero}, nodes.AlphaLIF{B0: zero},
		nodes.IF{B0: zero}, nodes.PLIF{B0: zero}, nodes.RF{B0: zero}, nodes.Refractory{Cell: nodes.LIF{B0: zero}},
	} {
		for _, c := range []nodes.Cell{cell, nodes.Scanned(cell), must(nodes.UnmarshalCell(must(nodes.MarshalCell(cell))))} {
			p := newParams(1)
			n := must(nodes.Layer{Units: 2, Cell: c, Initial: nodes.Initial{nodes.Membrane: nodes.Baseline()}}.DeclareNeurons(p, "a"))
			a := must(n.Drive(input(p, "current", []float64{1, -1, 1, -1, 1, -1, 1, -1}, 4, 1, 2)))
			all := read(t, p, must(a.Threshold()), must(a.Spikes()))
			equal(t, fmt.Sprintf("the threshold of %T", c), all[0], repeat(0, 8))
			var counts [2]float64
			for k, spike := range all[1] {
				counts[k%2] += spike
			}
			if counts[0] == 0 || counts[1] != 0 {
				t.Errorf("%T: a current of 1 gives %v spikes, and one of −1 gives %v", c, counts[0], counts[1])
			}
			equal(t, fmt.Sprintf("%T: where the potential starts", c), values(find(t, p, "a.run1.u0")), []float64{0, 0})
		}
	}
	data := string(must(nodes.MarshalCell(nodes.ALIF{B0: zero, Beta: zero})))
	if want := `{"kind":"alif","beta":0,"b0":0,"r_m":1,"dt":1,"surrogate":{"name":"gaussian"}}`; data != want {
		t.Errorf("saved as %s, want %s", data, want)
	}
}

// What no neuron can have is refused.
func TestUpswingSettings(t *testing.T) {
	for _, c := range []struct {
		cell nodes.Cell
		want string
	}{
		{nodes.AdEx{Dt: -1}, "dt is -1"}, {nodes.EIF{Width: -1}, "width is -1"}, {nodes.QIF{Peak: new(math.NaN())}, "peak is NaN"},
		{nodes.Izhikevich{Dt: math.Inf(1)}, "dt is +Inf"}, {nodes.QIF{Rm: math.NaN()}, "r_m is NaN"},
	} {
		wantRefused(t, c.cell, c.want)
	}
}
