package ops_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// signals are inputs of each kind that is recognised from the data, and mixtures of them.
var signals = []struct {
	name string
	draw func(rng *rand.Rand, step int) float64
}{
	{"spikes", func(rng *rand.Rand, _ int) float64 { return float64(rng.IntN(10) / 8) }},
	{"frequent spikes", func(rng *rand.Rand, _ int) float64 { return float64(min(1, rng.IntN(20))) }},
	{"ternary", func(rng *rand.Rand, _ int) float64 { return float64(rng.IntN(3) - 1) }},
	{"reals", func(rng *rand.Rand, _ int) float64 { return rng.NormFloat64() }},
	{"silence", func(*rand.Rand, int) float64 { return 0 }},
	{"reals after spikes", func(rng *rand.Rand, step int) float64 {
		if step < 5 {
			return float64(rng.IntN(2))
		}
		return rng.NormFloat64()
	}},
}

// wired is a layer that is driven through synapses, by itself or as a current of ops.Linear.
type wired struct {
	layer
	x, w, b1, b2 *tensor.Dense
	also         bool // there is a current besides
}

func newWired(seed uint64, draw func(*rand.Rand, int) float64, steps, batch, in, units int) wired {
	rng := rand.New(rand.NewPCG(seed, 1))
	l := wired{layer: newLayer(seed, steps, batch, units), w: normal(seed+20, .2, .6, units, in),
		b1: normal(seed+21, .2, .3, units), b2: normal(seed+22, .2, .3, units)}
	x := make([]float64, steps*batch*in)
	for i := range x {
		x[i] = draw(rng, i/(batch*in))
	}
	l.x = dense(x, steps, batch, in)
	return l
}

func (l wired) run(t fails, dt tensor.Dtype, apart bool, neuron func(ops.ALIFInputs) (spikes, membrane *gorgonia.Node)) results {
	t.Helper()
	g := gorgonia.NewGraph()
	in, nodes := l.declare(g, dt)
	for name, v := range map[string]*tensor.Dense{"x": l.x, "w": l.w, "b1": l.b1, "b2": l.b2} {
		nodes[name] = input(g, dt, name, v)
	}
	if !l.also {
		in.Current = nil
		delete(nodes, "current")
	}
	s := ops.Synapses{X: nodes["x"], W: nodes["w"], Biases: gorgonia.Nodes{nodes["b1"], nodes["b2"]}}
	if apart {
		current := must(ops.Linear(s.X, s.W, s.Biases...))
		if l.also {
			current = must(gorgonia.Add(current, in.Current))
		}
		in.Current = current
	} else {
		in.Synapses = s
	}
	spikes, u := neuron(in)
	loss := dot(u, "cU", l.cU)
	outputs := map[string]*gorgonia.Node{"membrane": u}
	if spikes != nil {
		loss = must(gorgonia.Add(loss, dot(spikes, "cS", l.cS)))
		outputs["spikes"] = spikes
	} else {
		for _, name := range []string{"w_rec", "tau_adp", "eta0", "s0"} {
			delete(nodes, name)
		}
	}
	return evaluate(t, outputs, loss, nodes)
}

// Synapses are ops.Linear, for every kind of input, over batches and sequences of all sizes, in
// values and all gradients.
func TestSynapsesAreLinear(t *testing.T) {
	alif := func(in ops.ALIFInputs) (spikes, membrane *gorgonia.Node) {
		s := must(ops.ALIF{Dt: .9, B0: .15, Beta: 1.2, Rm: 1.3}.Apply(in))
		return s.Spikes(), must(s.Membrane())
	}
	li := func(in ops.ALIFInputs) (spikes, membrane *gorgonia.Node) {
		return nil, must(ops.LI{Dt: .9, Rm: 1.3}.Apply(ops.LIInputs{
			Current: in.Current, Synapses: in.Synapses, TauM: in.TauM, Initial: in.Initial.Membrane}))
	}
	for i, signal := range signals {
		for _, size := range []struct{ steps, batch, in, units int }{
			{1, 1, 3, 5}, {16, 9, 2, 3}, {17, 8, 70, 5}, {40, 11, 3, 70}, {35, 3, 66, 8}, {3, 130, 4, 3},
		} {
			l := newWired(uint64(i), signal.draw, size.steps, size.batch, size.in, size.units)
			l.also = i%2 == 1
			t.Run(fmt.Sprint(signal.name, size), func(t *testing.T) {
				got := l.run(t, tensor.Float64, false, alif)
				compare(t, got, l.run(t, tensor.Float64, true, alif), 1e-11)
				if size.steps > 1 {
					spikesIn(t, got)
				}
				compare(t, l.run(t, tensor.Float64, false, li), l.run(t, tensor.Float64, true, li), 1e-11)
				compare(t, l.run(t, tensor.Float32, false, li), l.run(t, tensor.Float64, false, li), 1e-4)
			})
		}
	}
}

