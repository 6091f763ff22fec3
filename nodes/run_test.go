package nodes_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// Each run of a layer is observed under the layer's full name, a bidirectional one as a whole.
func TestObserved(t *testing.T) {
	p := newParams(1)
	x := input(p, "x", normal(1, 5*2*2), 5, 2, 2)
	both := must(nodes.Layer{Units: 2, Cell: nodes.LIF{}, Bidirectional: true}.Declare(p.Scope("teacher"), "both", 2))
	one := must(three(nodes.Initial{}).Declare(p, "one", 2))
	driven := must(nodes.Layer{Units: 2, Cell: nodes.LIF{}}.DeclareNeurons(p, "driven"))
	activities := []*nodes.Activity{must(both.Forward(x)), must(one.Forward(x)), must(one.Forward(x)), must(driven.Drive(x)), must(both.Forward(x))}
	var names []string
	for i, o := range p.Run().Layers() {
		names = append(names, o.Layer)
		if o.Activity != graph.Activity(activities[i]) {
			t.Errorf("%s is observed as another's activity", o.Layer)
		}
	}
	if want := []string{"teacher.both", "one", "one.run2", "driven", "teacher.both.run2"}; !slices.Equal(names, want) {
		t.Errorf("observed %q, want %q", names, want)
	}
}

// Before each batch, initial values are drawn run by run, and each from its range.
func TestBeginDraws(t *testing.T) {
	p := newParams(1)
	x := input(p, "x", normal(1, 5*2*2), 5, 2, 2)
	first := must(three(nodes.Initial{nodes.Membrane: nodes.Uniform(2), nodes.Spikes: nodes.Uniform(3)}).Declare(p, "first", 2))
	second := must(nodes.Layer{Units: 3, Cell: nodes.LIF{}, Bidirectional: true, Initial: nodes.Random(.5)}.Declare(p, "second", 2))
	must(second.Forward(x))
	must(first.Forward(x))
	begin(t, p, rand.New(rand.NewPCG(3, 4)))
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name string
		high float64
	}{{"second.forward.run1.u0", .5}, {"second.backward.run1.u0", .5}, {"first.run1.u0", 2}, {"first.run1.s0", 3}} {
		want := make([]float64, 6)
		for i := range want {
			want[i] = c.high * rng.Float64()
		}
		equal(t, c.name, values(find(t, p, c.name)), want)
	}
}

// A run that is to be piece by piece starts at the initial state before anything has begun.
func TestFirstPieceIsDrawn(t *testing.T) {
	p := newParams(1)
	p.Run().Pieces = true
	n := must(nodes.Layer{Units: 3, Cell: nodes.ALIF{}, Initial: nodes.Random(1)}.DeclareNeurons(p, "a"))
	must(n.Drive(input(p, "current", normal(1, 12), 2, 2, 3)))
	if u := values(find(t, p, "a.run1.u0")); slices.Min(u) <= 0 || slices.Max(u) >= 1 {
		t.Errorf("u0 is %v", u)
	}
	equal(t, "eta0", values(find(t, p, "a.run1.eta0")), repeat(.01, 6))
}

// A population that runs backward in time begins at the last step of each example, and not where the batch ends.
func TestMaskedBidirectional(t *testing.T) {
	layer := nodes.Layer{Units: 2, Cell: nodes.LIF{}, Bidirectional: true}
	run := func(x []float64, steps, batch int, mask []float64) []float64 {
		p := newParams(1)
		if mask != nil {
			p.Run().Mask, p.Run().Padded = input(p, "mask", mask, steps, batch), true
		}
		a := must(must(layer.Declare(p, "both", 2)).Forward(input(p, "x", x, steps, batch, 2)))
		return read(t, p, must(a.Membrane()))[0]
	}
	const steps, short = 5, 3
	x := normal(1, steps*2*2)
	got := run(x, steps, 2, []float64{1, 1, 1, 1, 1, 1, 1, 0, 1, 0})
	alone := func(b, steps int) (y []float64) {
		for k := range steps {
			y = append(y, x[(2*k+b)*2:][:2]...)
		}
		return run(y, steps, 1, nil)
	}
	for b, steps := range []int{steps, short} {
		want := alone(b, steps)
		for k := range steps {
			equal(t, "the potential", got[(2*k+b)*4:][:4], want[k*4:][:4])
		}
	}
}
