package ops_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// credit is a layer with synapses, whose gradient is estimated.
type credit struct {
	steps, batch, in, units int
	beta                    float64
	reals, recurrent        bool
	lsnn, continuous        bool
	refractory              int
	surrogate               ops.Surrogate
	loss                    []string // outputs that the loss reads, besides spikes
}

func (c credit) String() string {
	return fmt.Sprintf("T=%d batch=%d beta=%v lsnn=%v continuous=%v refractory=%d reals=%v recurrent=%v %T %v", c.steps, c.batch, c.beta, c.lsnn, c.continuous, c.refractory, c.reals, c.recurrent, c.surrogate, c.loss)
}

// tensors are the layer's inputs by name.
func (c credit) tensors() map[string]*tensor.Dense {
	x := zeros(c.steps, c.batch, c.in)
	rng := rand.New(rand.NewPCG(9, uint64(c.steps)))
	data := x.Data().([]float64)
	for i := range data {
		if rng.Float64() < .3 {
			if data[i] = 1; c.reals {
				data[i] = rng.NormFloat64()
			}
		}
	}
	positive := func(seed uint64, low, high float64) *tensor.Dense {
		rng := rand.New(rand.NewPCG(seed, 0))
		tau := make([]float64, c.units)
		for i := range tau {
			tau[i] = low + (high-low)*rng.Float64()
		}
		return dense(tau, c.units)
	}
	t := map[string]*tensor.Dense{"x": x, "w_in": normal(1, .3, 1, c.units, c.in), "b_in": normal(2, .2, .3, c.units),
		"tau_m": positive(3, 5, 30), "u0": normal(5, 0, .3, c.batch, c.units), "s0": normal(7, 0, .3, c.batch, c.units)}
	if c.beta != 0 {
		t["tau_adp"], t["eta0"] = positive(4, 20, 200), normal(6, 0, .1, c.batch, c.units)
	}
	if c.recurrent {
		t["w_rec"] = normal(8, 0, 1, c.units, c.units)
	}
	return t
}

// neurons are what the layer consists of.
func (c credit) neurons(e ops.Estimator) interface {
	Apply(ops.ALIFInputs) (*ops.Sequence, error)
} {
	if c.lsnn {
		return ops.LSNN{Dt: 1, B0: .6, Beta: c.beta, Regular: 2, Refractory: c.refractory, DetachReset: c.reals, Surrogate: c.surrogate, Estimator: e}
	}
	step := 1.
	if c.continuous {
		step = .3
	}
	return ops.ALIF{Dt: step, Continuous: c.continuous, B0: .1, Beta: c.beta, Rm: 1.2, Refractory: c.refractory, Surrogate: c.surrogate, Estimator: e}
}