// In single precision the assembly takes part. A layer of which every example is the same gives
// the same for each, whichever shard it is in.
func TestSynapsesInSinglePrecision(t *testing.T) {
	for i, signal := range signals {
		l := newWired(uint64(i), signal.draw, 33, 1, 40, 37)
		cell := ops.ALIF{Dt: 1, B0: .1, Beta: .8, Rm: 1}
		run := func(l wired) results {
			return l.run(t, tensor.Float32, false, func(in ops.ALIFInputs) (spikes, membrane *gorgonia.Node) {
				s := must(cell.Apply(in))
				return s.Spikes(), must(s.Membrane())
			})
		}
		one := run(l)
		many := l
		at := make([]int, 11)
		many.layer = l.examples(at...)
		many.x = pick(l.x, 1, at...)
		eleven := run(many)
		for _, name := range []string{"spikes", "membrane", "d x"} {
			shape := append([]int{}, l.cU.Shape()...)
			shape[1] = 11
			if name == "d x" {
				shape[2] = 40
			}
			for b := range 11 {
				compare(t, results{name: numbers(pick(dense(eleven[name], shape...), 1, b))}, results{name: one[name]}, 0)
			}
		}
	}
}

// With or without the currents on the tape, the backward pass gives the same bits.
func TestRecompute(t *testing.T) {
	for i, signal := range signals {
		for _, also := range []bool{false, true} {
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				l := newWired(uint64(i), signal.draw, 37, 9, 70, 12)
				l.also = also
				run := func(recompute bool) results {
					cell := ops.ALIF{Dt: 1, B0: .1, Beta: .8, Rm: 1, Recompute: recompute}
					return l.run(t, dt, false, func(in ops.ALIFInputs) (spikes, membrane *gorgonia.Node) {
						s := must(cell.Apply(in))
						return s.Spikes(), must(s.Membrane())
					})
				}
				compare(t, run(true), run(false), 0)
			}
		}
	}
}

// Nothing is allocated for a time step, and next to nothing for a run.
func TestAllocations(t *testing.T) {
	allocations := func(steps int) float64 {
		g := gorgonia.NewGraph()
		l := newWired(1, signals[0].draw, steps, 16, 70, 40)
		in, nodes := l.declare(g, tensor.Float32)
		x, w := input(g, tensor.Float32, "x", l.x), input(g, tensor.Float32, "w", l.w)
		in.Current = nil
		in.Synapses = ops.Synapses{X: x, W: w}
		s := must(ops.ALIF{Dt: 1, B0: .1, Beta: .8, Rm: 1}.Apply(in))
		u := must(ops.LI{Dt: 1, Rm: 1}.Apply(ops.LIInputs{Synapses: ops.Synapses{X: s.Spikes(), W: in.WRec}, TauM: in.TauM}))
		labels := zeros(16)
		loss := must(ops.CrossEntropy(must(ops.SoftmaxOverTime(u, nil, 1)), input(g, tensor.Float32, "labels", labels), ops.CrossEntropySettings{}))
		m := must(graph.NewMachine(append(must(gorgonia.Grad(loss, w, nodes["w_rec"], nodes["tau_m"], nodes["tau_adp"])), loss)...))
		return testing.AllocsPerRun(5, func() {
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
		})
	}
	short, long := allocations(20), allocations(1000)
	if long > short+20 {
		t.Errorf("%v allocations in 1000 steps, %v in 20", long, short)
	}
	if short > 600 {
		t.Errorf("%v allocations in a run", short)
	}
}
