package nodes_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// matrix is what a connectivity says, as 0 and 1.
func matrix(c nodes.Connectivity, to, from int) ([]float64, error) {
	exists := make([]bool, to*from)
	err := c.Connect(graph.Stream(1, "synapses"), to, from, exists)
	m := make([]float64, len(exists))
	for i, e := range exists {
		if e {
			m[i] = 1
		}
	}
	return m, err
}

func TestConnectivities(t *testing.T) {
	equal(t, "no autapses", must(matrix(nodes.NoAutapses{}, 3, 3)), []float64{0, 1, 1, 1, 0, 1, 1, 1, 0})
	equal(t, "given", must(matrix(nodes.Given{{true, false, true}, {false, false, true}}, 2, 3)), []float64{1, 0, 1, 0, 0, 1})

	const units = 60
	for _, autapses := range []bool{true, false} {
		likely := must(matrix(nodes.Sparse{Probability: .3, NoAutapses: !autapses}, units, units))
		counted := must(matrix(nodes.Sparse{Inputs: 7, NoAutapses: !autapses}, units, units))
		var all, diagonal, columns float64
		for j := range units {
			inputs := 0.0
			for i := range units {
				all += likely[j*units+i]
				inputs += counted[j*units+i]
			}
			if inputs != 7 {
				t.Errorf("unit %d has %v inputs, want 7", j, inputs)
			}
			diagonal += likely[j*units+j] + counted[j*units+j]
			columns += counted[j*units]
		}
		n := float64(units * units)
		if !autapses {
			n -= units
		}
		if sigma := math.Sqrt(n * .3 * .7); math.Abs(all-.3*n) > 4*sigma {
			t.Errorf("there are %v synapses of %v", all, n)
		}
		if autapses != (diagonal > 0) {
			t.Errorf("there are %v autapses", diagonal)
		}
		if columns == 0 || columns == units {
			t.Errorf("an input goes to %v units", columns)
		}
	}
	if m := must(matrix(nodes.Sparse{Inputs: 4}, 2, 4)); slices.Contains(m, 0) {
		t.Errorf("all inputs are %v", m)
	}
	if m := must(matrix(nodes.Sparse{Probability: 1}, 2, 4)); slices.Contains(m, 0) {
		t.Errorf("all synapses are %v", m)
	}
}

func TestConnectivityRefuses(t *testing.T) {
	for _, c := range []struct {
		c     nodes.Connectivity
		parts []string
	}{
		{nodes.NoAutapses{}, []string{"3 inputs", "2 other units"}},
		{nodes.Sparse{Probability: .5, NoAutapses: true}, []string{"3 inputs", "2 other units"}},
		{nodes.Sparse{}, []string{"probability or a number of inputs"}},
		{nodes.Sparse{Probability: .5, Inputs: 2}, []string{"0.5 and 2"}},
		{nodes.Sparse{Probability: 1.5}, []string{"1.5"}},
		{nodes.Sparse{Probability: math.NaN()}, []string{"NaN"}},
		{nodes.Sparse{Inputs: 4}, []string{"4 inputs, of 3"}},
		{nodes.Sparse{Inputs: -1}, []string{"-1 inputs"}},
		{nodes.Given{{true, true, true}}, []string{"1 units", "2"}},
		{nodes.Given{{true, true, true}, {true}}, []string{"unit 1", "want 3"}},
	} {
		_, err := nodes.Layer{Units: 2, Cell: nodes.LIF{}, Linear: nodes.Linear{Mask: c.c}}.Declare(newParams(1), "a", 3)
		wantError(t, "mask", err, append(c.parts, "a.w_in_mask")...)
	}
	_, err := nodes.Layer{Units: 2, Cell: nodes.LIF{}, RecMask: nodes.NoAutapses{}}.Declare(newParams(1), "a", 3)
	wantError(t, "no recurrence", err, "a: ", "mask", "not recurrent")
	_, err = matrix(nodes.Sparse{Inputs: 3, NoAutapses: true}, 3, 3)
	wantError(t, "inputs but for itself", err, "3 inputs, of 2")
}

