package nodes_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// Fields that are zero take what their tags say; others stay. Cells within cells are filled in too.
func TestWithDefaults(t *testing.T) {
	for _, c := range []struct{ cell, want nodes.Cell }{
		{nodes.ALIF{}, nodes.ALIF{Beta: 1.8, B0: .01, Rm: 1, Dt: 1, Surrogate: ops.DefaultSurrogate}},
		{nodes.ALIF{Beta: 3, Surrogate: ops.Tanh{}}, nodes.ALIF{Beta: 3, B0: .01, Rm: 1, Dt: 1, Surrogate: ops.Tanh{}}},
		{nodes.PLIF{}, nodes.PLIF{B0: 1, Dt: 1, Surrogate: ops.Arctan{}}},
		{nodes.Refractory{Cell: nodes.LI{Rm: 2}}, nodes.Refractory{Period: 5, Cell: nodes.LI{Rm: 2, Dt: 1}}},
		{lazy{nodes.LIF{Dt: .5}}, lazy{nodes.LIF{B0: .01, Rm: 1, Dt: .5, Surrogate: ops.DefaultSurrogate}}},
	} {
		if got := nodes.WithDefaults(c.cell); got != c.want {
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
