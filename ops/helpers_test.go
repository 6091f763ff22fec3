package ops_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// normal is a tensor of N(mean, std²), the same for the same seed.
func normal(seed uint64, mean, std float64, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range data {
		data[i] = mean + std*rng.NormFloat64()
	}
	return dense(data, shape...)
}

func dense(data []float64, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

func zeros(shape ...int) *tensor.Dense {
	return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(shape...))
}

// input is a node with a copy of the value v, in the graph's precision.
func input(g *gorgonia.ExprGraph, dt tensor.Dtype, name string, v *tensor.Dense) *gorgonia.Node {
	if v.Dtype() == dt {
		v = v.Clone().(*tensor.Dense)
	} else {
		single := make([]float32, v.Size())
		for i, x := range v.Data().([]float64) {
			single[i] = float32(x)
		}
		v = tensor.New(tensor.WithShape(v.Shape()...), tensor.WithBacking(single))
	}
	return gorgonia.NewTensor(g, dt, v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// dot is Σ c·x, a loss in which every element has a gradient of its own.
func dot(x *gorgonia.Node, name string, c *tensor.Dense) *gorgonia.Node {
	weighted := must(gorgonia.HadamardProd(x, input(x.Graph(), x.Dtype(), name, c)))
	return must(gorgonia.Sum(weighted))
}

// weigh is dot with random c.
func weigh(seed uint64, x *gorgonia.Node) (*gorgonia.Node, error) {
	return dot(x, fmt.Sprintf("weights %d of %s", seed, x.Name()), normal(seed, 0, 1, x.Shape()...)), nil
}

// numbers copies a value's elements.
func numbers(v gorgonia.Value) []float64 {
	switch x := v.Data().(type) {
	case []float64:
		return slices.Clone(x)
	case []float32:
		out := make([]float64, len(x))
		for i, y := range x {
			out[i] = float64(y)
		}
		return out
	case float64:
		return []float64{x}
	case float32:
		return []float64{float64(x)}
	}
	panic(fmt.Sprintf("value is a %T", v.Data()))
}

// results are tensors by name: outputs of a graph, and gradients as "d name".
type results map[string][]float64

// fails is what *testing.T and *rapid.T share.
type fails interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// evaluate runs a graph: its outputs, and the gradients of loss, if there is one, by their
// names.
func evaluate(t fails, outputs map[string]*gorgonia.Node, loss *gorgonia.Node, wrt map[string]*gorgonia.Node) results {
	t.Helper()
	values := map[string]*gorgonia.Value{}
	read := func(name string, n *gorgonia.Node) {
		values[name] = new(gorgonia.Value)
		gorgonia.Read(n, values[name])
	}
	var g *gorgonia.ExprGraph
	for name, n := range outputs {
		read(name, n)
		g = n.Graph()
	}
	if loss != nil {
		g = loss.Graph()
		var names []string
		var nodes gorgonia.Nodes
		for name, n := range wrt {
			names, nodes = append(names, name), append(nodes, n)
		}
		for i, d := range must(gorgonia.Grad(loss, nodes...)) {
			read("d "+names[i], d)
		}
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatalf("%v", err)
	}
	r := results{}
	for name, v := range values {
		r[name] = numbers(*v)
	}
	return r
}

// compare reports where got differs from want by more than tolerance, relative to the larger
// of one and the tensor's largest element.
func compare(t fails, got, want results, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d results, want %d", len(got), len(want))
	}
	for name, w := range want {
		x := got[name]
		if len(x) != len(w) {
			t.Errorf("%s has %d elements, want %d", name, len(x), len(w))
			continue
		}
		scale := 1.0
		for _, y := range w {
			scale = math.Max(scale, math.Abs(y))
		}
		for i, y := range w {
			if !(math.Abs(x[i]-y) <= tolerance*scale) {
				t.Errorf("%s[%d] is %.17g, want %.17g", name, i, x[i], y)
				break
			}
		}
	}
}

// layer is an ALIF layer with values for its inputs, where nil ones are not there, and a loss
// Σ S·cS + u·cU.
type layer struct {
	cell                                            ops.ALIF
	current, wRec, tauM, tauAdp, membrane, eta, spk *tensor.Dense
	cS, cU                                          *tensor.Dense
}

// newLayer is a layer of random values, with neurons that do spike.
func newLayer(seed uint64, steps, batch, units int) layer {
	return layer{
		cell:     ops.ALIF{Dt: .9, B0: .15, Beta: 1.2, Rm: 1.3, Surrogate: ops.MultiGaussian{}},
		current:  normal(seed+1, .5, 2, steps, batch, units),
		wRec:     normal(seed+2, 0, 1, units, units),
		tauM:     positive(normal(seed+3, 6, 2, units)),
		tauAdp:   positive(normal(seed+4, 20, 8, units)),
		membrane: normal(seed+5, 0, .5, batch, units),
		eta:      normal(seed+6, .2, .2, batch, units),
		spk:      normal(seed+7, .4, .3, batch, units),
		cS:       normal(seed+8, 0, 1, steps, batch, units),
		cU:       normal(seed+9, 0, 1, steps, batch, units),
	}
}

// positive moves time constants away from zero.
func positive(v *tensor.Dense) *tensor.Dense {
	for i, x := range v.Data().([]float64) {
		v.Set(i, math.Abs(x)+.5)
	}
	return v
}

// declare adds the layer's inputs to a graph; those that are there are also returned by name.
func (l layer) declare(g *gorgonia.ExprGraph, dt tensor.Dtype) (ops.ALIFInputs, map[string]*gorgonia.Node) {
	nodes := map[string]*gorgonia.Node{}
	add := func(name string, v *tensor.Dense) *gorgonia.Node {
		if v == nil {
			return nil
		}
		nodes[name] = input(g, dt, name, v)
		return nodes[name]
	}
	return ops.ALIFInputs{
		Current: add("current", l.current), WRec: add("w_rec", l.wRec),
		TauM: add("tau_m", l.tauM), TauAdp: add("tau_adp", l.tauAdp),
		Initial: ops.State{Membrane: add("u0", l.membrane), Adaptation: add("eta0", l.eta), Spikes: add("s0", l.spk)},
	}, nodes
}

// run is the layer as one node: spikes, membrane potentials and all gradients.
func (l layer) run(t fails, dt tensor.Dtype) results {
	t.Helper()
	in, nodes := l.declare(gorgonia.NewGraph(), dt)
	s := must(l.cell.Apply(in))
	u := must(s.Membrane())
	loss := must(gorgonia.Add(dot(s.Spikes(), "cS", l.cS), dot(u, "cU", l.cU)))
	return evaluate(t, map[string]*gorgonia.Node{"spikes": s.Spikes(), "membrane": u}, loss, nodes)
}

// spikesIn fails the test if a layer is silent, or never is: it would show nothing.
func spikesIn(t *testing.T, r results) {
	t.Helper()
	n := 0.0
	for _, s := range r["spikes"] {
		n += s
	}
	if n == 0 || n == float64(len(r["spikes"])) {
		t.Errorf("%v of %d are spikes: the test shows nothing", n, len(r["spikes"]))
	}
}

// runGraph runs all of a graph.
func runGraph(g *gorgonia.ExprGraph) error {
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	return vm.RunAll()
}

// wantError checks that there is an error which says all of parts.
func wantError(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one with %q", what, parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%s: error is %q, want one with %q", what, err, p)
		}
	}
}
