package models_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The values of all terms, computed again from spikes and membrane potentials.
func TestPenalties(t *testing.T) {
	const T, B = 7, 3
	c := relaxed(models.AdpMem)
	rng := rand.New(rand.NewPCG(5, 6))
	x := make([]float64, T*B*3)
	for i := range x {
		x[i] = 2 * rng.NormFloat64()
	}
	net := newNet(t, c)
	in := gorgonia.NewTensor(net.Params().Graph(), tensor.Float64, 3, gorgonia.WithName("x"), gorgonia.WithShape(T, B, 3),
		gorgonia.WithValue(tensor.New(tensor.WithShape(T, B, 3), tensor.WithBacking(x))))
	out, err := net.Forward(in)
	if err != nil {
		t.Fatal(err)
	}
	share := gorgonia.NewMatrix(net.Params().Graph(), tensor.Float64, gorgonia.WithName("share"), gorgonia.WithShape(1, B),
		gorgonia.WithValue(tensor.New(tensor.WithShape(1, B), tensor.WithBacking([]float64{.5, .5, 0})))) // the third only fills up
	const examples = 2
	hinge := func(x, lo, hi float64) float64 { return math.Pow(max(0, lo-x, x-hi), 2) }

	var wanted gorgonia.Nodes
	var spikes, membranes gorgonia.Nodes
	for i, s := range out.Spikes { // hidden layers and readout
		a := out.Readout
		if i < len(out.Hidden) {
			a = out.Hidden[i]
		}
		u, err := a.Membrane()
		if err != nil {
			t.Fatal(err)
		}
		spikes, membranes = append(spikes, s), append(membranes, u)
	}
	wanted = append(append(wanted, spikes...), membranes...)

	// perNeuron sums a function of the rates over layers, as a mean over neurons.
	perNeuron := func(layers int, f func(rate float64) float64) float64 {
		total := 0.0
		for _, n := range spikes[:layers] {
			s, units := n.Value().Data().([]float64), n.Shape()[2]
			for j := range units {
				rate := 0.0
				for step := range T {
					for b := range examples {
						rate += s[(step*B+b)*units+j] / (T * examples)
					}
				}
				total += f(rate) / float64(units)
			}
		}
		return total
	}
	for _, c := range []struct {
		term train.Term
		want func() float64
	}{
		{models.RateTarget{Target: .1, Weight: 3}, func() float64 {
			return 3 * perNeuron(2, func(r float64) float64 { return (r - .1) * (r - .1) })
		}},
		{models.RateTarget{Target: .1, Weight: 3, Readout: true}, func() float64 {
			return 3 * perNeuron(3, func(r float64) float64 { return (r - .1) * (r - .1) })
		}},
		{models.RateBounds{Lower: .3, Upper: .32, Weight: 2}, func() float64 {
			return 2 * perNeuron(2, func(r float64) float64 { return hinge(r, .3, .32) })
		}},
		{models.RateBounds{Lower: .5, Weight: 2}, func() float64 {
			return 2 * perNeuron(2, func(r float64) float64 { return hinge(r, .5, math.Inf(1)) })
		}},
		{models.SpikeL1{Weight: .7}, func() float64 {
			return .7 * perNeuron(2, func(r float64) float64 { return r })
		}},
		{models.SpikeL2{Weight: .7}, func() float64 {
			total := 0.0
			for _, n := range spikes[:2] {
				s, units := n.Value().Data().([]float64), n.Shape()[2]
				for b := range examples {
					for j := range units {
						rate := 0.0
						for step := range T {
							rate += s[(step*B+b)*units+j] / T
						}
						total += .7 * rate * rate / float64(examples*units)
					}
				}
			}
			return total
		}},
		{models.MembraneRange{Low: -.1, High: .2, Weight: 5, Readout: true}, func() float64 {
			total := 0.0
			for _, n := range membranes {
				u, units := n.Value().Data().([]float64), n.Shape()[2]
				for i, x := range u {
					if i/units%B < examples {
						total += 5 * hinge(x, -.1, .2) / float64(T*examples*units)
					}
				}
			}
			return total
		}},
	} {
		p, err := c.term.Term(train.View{Batch: train.Batch{Weight: share}, Layers: net.Params().Run().Layers()})
		if err != nil {
			t.Fatalf("%+v: %v", c.term, err)
		}
		vm, err := graph.NewMachine(append(gorgonia.Nodes{p}, wanted...)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		got, err := graph.Float64s(p.Value())
		if err != nil {
			t.Fatal(err)
		}
		if want := c.want(); want == 0 || math.Abs(got[0]-want) > 1e-12 {
			t.Errorf("%T%+v is %v, want %v", c.term, c.term, got[0], want)
		}
		vm.Close()
	}
}

// The gradients of a loss with each term are those of central differences, for every parameter and
// the input, on Gorgonia's machine and on ours.
func TestPenaltyGradients(t *testing.T) {
	for _, term := range []train.Term{
		models.RateTarget{Target: .1, Weight: 3},
		models.RateBounds{Lower: .3, Upper: .32, Weight: 20},
		models.SpikeL1{Weight: 2, Readout: true},
		models.SpikeL2{Weight: 4},
		models.MembraneRange{Low: -.1, High: .2, Weight: 5, Readout: true},
	} {
		rng := rand.New(rand.NewPCG(5, 6))
		x := make([]float64, 6*2*3)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		build := func(net *models.Network) (in, loss *gorgonia.Node) {
			in = gorgonia.NewTensor(net.Params().Graph(), tensor.Float64, 3, gorgonia.WithShape(6, 2, 3), gorgonia.WithName("x"),
				gorgonia.WithValue(tensor.New(tensor.WithShape(6, 2, 3), tensor.WithBacking(x))))
			out, err := net.Forward(in)
			if err != nil {
				t.Fatal(err)
			}
			// Little of the cross entropy, so that the term's gradient shows.
			u, err := gorgonia.Sum(out.Membrane)
			if err != nil {
				t.Fatal(err)
			}
			small, err := graph.Affine(u, 1e-3, 0)
			if err != nil {
				t.Fatal(err)
			}
			share := gorgonia.NewMatrix(net.Params().Graph(), tensor.Float64, gorgonia.WithShape(1, 2), gorgonia.WithName("share"),
				gorgonia.WithValue(tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{.5, .5}))))
			penalty, err := term.Term(train.View{Batch: train.Batch{Weight: share}, Layers: net.Params().Run().Layers()})
			if err != nil {
				t.Fatal(err)
			}
			return in, gorgonia.Must(gorgonia.Add(small, penalty))
		}
		net := newNet(t, relaxed(models.AdpSpike))
		in, loss := build(net)
		wrt := append(net.Learnables(), in)
		grads, err := gorgonia.Grad(loss, wrt...)
		if err != nil {
			t.Fatal(err)
		}
		vm, err := graph.NewMachine(grads...)
		if err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		twin, err := net.In(gorgonia.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		_, again := build(twin)
		forward := gorgonia.NewTapeMachine(twin.Params().Graph())
		at := func() float64 {
			forward.Reset()
			if err := forward.RunAll(); err != nil {
				t.Fatal(err)
			}
			return again.Value().Data().(float64)
		}
		const step = 1e-6
		largest := 0.0
		for i, n := range wrt {
			p, got := n.Value().Data().([]float64), grads[i].Value().Data().([]float64)
			for k, p0 := range p {
				p[k] = p0 + step
				hi := at()
				p[k] = p0 - step
				lo := at()
				p[k] = p0
				want := (hi - lo) / (2 * step)
				largest = max(largest, math.Abs(want))
				if math.Abs(got[k]-want) > 1e-7 {
					t.Errorf("%T: gradient of %s, element %d, is %.9g; central differences give %.9g", term, n.Name(), k, got[k], want)
				}
			}
		}
		if largest < 1e-2 {
			t.Errorf("%T: no gradient is larger than %v, the test tells nothing", term, largest)
		}
		forward.Close()
		vm.Close()
	}
}

