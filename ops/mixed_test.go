package ops_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// mixed is a network of our ops between Gorgonia's: a product, a sum and a tanh in front, two
// stacked layers, and a softmax and logarithm behind.
type mixed struct {
	steps, batch, in, hidden, classes int
	surrogate                         ops.Surrogate
}

var small = mixed{steps: 4, batch: 3, in: 5, hidden: 4, classes: 2, surrogate: ops.Gaussian{}}

// values are those of the inputs of build.
func (m mixed) values() []*tensor.Dense {
	return []*tensor.Dense{
		normal(1, 0, 1, m.steps*m.batch, m.in), // x
		normal(2, 0, 1, m.in, m.hidden),        // w
		normal(3, .5, .5, m.steps*m.batch, m.hidden),
		normal(4, 0, 1, m.hidden, m.hidden),   // w_rec
		positive(normal(5, 3, 1, m.hidden)),   // tau_m of the first layer
		positive(normal(6, 9, 1, m.hidden)),   // tau_adp
		normal(7, .5, 1, m.classes, m.hidden), // weights to the second layer
		positive(normal(8, 3, 1, m.classes)),  // tau_m of the second layer
	}
}

// build returns Σ c·log softmax(u), and the spikes of the first layer.
func (m mixed) build(in gorgonia.Nodes) (loss, spikes *gorgonia.Node, err error) {
	rows := m.steps * m.batch
	mul, err := gorgonia.Mul(in[0], in[1])
	if err != nil {
		return nil, nil, err
	}
	current := must(gorgonia.Tanh(must(gorgonia.Add(mul, in[2]))))
	first, err := ops.ALIF{Dt: 1, B0: .05, Beta: .7, Rm: 2, Surrogate: m.surrogate}.Apply(ops.ALIFInputs{
		Current: must(graph.Reshape(current, m.steps, m.batch, m.hidden)), WRec: in[3], TauM: in[4], TauAdp: in[5],
	})
	if err != nil {
		return nil, nil, err
	}
	second, err := ops.ALIF{Dt: 1, B0: .1, Rm: 2, Surrogate: m.surrogate}.Apply(ops.ALIFInputs{
		Current: must(ops.Linear(first.Spikes(), in[6])), TauM: in[7],
	})
	if err != nil {
		return nil, nil, err
	}
	u := must(graph.Reshape(must(second.Membrane()), rows, m.classes))
	p, err := gorgonia.SoftMax(u)
	if err != nil {
		return nil, nil, err
	}
	logs := must(gorgonia.Log(p))
	return dot(logs, "c", normal(9, 0, 1, rows, m.classes)), first.Spikes(), nil
}

func (m mixed) declare(values []*tensor.Dense) gorgonia.Nodes {
	g := gorgonia.NewGraph()
	in := make(gorgonia.Nodes, len(values))
	for i, v := range values {
		in[i] = gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(fmt.Sprint("in", i)), gorgonia.WithValue(v))
	}
	return in
}

func (m mixed) run(t fails, values []*tensor.Dense) results {
	t.Helper()
	in := m.declare(values)
	loss, spikes, err := m.build(in)
	if err != nil {
		t.Fatalf("%v", err)
	}
	wrt := map[string]*gorgonia.Node{}
	for i, n := range in {
		wrt[fmt.Sprint("in", i)] = n
	}
	return evaluate(t, map[string]*gorgonia.Node{"loss": loss, "spikes": spikes}, loss, wrt)
}

func TestMixedWithGorgonia(t *testing.T) {
	m := small
	spikesIn(t, m.run(t, m.values()))
	m.surrogate = ops.Relaxed{Surrogate: ops.Gaussian{}}
	graphtest.Gradients(t, m.values(), nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		loss, _, err := m.build(in)
		return loss, err
	})
}