// connected is a layer, of which some synapses do not exist.
func connected(l nodes.Layer) nodes.Layer {
	l.Linear.Mask = nodes.Sparse{Probability: .6}
	if l.Recurrent {
		l.RecMask = nodes.Sparse{Probability: .6, NoAutapses: true}
	}
	return l
}

// ofMask is what multiplies a parameter, nil for one without a mask.
func ofMask(p *graph.Params, name string) []float64 {
	for _, weights := range []string{"w_in", "w_rec", "feedback"} {
		if !strings.HasSuffix(name, "."+weights) {
			continue
		}
		mask := strings.TrimSuffix(name, weights) + strings.ReplaceAll(weights, "feedback", "w_in") + "_mask"
		if q, ok := p.Get(mask); ok {
			return q.Values()
		}
	}
	return nil
}

// product is x where mask is 1, and lost where it is 0.
func product(x, mask []float64, lost float64) []float64 {
	y := slices.Clone(x)
	for i := range mask {
		if mask[i] == 0 {
			y[i] = lost
		}
	}
	return y
}

// A layer some of whose synapses do not exist is one whose weights are zero there: what it does, and all
// gradients, whatever stands in the parameters. The gradients of what does not exist are zero.
func TestMaskedLayer(t *testing.T) {
	for name, l := range fedLayers() {
		for _, kind := range []nodes.FeedbackKind{"", nodes.RandomFeedback, nodes.AdaptiveFeedback} {
			l.Linear.Feedback.Kind = kind
			t.Run(name+" "+string(kind), func(t *testing.T) {
				with, without := newParams(3), newParams(3)
				a, b := must(connected(l).Declare(with, "a", feedbackIn)), must(l.Declare(without, "a", feedbackIn))
				masked := 0
				for _, q := range without.All() {
					x, mask := q.Values(), ofMask(with, q.Name)
					if mask == nil {
						continue
					}
					masked++
					drawn, _ := with.Get(q.Name)
					equal(t, "start of "+q.Name, drawn.Values(), product(x, mask, 0))
					for p, lost := range map[*graph.Params]float64{with: 5, without: 0} {
						if err := p.Set(q.Name, q.Node.Shape(), product(x, mask, lost)); err != nil {
							t.Fatal(err)
						}
					}
				}
				if masked == 0 {
					t.Fatal("nothing is masked")
				}
				got, want := gradientsOf(t, with, a), gradientsOf(t, without, b)
				for name, x := range want {
					mask := ofMask(with, strings.TrimPrefix(name, "d "))
					equal(t, name, got[name], product(x, mask, 0))
				}
				if len(got) != len(want) {
					t.Errorf("there are %d gradients, want %d", len(got), len(want))
				}
			})
		}
	}
}

