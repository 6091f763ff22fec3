package ops_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// fed is a population on synapses with feedback weights, above a layer that learns through them.
type fed struct {
	name   string
	reals  bool // the layer below gives real numbers, not spikes
	delays bool
	neuron func(s ops.Synapses, in map[string]*gorgonia.Node) *gorgonia.Node
}

// driven are neurons that take synapses, or a current in their place.
func driven(apply func(s ops.Synapses, current *gorgonia.Node, in map[string]*gorgonia.Node) *gorgonia.Node) func(ops.Synapses, map[string]*gorgonia.Node) *gorgonia.Node {
	return func(s ops.Synapses, in map[string]*gorgonia.Node) *gorgonia.Node {
		if s.W == nil {
			return apply(ops.Synapses{}, s.X, in)
		}
		return apply(s, nil, in)
	}
}

func fedCases() (cases []fed) {
	linear := func(s ops.Synapses, in map[string]*gorgonia.Node) *gorgonia.Node {
		switch delays := in["delays"]; {
		case s.W == nil:
			return s.X
		case delays != nil:
			return must(s.DelayedCurrents(delays, 4))
		default:
			return must(s.Currents())
		}
	}
	alif := func(e ops.Estimator) func(ops.Synapses, map[string]*gorgonia.Node) *gorgonia.Node {
		return driven(func(s ops.Synapses, current *gorgonia.Node, in map[string]*gorgonia.Node) *gorgonia.Node {
			q := must(ops.ALIF{Dt: 1, B0: .1, Beta: .8, Rm: 1.2, Surrogate: ops.Gaussian{}, Estimator: e}.Apply(ops.ALIFInputs{
				Synapses: s, Current: current, WRec: in["w_rec"], TauM: in["tau_m"], TauAdp: in["tau_adp"]}))
			return must(gorgonia.Add(q.Spikes(), must(q.Membrane())))
		})
	}
	li := driven(func(s ops.Synapses, current *gorgonia.Node, in map[string]*gorgonia.Node) *gorgonia.Node {
		return must(ops.LI{Dt: 1, Rm: 1.2}.Apply(ops.LIInputs{Synapses: s, Current: current, TauM: in["tau_m"]}))
	})
	for _, reals := range []bool{false, true} {
		cases = append(cases, fed{"linear", reals, false, linear}, fed{"delayed", reals, true, linear}, fed{"li", reals, false, li},
			fed{"alif", reals, false, alif(nil)}, fed{"alif, truncated", reals, false, alif(ops.TBPTT{K: 7})},
			fed{"alif, e-prop", reals, false, alif(ops.EProp{})})
	}
	return cases
}

// How the gradient goes back to the layer below.
const (
	exactly    = "exactly"
	fedBack    = "through feedback weights"
	fedBackOwn = "through feedback weights that are the weights themselves"
	byHand     = "through feedback weights, by hand"
)