// New values by Let, Reset and another run: as a new graph with these values.
func TestMixedLetAndRerun(t *testing.T) {
	in := small.declare(small.values())
	loss, spikes, err := small.build(in)
	if err != nil {
		t.Fatal(err)
	}
	grads := must(gorgonia.Grad(loss, in...))
	read := make([]gorgonia.Value, len(in)+2)
	for i, n := range append(gorgonia.Nodes{loss, spikes}, grads...) {
		gorgonia.Read(n, &read[i])
	}
	vm := gorgonia.NewTapeMachine(loss.Graph())
	defer vm.Close()
	for k := range 3 {
		values := small.values()
		for i, v := range values {
			for j, x := range v.Data().([]float64) {
				v.Set(j, x*(1+.3*float64(k)))
			}
			if err := gorgonia.Let(in[i], v); err != nil {
				t.Fatal(err)
			}
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		got := results{"loss": numbers(read[0]), "spikes": numbers(read[1])}
		for i := range in {
			got[fmt.Sprint("d in", i)] = numbers(read[i+2])
		}
		vm.Reset()
		compare(t, got, small.run(t, clones(values)), 0)
	}
}

func clones(values []*tensor.Dense) []*tensor.Dense {
	out := make([]*tensor.Dense, len(values))
	for i, v := range values {
		out[i] = v.Clone().(*tensor.Dense)
	}
	return out
}

// Replicas, graphs of their own over the same weights, run at the same time.
func TestMixedReplicas(t *testing.T) {
	want := small.run(t, small.values())
	shared := small.values()
	var wait sync.WaitGroup
	for range 3 {
		headers := make([]*tensor.Dense, len(shared))
		for i, v := range shared {
			headers[i] = dense(v.Data().([]float64), v.Shape()...)
		}
		wait.Go(func() { compare(t, small.run(t, headers), want, 0) })
	}
	wait.Wait()
}

// One layer's weights used on two inputs.
func TestOneLayerTwice(t *testing.T) {
	l := newLayer(70, 4, 3, 2)
	l.cell.Surrogate = ops.Relaxed{Surrogate: ops.Arctan{}}
	values, inputs := l.tensors()
	other := append(clones(values), normal(80, .2, 1, 4, 3, 2))
	graphtest.Gradients(t, other, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		one := inputs(in)
		two := one
		two.Current = in[len(in)-1]
		a, b := must(l.cell.Apply(one)).Spikes(), must(l.cell.Apply(two)).Spikes()
		if a == b {
			t.Fatal("one layer on two inputs is one node")
		}
		if again := must(l.cell.Apply(one)).Spikes(); a != again {
			t.Error("one layer twice on one input is two nodes")
		}
		return gorgonia.Add(must(weigh(1, a)), must(weigh(2, b)))
	})
}

// Layers that differ in one setting are different nodes.
func TestSettingsAreIdentity(t *testing.T) {
	l := newLayer(71, 2, 2, 2)
	g := gorgonia.NewGraph()
	in, _ := l.declare(g, tensor.Float64)
	seen := map[*gorgonia.Node]ops.ALIF{}
	base := ops.ALIF{Dt: 1, B0: 1, Beta: 1, Rm: 1, Surrogate: ops.Gaussian{}}
	cells := []ops.ALIF{base, base, base, base, base, base, base}
	cells[1].Dt, cells[2].B0, cells[3].Beta, cells[4].Rm = 2, 2, 2, 2
	cells[5].Surrogate, cells[6].Surrogate = ops.Gaussian{Sigma: 1}, ops.Triangle{}
	for _, c := range cells {
		n := must(c.Apply(in)).Spikes()
		if other, ok := seen[n]; ok {
			t.Errorf("%+v and %+v are one node", c, other)
		}
		seen[n] = c
	}
	a := must(ops.LI{Dt: 1, Rm: 1}.Apply(ops.LIInputs{Current: in.Current, TauM: in.TauM}))
	b := must(ops.LI{Dt: 1, Rm: 2}.Apply(ops.LIInputs{Current: in.Current, TauM: in.TauM}))
	c := must(ops.SumOverTime(in.Current, nil, 0))
	d := must(ops.SumOverTime(in.Current, nil, 1))
	e := must(ops.SoftmaxOverTime(in.Current, nil, 1))
	if a == b || c == d || d == e {
		t.Error("ops with different settings are one node")
	}
}