// gradientsOf is what neurons do on an input, and the gradients of it and of the trained parameters.
func gradientsOf(t *testing.T, p *graph.Params, n *nodes.Neurons) map[string][]float64 {
	t.Helper()
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

// Masks are parameters that are saved and not trained. Without one, there is nothing but the weights.
func TestMasksAreParameters(t *testing.T) {
	p := newParams(1)
	must(connected(nodes.Layer{Units: 3, Cell: nodes.LIF{}, Recurrent: true, Linear: nodes.Linear{NoBias: true}}).Declare(p, "a", 2))
	if got, want := describe(p), []string{"a.w_in_mask mask (3, 2)", "a.w_in weight (3, 2)", "a.w_rec_mask mask (3, 3)", "a.w_rec weight (3, 3)", "a.tau_m tau (3)"}; !slices.Equal(got, want) {
		t.Errorf("parameters are %q, want %q", got, want)
	}
	for _, q := range p.All() {
		if mask := strings.HasSuffix(q.Name, "_mask"); mask != q.Fixed || mask == slices.Contains(p.Nodes(), q.Node) {
			t.Errorf("%s is fixed: %v", q.Name, q.Fixed)
		}
	}
	plain := newParams(1)
	n := must(nodes.Layer{Units: 3, Cell: nodes.LIF{}, Recurrent: true}.Declare(plain, "a", 2))
	w, _ := plain.Get("a.w_in")
	rec, _ := plain.Get("a.w_rec")
	if n.Synapses.W != w.Node || n.WRec != rec.Node {
		t.Error("weights without a mask are not their parameters")
	}
}

// Another seed draws other synapses; those of the network whose parameters are loaded are what counts. A
// twin has those of its model.
func TestMasksAreLoaded(t *testing.T) {
	layer := connected(fedLayers()["ALIF"])
	declare := func(p *graph.Params) (*graph.Params, *nodes.Neurons) {
		return p, must(layer.Declare(p, "a", feedbackIn))
	}
	p, n := declare(newParams(1))
	q, m := declare(newParams(2))
	twin, tn := declare(must(p.In(gorgonia.NewGraph())))
	first, _ := p.Get("a.w_in_mask")
	if second, _ := q.Get("a.w_in_mask"); slices.Equal(first.Values(), second.Values()) {
		t.Error("two seeds draw the same synapses")
	}
	for _, from := range p.All() {
		if err := q.Set(from.Name, from.Node.Shape(), from.Values()); err != nil {
			t.Fatal(err)
		}
	}
	want := gradientsOf(t, p, n)
	for what, got := range map[string]map[string][]float64{"loaded": gradientsOf(t, q, m), "twin": gradientsOf(t, twin, tn)} {
		for name, x := range want {
			equal(t, what+" "+name, got[name], x)
		}
	}
}

// What does not exist stays at zero while the rest is trained, with weight decay and momentum too.
func TestMaskedWeightsStayZero(t *testing.T) {
	p := newParams(3)
	l := connected(fedLayers()["ALIF"])
	l.Linear.Feedback.Kind = nodes.AdaptiveFeedback
	n := must(l.Declare(p, "a", feedbackIn))
	u := must(must(n.Forward(input(p, "x", normal(1, feedbackSteps*feedbackBatch*feedbackIn), feedbackSteps, feedbackBatch, feedbackIn))).Membrane())
	must(gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.Square(u)))), p.Nodes()...))
	vm := gorgonia.NewTapeMachine(p.Graph(), gorgonia.BindDualValues(p.Nodes()...))
	defer vm.Close()
	before := map[string][]float64{}
	for _, q := range p.All() {
		before[q.Name] = q.Values()
	}
	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(.01), gorgonia.WithL2Reg(.1))
	for range 5 {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(p.Nodes())); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	for _, q := range p.All() {
		mask := ofMask(p, q.Name)
		if mask == nil {
			continue
		}
		for i, x := range q.Values() {
			if changed := x != before[q.Name][i]; changed != (mask[i] == 1) || mask[i] == 0 && x != 0 {
				t.Errorf("%s[%d] was %v and is %v, where the mask is %v", q.Name, i, before[q.Name][i], x, mask[i])
			}
		}
	}
}

// Online, gradients are those of e-prop for the sequence as a whole, with masks too, whatever stands in
// the parameters where there is no synapse.
func TestMaskedEligibility(t *testing.T) {
	for _, kind := range []nodes.FeedbackKind{"", nodes.AdaptiveFeedback} {
		l := connected(nodes.Layer{Units: feedbackUnits, Recurrent: true, Estimator: ops.EProp{Local: true},
			Cell: nodes.ALIF{TauM: graph.Constant(4), Rm: 2, Surrogate: ops.Gaussian{}}})
		l.Linear.Feedback.Kind = kind
		p := newParams(3)
		n := must(l.Declare(p, "a", feedbackIn))
		for _, q := range p.All() {
			if mask := ofMask(p, q.Name); mask != nil {
				if err := p.Set(q.Name, q.Node.Shape(), product(q.Values(), mask, 5)); err != nil {
					t.Fatal(err)
				}
			}
		}
		xs, cs := normal(1, feedbackSteps*feedbackBatch*feedbackIn), normal(2, feedbackSteps*feedbackBatch*feedbackUnits)
		x := input(p, "x", xs, feedbackSteps, feedbackBatch, feedbackIn)
		s := must(must(n.Forward(x)).Spikes())
		loss := must(gorgonia.Sum(must(gorgonia.HadamardProd(s, input(p, "c", cs, s.Shape()...)))))
		want := read(t, p, must(gorgonia.Grad(loss, append(gorgonia.Nodes{x}, p.Nodes()...)...))...)

		e := must(nodes.NewEligibility(n, nodes.Tracing[float64]{Batch: feedbackBatch, Output: nodes.Spikes}))
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(e.Begin(nil))
		var below []float64
		for step := range feedbackSteps {
			check(e.Step(xs[step*feedbackBatch*feedbackIn:][:feedbackBatch*feedbackIn]))
			signal := cs[step*feedbackBatch*feedbackUnits:][:feedbackBatch*feedbackUnits]
			check(e.Keep())
			check(e.Learn(signal))
			dx := make([]float64, feedbackBatch*feedbackIn)
			check(e.Back(signal, dx))
			below = append(below, dx...)
		}
		closeTo(t, "signal below", below, want[0], 1e-10)
		for k, q := range e.Params() {
			got := make([]float64, q.Node.Shape().TotalSize())
			check(e.Gradient(k, got))
			at := slices.Index(p.Nodes(), q.Node)
			closeTo(t, q.Name, got, want[at+1], 1e-10)
		}
	}
}

