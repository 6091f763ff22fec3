package nodes_test

import (
	"fmt"
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

// What is on its way at the end of a piece arrives in the next, or in one after that.
func TestCarryDelays(t *testing.T) {
	const batch, in, units = 2, 3, 4
	for _, c := range []struct{ pieces, steps, max int }{{3, 4, 3}, {5, 2, 5}, {6, 1, 4}, {2, 6, 2}} {
		for _, trainable := range []bool{false, true} {
			layer := nodes.Layer{Units: units, Cell: nodes.LIF{TauM: graph.Constant(3)}, Recurrent: true,
				Delays: nodes.Delays{Max: c.max, Trainable: trainable, Steps: graph.Uniform{High: float64(c.max)}}}
			if !trainable {
				layer.Delays.Steps = nil
			}
			x := normal(1, c.pieces*c.steps*batch*in)
			p := newParams(1)
			p.Run().Pieces = true
			piece := input(p, "piece", make([]float64, c.steps*batch*in), c.steps, batch, in)
			u := must(must(must(layer.Declare(p, "a", in)).Forward(piece)).Membrane())
			m := must(graph.NewMachine(append(p.Run().Nodes(), u)...))
			run := func() (all []float64) {
				begin(t, p, nil)
				for k := range c.pieces {
					copy(values(piece), x[k*c.steps*batch*in:])
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
			q := newParams(1)
			a := must(must(layer.Declare(q, "a", in)).Forward(input(q, "x", x, c.pieces*c.steps, batch, in)))
			if d := farthest(got, read(t, q, must(a.Membrane()))[0]); d > 1e-12 {
				t.Errorf("%+v, trainable %v: in pieces, the membrane potential is farther by %v than in one run", c, trainable, d)
			}
		}
	}
}

// The gradients of the last piece with respect to delays and weights count what came before it.
func TestCarryDelaysGradient(t *testing.T) {
	const steps, batch, in, units, max = 4, 2, 3, 4, 3
	layer := nodes.Layer{Units: units, Cell: nodes.LI{TauM: graph.Constant(3)}, Linear: nodes.Linear{NoBias: true},
		Delays: nodes.Delays{Max: max, Trainable: true, Steps: graph.Values{0, 3, 1, .5, 2.5, 2, 1.25, 3, 0, 1, .75, 2}}}
	x := normal(1, 2*steps*batch*in)
	p := newParams(1)
	p.Run().Pieces = true
	piece := input(p, "piece", make([]float64, steps*batch*in), steps, batch, in)
	n := must(layer.Declare(p, "a", in))
	current := must(must(n.Forward(piece)).Current())
	grads := must(gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.Square(current)))), n.Synapses.W, n.Delays, piece))
	m := must(graph.NewMachine(append(p.Run().Nodes(), grads...)...))
	for k := range 2 {
		copy(values(piece), x[k*steps*batch*in:])
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		if err := p.Run().Advance(); err != nil {
			t.Fatal(err)
		}
	}
	q := newParams(1)
	whole := must(layer.Declare(q, "a", in))
	all := input(q, "x", x, 2*steps, batch, in)
	late := make([]float64, 2*steps*batch*units)
	for i := len(late) / 2; i < len(late); i++ {
		late[i] = 1
	}
	loss := must(gorgonia.Square(must(must(whole.Forward(all)).Current())))
	loss = must(gorgonia.Sum(must(gorgonia.HadamardProd(loss, input(q, "late", late, 2*steps, batch, units)))))
	want := read(t, q, must(gorgonia.Grad(loss, whole.Synapses.W, whole.Delays, all))...)
	want[2] = want[2][steps*batch*in:]
	for i, name := range []string{"weights", "delays", "inputs"} {
		if d := farthest(values(grads[i]), want[i]); d > 1e-12 {
			t.Errorf("the gradient of the %s is %v, want %v", name, values(grads[i]), want[i])
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
	random := must(three(nodes.Random(1)).Declare(p, "random", 2))
	must(random.Forward(x))
	wantError(t, "no random numbers", p.Run().Begin(nil), "random")
}

// A Σ-Δ code that is made piece by piece is that of the whole signal, and so is what it decodes to.
func TestCarrySigmaDelta(t *testing.T) {
	const pieces, steps, features = 3, 4, 2
	for _, c := range []nodes.SigmaDelta{
		{}, {Adaptation: nodes.AdditiveAdaptation, Signed: true}, {Adaptation: nodes.MultiplicativeAdaptation, Signed: true},
	} {
		signal := normal(3, pieces*steps*features)
		p := newParams(1)
		p.Run().Pieces = true
		piece := input(p, "piece", make([]float64, steps*features), steps, 1, features)
		n := must(c.Declare(p.Scope("encoder"), features))
		code := must(n.Code(piece))
		decoded := must(n.Decode(code.Spikes))
		m := must(graph.NewMachine(append(p.Run().Nodes(), code.Threshold, code.Reconstruction, decoded)...))
		begin(t, p, nil)
		var got [3][]float64
		for k := range pieces {
			copy(values(piece), signal[k*steps*features:])
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			for i, n := range []*gorgonia.Node{code.Threshold, code.Reconstruction, decoded} {
				got[i] = append(got[i], values(n)...)
			}
			if err := p.Run().Advance(); err != nil {
				t.Fatal(err)
			}
		}
		q := newParams(1)
		n = must(c.Declare(q.Scope("encoder"), features))
		code = must(n.Code(input(q, "x", signal, pieces*steps, 1, features)))
		want := read(t, q, code.Threshold, code.Reconstruction, must(n.Decode(code.Spikes)))
		for i, name := range []string{"threshold", "reconstruction", "decoded"} {
			equal(t, fmt.Sprintf("%+v: %s", c, name), got[i], want[i])
		}
	}
}
