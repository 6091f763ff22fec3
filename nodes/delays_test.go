package nodes_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// A delayed layer is the layer on inputs that come later: with one delay for all connections, what it
// does is shifted by that many steps.
func TestDelaysShift(t *testing.T) {
	const steps, late = 12, 3
	x := normal(1, steps*2*2)
	run := func(d nodes.Delays) []float64 {
		p := newParams(1)
		layer := nodes.Layer{Units: 3, Cell: nodes.LI{}, Delays: d, Linear: nodes.Linear{NoBias: true}}
		n := must(layer.Declare(p, "a", 2))
		return read(t, p, must(must(n.Forward(input(p, "x", x, steps, 2, 2))).Membrane()))[0]
	}
	u, delayed := run(nodes.Delays{}), run(nodes.Delays{Max: 5, Steps: graph.Constant(late)})
	equal(t, "the beginning", delayed[:late*6], make([]float64, late*6))
	if d := farthest(delayed[late*6:], u[:(steps-late)*6]); d > 1e-14 {
		t.Errorf("the rest is %v, want %v", delayed[late*6:], u[:(steps-late)*6])
	}
}

// Fixed delays are whole numbers within bounds, saved and not trained; trainable ones have a gradient,
// and one beyond the bounds counts as the nearest.
func TestDelayParameters(t *testing.T) {
	p := newParams(1)
	layer := nodes.Layer{Units: 5, Cell: nodes.ALIF{TauM: graph.Constant(3)}, Recurrent: true, Delays: nodes.Delays{Max: 4}}
	must(layer.Declare(p, "a", 6))
	q, ok := p.Get("a.d_in")
	if !ok || !q.Fixed || q.Group != "delay" || slices.Contains(p.Nodes(), q.Node) {
		t.Errorf("d_in is %v", q)
	}
	seen := map[float64]bool{}
	for _, d := range q.Values() {
		seen[d] = true
		if d != float64(int(d)) || d < 0 || d > 4 {
			t.Errorf("a delay is %v, want a whole number from 0 to 4", d)
		}
	}
	if len(seen) != 5 {
		t.Errorf("the delays are %v, want all from 0 to 4", seen)
	}

	gradient := func(first float64) ([]float64, []float64) {
		p := newParams(1)
		layer.Delays.Trainable = true
		n := must(layer.Declare(p, "a", 6))
		q, _ := p.Get("a.d_in")
		d := q.Values()
		for i := range d {
			d[i] += .25
		}
		d[0] = first
		if err := p.Set("a.d_in", q.Node.Shape(), d); err != nil {
			t.Fatal(err)
		}
		a := must(n.Forward(input(p, "x", normal(1, 20*2*6), 20, 2, 6)))
		loss := must(gorgonia.Sum(must(a.Membrane())))
		grads := must(gorgonia.Grad(loss, q.Node))
		values := read(t, p, grads[0], must(a.Membrane()))
		return values[0], values[1]
	}
	g, u := gradient(9)
	for i, x := range g {
		if x == 0 {
			t.Errorf("the gradient of delay %d is zero", i)
		}
	}
	_, bound := gradient(4)
	equal(t, "membrane with a delay beyond the bounds", u, bound)
	_, err := nodes.Layer{Units: 2, Cell: nodes.LIF{}, Delays: nodes.Delays{Max: -1}}.Declare(newParams(1), "a", 2)
	wantError(t, "negative", err, "-1 steps")

	var again nodes.Layer
	if err := json.Unmarshal(must(json.Marshal(layer)), &again); err != nil || again.Delays != layer.Delays {
		t.Errorf("delays %v became %v, error %v", layer.Delays, again.Delays, err)
	}
}