// run gives the output, and the gradients with respect to some inputs, by our machine or Gorgonia's.
func (f fed) run(t *testing.T, how string, dt tensor.Dtype, ours bool, wrt ...string) results {
	t.Helper()
	const steps, batch, in, below, units = 37, 9, 3, 6, 4
	g := gorgonia.NewGraph()
	n := map[string]*gorgonia.Node{}
	for name, v := range map[string]*tensor.Dense{
		"z": normal(1, 0, 1, steps, batch, in), "w0": normal(2, .4, 1, below, in), "tau0": positive(normal(3, 6, 2, below)),
		"w": normal(4, 0, 1, units, below), "feedback": normal(5, 0, 1, units, below), "b": normal(6, .1, .3, units),
		"w_rec": normal(7, 0, .5, units, units), "tau_m": positive(normal(8, 6, 2, units)), "tau_adp": positive(normal(9, 20, 8, units)),
		"delays": between(10, 3, units, below),
	} {
		if name != "delays" || f.delays {
			n[name] = input(g, dt, name, v)
		}
	}
	x := must(ops.Linear(n["z"], n["w0"]))
	if !f.reals {
		x = must(ops.ALIF{Dt: 1, B0: .05, Rm: 2}.Apply(ops.ALIFInputs{Current: x, TauM: n["tau0"]})).Spikes()
	}
	s := ops.Synapses{X: x, W: n["w"], Biases: gorgonia.Nodes{n["b"]}}
	switch how {
	case fedBack:
		s.Feedback = n["feedback"]
	case fedBackOwn:
		s.Feedback = must(gorgonia.Add(n["w"], input(g, dt, "zeros", zeros(units, below))))
	case byHand:
		// The current of the constant x, plus zero with the gradient of what B gives.
		product := func(x, w graph.Expr) graph.Expr {
			if f.delays {
				return x.Map(func(x *gorgonia.Node) (*gorgonia.Node, error) {
					return ops.DelayedLinear(x, must(w.Node()), must(graph.Detach(n["delays"])), 4)
				})
			}
			return x.MatMul(w.Map(func(w *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Transpose(w, 1, 0) }))
		}
		back := product(graph.Of(x), graph.Of(n["feedback"]))
		there := product(graph.Of(x).Detach(), graph.Of(n["w"]))
		if f.delays {
			there = graph.Of(must(ops.DelayedLinear(must(graph.Detach(x)), n["w"], n["delays"], 4)))
		}
		s = ops.Synapses{X: must(there.Add(back).Sub(back.Detach()).Add(graph.Of(n["b"])).Node())}
	}
	y := f.neuron(s, n)
	loss := dot(y, "c", normal(11, 0, 1, steps, batch, units))
	nodes := map[string]*gorgonia.Node{}
	for _, name := range wrt {
		nodes[name] = n[name]
	}
	if !ours {
		return evaluate(t, map[string]*gorgonia.Node{"y": y}, loss, nodes)
	}
	var inputs gorgonia.Nodes
	for _, name := range wrt {
		inputs = append(inputs, n[name])
	}
	list := append(gorgonia.Nodes{y}, must(gorgonia.Grad(loss, inputs...))...)
	m := must(graph.NewMachine(list...))
	r := results{}
	for range 2 { // the second run on memory that the first has left
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	r["y"] = numbers(y.Value())
	for i, name := range wrt {
		r["d "+name] = numbers(list[i+1].Value())
	}
	return r
}

// Feedback weights change the gradient of x, and thereby of what is below it, to what the transpose of
// B in the place of that of W makes of it, and nothing else.
func TestFeedback(t *testing.T) {
	for _, f := range fedCases() {
		t.Run(fmt.Sprintf("%s, reals %v", f.name, f.reals), func(t *testing.T) {
			wrt := []string{"w0", "w", "b"}
			switch {
			case f.delays:
				wrt = append(wrt, "delays")
			case f.name != "linear":
				wrt = append(wrt, "tau_m")
			}
			exact := f.run(t, exactly, tensor.Float64, false, wrt...)
			hand := f.run(t, byHand, tensor.Float64, false, wrt...)
			if d := difference(exact["d w0"], hand["d w0"]); d < .01 {
				t.Fatalf("the gradient below differs by %v only: the test shows nothing", d)
			}
			for _, ours := range []bool{false, true} {
				got := f.run(t, fedBack, tensor.Float64, ours, append([]string{"feedback"}, wrt...)...)
				compare(t, results{"d feedback": got["d feedback"]}, results{"d feedback": got["d w"]}, 0)
				delete(got, "d feedback")
				compare(t, got, hand, 1e-12)
				for name := range got {
					if name != "d w0" {
						compare(t, results{name: got[name]}, results{name: exact[name]}, 0)
					}
				}
				compare(t, f.run(t, fedBackOwn, tensor.Float64, ours, "w0"), results{"y": exact["y"], "d w0": exact["d w0"]}, 0)
				alone := f.run(t, fedBack, tensor.Float64, ours, "feedback")
				compare(t, alone, results{"y": exact["y"], "d feedback": exact["d w"]}, 1e-12) // e-prop goes another way without x
				single := f.run(t, fedBack, tensor.Float32, ours, wrt...)
				if f.reals { // spikes may come a step later
					compare(t, results{"d w0": single["d w0"]}, results{"d w0": got["d w0"]}, 1e-4)
				}
			}
		})
	}
}

// difference is the largest one, relative to the largest element.
func difference(a, b []float64) float64 {
	d, most := 0.0, 0.0
	for i := range a {
		d, most = math.Max(d, math.Abs(a[i]-b[i])), math.Max(most, math.Abs(a[i]))
	}
	return d / most
}

// Examples, and steps, of two dimensions have feedback as well.
func TestFeedbackOfMatrix(t *testing.T) {
	g := gorgonia.NewGraph()
	x, w, b := input(g, tensor.Float64, "x", normal(1, 0, 1, 5, 3)), input(g, tensor.Float64, "w", normal(2, 0, 1, 2, 3)), normal(3, 0, 1, 2, 3)
	c := normal(4, 0, 1, 5, 2)
	y := must(ops.Synapses{X: x, W: w, Feedback: input(g, tensor.Float64, "feedback", b)}.Currents())
	got := evaluate(t, nil, dot(y, "c", c), map[string]*gorgonia.Node{"x": x})
	want := make([]float64, 15)
	for i := range want {
		for j := range 2 {
			want[i] += c.Data().([]float64)[i/3*2+j] * b.Data().([]float64)[j*3+i%3]
		}
	}
	compare(t, got, results{"d x": want}, 1e-15)
}

func TestFeedbackErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	node := func(name string, shape ...int) *gorgonia.Node {
		return input(g, tensor.Float64, name, normal(uint64(len(name)), 1, .1, shape...))
	}
	x, w, tau, wrong := node("x", 4, 3, 5), node("w", 2, 5), node("tau", 2), node("feedback", 5, 2)
	s := ops.Synapses{X: x, W: w, Feedback: wrong}
	const want = "feedback has shape (5, 2), want (2, 5)"
	_, err := s.Currents()
	wantError(t, "linear", err, "Linear", want)
	_, err = s.DelayedCurrents(node("delays", 2, 5), 3)
	wantError(t, "delayed", err, "DelayedLinear", want)
	_, err = ops.LI{Dt: 1}.Apply(ops.LIInputs{Synapses: s, TauM: tau})
	wantError(t, "LI", err, "LI", want)
	_, err = ops.ALIF{Dt: 1}.Apply(ops.ALIFInputs{Synapses: s, TauM: tau})
	wantError(t, "ALIF", err, "ALIF", want)
	_, err = ops.LI{Dt: 1}.Apply(ops.LIInputs{Current: node("current", 4, 3, 2), Synapses: ops.Synapses{Feedback: wrong}, TauM: tau})
	wantError(t, "feedback alone", err, "both X and W")
	_, err = ops.Synapses{X: x, W: w}.DelayedCurrents(nil, 3)
	wantError(t, "no delays", err, "delays are nil")

	infinite := normal(1, 0, 1, 2, 5)
	infinite.Set(7, math.Inf(1))
	for name, apply := range map[string]func(s ops.Synapses) (*gorgonia.Node, error){
		"Linear": ops.Synapses.Currents,
		"DelayedLinear": func(s ops.Synapses) (*gorgonia.Node, error) {
			return s.DelayedCurrents(input(s.X.Graph(), tensor.Float64, "delays", zeros(2, 5)), 3)
		},
	} {
		g := gorgonia.NewGraph()
		x := input(g, tensor.Float64, "x", normal(2, 0, 1, 4, 3, 5))
		y := must(apply(ops.Synapses{X: x, W: input(g, tensor.Float64, "w", normal(3, 0, 1, 2, 5)), Feedback: input(g, tensor.Float64, "b", infinite)}))
		must(gorgonia.Grad(must(gorgonia.Sum(y)), x))
		wantError(t, name, runGraph(g), name, "feedback[1 2] is +Inf")
	}
}
