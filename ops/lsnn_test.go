package ops_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// neurons are a kind of them with a refractory period.
type neurons interface {
	Apply(ops.ALIFInputs) (*ops.Sequence, error)
}

// lsnnInputs are the inputs of a recurrent layer by name; some of the neurons are silent at first.
func lsnnInputs(seed uint64, steps, batch, units int) map[string]*tensor.Dense {
	silence := zeros(batch, units)
	for i := range silence.Size() {
		silence.Set(i, []float64{0, 2, 0, 1, .2}[i%5])
	}
	return map[string]*tensor.Dense{
		"current": normal(seed+1, .3, .5, steps, batch, units), "w_rec": normal(seed+2, 0, .3, units, units),
		"tau_m": positive(normal(seed+3, 6, 2, units)), "tau_adp": positive(normal(seed+4, 5, 2, units)),
		"u0": normal(seed+5, 0, .3, batch, units), "eta0": normal(seed+6, .2, .2, batch, units),
		"s0": normal(seed+7, .4, .3, batch, units), "silence0": silence,
	}
}

// lsnnNames are in the order in which [lsnnFrom] takes them.
var lsnnNames = []string{"current", "w_rec", "tau_m", "tau_adp", "u0", "eta0", "s0", "silence0"}

func lsnnFrom(in gorgonia.Nodes) ops.ALIFInputs {
	return ops.ALIFInputs{Current: in[0], WRec: in[1], TauM: in[2], TauAdp: in[3],
		Initial: ops.State{Membrane: in[4], Adaptation: in[5], Spikes: in[6], Silence: in[7]}}
}

// declareLSNN adds the inputs to a graph.
func declareLSNN(values map[string]*tensor.Dense, dt tensor.Dtype) (in gorgonia.Nodes, byName map[string]*gorgonia.Node) {
	g := gorgonia.NewGraph()
	byName = map[string]*gorgonia.Node{}
	for _, name := range lsnnNames {
		n := input(g, dt, name, values[name])
		in, byName[name] = append(in, n), n
	}
	return in, byName
}

var refractoryOutputs = append(slices.Clone(alifOutputs), output{"silence", (*ops.Sequence).Silence})

// refractory are kinds of neurons with a refractory period, whose spikes are relaxed.
func refractory(surrogate ops.Surrogate) map[string]neurons {
	return map[string]neurons{
		"ALIF":         ops.ALIF{Dt: .9, B0: .15, Beta: 1.2, Rm: 1.3, Refractory: 2, Surrogate: surrogate},
		"LSNN":         ops.LSNN{Dt: .9, B0: .6, Beta: .3, Refractory: 2, Surrogate: surrogate},
		"regular LSNN": ops.LSNN{Dt: .9, B0: .4, Beta: .3, Regular: 2, Refractory: 1, Surrogate: surrogate},
	}
}

// Gradients are those of central differences, through the periods of silence.
func TestLSNNConforms(t *testing.T) {
	for name, cell := range refractory(ops.Relaxed{Surrogate: ops.Gaussian{Sigma: .4, Gamma: 1}}) {
		inputs := lsnnInputs(30, 7, 3, 4)
		values := make([]*tensor.Dense, len(lsnnNames))
		for i, name := range lsnnNames {
			values[i] = inputs[name]
		}
		for _, o := range refractoryOutputs {
			t.Run(name+" "+o.name, func(t *testing.T) {
				graphtest.Op(t, values, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					s, err := cell.Apply(lsnnFrom(in))
					if err != nil {
						return nil, err
					}
					return o.of(s)
				})
			})
		}
	}
}

// lsnnRun gives all outputs, and the gradients of a loss that reads them with the weights of each.
func lsnnRun(t *testing.T, cell neurons, values, weights map[string]*tensor.Dense, dt tensor.Dtype) results {
	t.Helper()
	in, byName := declareLSNN(values, dt)
	s := must(cell.Apply(lsnnFrom(in)))
	var loss *gorgonia.Node
	outputs := map[string]*gorgonia.Node{}
	for _, o := range refractoryOutputs {
		outputs[o.name] = must(o.of(s))
		if term := dot(outputs[o.name], "weights of "+o.name, weights[o.name]); loss == nil {
			loss = term
		} else {
			loss = must(gorgonia.Add(loss, term))
		}
	}
	return evaluate(t, outputs, loss, byName)
}

