package models_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// scoped are networks that name all kinds of nodes.
func scoped() map[string]models.SRNN {
	random := nodes.Random(1)
	hidden := func(l nodes.Layer) models.SRNN {
		l.Units = 4
		return models.SRNN{In: 3, Hidden: []nodes.Layer{l}, Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2, Initial: random}}}
	}
	return map[string]models.SRNN{
		"ALIF":          hidden(nodes.Layer{Cell: nodes.ALIF{TauM: graph.Constant(3), Rm: 3}, Recurrent: true, Initial: random}),
		"scanned":       hidden(nodes.Layer{Cell: nodes.Scanned(nodes.ALIF{TauM: graph.Constant(3), Rm: 3}), Recurrent: true, Initial: random}),
		"LSNN":          hidden(nodes.Layer{Cell: nodes.Refractory{Cell: nodes.LSNN{Regular: .5, TauM: graph.Constant(3)}}, Recurrent: true, Estimator: ops.EProp{}}),
		"scanned LSNN":  hidden(nodes.Layer{Cell: nodes.Scanned(nodes.LSNN{Regular: .5, TauM: graph.Constant(3)}), Recurrent: true}),
		"delays":        hidden(nodes.Layer{Cell: nodes.LIF{TauM: graph.Constant(3)}, Delays: nodes.Delays{Max: 3, Trainable: true}, Initial: random}),
		"feedback":      hidden(nodes.Layer{Cell: nodes.LIF{TauM: graph.Constant(3)}, Linear: nodes.Linear{Feedback: nodes.Feedback{Kind: nodes.RandomFeedback}}, Initial: random}),
		"bidirectional": hidden(nodes.Layer{Cell: nodes.ALIF{TauM: graph.Constant(3)}, Bidirectional: true, Initial: random}),
		"resting":       hidden(nodes.Layer{Cell: nodes.AdEx{}, Recurrent: true}),
	}
}

// scopedRun is a network in a graph, perhaps one of several.
type scopedRun struct {
	net *models.Network
	out *models.Output
}

// forward declares a network in a scope, and its run over so many steps.
func (r *scopedRun) forward(t *testing.T, p *graph.Params, c models.SRNN, seed uint64, steps int) {
	t.Helper()
	var err error
	if r.net, err = c.Declare(p); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	v := make([]float64, steps*2*c.In)
	for i := range v {
		v[i] = 10 * rng.NormFloat64()
	}
	x, err := p.Input("x", tensor.New(tensor.WithShape(steps, 2, c.In), tensor.WithBacking(v)))
	if err != nil {
		t.Fatal(err)
	}
	if r.out, err = r.net.Forward(x); err != nil {
		t.Fatal(err)
	}
}

// runPieces runs the graph twice, the second time as the next piece, and gives what the networks gave.
func runPieces(t *testing.T, p *graph.Params, runs ...*scopedRun) (values [][]float64) {
	t.Helper()
	var loss *gorgonia.Node
	for _, r := range runs {
		sum := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(r.out.Membrane))))
		if loss == nil {
			loss = sum
		} else {
			loss = gorgonia.Must(gorgonia.Add(loss, sum))
		}
	}
	grads, err := gorgonia.Grad(loss, p.Nodes()...)
	if err != nil {
		t.Fatal(err)
	}
	var all gorgonia.Nodes
	for _, r := range runs {
		all = append(all, r.out.Membrane)
		for _, n := range r.net.Learnables() {
			all = append(all, grads[slices.Index(p.Nodes(), n)])
		}
	}
	m, err := graph.NewMachine(append(all, p.Run().Nodes()...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for range 2 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			x, err := graph.Float64s(n.Value())
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, x)
		}
		if err := p.Run().Advance(); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// copyInputs gives the inputs of one graph the values that those of another have, in a scope.
func copyInputs(t *testing.T, to *graph.Params, from *graph.Params, scope string) {
	t.Helper()
	for _, n := range to.Graph().AllNodes() {
		if n.Op() != nil || n.Value() == nil {
			continue
		}
		others := from.Graph().ByName(scope + "." + n.Name())
		if len(others) != 1 {
			t.Fatalf("%d nodes are called %s.%s, want one", len(others), scope, n.Name())
		}
		if err := tensor.Copy(n.Value().(*tensor.Dense), others[0].Value().(*tensor.Dense)); err != nil {
			t.Fatal(err)
		}
	}
}

