package nodes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// inhibited are neurons that inhibit each other within a step, as the winner takes all.
type inhibited struct{ nodes.LIF }

func (c inhibited) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	inhibition := current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		units := n.Shape()[1]
		w := tensor.New(tensor.WithShape(units, units), tensor.WithBacking(slices.Repeat([]float64{.1}, units*units)))
		return gorgonia.Mul(n, gorgonia.NewMatrix(n.Graph(), tensor.Float64, gorgonia.WithShape(units, units), gorgonia.WithName("inhibition"), gorgonia.WithValue(w)))
	})
	return c.LIF.Step(p, s, current.Sub(inhibition))
}

func TestEligibilityRefuses(t *testing.T) {
	lif := nodes.Layer{Units: 3, Cell: nodes.LIF{}}
	tracing := nodes.Tracing[float64]{Batch: 2, Output: nodes.Spikes}
	try := func(l nodes.Layer, c nodes.Tracing[float64]) error {
		_, err := nodes.NewEligibility(must(l.Declare(newParams(1), "a", 2)), c)
		return err
	}
	if err := try(lif, tracing); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*nodes.Layer)) nodes.Layer {
		l := lif
		change(&l)
		return l
	}
	wantError(t, "delays", try(with(func(l *nodes.Layer) { l.Delays = nodes.Delays{Max: 3} }), tracing), "a: ", "delays")
	wantError(t, "both ways", try(with(func(l *nodes.Layer) { l.Bidirectional = true }), tracing), "a: ", "bidirectional")
	wantError(t, "inhibition", try(with(func(l *nodes.Layer) { l.Cell = inhibited{} }), tracing), "inhibited: ", "depend on each other", "spikes")
	wantError(t, "no batch", try(lif, nodes.Tracing[float64]{Output: nodes.Spikes}), "a: ", "batch")
	wantError(t, "no such output", try(lif, nodes.Tracing[float64]{Batch: 1, Output: "sparks"}), "a: ", "sparks")
	readout := must(nodes.NewEligibility(must(lif.Declare(newParams(1), "b", 3)), tracing))
	wantError(t, "another readout", try(lif, nodes.Tracing[float64]{Batch: 2, Output: nodes.Spikes, Through: readout}), "a: ", "LI")
	_, err := nodes.NewEligibility(must(lif.DeclareNeurons(newParams(1), "a")), tracing)
	wantError(t, "no synapses", err, "a: ", "synapses")
	_, err = nodes.NewEligibility(must(lif.Declare(newParams(1), "a", 2)), nodes.Tracing[float32]{Batch: 2, Output: nodes.Spikes})
	wantError(t, "another precision", err, "a: ", "float64", "float32")
}

// A step that fails leaves the layer as it was.
func TestEligibilityErrors(t *testing.T) {
	p := newParams(1)
	e := must(nodes.NewEligibility(must(three(nodes.Random(1)).Declare(p, "a", 2)), nodes.Tracing[float64]{Batch: 2, Output: nodes.Spikes}))
	wantError(t, "a step before Begin", e.Step(make([]float64, 4)), "Begin")
	wantError(t, "no random numbers", e.Begin(nil), "random")
	if err := e.Begin(graph.Stream(1, "a")); err != nil {
		t.Fatal(err)
	}
	wantError(t, "no step", e.Keep(), "step")
	wantError(t, "a short signal", e.Learn(make([]float64, 5)), "5", "[2, 3]")
	wantError(t, "no readout", e.LearnThrough(make([]float64, 5)), "readout")
	wantError(t, "a short signal", e.Back(make([]float64, 5), make([]float64, 4)), "5", "[2, 3]")
	wantError(t, "a short signal below", e.Back(make([]float64, 6), make([]float64, 3)), "3", "[2, 2]")
	wantError(t, "no parameter", e.Gradient(9, nil), "9")
	wantError(t, "no room", e.Gradient(0, nil), "a.w_in", "6")
	wantError(t, "x", e.Step(make([]float64, 3)), "3", "[2, 2]")
	wantError(t, "x", e.Step([]float64{0, 1, 2, math.NaN()}), "input 1", "NaN", "example 1")
	if err := p.Set("a.w_in", []int{3, 2}, slices.Repeat([]float64{1e300}, 6)); err != nil {
		t.Fatal(err)
	}
	before := describeStep(t, e, []float64{0, 0, 0, 0})
	wantError(t, "an overflow", e.Step([]float64{1e10, 0, 0, 0}), "Inf")
	equal(t, "the output after a step that failed", describeStep(t, e, []float64{0, 0, 0, 0}), before)
}

// describeStep is what a step gives that is not kept.
func describeStep(t *testing.T, e *nodes.Eligibility[float64], x []float64) []float64 {
	t.Helper()
	if err := e.Step(x); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(e.Output())
}

// The trace of a leaky integrator's weight is what is left of its input, as the equations have it.
func TestEligibilityByHand(t *testing.T) {
	p := newParams(1)
	layer := nodes.Layer{Units: 1, Cell: nodes.LI{TauM: graph.Constant(halving)}}
	e := must(nodes.NewEligibility(must(layer.Declare(p, "a", 1)), nodes.Tracing[float64]{Batch: 1, Output: nodes.Membrane}))
	if err := e.Begin(nil); err != nil {
		t.Fatal(err)
	}
	if e.Params()[0].Name != "a.w_in" {
		t.Fatalf("parameters are %v", e.Params())
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	gradient := func() float64 {
		g := make([]float64, 1)
		check(e.Gradient(0, g))
		return g[0]
	}
	want := 0.0
	for step, trace := range []float64{.5, .25, .125 + 1} { // of inputs 1, 0 and 2
		if err := e.Step([]float64{[]float64{1, 0, 2}[step]}); err != nil {
			t.Fatal(err)
		}
		check(e.Keep())
		check(e.Learn([]float64{3}))
		want += 3 * trace
		closeTo(t, "gradient", []float64{gradient()}, []float64{want}, 1e-12)
	}
	e.Clear()
	equal(t, "gradient", []float64{gradient()}, []float64{0})
}