// Neurons in another order do the same, in that order; those that are regular remain the first.
func TestPermutedLSNN(t *testing.T) {
	const steps, batch, units = 35, 3, 11
	for name, cell := range refractory(ops.Triangle{}) {
		values, weights := lsnnInputs(50, steps, batch, units), map[string]*tensor.Dense{}
		for i, o := range refractoryOutputs {
			weights[o.name] = normal(uint64(90+i), 0, 1, steps, batch, units)
		}
		want := lsnnRun(t, cell, values, weights, tensor.Float64)
		spikesIn(t, want)
		order := []int{1, 0, 9, 4, 2, 10, 3, 8, 5, 7, 6}
		move := func(name string, v *tensor.Dense) *tensor.Dense {
			v = pick(v, v.Dims()-1, order...)
			if name == "w_rec" {
				v = pick(v, 0, order...)
			}
			return v
		}
		for name, x := range want {
			shape := weights["spikes"].Shape()
			input := name
			if n, ok := fmt.Sscanf(name, "d %s", &input); n == 1 && ok == nil {
				shape = values[input].Shape()
			}
			want[name] = numbers(move(input, dense(x, shape...)))
		}
		for name, v := range values {
			values[name] = move(name, v)
		}
		for name, v := range weights {
			weights[name] = move(name, v)
		}
		t.Run(name, func(t *testing.T) { compare(t, lsnnRun(t, cell, values, weights, tensor.Float64), want, 1e-12) })
	}
}

// The pseudo-derivative is the paper's, (γ/b0) max(0, 1 − |(v−A)/b0|) with γ = 0.3, in both
// precisions, and 0 where neurons are silent.
func TestLSNNPseudoDerivative(t *testing.T) {
	const b0, beta = .6, .5
	for dt, tolerance := range map[tensor.Dtype]float64{tensor.Float64: 1e-14, tensor.Float32: 1e-6} {
		g := gorgonia.NewGraph()
		potentials := []float64{-.2, .1, .5, .61, .7, 1.1, 1.25, 1.3, .7}
		units := len(potentials)
		current := input(g, dt, "current", dense(potentials, 1, 1, units))
		silence := zeros(1, units)
		silence.Set(units-1, 1.)
		adaptation := zeros(1, units)
		adaptation.Set(4, 1/math.Exp(-1)) // a = 1 after the step
		tau := zeros(units)
		tau.Memset(1.)
		s := must(ops.LSNN{Dt: 1, B0: b0, Beta: beta, Refractory: 5, Surrogate: ops.Triangle{}}.Apply(ops.ALIFInputs{
			Current: current, TauM: input(g, dt, "tau_m", tau), TauAdp: input(g, dt, "tau_adp", tau),
			Initial: ops.State{Adaptation: input(g, dt, "a0", adaptation), Silence: input(g, dt, "silence", silence)}}))
		want := make([]float64, units)
		spikes := make([]float64, units)
		for i, v := range potentials[:units-1] {
			threshold := b0
			if i == 4 {
				threshold += beta
			}
			want[i] = .3 / b0 * max(0, 1-math.Abs((v-threshold)/b0))
			if v > threshold {
				spikes[i] = 1
			}
		}
		r := evaluate(t, map[string]*gorgonia.Node{"spikes": s.Spikes()}, must(gorgonia.Sum(s.Spikes())), map[string]*gorgonia.Node{"current": current})
		compare(t, r, results{"d current": want, "spikes": spikes}, tolerance)
	}
}

