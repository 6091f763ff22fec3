package nodes_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// The second half of a bidirectional layer does on a sequence what it would do on the reversed one,
// from the end.
func TestBidirectional(t *testing.T) {
	const steps, batch, in, units = 7, 2, 3, 4
	x := normal(1, steps*batch*in)
	layer := nodes.Layer{Units: units, Cell: nodes.ALIF{TauM: graph.Constant(3)}, Recurrent: true, Bidirectional: true}
	p := newParams(1)
	n := must(layer.Declare(p, "a", in))
	a := must(n.Forward(input(p, "x", x, steps, batch, in)))
	whole := read(t, p, must(a.Membrane()), must(a.Spikes()), must(a.Current()))
	if layer.Outputs() != 2*units || len(whole[0]) != steps*batch*2*units || len(p.All()) != 12 {
		t.Fatalf("%d outputs, %d values, %d parameters", layer.Outputs(), len(whole[0]), len(p.All()))
	}

	reversed := make([]float64, 0, len(x))
	for step := range steps {
		reversed = append(reversed, x[(steps-1-step)*batch*in:][:batch*in]...)
	}
	for half, sequence := range [][]float64{x, reversed} {
		q := newParams(1)
		name := "a." + []string{"forward", "backward"}[half]
		one := layer
		one.Bidirectional = false
		b := must(must(one.Declare(q, name, in)).Forward(input(q, "x", sequence, steps, batch, in)))
		u := read(t, q, must(b.Membrane()))[0]
		for step := range steps {
			at := step
			if half == 1 {
				at = steps - 1 - step
			}
			for example := range batch {
				got := whole[0][((step*batch+example)*2+half)*units:][:units]
				if want := u[(at*batch+example)*units:][:units]; !slices.Equal(got, want) {
					t.Errorf("%s: step %d of example %d is %v, want %v", name, step, example, got, want)
				}
			}
		}
	}
	loss := must(gorgonia.Sum(must(a.Membrane())))
	grads := must(gorgonia.Grad(loss, p.Nodes()...))
	for i, g := range read(t, p, grads...) {
		if slices.Max(g) == 0 && slices.Min(g) == 0 {
			t.Errorf("the gradient of %s is zero", p.All()[i].Name)
		}
	}
	_, err := a.Final()
	wantError(t, "final state", err, "bidirectional")

	var again nodes.Layer
	if err := json.Unmarshal(must(json.Marshal(layer)), &again); err != nil || !again.Bidirectional {
		t.Errorf("saved and read again, it is %+v, error %v", again, err)
	}
}
