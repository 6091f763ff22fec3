package nodes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nodes.Layer
		want  []string
	}{
		{"recurrent ALIF", nodes.Layer{Units: 3, Cell: nodes.ALIF{}, Recurrent: true}, []string{
			"a.w_in weight (3, 2)", "a.b_in bias (3)", "a.w_rec weight (3, 3)", "a.b_rec bias (3)", "a.tau_m tau (3)", "a.tau_adp tau (3)"}},
		{"feed-forward ALIF", nodes.Layer{Units: 3, Cell: nodes.ALIF{}}, []string{
			"a.w_in weight (3, 2)", "a.b_in bias (3)", "a.tau_m tau (3)", "a.tau_adp tau (3)"}},
		{"recurrent LIF without bias", nodes.Layer{Units: 3, Cell: nodes.LIF{}, Recurrent: true, Linear: nodes.Linear{NoBias: true}}, []string{
			"a.w_in weight (3, 2)", "a.w_rec weight (3, 3)", "a.tau_m tau (3)"}},
		{"LI", nodes.Layer{Units: 1, Cell: nodes.LI{}}, []string{
			"a.w_in weight (1, 2)", "a.b_in bias (1)", "a.tau_m tau (1)"}},
		{"units of Linear do not count", nodes.Layer{Units: 1, Cell: nodes.LI{}, Linear: nodes.Linear{Units: 7, NoBias: true}}, []string{
			"a.w_in weight (1, 2)", "a.tau_m tau (1)"}},
	} {
		p := newParams(1)
		must(c.layer.Declare(p, "a", 2))
		if got := describe(p); !slices.Equal(got, c.want) {
			t.Errorf("%s: parameters are %q, want %q", c.name, got, c.want)
		}
	}
}

func TestInitializers(t *testing.T) {
	p := newParams(1)
	layer := nodes.Layer{
		Units: 2, Recurrent: true, WRec: graph.Constant(.1),
		Cell:   nodes.ALIF{TauM: graph.Constant(7), TauAdp: graph.Constant(70)},
		Linear: nodes.Linear{Weight: graph.Constant(.2), Bias: graph.Constant(.3)},
	}
	must(layer.Declare(p, "a", 1))
	for name, want := range map[string]float64{"a.w_in": .2, "a.b_in": .3, "a.w_rec": .1, "a.b_rec": .3, "a.tau_m": 7, "a.tau_adp": 70} {
		q, _ := p.Get(name)
		for _, x := range q.Values() {
			if x != want {
				t.Errorf("%s is %v, want %v", name, x, want)
			}
		}
	}
	d := newParams(1)
	must(nodes.Layer{Units: 2, Cell: nodes.ALIF{}}.Declare(d, "a", 1))
	for name, want := range map[string]float64{"a.b_in": 0, "a.tau_m": 20, "a.tau_adp": 150} {
		q, _ := d.Get(name)
		if q.Values()[0] != want {
			t.Errorf("default %s is %v, want %v", name, q.Values()[0], want)
		}
	}
}

func TestDeclareErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nodes.Layer
		in    int
		want  []string
	}{
		{"no cell", nodes.Layer{Units: 3}, 2, []string{"front", "no cell"}},
		{"no units", nodes.Layer{Cell: nodes.LIF{}}, 2, []string{"front", "0 units on 2 inputs"}},
		{"no inputs", nodes.Layer{Units: 3, Cell: nodes.LIF{}}, 0, []string{"front", "3 units on 0 inputs"}},
		{"dt of LIF", nodes.Layer{Units: 2, Cell: nodes.LIF{Dt: -1}}, 2, []string{"front", "LIF", "dt is -1"}},
		{"dt of ALIF", nodes.Layer{Units: 2, Cell: nodes.ALIF{Dt: math.NaN()}}, 2, []string{"front", "ALIF", "dt is NaN"}},
		{"dt of LI", nodes.Layer{Units: 2, Cell: nodes.LI{Dt: -1}}, 2, []string{"front", "LI", "dt is -1"}},
		{"reset", nodes.Layer{Units: 2, Cell: nodes.LIF{Reset: "perhaps"}}, 2, []string{"front", "LIF", "perhaps"}},
		{"initialiser", nodes.Layer{Units: 3, Cell: nodes.LIF{TauM: graph.Orthogonal{}}}, 2, []string{"front.tau_m", "(3)"}},
	} {
		_, err := c.layer.Declare(newParams(1), "front", c.in)
		wantError(t, c.name, err, c.want...)
	}
	p := newParams(1)
	must(nodes.Layer{Units: 3, Cell: nodes.LIF{}}.Declare(p, "front", 2))
	_, err := nodes.Layer{Units: 3, Cell: nodes.LIF{}}.Declare(p, "front", 2)
	wantError(t, "twice", err, "front.w_in", "declared twice")
}