// One neuron, one example and one step, in both precisions: the shapes that Gorgonia likes to take
// for scalars.
func TestPenaltyOfOne(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c := toyNet(models.AdpSpike)
		c.Dtype, c.Hidden[0].Units = dt, 1
		k := task(c, models.SpikeCount{}, models.RateTarget{Target: 1, Weight: 1}, models.SpikeL2{Weight: 1, Readout: true}, models.MembraneRange{Weight: 1})
		if h := fit(t, k, toy{1, 1, false}, train.Settings{Epochs: 1, Batch: 1, Solver: adam(.01), Seed: 3}).History(); h[0].Training.Terms == 0 {
			t.Errorf("%v: the terms are 0", dt)
		}
	}
}

// Training moves rates and potentials to where the terms want them, and reports the penalty.
func TestTrainingWithTerms(t *testing.T) {
	learn := func(terms ...train.Term) (rate float64, history []train.Epoch) {
		data := toy{40, 20, false}
		tr := fit(t, task(toyNet(models.Integrator), models.SumSoftmax{From: 1}, terms...), data, train.Settings{Epochs: 60, Batch: 16, Solver: adam(.02), Seed: 3})
		return train.HealthOf(evaluate(t, tr.Network, data))[0].Rate, tr.History()
	}
	free, h := learn()
	if h[0].Training.Terms != 0 {
		t.Errorf("without terms they are %v", h[0].Training.Terms)
	}
	for _, target := range []float64{.05, .5} {
		rate, h := learn(models.RateTarget{Target: target, Weight: 100})
		if math.Abs(rate-target) > .5*math.Abs(free-target) || math.Abs(rate-target) > .1 {
			t.Errorf("the rate is %v for a target of %v, %v without", rate, target, free)
		}
		if last := h[len(h)-1].Training.Terms; !(last > 0) || last > .5*h[0].Training.Terms {
			t.Errorf("target %v: the penalty went from %v to %v", target, h[0].Training.Terms, last)
		}
	}
	if rate, _ := learn(models.SpikeL1{Weight: 30}); rate > .5*free {
		t.Errorf("the rate is %v, %v without SpikeL1", rate, free)
	}
}

