package nodes_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

const feedbackSteps, feedbackBatch, feedbackIn, feedbackUnits = 11, 3, 5, 4

// differentiated is what a layer does on x, and the gradients of x and of its trained parameters,
// where feedback, if it is there, has values made of those of w_in.
func differentiated(t *testing.T, l nodes.Layer, feedback func(w []float64) []float64) map[string][]float64 {
	t.Helper()
	p := newParams(3)
	n := must(l.Declare(p, "a", feedbackIn))
	for _, scope := range []string{"a.", "a.forward.", "a.backward."} {
		if w, ok := p.Get(scope + "w_in"); ok && l.Linear.Feedback.Kind != "" {
			if err := p.Set(scope+"feedback", w.Node.Shape(), feedback(w.Values())); err != nil {
				t.Fatal(err)
			}
		}
	}
	x := input(p, "x", normal(1, feedbackSteps*feedbackBatch*feedbackIn), feedbackSteps, feedbackBatch, feedbackIn)
	a := must(n.Forward(x))
	u := must(a.Membrane())
	y := u
	if a.Spiking() {
		y = must(gorgonia.Add(u, must(a.Spikes())))
	}
	c := input(p, "c", normal(2, y.Shape().TotalSize()), y.Shape()...)
	wrt := append(gorgonia.Nodes{x}, p.Nodes()...)
	grads := must(gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.HadamardProd(y, c)))), wrt...))
	values := read(t, p, append(gorgonia.Nodes{u}, grads...)...)
	out := map[string][]float64{"u": values[0]}
	for i, n := range wrt {
		out["d "+n.Name()] = values[i+1]
	}
	return out
}

// fedLayers are layers of each way to run, by name.
func fedLayers() map[string]nodes.Layer {
	tau := graph.Uniform{Low: 3, High: 9}
	layers := map[string]nodes.Layer{}
	for name, e := range map[string]ops.Estimator{"": nil, ", truncated": ops.TBPTT{K: 4}, ", e-prop": ops.EProp{}, ", local e-prop": ops.EProp{Local: true}} {
		alif := nodes.ALIF{TauM: tau, Rm: 2, Surrogate: ops.Gaussian{}}
		layers["ALIF"+name] = nodes.Layer{Cell: alif, Recurrent: true, Estimator: e}
		layers["ALIF, scanned"+name] = nodes.Layer{Cell: nodes.Scanned(alif), Recurrent: true, Estimator: e}
		layers["LSNN"+name] = nodes.Layer{Cell: nodes.LSNN{TauM: tau}, Recurrent: true, Estimator: e}
		layers["refractory LIF"+name] = nodes.Layer{Cell: nodes.Refractory{Cell: nodes.LIF{TauM: tau}}, Estimator: e}
		layers["LI"+name] = nodes.Layer{Cell: nodes.LI{TauM: tau}, Estimator: e}
		layers["LI, scanned"+name] = nodes.Layer{Cell: nodes.Scanned(nodes.LI{TauM: tau}), Estimator: e}
		layers["both directions"+name] = nodes.Layer{Cell: alif, Recurrent: true, Bidirectional: true, Estimator: e}
		layers["delays"+name] = nodes.Layer{Cell: alif, Delays: nodes.Delays{Max: 3}, Estimator: e}
		layers["trained delays"+name] = nodes.Layer{Cell: alif, Delays: nodes.Delays{Max: 3, Trainable: true, Steps: graph.Uniform{Low: .2, High: 2.8}}, Estimator: e}
	}
	for name, l := range layers {
		l.Units = feedbackUnits
		layers[name] = l
	}
	return layers
}

// The gradient of x is Bᵀ g in the place of Wᵀ g, for every cell and estimator. Nothing else changes by a
// bit, and the gradient of trained feedback weights is that of w_in.
func TestFeedback(t *testing.T) {
	for name, l := range fedLayers() {
		t.Run(name, func(t *testing.T) {
			exact := differentiated(t, l, nil)
			l.Linear.Feedback.Kind = nodes.AdaptiveFeedback
			twice := differentiated(t, l, func(w []float64) []float64 { return scaled(w, -2) })
			equal(t, "gradient of x", twice["d x"], scaled(exact["d x"], -2))
			for name, want := range exact {
				if name != "d x" {
					equal(t, name, twice[name], want)
				}
			}
			for _, scope := range []string{"d a.", "d a.forward.", "d a.backward."} {
				equal(t, scope+"feedback", twice[scope+"feedback"], exact[scope+"w_in"])
			}

			if l.Bidirectional || l.Delays.Max > 0 {
				return
			}
			// Weights of one for the first inputs show g itself.
			g := differentiated(t, l, func(w []float64) []float64 {
				one := make([]float64, len(w))
				for j := range feedbackUnits {
					one[j*feedbackIn+j] = 1
				}
				return one
			})["d x"]
			l.Linear.Feedback.Kind = nodes.RandomFeedback
			b := normal(9, feedbackUnits*feedbackIn)
			got := differentiated(t, l, func([]float64) []float64 { return b })
			want := make([]float64, len(g))
			for i := range want {
				for j := range feedbackUnits {
					want[i] += b[j*feedbackIn+i%feedbackIn] * g[i/feedbackIn*feedbackIn+j]
				}
			}
			if d := farthest(got["d x"], want); d > 1e-12 {
				t.Errorf("gradient of x differs by %v from Bᵀ g", d)
			}
			if d := farthest(got["d x"], exact["d x"]); d < .01 {
				t.Errorf("gradient of x differs by %v from the exact one: the test shows nothing", d)
			}
			delete(got, "d x")
			for name, x := range got {
				equal(t, name, x, exact[name])
			}
		})
	}
}