func TestForwardErrors(t *testing.T) {
	p := newParams(1)
	spiking := must(three(nodes.Initial{}).Declare(p, "front", 2))
	_, err := nodes.Layer{Units: 2, Cell: nodes.LI{}, Recurrent: true}.Declare(p, "readout", 2)
	wantError(t, "recurrent integrators", err, "readout", "cannot be recurrent: LI neurons have no spikes")
	x := input(p, "x", make([]float64, 8), 2, 2, 2)
	_, err = spiking.Forward(nil)
	wantError(t, "no x", err, "front", "x is nil")
	_, err = spiking.ForwardFrom(x, nodes.Initial{nodes.Spikes: nodes.From(nil)})
	wantError(t, "no initial node", err, "front", "s0", "nil")
	_, err = spiking.Forward(input(p, "flat", make([]float64, 4), 2, 2))
	wantError(t, "2-D x", err, "front", "flat", "(2, 2)", "[T, batch, features]")
	_, err = spiking.Forward(input(p, "wide", make([]float64, 12), 2, 2, 3))
	wantError(t, "wide x", err, "front", "wide", "(3, 2)", "(2, 2, 3)")
	_, err = spiking.ForwardFrom(x, nodes.Initial{nodes.Membrane: nodes.From(input(p, "u0", make([]float64, 3), 1, 3))})
	wantError(t, "initial state", err, "front", "initial membrane potential has shape (1, 3), want (2, 3)")
}

// A layer is its ops: the same values as the ops applied to the parameters.
func TestLayerIsItsOps(t *testing.T) {
	p := newParams(3)
	layer := three(nodes.Initial{})
	layer.Linear.Bias = graph.Constant(.4)
	n := must(layer.Declare(p, "a", 2))
	x := input(p, "x", normal(1, 20*2*2), 20, 2, 2)
	a := must(n.Forward(x))
	get := func(name string) *gorgonia.Node {
		q, _ := p.Get("a." + name)
		return q.Node
	}
	current := must(ops.Linear(x, get("w_in"), get("b_in"), get("b_rec")))
	s := must(ops.ALIF{Dt: 1, B0: .01, Beta: 1.8, Rm: 2}.Apply(ops.ALIFInputs{
		Current: current, WRec: get("w_rec"), TauM: get("tau_m"), TauAdp: get("tau_adp"),
	}))
	got := read(t, p, must(a.Current()), must(a.Spikes()), must(a.Membrane()), must(a.Threshold()), must(a.Adaptation()),
		current, s.Spikes(), must(s.Membrane()), must(s.Threshold()), must(s.Adaptation()))
	for i, name := range []string{"current", "spikes", "membrane", "threshold", "adaptation"} {
		equal(t, name, got[i], got[i+5])
	}
	count := 0.0
	for _, y := range got[1] {
		count += y
	}
	if count == 0 || count == float64(len(got[1])) {
		t.Errorf("%v of %d are spikes: the test shows nothing", count, len(got[1]))
	}
	if !a.Spiking() {
		t.Error("the layer spikes")
	}
}

func TestActivityOfIntegrators(t *testing.T) {
	p := newParams(3)
	n := must(nodes.Layer{Units: 2, Cell: nodes.LI{}}.Declare(p, "readout", 2))
	a := must(n.Forward(input(p, "x", normal(1, 12), 3, 2, 2)))
	if a.Spiking() {
		t.Error("leaky integrators do not spike")
	}
	_, err := a.Spikes()
	wantError(t, "spikes", err, "do not spike")
	_, err = a.Threshold()
	wantError(t, "threshold", err, "no threshold")
	_, err = a.Adaptation()
	wantError(t, "adaptation", err, "no adaptation")
	f := must(a.Final())
	if f[nodes.Spikes] != nil || f[nodes.Adaptation] != nil {
		t.Error("the final state of leaky integrators is a membrane potential only")
	}
	u := read(t, p, must(a.Membrane()), f[nodes.Membrane])
	equal(t, "final membrane potential", u[1], u[0][8:])
}

func TestLIFHasNoAdaptation(t *testing.T) {
	p := newParams(3)
	n := must(nodes.Layer{Units: 2, Cell: nodes.LIF{B0: new(.3)}, Initial: nodes.Random(1)}.Declare(p, "a", 2))
	a := must(n.Forward(input(p, "x", normal(1, 12), 3, 2, 2)))
	_, err := a.Adaptation()
	wantError(t, "adaptation", err, "no adaptation")
	if len(p.Graph().ByName("a.run1.eta0")) > 0 {
		t.Error("there is an initial adaptation, of neurons that do not adapt")
	}
	for _, theta := range read(t, p, must(a.Threshold()))[0] {
		if theta != .3 {
			t.Errorf("threshold is %v, want b0, 0.3", theta)
		}
	}
}

