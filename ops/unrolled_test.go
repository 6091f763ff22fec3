package ops_test

import (
	"fmt"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// unroll is the layer's recurrence step by step in Gorgonia's own ops, a dozen nodes a step:
// spikes, membrane potentials and all gradients.
func (l layer) unroll(t fails) results {
	t.Helper()
	g := gorgonia.NewGraph()
	in, nodes := l.declare(g, tensor.Float64)
	s := l.current.Shape()
	steps, batch, units := s[0], s[1], s[2]

	add := func(a, b *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Add(a, b)) }
	sub := func(a, b *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Sub(a, b)) }
	mul := func(a, b *gorgonia.Node) *gorgonia.Node { return must(gorgonia.HadamardProd(a, b)) }
	full := func(name string, x float64, shape ...int) *gorgonia.Node {
		v := zeros(shape...)
		must(0, v.Memset(x))
		return input(g, tensor.Float64, name, v)
	}
	// Zero weights and a bias repeat a vector for every example; Gorgonia's broadcasts choke on
	// batches of one.
	column, row := full("column", 0, batch, 1), full("row", 0, units, 1)
	repeat := func(x *gorgonia.Node) *gorgonia.Node { return must(ops.Linear(column, row, x)) }
	decay := func(tau *gorgonia.Node, step float64) *gorgonia.Node {
		dt := full(fmt.Sprint("dt ", step), -step, units)
		return repeat(must(gorgonia.Exp(must(gorgonia.HadamardDiv(dt, tau)))))
	}
	or := func(n *gorgonia.Node, name string) *gorgonia.Node {
		if n == nil {
			return full(name, 0, batch, units)
		}
		return n
	}

	one, b0, rm := full("one", 1, batch, units), full("b0", l.cell.B0, batch, units), full("rm", l.cell.Rm, batch, units)
	resetDt, perSpike := l.cell.Dt, func(rho *gorgonia.Node) *gorgonia.Node { return sub(one, rho) }
	if l.cell.Continuous {
		resetDt, perSpike = 1, func(*gorgonia.Node) *gorgonia.Node { return sub(one, decay(in.TauAdp, 1)) }
	}
	dt, beta := full("dt of all", resetDt, batch, units), full("beta", l.cell.Beta, batch, units)
	alpha := decay(in.TauM, l.cell.Dt)
	u, eta, spk := or(in.Initial.Membrane, "zero u"), or(in.Initial.Adaptation, "zero eta"), or(in.Initial.Spikes, "zero s")
	r, outputs := results{}, map[string]*gorgonia.Node{}
	var loss *gorgonia.Node
	for k := range steps {
		current := must(graph.Step(in.Current, k))
		if in.WRec != nil {
			current = add(current, must(ops.Linear(spk, in.WRec)))
		}
		theta := b0
		if in.TauAdp != nil {
			rho := decay(in.TauAdp, l.cell.Dt)
			eta = add(mul(rho, eta), mul(perSpike(rho), spk))
			theta = add(b0, mul(beta, eta))
		}
		gain := mul(sub(one, alpha), rm)
		u = sub(add(mul(alpha, u), mul(gain, current)), mul(mul(spk, theta), dt))
		spk = must(ops.Spike(sub(u, theta), l.cell.Surrogate))

		outputs[fmt.Sprint("spikes", k)], outputs[fmt.Sprint("membrane", k)] = spk, u
		cS, cU := rows(l.cS, k), rows(l.cU, k)
		part := add(dot(spk, fmt.Sprint("cS", k), cS), dot(u, fmt.Sprint("cU", k), cU))
		if loss == nil {
			loss = part
		} else {
			loss = add(loss, part)
		}
	}
	for name, x := range evaluate(t, outputs, loss, nodes) {
		if _, ok := outputs[name]; !ok {
			r[name] = x
		}
	}
	all := evaluate(t, outputs, nil, nil)
	for k := range steps {
		r["spikes"] = append(r["spikes"], all[fmt.Sprint("spikes", k)]...)
		r["membrane"] = append(r["membrane"], all[fmt.Sprint("membrane", k)]...)
	}
	return r
}

// rows is step t of a sequence.
func rows(v *tensor.Dense, t int) *tensor.Dense {
	s := v.Shape()
	n := s[1] * s[2]
	return dense(append([]float64(nil), v.Data().([]float64)[t*n:(t+1)*n]...), s[1], s[2])
}

var surrogateSamples = []ops.Surrogate{
	ops.Gaussian{}, ops.MultiGaussian{}, ops.Triangle{}, ops.FastSigmoid{}, ops.Arctan{}, ops.StraightThrough{Gamma: .3},
}

// drawLayer draws a layer of any kind.
func drawLayer(t *rapid.T, maxSteps, maxBatch, maxUnits int) layer {
	size := func(what string, n int) int { return rapid.IntRange(1, n).Draw(t, what) }
	l := newLayer(rapid.Uint64Range(0, 1<<20).Draw(t, "seed"), size("steps", maxSteps), size("batch", maxBatch), size("units", maxUnits))
	l.cell.Surrogate = rapid.SampledFrom(surrogateSamples).Draw(t, "surrogate")
	l.cell.Continuous = rapid.Bool().Draw(t, "continuous")
	kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")].strip(&l)
	return l
}

// The fused op is the recurrence, in values and gradients.
func TestFusedIsUnrolled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayer(t, 12, 3, 4)
		compare(t, l.run(t, tensor.Float64), l.unroll(t), 1e-10)
	})
}

// So it is over more steps than the backward pass recalls at a time.
func TestFusedIsUnrolledOverSegments(t *testing.T) {
	l := newLayer(70, 20, 2, 3)
	compare(t, l.run(t, tensor.Float64), l.unroll(t), 1e-9)
}

// The layers that properties are checked on do spike, and not always.
func TestLayersSpike(t *testing.T) {
	for _, k := range kinds {
		l := newLayer(50, 12, 3, 4)
		k.strip(&l)
		spikesIn(t, l.run(t, tensor.Float64))
	}
}
