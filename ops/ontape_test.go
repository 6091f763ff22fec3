package ops_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// stack is two spiking layers and a readout: its spike counts, readout, loss and gradients. The
// second layer fires so often that its bits are spread for dense products.
func stack(dt tensor.Dtype) (nodes gorgonia.Nodes) {
	const steps, batch, in, units, classes = 35, 19, 5, 40, 3
	g := gorgonia.NewGraph()
	add := func(name string, v *tensor.Dense) *gorgonia.Node { return input(g, dt, name, v) }
	x := newWired(1, signals[0].draw, steps, batch, in, units).x
	w := map[string]*gorgonia.Node{
		"w0": add("w0", normal(1, .4, .8, units, in)), "w1": add("w1", normal(2, .3, .5, units, units)),
		"w2": add("w2", normal(3, 0, 1, classes, units)), "rec": add("rec", normal(4, 0, .3, units, units)),
		"tau": add("tau", positive(normal(5, 6, 2, units))), "adp": add("adp", positive(normal(6, 20, 8, units))),
		"out": add("out", positive(normal(7, 6, 2, classes))),
	}
	cell := ops.ALIF{Dt: 1, B0: .05, Beta: .3, Rm: 2}
	first := must(cell.Apply(ops.ALIFInputs{Synapses: ops.Synapses{X: add("x", x), W: w["w0"]}, WRec: w["rec"],
		TauM: w["tau"], TauAdp: w["adp"], Initial: ops.State{Spikes: add("s0", normal(8, 0, 1, batch, units))}}))
	cell.B0, cell.Beta = -.1, 0
	second := must(cell.Apply(ops.ALIFInputs{Synapses: ops.Synapses{X: first.Spikes(), W: w["w1"]}, WRec: w["rec"], TauM: w["tau"]}))
	u := must(ops.LI{Dt: 1, Rm: 1}.Apply(ops.LIInputs{Synapses: ops.Synapses{X: second.Spikes(), W: w["w2"]}, TauM: w["out"]}))
	loss := dot(u, "c", normal(9, 0, 1, steps, batch, classes))
	nodes = gorgonia.Nodes{must(ops.SumOverTime(first.Spikes(), nil, 0)), must(ops.SumOverTime(second.Spikes(), nil, 3)), u, loss}
	var wrt gorgonia.Nodes
	for _, name := range []string{"w0", "w1", "w2", "rec", "tau", "adp", "out"} {
		wrt = append(wrt, w[name])
	}
	return append(nodes, must(gorgonia.Grad(loss, wrt...))...)
}

// Spikes that stay on the tape change nothing: our machine gives the bits that Gorgonia's gives,
// run after run, on any number of cores, with gradients and without.
func TestSpikesOnTape(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		want := results{}
		nodes := stack(dt)
		values := make([]gorgonia.Value, len(nodes))
		for i, n := range nodes {
			gorgonia.Read(n, &values[i])
		}
		if err := runGraph(nodes[0].Graph()); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			want[fmt.Sprint(i)] = numbers(v)
		}
		for _, counts := range []string{"0", "1"} {
			sum := 0.0
			for _, n := range want[counts] {
				sum += n
			}
			if rate := sum / (35 * 19 * 40); rate < .05 || rate > .95 {
				t.Errorf("the rate of layer %s is %v: the test shows nothing", counts, rate)
			}
		}
		for _, ask := range []int{len(nodes), 3} { // of 3 there is no gradient
			nodes := stack(dt)[:ask]
			m := must(graph.NewMachine(nodes...))
			for run := range 3 {
				runtime.GOMAXPROCS(1 + run)
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
				for i, n := range nodes {
					name := fmt.Sprint(i)
					compare(t, results{name: numbers(n.Value())}, results{name: want[name]}, 0)
				}
			}
		}
		// Whoever asks for spikes gets them.
		spikes := stack(dt)[0]
		it := spikes.Graph().From(spikes.ID())
		it.Next()
		s := it.Node().(*gorgonia.Node)
		m := must(graph.NewMachine(spikes, s))
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, y := range numbers(s.Value()) {
			total += y
		}
		sum := 0.0
		for _, n := range want["0"] {
			sum += n
		}
		if total != sum {
			t.Errorf("%v spikes, counted %v", total, sum)
		}
	}
}