// A detached reset has no gradient, neither through the spike nor through the threshold that it takes
// from the potential.
func TestDetachedReset(t *testing.T) {
	const dt, b0, beta, s0, eta0 = .8, .2, 1.5, 1., .3
	rho := math.Exp(-dt / 9)
	threshold := b0 + beta*(rho*eta0+(1-rho)*s0)
	run := func(cell neurons) results {
		g := gorgonia.NewGraph()
		one := func(name string, x float64, shape ...int) *gorgonia.Node {
			v := zeros(shape...)
			v.Memset(x)
			return input(g, tensor.Float64, name, v)
		}
		in := map[string]*gorgonia.Node{"s0": one("s0", s0, 1, 1), "eta0": one("eta0", eta0, 1, 1)}
		s := must(cell.Apply(ops.ALIFInputs{Current: one("current", 1, 1, 1, 1), TauM: one("tau_m", 5, 1), TauAdp: one("tau_adp", 9, 1),
			Initial: ops.State{Adaptation: in["eta0"], Spikes: in["s0"]}}))
		return evaluate(t, nil, must(gorgonia.Sum(must(s.Membrane()))), in)
	}
	alif, lsnn := ops.ALIF{Dt: dt, B0: b0, Beta: beta, Rm: 1}, ops.LSNN{Dt: dt, B0: b0, Beta: beta}
	compare(t, run(alif), results{"d s0": {-dt * (threshold + beta*(1-rho)*s0)}, "d eta0": {-dt * s0 * beta * rho}}, 1e-14)
	compare(t, run(lsnn), results{"d s0": {-b0}, "d eta0": {0}}, 1e-14)
	alif.DetachReset, lsnn.DetachReset = true, true
	compare(t, run(alif), results{"d s0": {0}, "d eta0": {0}}, 0)
	compare(t, run(lsnn), results{"d s0": {0}, "d eta0": {0}}, 0)
}

func TestLSNNErrors(t *testing.T) {
	in, _ := declareLSNN(lsnnInputs(1, 3, 2, 4), tensor.Float64)
	good := ops.LSNN{Dt: 1, B0: .6, Beta: .3, Refractory: 2}
	for _, c := range []struct {
		change func(*ops.LSNN, *ops.ALIFInputs)
		want   []string
	}{
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.B0 = 0 }, []string{"LSNN", "b0 is 0"}},
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.B0 = math.Inf(1) }, []string{"LSNN", "b0 is +Inf"}},
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.Dt = -1 }, []string{"LSNN", "dt is -1"}},
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.Regular = -1 }, []string{"LSNN", "-1 neurons do not adapt"}},
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.Regular = 5 }, []string{"LSNN", "5 neurons do not adapt, of only 4"}},
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.Refractory = -2 }, []string{"LSNN", "-2 steps"}},
		{func(c *ops.LSNN, _ *ops.ALIFInputs) { c.Refractory = 0 }, []string{"LSNN", "silent steps", "no refractory period"}},
		{func(_ *ops.LSNN, in *ops.ALIFInputs) { in.TauM = nil }, []string{"LSNN", "TauM is nil"}},
		{func(_ *ops.LSNN, in *ops.ALIFInputs) { in.TauAdp = nil }, []string{"LSNN", "no adaptation time constants"}},
		{func(_ *ops.LSNN, in *ops.ALIFInputs) { in.Initial.Silence = in.TauM }, []string{"LSNN", "initial silence has shape (4), want (2, 4)"}},
	} {
		cell, inputs := good, lsnnFrom(in)
		c.change(&cell, &inputs)
		_, err := cell.Apply(inputs)
		wantError(t, fmt.Sprintf("%+v", cell), err, c.want...)
	}
	s := must(ops.LSNN{Dt: 1, B0: .6}.Apply(ops.ALIFInputs{Current: in[0], TauM: in[2]}))
	_, err := s.Silence()
	wantError(t, "no refractory period", err, "no refractory period")
	for _, bad := range notNumbers {
		for name, of := range map[string]string{"silence0": "initial silence[1 0]", "eta0": "initial adaptation[1 0]"} {
			values := lsnnInputs(1, 3, 2, 4)
			values[name].Set(4, bad)
			in, _ := declareLSNN(values, tensor.Float32)
			must(good.Apply(lsnnFrom(in)))
			wantError(t, name, runGraph(in[0].Graph()), "LSNN", of, fmt.Sprint(bad))
		}
	}
}