// Two networks of one graph, each in a scope of its own, give what they give alone: values and gradients,
// of the first piece and of the next.
func TestNetworksInScopes(t *testing.T) {
	for name, c := range scoped() {
		for _, pieces := range []bool{false, true} {
			if pieces && name == "bidirectional" {
				continue // it cannot
			}
			p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 1)
			if err != nil {
				t.Fatal(err)
			}
			p.Run().Pieces = pieces
			var teacher, student scopedRun
			teacher.forward(t, p.Scope("teacher"), c, 1, 6)
			student.forward(t, p.Scope("student"), c, 2, 6)
			var want [][]float64
			var alone []*graph.Params
			for i, scope := range []string{"teacher", "student"} {
				q, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 7)
				if err != nil {
					t.Fatal(err)
				}
				q.Run().Pieces = pieces
				var one scopedRun
				one.forward(t, q, c, uint64(i+1), 6)
				copyInputs(t, q, p, scope)
				want = append(want, runPieces(t, q, &one)...)
				alone = append(alone, q)
			}
			got := runPieces(t, p, &teacher, &student)
			each := len(want) / 4 // of a network and a run
			if each != 1+len(alone[0].Nodes()) || len(got) != len(want) {
				t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
			}
			for i := range got { // piece, network; alone it is network, piece
				piece, net, k := i/each/2, i/each%2, i%each
				if !slices.Equal(got[i], want[(net*2+piece)*each+k]) {
					t.Errorf("%s, pieces %v: value %d of network %d is %v, alone %v", name, pieces, k, net, got[i], want[(net*2+piece)*each+k])
				}
			}
			if slices.Equal(got[0], got[each]) || pieces && slices.Equal(got[0], got[2*each]) {
				t.Errorf("%s: the two networks, or the two pieces, do the same: the test shows nothing", name)
			}
		}
	}
}

// Without a scope, a second network is refused, whoever holds its parameters, and so is what has the name
// of one of its nodes.
func TestNetworksWithoutScopes(t *testing.T) {
	c := scoped()["ALIF"]
	c.Dtype = tensor.Float64
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, c)
	if err != nil {
		t.Fatal(err)
	}
	_, again := models.NewSRNN(g, c)
	_, twin := net.In(g)
	_, same := c.Declare(net.Params())
	_, input := net.Params().Input("readout.w_in", tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(2, 4)))
	for what, err := range map[string]error{"another network": again, "a twin in the same graph": twin, "the same parameters": same, "an input": input} {
		if err == nil || !strings.Contains(err.Error(), "w_in") || !strings.Contains(err.Error(), `p.Scope("student")`) {
			t.Errorf("%s: error is %v", what, err)
		}
	}
	if _, err := c.Declare(net.Params().Scope("student")); err != nil {
		t.Error(err)
	}
	if n := len(net.Params().Scope("student").All()); n == 0 || len(net.Params().All()) != 2*n {
		t.Errorf("%d parameters are the student's, of %d", n, len(net.Params().All()))
	}
}

// A network's parameters and those of its twin in another graph are in one scope.
func TestScopedTwin(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := scoped()["LSNN"]
	net, err := c.Declare(p.Scope("teacher"))
	if err != nil {
		t.Fatal(err)
	}
	twin, err := net.In(gorgonia.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range twin.Params().All() {
		if want := net.Params().All()[i]; q.Name != want.Name || !strings.HasPrefix(q.Name, "teacher.") || !same(q.Values(), want.Values()) {
			t.Errorf("parameter %d of the twin is %s, want %s", i, q.Name, want.Name)
		}
	}
}

func TestDeclareWantsTheSame(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 3)
	if err != nil {
		t.Fatal(err)
	}
	c := scoped()["ALIF"]
	c.Dtype = tensor.Float32
	_, err = c.Declare(p)
	if err == nil || !strings.Contains(err.Error(), "float32") || !strings.Contains(err.Error(), "float64") {
		t.Errorf("another dtype: error is %v", err)
	}
	c.Dtype, c.Seed = tensor.Float64, 4
	_, err = c.Declare(p)
	if err == nil || !strings.Contains(err.Error(), "4") || !strings.Contains(err.Error(), "3") {
		t.Errorf("another seed: error is %v", err)
	}
	c.Seed = 0
	net, err := c.Declare(p)
	if err != nil {
		t.Fatal(err)
	}
	if got := net.Config(); got.Seed != 3 || got.Dtype != tensor.Float64 {
		t.Errorf("the network is said to be of %v, from seed %d", got.Dtype, got.Seed)
	}
}
