package models_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// How the benchmarks count floating-point operations.
//
// An addition, subtraction, multiplication, division or comparison is one operation, and so is
// an exponential, however it is computed. Counted are the operations that the equations ask for
// once what depends on the parameters alone (α, ρ, 1−ρ, (1−α)·Rm, b0·dt) is known: what the
// code does beyond that, such as computing thresholds again on the way back, earns nothing.
// Losses, sums over time and the solver are left out; in all networks here they are small.
//
// Done ("GFLOP/s") is the event-driven count. A product of weights with sparse values is a sum
// of the weight rows of those that are not zero, so each of these events costs one addition for
// each unit that it reaches if it is a spike, and a multiplication besides if it is another
// number. The same holds for the gradient of such weights, which is a sum over the same events.
// Products with gradients, which are not sparse, are dense: W_recᵀ·g, and W_inᵀ·g for every
// layer that has a layer before it.
//
// Dense ("dense-GFLOP/s") is what a program has to do that takes spikes for any other numbers:
// every product is 2·rows·in·out.
//
// Operations per neuron and step, forward:
const (
	// η = ρη + (1−ρ)S         3
	// θ = b0 + βη             2
	// u = αu + gain·I − Sθdt  6
	// S = u > θ               1
	alifForward = 12

	// u = αu + gain·I − S(b0·dt)  5
	// S = u > b0                  1
	lifForward = 6

	// u = αu + gain·I
	liForward = 3
)

// And backward. A prime is for the step before.
const (
	// ψ = c·exp(−k·v²) of v = u − θ: the difference, two products, the exponential, a product.
	surrogateBackward = 5

	// The gradient of the biases is a sum of g_I.
	biasBackward = 1

	// g_S += the gradient from outside  1
	// a = g_S ψ,  g_u += a              2
	// g_θ = −a − g_u S′ dt              3
	// g_η += β g_θ                      2
	// g_I = g_u gain                    1
	// g_α += g_u (u′ − Rm·I)            4
	// g_ρ += g_η (η′ − S′)              3
	// g_u′ = α g_u                      1
	// g_η′ = ρ g_η                      1
	// g_S′ = (1−ρ) g_η − g_u θ dt       4
	alifBackward = 22 + surrogateBackward + biasBackward

	// g_S += the gradient from outside  1
	// g_u += g_S ψ                      2
	// g_I = g_u gain                    1
	// g_α += g_u (u′ − Rm·I)            4
	// g_u′ = α g_u                      1
	// g_S′ = −g_u (b0·dt)               1
	lifBackward = 10 + surrogateBackward + biasBackward

	// g_u += the gradient from outside  1
	// g_I = g_u gain                    1
	// g_α += g_u (u′ − Rm·I)            4
	// g_u′ = α g_u                      1
	liBackward = 7 + biasBackward
)

// work is a number of floating-point operations, as they are done and as dense products.
type work struct{ done, dense float64 }

func (w *work) add(v work) {
	w.done += v.done
	w.dense += v.dense
}

func (w work) times(x float64) work { return work{x * w.done, x * w.dense} }

// events are the elements of a sequence that are not zero.
type events struct {
	all  float64 // in the whole sequence
	last float64 // in its last step, whose spikes reach no recurrent weights
	cost float64 // operations for each weight that one reaches: 1 for spikes, 2 for other numbers
}

// eventsOf counts the events of an input.
func eventsOf(x []float32) events {
	e := events{cost: 1}
	for _, v := range x {
		if v != 0 {
			e.all++
			if v != 1 {
				e.cost = 2
			}
		}
	}
	return e
}

// linearWork is a product of rows of events with weights [out, in].
func linearWork(e events, rows, in, out float64) work {
	return work{done: e.cost * e.all * out, dense: 2 * rows * in * out}
}

// layerRun is a layer's run over a sequence, as far as the count depends on it.
type layerRun struct {
	layer        nodes.Layer
	steps, batch int
	in           int
	input        events
	spikes       events // none for leaky integrators
	first        bool   // nobody wants the gradient of the input
}

// forward is the work of the forward pass.
func (r layerRun) forward() work {
	_, _, forward, _ := r.neurons()
	w := r.weights()
	w.add(forward)
	return w
}

// backward is the work of the backward pass.
func (r layerRun) backward() work {
	rows, units, _, backward := r.neurons()
	w := r.weights() // the gradients of the weights
	w.add(backward)
	if !r.first {
		dense := 2 * rows * float64(r.in) * units
		w.add(work{dense, dense})
	}
	if r.layer.Recurrent {
		dense := 2 * rows * units * units
		w.add(work{dense, dense})
	}
	return w
}

// weights is one pass of the events over W_in and W_rec.
func (r layerRun) weights() work {
	rows, units := float64(r.steps*r.batch), float64(r.layer.Units)
	w := linearWork(r.input, rows, float64(r.in), units)
	if r.layer.Recurrent {
		before := events{all: r.spikes.all - r.spikes.last, cost: 1}
		w.add(linearWork(before, rows, units, units))
		if r.layer.Initial[nodes.Spikes] != nodes.Rest() { // any numbers, not only 0 and 1
			w.done += 2 * float64(r.batch) * units * units
		}
	}
	return w
}

