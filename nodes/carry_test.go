package nodes_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// A sequence that is run piece by piece gives what it gives in one run, from the same initial state.
func TestCarry(t *testing.T) {
	const pieces, steps, batch, in, units = 3, 4, 2, 3, 5
	x := normal(1, pieces*steps*batch*in)
	for _, cell := range []nodes.Cell{nodes.ALIF{TauM: graph.Constant(3)}, nodes.Scanned(nodes.ALIF{TauM: graph.Constant(3)}), nodes.LI{}, nodes.Izhikevich{}} {
		_, integrates := cell.(nodes.LI)
		layer := nodes.Layer{Units: units, Cell: cell, Recurrent: !integrates, Initial: nodes.Random(1)}
		p := newParams(1)
		n := must(layer.Declare(p, "a", in))
		piece := input(p, "piece", make([]float64, steps*batch*in), steps, batch, in)
		p.Run().Pieces = true
		a := must(n.Forward(piece))
		u := must(a.Membrane())
		m := must(graph.NewMachine(append(p.Run().Nodes(), u)...))
		run := func() (all []float64) {
			begin(t, p, rand.New(rand.NewPCG(5, 6)))
			for k := range pieces {
				copy(values(piece), x[k*steps*batch*in:])
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
				all = append(all, values(u)...)
				if err := p.Run().Advance(); err != nil {
					t.Fatal(err)
				}
			}
			return all
		}
		got := run()
		equal(t, "the same sequence again", run(), got)

		// In one run, from the state that the pieces began with.
		begin(t, p, rand.New(rand.NewPCG(5, 6)))
		q := newParams(1)
		initial := nodes.Initial{}
		for name, symbol := range map[string]string{nodes.Membrane: "u0", nodes.Adaptation: "eta0", nodes.Spikes: "s0", nodes.Recovery: "recovery0"} {
			if start := p.Graph().ByName("a.run1." + symbol); len(start) > 0 {
				initial[name] = nodes.From(input(q, name, slices.Clone(values(start[0])), batch, units))
			}
		}
		b := must(must(layer.Declare(q, "a", in)).ForwardFrom(input(q, "x", x, pieces*steps, batch, in), initial))
		whole := read(t, q, must(b.Membrane()))[0]
		if d := farthest(got, whole); d > 1e-12 {
			t.Errorf("%T: in pieces, the membrane potential is %v, in one run %v", cell, got, whole)
		}
	}
}

// The gradient of a piece is that of the piece alone: it ends at its initial state.
func TestCarryCutsGradients(t *testing.T) {
	p := newParams(1)
	n := must(three(nodes.Initial{}).Declare(p, "a", 2))
	p.Run().Pieces = true
	a := must(n.Forward(input(p, "x", normal(1, 5*2*2), 5, 2, 2)))
	grads := must(gorgonia.Grad(must(gorgonia.Sum(must(a.Membrane()))), p.Nodes()...))
	m := must(graph.NewMachine(append(grads, p.Run().Nodes()...)...))
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, g := range grads {
		if d := values(g); slices.Max(d) == 0 && slices.Min(d) == 0 {
			t.Errorf("the gradient of %s is zero", p.All()[i].Name)
		}
	}
}

func TestCarryErrors(t *testing.T) {
	p := newParams(1)
	x := input(p, "x", make([]float64, 8), 2, 2, 2)
	both := must(nodes.Layer{Units: 2, Cell: nodes.LIF{}, Bidirectional: true}.Declare(p, "both", 2))
	p.Run().Pieces = true
	_, err := both.Forward(x)
	wantError(t, "bidirectional", err, "both", "piece by piece")
	n := must(three(nodes.Initial{nodes.Membrane: nodes.From(input(p, "u", make([]float64, 6), 2, 3))}).Declare(p, "a", 2))
	_, err = n.Forward(nil)
	wantError(t, "nil", err, "x is nil")
	_, err = n.Forward(x)
	wantError(t, "from a node", err, "a: membrane", "starts from a node")
	delayed := must(nodes.Layer{Units: 3, Cell: nodes.LIF{}, Delays: nodes.Delays{Max: 2}}.Declare(p, "delayed", 2))
	_, err = delayed.Forward(x)
	wantError(t, "delays", err, "delayed", "piece by piece")
	random := must(three(nodes.Random(1)).Declare(p, "random", 2))
	must(random.Forward(x))
	wantError(t, "no random numbers", p.Run().Begin(nil), "random")
}