// Even connects with even only; it is a connectivity of somebody else's.
type evenOnly struct{ Every int }

func (e evenOnly) Connect(_ *rand.Rand, _, from int, exists []bool) error {
	for k := range exists {
		exists[k] = k/from%e.Every == k%from%e.Every
	}
	return nil
}

func TestConnectivityJSON(t *testing.T) {
	layer := nodes.Layer{Units: 3, Cell: nodes.LIF{}, Recurrent: true, RecMask: evenOnly{2}}
	_, err := json.Marshal(layer)
	wantError(t, "not registered", err, "evenOnly", "not registered")
	if err := nodes.RegisterConnectivity("even", evenOnly{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []nodes.Connectivity{nil, nodes.NoAutapses{}, nodes.Sparse{Probability: .3, NoAutapses: true}, nodes.Sparse{Inputs: 2}, evenOnly{2},
		nodes.Given{{true, false, true}, {false, true, true}, {true, true, false}}} {
		layer.RecMask, layer.Linear.Mask = c, c
		data := must(json.Marshal(layer))
		var again nodes.Layer
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if second := must(json.Marshal(again)); string(second) != string(data) {
			t.Errorf("%s became %s", data, second)
		}
		masks := func(l nodes.Layer) (m []float64) {
			p := newParams(1)
			must(l.Declare(p, "a", 3))
			for _, q := range p.All() {
				if q.Group == "mask" {
					m = append(m, q.Values()...)
				}
			}
			return m
		}
		equal(t, string(data), masks(again), masks(layer))
		if want := 18; c != nil && len(masks(layer)) != want {
			t.Errorf("%s: there are %d elements of masks, want %d", data, len(masks(layer)), want)
		}
	}
	var l nodes.Layer
	err = json.Unmarshal([]byte(`{"units":3,"rec_mask":{"kind":"magic","settings":{}},"cell":{"kind":"lif","surrogate":{"name":"gaussian"}}}`), &l)
	wantError(t, "unknown kind", err, `"magic"`)
	wantError(t, "a name that is taken", nodes.RegisterConnectivity("sparse", evenOnly{}), "sparse", "evenOnly")
	wantError(t, "a pointer", nodes.RegisterConnectivity("pointer", &evenOnly{}), "pointer", "value")
}

// In single precision masks work as well.
func TestMasksInSinglePrecision(t *testing.T) {
	p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1))
	n := must(nodes.Layer{Units: 2, Cell: nodes.LI{}, Linear: nodes.Linear{Weight: graph.Constant(3), NoBias: true, Mask: nodes.Given{{true, false}, {false, true}}}}.Declare(p, "a", 2))
	x := gorgonia.NewTensor(p.Graph(), tensor.Float32, 3, gorgonia.WithShape(1, 1, 2), gorgonia.WithName("x"), gorgonia.WithValue(dense(tensor.Float32, []float64{1, 10}, 1, 1, 2)))
	y := must(n.Synapses.Forward(x))
	m := must(graph.NewMachine(y))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	equal(t, "current", must(graph.Float64s(y.Value())), []float64{3, 30})
}
