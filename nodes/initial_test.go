package nodes_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// forward declares a layer on two inputs and runs it over five steps of two examples.
func forward(initial nodes.Initial, seed uint64) (*graph.Params, *nodes.Neurons, *nodes.Activity) {
	p := newParams(seed)
	n := must(three(initial).Declare(p, "a", 2))
	return p, n, must(n.Forward(input(p, "x", normal(1, 5*2*2), 5, 2, 2)))
}

// begin prepares the graph for another batch.
func begin(t *testing.T, p *graph.Params, rng *rand.Rand) {
	t.Helper()
	if err := p.Run().Begin(rng); err != nil {
		t.Fatal(err)
	}
}

func repeat(x float64, n int) []float64 { return slices.Repeat([]float64{x}, n) }

func TestInitialValues(t *testing.T) {
	const b0 = .01 // the default
	for _, c := range []struct {
		name       string
		initial    nodes.Initial
		u, eta, s0 []float64 // nil: no input, that is, zero
	}{
		{"zeros", nodes.Initial{}, nil, nil, nil},
		{"zeros as said", nodes.Initial{nodes.Membrane: nodes.Rest(), nodes.Spikes: nodes.AsMembrane()}, nil, nil, nil},
		{"constants", nodes.Initial{nodes.Membrane: nodes.Constant(.5), nodes.Adaptation: nodes.Constant(.25), nodes.Spikes: nodes.Constant(1)},
			repeat(.5, 6), repeat(.25, 6), repeat(1, 6)},
		{"baseline", nodes.Initial{nodes.Membrane: nodes.Baseline(), nodes.Adaptation: nodes.Baseline()}, repeat(b0, 6), repeat(b0, 6), nil},
	} {
		p, _, a := forward(c.initial, 1)
		read(t, p, must(a.Spikes()))
		for name, want := range map[string][]float64{"a.run1.u0": c.u, "a.run1.eta0": c.eta, "a.run1.s0": c.s0} {
			if want == nil {
				if len(p.Graph().ByName(name)) > 0 {
					t.Errorf("%s: there is a %s, want none", c.name, name)
				}
				continue
			}
			equal(t, c.name+": "+name, values(find(t, p, name)), want)
		}
	}
}

// Explicit zeros are what no initial state is.
func TestZeroStates(t *testing.T) {
	p, _, a := forward(nodes.Initial{}, 1)
	q, _, b := forward(nodes.Initial{nodes.Membrane: nodes.Constant(0), nodes.Adaptation: nodes.Constant(0), nodes.Spikes: nodes.Constant(0)}, 1)
	equal(t, "membrane", read(t, q, must(b.Membrane()))[0], read(t, p, must(a.Membrane()))[0])
}

func TestUniform(t *testing.T) {
	first := func(seed uint64) (*graph.Params, *gorgonia.Node) {
		p, _, _ := forward(nodes.Initial{nodes.Membrane: nodes.Uniform(.5)}, seed)
		return p, find(t, p, "a.run1.u0")
	}
	p, u := first(1)
	before := slices.Clone(values(u))
	for i, x := range before {
		if !(x >= 0 && x < .5) {
			t.Errorf("u0[%d] is %v, want 0 ≤ u0 < 0.5", i, x)
		}
		if slices.Contains(before[:i], x) {
			t.Errorf("u0[%d] is another's", i)
		}
	}
	_, same := first(1)
	equal(t, "u0 of the same seed", values(same), before)
	if _, other := first(2); slices.Equal(values(other), before) {
		t.Error("u0 is the same for another seed")
	}

	rng := func() *rand.Rand { return rand.New(rand.NewPCG(7, 8)) }
	begin(t, p, rng())
	drawn := slices.Clone(values(u))
	for i := range drawn {
		if drawn[i] == before[i] || !(drawn[i] >= 0 && drawn[i] < .5) {
			t.Errorf("u0[%d] is %v, want a new number below 0.5", i, drawn[i])
		}
	}
	begin(t, p, rng())
	equal(t, "u0 from the same generator", values(u), drawn)
}

// A machine that exists already sees what is drawn.
func TestBeginChangesRuns(t *testing.T) {
	p, _, a := forward(nodes.Random(1), 1)
	var u gorgonia.Value
	gorgonia.Read(must(a.Membrane()), &u)
	vm := gorgonia.NewTapeMachine(p.Graph())
	defer vm.Close()
	run := func() []float64 {
		defer vm.Reset()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(u.Data().([]float64))
	}
	first, again := run(), run()
	equal(t, "membrane of a run again", again, first)
	begin(t, p, rand.New(rand.NewPCG(7, 8)))
	if other := run(); slices.Equal(other, first) {
		t.Error("the membrane potential does not depend on the initial state")
	}
}

func TestBeginWithoutRandomState(t *testing.T) {
	p, _, _ := forward(nodes.Initial{nodes.Membrane: nodes.Constant(1)}, 1)
	begin(t, p, nil) // not used
}