func scaled(x []float64, k float64) []float64 {
	y := slices.Clone(x)
	for i := range y {
		y[i] *= k
	}
	return y
}

// The weights are drawn as w_in is, and apart from it; the random ones are saved and not trained.
func TestFeedbackParameters(t *testing.T) {
	weights := func(f nodes.Feedback, l nodes.Layer) (w, b graph.Param, p *graph.Params) {
		p = newParams(1)
		l.Units, l.Cell, l.Linear.Feedback = 3, nodes.LI{}, f
		must(l.Declare(p, "a", 40))
		w, _ = p.Get("a.w_in")
		b, _ = p.Get("a.feedback")
		return w, b, p
	}
	for _, kind := range []nodes.FeedbackKind{"", nodes.SymmetricFeedback} {
		_, b, p := weights(nodes.Feedback{Kind: kind}, nodes.Layer{})
		if b.Node != nil || len(p.All()) != 3 {
			t.Errorf("feedback %q has parameters %v", kind, describe(p))
		}
	}
	plain, _, _ := weights(nodes.Feedback{}, nodes.Layer{})
	for _, kind := range []nodes.FeedbackKind{nodes.RandomFeedback, nodes.AdaptiveFeedback} {
		fixed := kind == nodes.RandomFeedback
		w, b, p := weights(nodes.Feedback{Kind: kind}, nodes.Layer{Linear: nodes.Linear{Weight: graph.Uniform{Low: 2, High: 3}}})
		if b.Group != "feedback" || b.Fixed != fixed || slices.Contains(p.Nodes(), b.Node) == fixed || fmt.Sprint(b.Node.Shape()) != "(3, 40)" {
			t.Errorf("feedback of kind %q is %+v", kind, b)
		}
		if slices.Min(b.Values()) < 2 || slices.Max(b.Values()) > 3 || slices.Equal(b.Values(), w.Values()) {
			t.Errorf("feedback of kind %q starts at %v for w_in %v", kind, b.Values(), w.Values())
		}
		w, b, _ = weights(nodes.Feedback{Kind: kind, Init: graph.Constant(.5)}, nodes.Layer{})
		equal(t, "w_in", w.Values(), plain.Values())
		if slices.Min(b.Values()) != .5 || slices.Max(b.Values()) != .5 {
			t.Errorf("feedback of kind %q starts at %v, want .5", kind, b.Values())
		}
	}
}

// A set of synapses on its own has feedback too.
func TestFeedbackOfLinear(t *testing.T) {
	p := newParams(1)
	s := must(nodes.Linear{Units: 2, Feedback: nodes.Feedback{Kind: nodes.RandomFeedback, Init: graph.Constant(3)}}.Declare(p, 4))
	x := input(p, "x", normal(1, 12), 3, 1, 4)
	grads := must(gorgonia.Grad(must(gorgonia.Sum(must(s.Forward(x)))), x))
	for _, d := range read(t, p, grads...)[0] {
		if d != 6 {
			t.Errorf("gradient of x is %v, want 6", d)
		}
	}
}

func TestFeedbackJSON(t *testing.T) {
	for _, kind := range []nodes.FeedbackKind{"", nodes.SymmetricFeedback, nodes.RandomFeedback, nodes.AdaptiveFeedback} {
		l := nodes.Layer{Units: 3, Cell: nodes.LI{}, Linear: nodes.Linear{Feedback: nodes.Feedback{Kind: kind}}}
		data := must(json.Marshal(l))
		var again nodes.Layer
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		want := kind
		if kind == nodes.SymmetricFeedback {
			want = ""
		}
		if got := again.Linear.Feedback.Kind; got != want || string(must(json.Marshal(again))) != string(data) {
			t.Errorf("feedback %q became %q by %s", kind, got, data)
		}
	}
	var l nodes.Layer
	err := json.Unmarshal([]byte(`{"units":3,"feedback":"magic","cell":{"kind":"li"}}`), &l)
	wantError(t, "unknown kind in a file", err, `feedback of unknown kind "magic"`)
}

func TestFeedbackErrors(t *testing.T) {
	l := nodes.Layer{Units: 3, Cell: nodes.LI{}, Linear: nodes.Linear{Feedback: nodes.Feedback{Kind: "magic"}}}
	_, err := l.Declare(newParams(1), "a", 2)
	wantError(t, "unknown kind", err, "a: feedback of unknown kind", `want "symmetric", "random" or "adaptive"`)
	if _, err = json.Marshal(l); err == nil {
		t.Error("a layer with feedback of an unknown kind is saved")
	}
}