// gradients are what the layer does, and the gradients with respect to some inputs.
func (c credit) gradients(t fails, e ops.Estimator, dt tensor.Dtype, wrt ...string) results {
	g := gorgonia.NewGraph()
	in := map[string]*gorgonia.Node{}
	for name, v := range c.tensors() {
		in[name] = input(g, dt, name, v)
	}
	seq, err := c.neurons(e).Apply(ops.ALIFInputs{
		Synapses: ops.Synapses{X: in["x"], W: in["w_in"], Biases: gorgonia.Nodes{in["b_in"]}},
		WRec:     in["w_rec"], TauM: in["tau_m"], TauAdp: in["tau_adp"],
		Initial: ops.State{Membrane: in["u0"], Adaptation: in["eta0"], Spikes: in["s0"]}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	loss := must(weigh(11, seq.Spikes()))
	for i, name := range c.loss {
		n := must(map[string]func() (*gorgonia.Node, error){"membrane": seq.Membrane, "adaptation": seq.Adaptation, "threshold": seq.Threshold}[name]())
		loss = must(gorgonia.Add(loss, dot(n, "weights of "+name, normal(uint64(12+i), 0, .1, n.Shape()...))))
	}
	names, nodes := []string{"spikes"}, gorgonia.Nodes{seq.Spikes()}
	for _, name := range wrt {
		if in[name] != nil {
			names, nodes = append(names, "d "+name), append(nodes, in[name])
		}
	}
	// Unlike Gorgonia's machines this one computes no gradient that nobody asks for.
	copy(nodes[1:], must(gorgonia.Grad(loss, nodes[1:]...)))
	m, err := graph.NewMachine(nodes...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatalf("%v", err)
	}
	r := results{}
	for i, name := range names {
		r[name] = numbers(nodes[i].Value())
	}
	return r
}

var (
	parameters = []string{"w_in", "b_in", "w_rec", "tau_m", "tau_adp"}
	everything = append([]string{"x", "u0", "eta0", "s0"}, parameters...)
)

// credits are layers of many kinds, some of which are several blocks of steps long.
func credits() (all []credit) {
	for _, steps := range []int{1, 31, 32, 33, 64, 97} {
		for _, beta := range []float64{0, 1.8} {
			for _, recurrent := range []bool{false, true} {
				c := credit{steps: steps, batch: 3, in: 5, units: 7, beta: beta, recurrent: recurrent, surrogate: ops.Triangle{}}
				all = append(all, c)
				c.batch, c.units, c.surrogate, c.reals = 9, 8, ops.Gaussian{}, true
				c.loss = []string{"membrane", "threshold"}
				if beta != 0 {
					c.loss = append(c.loss, "adaptation")
				}
				all = append(all, c)
				c.continuous = true
				all = append(all, c)
				c.continuous, c.refractory, c.loss = false, 3, nil
				all = append(all, c)
				if beta != 0 {
					c.lsnn, c.beta = true, .3
					all = append(all, c)
					c.refractory, c.reals, c.surrogate = 0, false, ops.Triangle{}
					all = append(all, c)
				}
			}
		}
	}
	return append(all, credit{steps: 70, batch: 2, in: 5, units: 7, beta: 1.8, recurrent: true, surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}})
}

// only are the gradients with respect to some inputs.
func (r results) only(names ...string) results {
	out := results{}
	for _, name := range names {
		if x, ok := r["d "+name]; ok {
			out["d "+name] = x
		}
	}
	return out
}

// Eligibility traces, from the first step to the last, give what backpropagation with the cut gives.
// The gradients of parameters alone are found by the former, those of the initial state by the latter.
func TestEligibilityTraces(t *testing.T) {
	for _, c := range credits() {
		t.Run(c.String(), func(t *testing.T) {
			got := c.gradients(t, ops.EProp{}, tensor.Float64, parameters...)
			want := c.gradients(t, ops.EProp{}, tensor.Float64, everything...)
			compare(t, got.only(parameters...), want.only(parameters...), 1e-12)
			single := c.gradients(t, ops.EProp{}, tensor.Float32, parameters...)
			if fmt.Sprint(single["spikes"]) == fmt.Sprint(want["spikes"]) {
				compare(t, single.only(parameters...), want.only(parameters...), 1e-3)
			}
		})
	}
}

// Without recurrent synapses e-prop is backpropagation through time.
func TestEPropWithoutRecurrence(t *testing.T) {
	for _, c := range credits() {
		exact := c.gradients(t, ops.BPTT{}, tensor.Float64, everything...)
		for _, wrt := range [][]string{parameters, everything} {
			got := c.gradients(t, ops.EProp{}, tensor.Float64, wrt...)
			if !c.recurrent {
				compare(t, got.only(wrt...), exact.only(wrt...), 1e-12)
			} else if c.steps > 2 && fmt.Sprint(got["d w_rec"]) == fmt.Sprint(exact["d w_rec"]) {
				t.Errorf("%v: the gradient of recurrent weights is not cut", c)
			}
		}
	}
}

// A local gradient of x is that of the last step, which has no later one, and at all other steps that
// of a layer whose state starts anew from what it is there.
func TestLocalGradientOfInput(t *testing.T) {
	for _, c := range credits() {
		var both [2]results
		for i, wrt := range [][]string{append([]string{"x"}, parameters...), everything} {
			both[i] = c.gradients(t, ops.EProp{Local: true}, tensor.Float64, wrt...)
		}
		compare(t, both[0].only("x"), both[1].only("x"), 1e-12)
		exact := c.gradients(t, ops.EProp{}, tensor.Float64, everything...)
		compare(t, both[1].only(parameters...), exact.only(parameters...), 1e-12)
		local, all := both[0]["d x"], exact["d x"]
		from := (c.steps - 1) * c.batch * c.in
		compare(t, results{"d x": local[from:]}, results{"d x": all[from:]}, 1e-12)
		if c.steps > 1 && fmt.Sprint(local[:from]) == fmt.Sprint(all[:from]) {
			t.Errorf("%v: the gradient of x is not local", c)
		}
		// Pieces of one step have no later ones.
		pieces := c.gradients(t, ops.TBPTT{K: 1}, tensor.Float64, "x")
		compare(t, results{"d x": local}, results{"d x": pieces["d x"]}, 1e-12)
	}
}

// Truncated backpropagation is that of pieces, each of which starts from a constant.
func TestTruncated(t *testing.T) {
	for _, c := range credits() {
		exact := c.gradients(t, ops.BPTT{}, tensor.Float64, everything...)
		whole := c.gradients(t, ops.TBPTT{K: c.steps}, tensor.Float64, everything...)
		compare(t, whole, exact, 0)
		if len(c.loss) > 0 || c.beta == 0 || c.refractory > 0 {
			continue
		}
		for _, k := range []int{1, 10, 16, 40} {
			got := c.gradients(t, ops.TBPTT{K: k}, tensor.Float64, everything...)
			compare(t, got, c.pieces(t, k), 1e-12)
		}
	}
}

// pieces are the gradients of the layer run as pieces of k steps, whose states are handed on as
// constants.
func (c credit) pieces(t *testing.T, k int) results {
	g := gorgonia.NewGraph()
	in := map[string]*gorgonia.Node{}
	values := c.tensors()
	for name, v := range values {
		in[name] = input(g, tensor.Float64, name, v)
	}
	weights := normal(11, 0, 1, c.steps, c.batch, c.units)
	state := ops.State{Membrane: in["u0"], Adaptation: in["eta0"], Spikes: in["s0"]}
	var loss *gorgonia.Node
	wrt := maps.Clone(in)
	delete(wrt, "x")
	var parts []string
	spikes := map[string]*gorgonia.Node{}
	for first := 0; first < c.steps; first += k {
		steps := from(first, min(c.steps, first+k))
		name := fmt.Sprintf("%06d", first)
		x := input(g, tensor.Float64, "x"+name, pick(values["x"], 0, steps...))
		wrt["x"+name] = x
		parts = append(parts, name)
		seq := must(c.neurons(ops.BPTT{}).Apply(ops.ALIFInputs{
			Synapses: ops.Synapses{X: x, W: in["w_in"], Biases: gorgonia.Nodes{in["b_in"]}},
			WRec:     in["w_rec"], TauM: in["tau_m"], TauAdp: in["tau_adp"], Initial: state}))
		spikes["spikes"+name] = seq.Spikes()
		part := dot(seq.Spikes(), "weights "+name, pick(weights, 0, steps...))
		if loss == nil {
			loss = part
		} else {
			loss = must(gorgonia.Add(loss, part))
		}
		final := must(seq.Final())
		state = ops.State{Membrane: must(graph.Detach(final.Membrane)), Adaptation: must(graph.Detach(final.Adaptation)), Spikes: must(graph.Detach(final.Spikes))}
	}
	r := evaluate(t, spikes, loss, wrt)
	for _, name := range parts {
		r["d x"] = append(r["d x"], r["d x"+name]...)
		r["spikes"] = append(r["spikes"], r["spikes"+name]...)
		delete(r, "d x"+name)
		delete(r, "spikes"+name)
	}
	return r
}

func TestEstimatorJSON(t *testing.T) {
	for _, e := range []ops.Estimator{ops.BPTT{}, ops.TBPTT{K: 20}, ops.EProp{}, ops.EProp{Local: true}} {
		if got := must(ops.UnmarshalEstimator(must(ops.MarshalEstimator(e)))); got != e {
			t.Errorf("%#v became %#v", e, got)
		}
	}
	if got := string(must(ops.MarshalEstimator(nil))); got != `{"kind":"bptt"}` {
		t.Errorf("nil is saved as %s", got)
	}
	for _, bad := range []string{``, `{}`, `{"kind":"rtrl"}`, `{"kind":"tbptt"}`, `{"kind":"tbptt","k":-1}`} {
		if e, err := ops.UnmarshalEstimator([]byte(bad)); err == nil {
			t.Errorf("%s gives %#v", bad, e)
		}
	}
	if _, err := (ops.ALIF{Dt: 1, Estimator: ops.TBPTT{}}).Apply(ops.ALIFInputs{}); err == nil {
		t.Error("pieces of no steps are accepted")
	}
}