// Examples that fill up a batch do not count: one batch with filling has the penalty of one without.
func TestPenaltyIgnoresFilling(t *testing.T) {
	c := toyNet(models.AdpMem)
	c.Dtype = tensor.Float64
	c.Hidden[0].Initial, c.Readout.Layer.Initial = nodes.Initial{}, nodes.Initial{} // without input there are no spikes
	penalty := func(n, batch int) float64 {
		tr := fit(t, task(c, models.SumSoftmax{}, models.SpikeL1{Weight: 1}), toy{n, 12, false}, train.Settings{Epochs: 1, Batch: batch, Solver: unmoving{}, Seed: 3})
		return tr.History()[0].Training.Terms
	}
	if a, b := penalty(7, 7), penalty(7, 4); a == 0 || math.Abs(a-b) > 1e-12 { // 4 and 3
		t.Errorf("the penalty is %v in one batch, %v in two", a, b)
	}
}

// unmoving is a solver that changes nothing.
type unmoving struct{}

func (unmoving) Step([]gorgonia.ValueGrad) error { return nil }

func TestRegularizerErrors(t *testing.T) {
	for want, r := range map[string]train.Term{
		"term 0 of the task is nil":    nil,
		"the target is 2":              models.RateTarget{Target: 2},
		"the weight is -1":             models.SpikeL1{Weight: -1},
		"the weight is NaN":            models.SpikeL2{Weight: math.NaN()},
		"the bounds are 0.5 and":       models.RateBounds{Lower: .5, Upper: .4},
		"the range is 1 to 0":          models.MembraneRange{Low: 1},
		"the readout, readout, has no": models.SpikeL1{Weight: 1, Readout: true},
	} {
		_, err := prepare(t, task(toyNet(models.Integrator), models.SumSoftmax{From: 1}, r), toy{20, 5, false}, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01), Seed: 3})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T%+v: error is %v, want %q", r, r, err, want)
		}
	}
}

// Terms go with any neuron, scanned or fused, in either direction of a layer. A scanned layer has the
// penalty of a fused one.
func TestPenaltyOfNeurons(t *testing.T) {
	learn := func(l nodes.Layer) float64 {
		c := toyNet(models.AdpMem)
		c.Dtype = tensor.Float64
		l.Units, l.Recurrent = 8, true
		c.Hidden[0] = l
		k := task(c, models.SumSoftmax{},
			models.RateTarget{Target: .1, Weight: 1}, models.RateBounds{Lower: .2, Weight: 1}, models.SpikeL1{Weight: 1}, models.SpikeL2{Weight: 1},
			models.MembraneRange{Low: -.1, High: .1, Weight: 1, Readout: true})
		p := fit(t, k, toy{20, 12, false}, train.Settings{Epochs: 2, Batch: 8, Solver: adam(.01), Seed: 3}).History()[1].Training.Terms
		if !(p > 0) {
			t.Errorf("%T: the penalty is %v", l.Cell, p)
		}
		return p
	}
	learn(nodes.Layer{Cell: nodes.Izhikevich{}})
	learn(nodes.Layer{Cell: nodes.ALIF{}, Bidirectional: true})
	fused, scanned := learn(nodes.Layer{Cell: nodes.ALIF{}}), learn(nodes.Layer{Cell: nodes.Scanned(nodes.ALIF{})})
	if math.Abs(fused-scanned) > 1e-9*fused {
		t.Errorf("the penalty is %v of a fused layer, %v of a scanned one", fused, scanned)
	}
}
