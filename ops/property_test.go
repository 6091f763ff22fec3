package ops_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// pick copies the elements of one axis of a tensor at the given positions, in their order.
func pick(v *tensor.Dense, axis int, at ...int) *tensor.Dense {
	if v == nil {
		return nil
	}
	s := v.Shape()
	inner := tensor.Shape(s[axis+1:]).TotalSize()
	outer := tensor.Shape(s[:axis]).TotalSize()
	x := v.Data().([]float64)
	var out []float64
	for o := range outer {
		for _, k := range at {
			from := (o*s[axis] + k) * inner
			out = append(out, x[from:from+inner]...)
		}
	}
	shape := s.Clone()
	shape[axis] = len(at)
	return dense(out, shape...)
}

// from is low, low+1, … high−1.
func from(low, high int) []int {
	at := make([]int, high-low)
	for i := range at {
		at[i] = low + i
	}
	return at
}

// along are the axes of a layer's results that a slice of its examples, or its neurons, changes.
var along = map[string]struct{ batch, units []int }{
	"spikes": {[]int{1}, []int{2}}, "membrane": {[]int{1}, []int{2}}, "d current": {[]int{1}, []int{2}},
	"d u0": {[]int{0}, []int{1}}, "d eta0": {[]int{0}, []int{1}}, "d s0": {[]int{0}, []int{1}},
	"d w_rec": {nil, []int{0, 1}}, "d tau_m": {nil, []int{0}}, "d tau_adp": {nil, []int{0}},
}

// shapeOf is the shape of a result.
func (l layer) shapeOf(name string) []int {
	s := l.current.Shape()
	switch name {
	case "d u0", "d eta0", "d s0":
		return s[1:]
	case "d w_rec":
		return []int{s[2], s[2]}
	case "d tau_m", "d tau_adp":
		return s[2:]
	}
	return s
}

// examples is the layer on some of its examples.
func (l layer) examples(at ...int) layer {
	l.current, l.cS, l.cU = pick(l.current, 1, at...), pick(l.cS, 1, at...), pick(l.cU, 1, at...)
	l.membrane, l.eta, l.spk = pick(l.membrane, 0, at...), pick(l.eta, 0, at...), pick(l.spk, 0, at...)
	return l
}

// neurons is the layer with its neurons in another order.
func (l layer) neurons(at ...int) layer {
	l.current, l.cS, l.cU = pick(l.current, 2, at...), pick(l.cS, 2, at...), pick(l.cU, 2, at...)
	l.membrane, l.eta, l.spk = pick(l.membrane, 1, at...), pick(l.eta, 1, at...), pick(l.spk, 1, at...)
	l.wRec = pick(pick(l.wRec, 0, at...), 1, at...)
	l.tauM, l.tauAdp = pick(l.tauM, 0, at...), pick(l.tauAdp, 0, at...)
	return l
}

// A batch of n is n batches of one: the same values and gradients, and weight gradients that add up.
func TestBatchIsExamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayer(t, 20, 19, 4)
		batch := l.run(t, tensor.Float64)
		sums := results{}
		for b := range l.current.Shape()[1] {
			one := l.examples(b)
			alone := one.run(t, tensor.Float64)
			want := results{}
			for name, x := range batch {
				axes := along[name].batch
				if axes == nil {
					sums[name] = addTo(sums[name], alone[name])
					delete(alone, name)
					continue
				}
				want[name] = numbers(pick(dense(x, l.shapeOf(name)...), axes[0], b))
			}
			compare(t, alone, want, 1e-12)
		}
		for name := range sums {
			compare(t, results{name: batch[name]}, results{name: sums[name]}, 1e-12)
		}
	})
}

func addTo(sum, x []float64) []float64 {
	if sum == nil {
		sum = make([]float64, len(x))
	}
	for i, y := range x {
		sum[i] += y
	}
	return sum
}