// Random is one draw for potentials and spikes, and the adaptation at the threshold at rest.
func TestRandom(t *testing.T) {
	p, _, _ := forward(nodes.Random(1), 1)
	u := find(t, p, "a.run1.u0")
	equal(t, "eta0", values(find(t, p, "a.run1.eta0")), repeat(.01, 6))
	if len(p.Graph().ByName("a.run1.s0")) > 0 {
		t.Error("s0 is an input of its own, want u0's")
	}
	// As spikes given on their own.
	q, _, b := forward(nodes.Initial{}, 1)
	n := must(three(nodes.Initial{}).Declare(q, "b", 2))
	for _, r := range q.All()[:6] {
		other, _ := q.Get("b" + r.Name[1:])
		copy(values(other.Node), values(r.Node))
	}
	explicit := must(n.ForwardFrom(must(b.Membrane()).Graph().ByName("x")[0], nodes.Initial{
		nodes.Membrane:   nodes.From(input(q, "u0", slices.Clone(values(u)), 2, 3)),
		nodes.Adaptation: nodes.Constant(.01),
		nodes.Spikes:     nodes.From(input(q, "s0", slices.Clone(values(u)), 2, 3)),
	}))
	p2, _, a := forward(nodes.Random(1), 1)
	equal(t, "membrane", read(t, q, must(explicit.Membrane()))[0], read(t, p2, must(a.Membrane()))[0])
}

func TestBeginWantsRandomNumbers(t *testing.T) {
	p, _, _ := forward(nodes.Random(1), 1)
	wantError(t, "no source", p.Run().Begin(nil), "source of random numbers")
}

// Each run has an initial state of its own.
func TestRunsHaveTheirOwnStates(t *testing.T) {
	p := newParams(1)
	n := must(three(nodes.Random(1)).Declare(p, "a", 2))
	x := input(p, "x", normal(1, 5*2*2), 5, 2, 2)
	a, b := must(n.Forward(x)), must(n.Forward(x))
	if slices.Equal(values(find(t, p, "a.run1.u0")), values(find(t, p, "a.run2.u0"))) {
		t.Error("two runs start in the same random state")
	}
	if must(a.Spikes()) == must(b.Spikes()) {
		t.Error("two runs are one node")
	}
	begin(t, p, rand.New(rand.NewPCG(1, 1)))
	if slices.Equal(values(find(t, p, "a.run1.u0")), values(find(t, p, "a.run2.u0"))) {
		t.Error("two runs start in the same drawn state")
	}
	if len(p.All()) != 6 {
		t.Errorf("%d parameters, want the 6 of one layer", len(p.All()))
	}
}

// A gradient flows to a node that a run starts from.
func TestFromNode(t *testing.T) {
	p := newParams(1)
	n := must(three(nodes.Initial{}).Declare(p, "a", 2))
	u0 := input(p, "u0", normal(2, 6), 2, 3)
	a := must(n.ForwardFrom(input(p, "x", normal(1, 20), 5, 2, 2), nodes.Initial{nodes.Membrane: nodes.From(u0)}))
	grads := must(gorgonia.Grad(must(gorgonia.Sum(must(a.Membrane()))), u0))
	d := read(t, p, grads[0])[0]
	for i, x := range d {
		if x == 0 {
			t.Errorf("gradient of u0[%d] is 0", i)
		}
	}
}

// A run from the final state of another is one run over both sequences.
func TestFromState(t *testing.T) {
	for _, layer := range []nodes.Layer{
		three(nodes.Random(1)),
		{Units: 3, Cell: nodes.LIF{TauM: graph.Constant(3)}, Recurrent: true, Initial: nodes.Random(1)},
		{Units: 3, Cell: nodes.LI{}, Initial: nodes.Initial{nodes.Membrane: nodes.Uniform(1)}},
	} {
		p := newParams(1)
		n := must(layer.Declare(p, "a", 2))
		x := normal(1, 9*2*2)
		whole := must(n.Forward(input(p, "x", x, 9, 2, 2)))
		head := must(n.ForwardFrom(input(p, "head", x[:4*4], 4, 2, 2), layer.Initial))
		copy(values(find(t, p, "a.run2.u0")), values(find(t, p, "a.run1.u0")))
		tail := must(n.ForwardFrom(input(p, "tail", x[4*4:], 5, 2, 2), nodes.FromState(must(head.Final()))))
		u := read(t, p, must(whole.Membrane()), must(head.Membrane()), must(tail.Membrane()))
		equal(t, "membrane", slices.Concat(u[1], u[2]), u[0])
	}
}

func TestInitialString(t *testing.T) {
	for want, i := range map[string]nodes.Initial{
		"at rest":                          {},
		"u0 = U(0, 1), eta0 = b0, s0 = u0": nodes.Random(1),
		"u0 = 0.5":                         {nodes.Membrane: nodes.Constant(.5)},
	} {
		if got := i.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