// All parameters of stacked layers have gradients, in single precision.
func TestStackedLayersLearn(t *testing.T) {
	p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 5))
	const steps, batch, in = 12, 3, 4
	x := gorgonia.NewTensor(p.Graph(), tensor.Float32, 3, gorgonia.WithShape(steps, batch, in), gorgonia.WithName("x"),
		gorgonia.WithInit(gorgonia.Gaussian(0, 1)))
	last := x
	for i, layer := range []nodes.Layer{
		{Units: 5, Cell: nodes.ALIF{TauM: graph.Constant(4), TauAdp: graph.Constant(10)}, Recurrent: true, Initial: nodes.Random(1)},
		{Units: 6, Cell: nodes.LIF{TauM: graph.Constant(4)}, Recurrent: true},
	} {
		n := must(layer.Declare(p, []string{"first", "second"}[i], last.Shape()[2]))
		last = must(must(n.Forward(last)).Spikes())
	}
	n := must(nodes.Layer{Units: 2, Cell: nodes.LI{}}.Declare(p, "readout", 6))
	labels := gorgonia.NewMatrix(p.Graph(), tensor.Float32, gorgonia.WithShape(steps, batch), gorgonia.WithName("labels"), gorgonia.WithInit(gorgonia.Zeroes()))
	loss := must(ops.CrossEntropy(must(must(n.Forward(last)).Membrane()), labels, ops.CrossEntropySettings{Skip: 2}))
	grads := must(gorgonia.Grad(loss, p.Nodes()...))
	vm := gorgonia.NewTapeMachine(p.Graph(), gorgonia.BindDualValues(p.Nodes()...))
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, q := range p.All() {
		if !graph.SameShape(grads[i].Shape(), q.Node.Shape()) {
			t.Errorf("gradient of %s has shape %v, want %v", q.Name, grads[i].Shape(), q.Node.Shape())
		}
		var largest float64
		for _, d := range must(q.Node.Grad()).Data().([]float32) {
			if !graph.Finite(d) {
				t.Errorf("gradient of %s is %v", q.Name, d)
			}
			largest = math.Max(largest, math.Abs(float64(d)))
		}
		if largest == 0 {
			t.Errorf("gradient of %s is zero", q.Name)
		}
	}
}

// Neurons without synapses take a current as it is: what they do is what a layer does whose synapses
// give that current, fused or scanned.
func TestDrive(t *testing.T) {
	for _, cell := range []nodes.Cell{nodes.ALIF{TauM: graph.Constant(3), Rm: 2}, nodes.Scanned(nodes.ALIF{TauM: graph.Constant(3), Rm: 2}), nodes.LI{}, nodes.IF{}} {
		_, integrates := cell.(nodes.LI)
		layer := nodes.Layer{Units: 3, Cell: cell, Recurrent: !integrates, Linear: nodes.Linear{Bias: graph.Constant(.1)}}
		p, q := newParams(1), newParams(1)
		whole := must(layer.Declare(p, "a", 2))
		a := must(whole.Forward(input(p, "x", normal(1, 8*2*2), 8, 2, 2)))
		current := ops.Synapses{X: find(t, p, "x"), W: whole.Synapses.W, Biases: gorgonia.Nodes{whole.Synapses.B}}
		numbers := read(t, p, must(a.Membrane()), must(ops.Linear(current.X, current.W, current.Biases...)))
		alone := must(layer.DeclareNeurons(q, "a"))
		for _, r := range q.All() {
			if r.Name == "a.w_in" || r.Name == "a.b_in" {
				t.Errorf("neurons alone have %s", r.Name)
			}
		}
		b := must(alone.Drive(input(q, "current", numbers[1], 8, 2, 3)))
		u := read(t, q, must(b.Membrane()))[0]
		if d := farthest(u, numbers[0]); d > 1e-14 {
			t.Errorf("%T: driven by the current of its synapses, the membrane potential is %v, want %v", cell, u, numbers[0])
		}
		_, err := alone.Forward(input(q, "x", make([]float64, 8), 2, 2, 2))
		wantError(t, "no synapses", err, "drive it by a current")
		_, err = alone.Drive(nil)
		wantError(t, "no current", err, "current is nil")
		_, err = alone.Drive(input(q, "narrow", make([]float64, 8), 2, 2, 2))
		wantError(t, "narrow current", err, "narrow", "(2, 2, 2)", "[T, batch, 3]")
	}
	_, err := nodes.Layer{Cell: nodes.LIF{}}.DeclareNeurons(newParams(1), "a")
	wantError(t, "no units", err, "0 units")
}