// neurons is the work of the neurons alone, with the sizes that it follows from.
func (r layerRun) neurons() (rows, units float64, forward, backward work) {
	rows, units = float64(r.steps*r.batch), float64(r.layer.Units)
	var f, b float64
	switch r.layer.Cell.(type) {
	case nodes.LIF:
		f, b = lifForward, lifBackward
	case nodes.LI:
		f, b = liForward, liBackward
	default:
		f, b = alifForward, alifBackward
	}
	n := rows * units
	return rows, units, work{f * n, f * n}, work{b * n, b * n}
}

// rate is the number of spikes per neuron and step.
func (r layerRun) rate() float64 {
	return r.spikes.all / float64(r.steps*r.batch*r.layer.Units)
}

// countSpikes runs sequences [T, batch, units] of a graph once, and counts the spikes in them.
func countSpikes(spikes gorgonia.Nodes) ([]events, error) {
	var read gorgonia.Nodes // of each sequence, the sum and the last step
	for _, s := range spikes {
		sum, err := ops.SumOverTime(s, nil, 0)
		if err != nil {
			return nil, err
		}
		last, err := graph.Step(s, s.Shape()[0]-1)
		if err != nil {
			return nil, err
		}
		read = append(read, sum, last)
	}
	vm, err := graph.NewMachine(read...)
	if err != nil {
		return nil, err
	}
	if err := vm.RunAll(); err != nil {
		return nil, err
	}
	out := make([]events, len(spikes))
	for i := range out {
		out[i] = events{all: total(read[2*i].Value()), last: total(read[2*i+1].Value()), cost: 1}
	}
	return out, nil
}

// total is the sum of the elements of a float32 tensor.
func total(v gorgonia.Value) float64 {
	var sum float64
	for _, x := range v.Data().([]float32) {
		sum += float64(x)
	}
	return sum
}

// runsOf runs a network over sequences x [steps, batch, in] and returns what its layers did, the
// readout's last.
func runsOf(net *models.Network, x []float32, steps, batch int) ([]layerRun, error) {
	c := net.Config()
	g := gorgonia.NewGraph()
	twin, err := net.In(g)
	if err != nil {
		return nil, err
	}
	out, err := twin.Forward(leaf(g, "x", x, steps, batch, c.In))
	if err != nil {
		return nil, err
	}
	counts, err := countSpikes(out.Spikes)
	if err != nil {
		return nil, err
	}
	var runs []layerRun
	r := layerRun{steps: steps, batch: batch, in: c.In, input: eventsOf(x), first: true}
	for i, l := range c.Hidden {
		r.layer, r.spikes = l, counts[i]
		runs = append(runs, r)
		r.in, r.input, r.first = l.Units, counts[i], false
	}
	r.layer, r.spikes = c.Readout.Layer, events{}
	if c.Readout.Kind == models.Integrator {
		r.layer.Cell = nodes.LI{}
	} else {
		r.spikes = counts[len(c.Hidden)]
	}
	return append(runs, r), nil
}

// trainingWork is the work of a training step: the mean of those of two networks, one from
// before a training and one from after it, whose spikes differ.
func trainingWork(before, after *models.Network, x []float32, steps, batch int) (w work, runs []layerRun, err error) {
	for _, net := range []*models.Network{before, after} {
		if runs, err = runsOf(net, x, steps, batch); err != nil {
			return w, nil, err
		}
		for _, r := range runs {
			w.add(r.forward().times(.5))
			w.add(r.backward().times(.5))
		}
	}
	return w, runs, nil
}

// A recurrent layer of three LIF neurons on two inputs, over two steps, counted by hand.
func TestCountedWork(t *testing.T) {
	r := layerRun{
		layer: nodes.Layer{Units: 3, Cell: nodes.LIF{}, Recurrent: true},
		steps: 2, batch: 1, in: 2,
		input:  eventsOf([]float32{1, 0, 1, 1}),
		spikes: events{all: 4, last: 1, cost: 1},
	}
	neurons := 2. * 3 * lifForward
	if got, want := r.forward(), (work{3*3 + 3*3 + neurons, 2*4*3 + 2*2*9 + neurons}); got != want {
		t.Errorf("forward: %v, want %v", got, want)
	}
	neurons = 2. * 3 * lifBackward
	g := 2.*2*3*3 + 2*2*3*2 // of the spikes before, and of the input
	if got, want := r.backward(), (work{3*3 + 3*3 + g + neurons, 2*4*3 + 2*2*9 + g + neurons}); got != want {
		t.Errorf("backward: %v, want %v", got, want)
	}
	r.first = true
	r.input = eventsOf([]float32{1, 0, .5, 1}) // a number besides spikes: products
	r.layer.Initial = nodes.Random(1)          // and S0 is numbers too
	if got, want := r.forward().done, 2.*3*3+3*3+2*3*3+2*3*lifForward; got != want {
		t.Errorf("numbers, forward: %v, want %v", got, want)
	}
	if got, want := r.rate(), 4./6; got != want {
		t.Errorf("rate: %v, want %v", got, want)
	}
}