// split runs the layer in two parts, the second from the final state of the first.
func (l layer) split(t fails, at int) results {
	t.Helper()
	g := gorgonia.NewGraph()
	steps := l.current.Shape()[0]
	head, tail := from(0, at), from(at, steps)
	first := l
	first.current = pick(l.current, 0, head...)
	in, nodes := first.declare(g, tensor.Float64)
	a := must(l.cell.Apply(in))
	in.Current = input(g, tensor.Float64, "rest of current", pick(l.current, 0, tail...))
	in.Initial = must(a.Final())
	b := must(l.cell.Apply(in))
	nodes["rest of current"] = in.Current

	outputs := map[string]*gorgonia.Node{
		"spikes": a.Spikes(), "membrane": must(a.Membrane()),
		"rest of spikes": b.Spikes(), "rest of membrane": must(b.Membrane()),
	}
	loss := must(gorgonia.Add(
		must(gorgonia.Add(dot(a.Spikes(), "cS1", pick(l.cS, 0, head...)), dot(outputs["membrane"], "cU1", pick(l.cU, 0, head...)))),
		must(gorgonia.Add(dot(b.Spikes(), "cS2", pick(l.cS, 0, tail...)), dot(outputs["rest of membrane"], "cU2", pick(l.cU, 0, tail...)))),
	))
	r := evaluate(t, outputs, loss, nodes)
	for name, rest := range map[string]string{
		"spikes": "rest of spikes", "membrane": "rest of membrane", "d current": "d rest of current",
	} {
		r[name] = append(r[name], r[rest]...)
		delete(r, rest)
	}
	return r
}

// A sequence in two parts, with the state carried over, is one run.
func TestSplitSequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayer(t, 40, 3, 4)
		extra := normal(99, .5, 2, 1, l.current.Shape()[1], l.current.Shape()[2]) // at least two steps
		l.current, l.cS, l.cU = appendSteps(l.current, extra), appendSteps(l.cS, extra), appendSteps(l.cU, extra)
		at := rapid.IntRange(1, l.current.Shape()[0]-1).Draw(t, "split")
		compare(t, l.split(t, at), l.run(t, tensor.Float64), 1e-12)
	})
}

func appendSteps(v, more *tensor.Dense) *tensor.Dense {
	s := v.Shape().Clone()
	s[0] += more.Shape()[0]
	return dense(slices.Concat(v.Data().([]float64), more.Data().([]float64)), s...)
}

// Neurons in another order have the same activity and gradients, in that order.
func TestPermutedNeurons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayer(t, 20, 3, 7)
		order := rapid.Permutation(from(0, l.current.Shape()[2])).Draw(t, "order")
		want := l.run(t, tensor.Float64)
		for name, x := range want {
			v := dense(x, l.shapeOf(name)...)
			for _, axis := range along[name].units {
				v = pick(v, axis, order...)
			}
			want[name] = numbers(v)
		}
		compare(t, l.neurons(order...).run(t, tensor.Float64), want, 1e-12)
	})
}

// Whatever the number of cores, the bits are the same.
func TestCoresDoNotMatter(t *testing.T) {
	const steps, batch, in, units, classes = 40, 19, 5, 6, 3
	labels := zeros(steps, batch)
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range labels.Size() {
		labels.Set(i, float64(rng.IntN(classes)))
	}
	run := func(cores int) results {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		g := gorgonia.NewGraph()
		l := newLayer(60, steps, batch, units)
		l.current = nil
		inputs, nodes := l.declare(g, tensor.Float32)
		add := func(name string, v *tensor.Dense) *gorgonia.Node {
			nodes[name] = input(g, tensor.Float32, name, v)
			return nodes[name]
		}
		x := add("x", normal(61, 0, 1, steps, batch, in))
		inputs.Current = must(ops.Linear(x, add("w_in", normal(62, 0, 1, units, in)), add("b_in", normal(63, .3, .1, units))))
		s := must(l.cell.Apply(inputs))
		y := must(ops.Linear(s.Spikes(), add("w_out", normal(64, 0, 1, classes, units))))
		u := must(ops.LI{Dt: 1, Rm: 1}.Apply(ops.LIInputs{Current: y, TauM: add("tau_out", positive(normal(65, 5, 1, classes)))}))
		loss := must(ops.CrossEntropy(u, input(g, tensor.Float32, "labels", labels), ops.CrossEntropySettings{Skip: 3}))
		return evaluate(t, map[string]*gorgonia.Node{
			"spikes": s.Spikes(), "scores": u, "loss": loss,
			"counts": must(ops.SumOverTime(s.Spikes(), nil, 1)), "softmax": must(ops.SoftmaxOverTime(u, nil, 1)),
		}, loss, nodes)
	}
	one := run(1)
	spikesIn(t, one)
	compare(t, run(3), one, 0)
	compare(t, run(runtime.NumCPU()), one, 0)
}