// The spikes are handed on to an op which works in their memory; the layer's gradient, and
// what reads its other outputs, must not see that.
func TestReshapeAndBiasAfterSpikes(t *testing.T) {
	l := newLayer(72, 5, 3, 4)
	want := l.run(t, tensor.Float64)
	in, nodes := l.declare(gorgonia.NewGraph(), tensor.Float64)
	s := must(l.cell.Apply(in))
	flat := must(gorgonia.Reshape(s.Spikes(), tensor.Shape{5 * 3 * 4}))
	biased := must(gorgonia.Add(flat, input(flat.Graph(), tensor.Float64, "bias", normal(73, 0, 1, 60))))
	u := must(s.Membrane())
	c := l.cS.Clone().(*tensor.Dense)
	if err := c.Reshape(60); err != nil {
		t.Fatal(err)
	}
	loss := must(gorgonia.Add(dot(biased, "cS", c), dot(u, "cU", l.cU)))
	got := evaluate(t, map[string]*gorgonia.Node{"membrane": u}, loss, nodes)
	delete(want, "spikes")
	compare(t, got, want, 1e-14)
}

// Everything can be one: steps, examples, units, inputs.
func TestOnes(t *testing.T) {
	for _, n := range [][4]int{{1, 3, 2, 2}, {4, 1, 2, 2}, {4, 3, 1, 2}, {4, 3, 2, 1}, {1, 1, 1, 1}} {
		steps, batch, units, inputs := n[0], n[1], n[2], n[3]
		l := newLayer(84, steps, batch, units)
		values, assign := l.tensors()
		values[0] = normal(85, .5, 1, steps, batch, inputs)
		values = append(values, normal(86, .5, 1, units, inputs), normal(87, 0, 1, units))
		build := func(in gorgonia.Nodes, cell ops.ALIF) (loss *gorgonia.Node, outputs map[string]*gorgonia.Node) {
			g, dt := in[0].Graph(), in[0].Dtype()
			a := assign(in)
			a.Current = must(ops.Linear(in[0], in[7], in[8]))
			s := must(cell.Apply(a))
			y := must(ops.LI{Dt: 1, Rm: 1}.Apply(ops.LIInputs{Current: must(s.Membrane()), TauM: a.TauM, Initial: a.Initial.Membrane}))
			counts, probs := must(ops.SumOverTime(s.Spikes(), nil, 0)), must(ops.SoftmaxOverTime(y, nil, 0))
			loss = must(ops.CrossEntropy(y, input(g, dt, "labels", zeros(steps, batch)), ops.CrossEntropySettings{}))
			for i, n := range []*gorgonia.Node{counts, probs, must(s.Final()).Membrane} {
				loss = must(gorgonia.Add(loss, dot(n, fmt.Sprint("c", i), normal(88+uint64(i), 0, 1, batch, units))))
			}
			return loss, map[string]*gorgonia.Node{"spikes": s.Spikes(), "y": y, "counts": counts, "probs": probs, "loss": loss}
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			in := func(dt tensor.Dtype) results {
				g := gorgonia.NewGraph()
				nodes, wrt := make(gorgonia.Nodes, len(values)), map[string]*gorgonia.Node{}
				for i, v := range values {
					name := fmt.Sprint("in", i)
					nodes[i] = input(g, dt, name, v)
					wrt[name] = nodes[i]
				}
				loss, outputs := build(nodes, l.cell)
				return evaluate(t, outputs, loss, wrt)
			}
			compare(t, in(tensor.Float32), in(tensor.Float64), 1e-4)

			relaxed := l.cell
			relaxed.Surrogate = ops.Relaxed{Surrogate: ops.Gaussian{}}
			graphtest.Gradients(t, values, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				loss, _ := build(in, relaxed)
				return loss, nil
			})
			compare(t, l.run(t, tensor.Float64), l.unroll(t), 1e-12)
		})
	}
}
