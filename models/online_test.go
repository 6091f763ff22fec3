package models_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// online is a network with a sequence for it to learn from, as a stream and as a graph.
type online struct {
	models.SRNN
	steps, batch int
	squared      bool // the loss is the squared error
	rate         models.RateTarget
	drive        float64 // the scale of the weights of the hidden layers
}

const onlineInputs, onlineOutputs = 4, 3

// onlineOf is a network of one hidden layer of a cell, and a readout of leaky integrators.
func onlineOf(cell nodes.Cell, recurrent bool, drive float64) online {
	return online{SRNN: models.SRNN{In: onlineInputs, Dtype: tensor.Float64, Seed: 5,
		Hidden: []nodes.Layer{{Units: 5, Cell: cell, Recurrent: recurrent, Estimator: ops.EProp{}}},
		Readout: models.Readout{Kind: models.Integrator,
			Layer: nodes.Layer{Units: onlineOutputs, Cell: nodes.LI{TauM: graph.Constant(7), Rm: 1.5}}},
	}, steps: 25, batch: 3, drive: drive}
}

// local has all layers learn from signals of the moment.
func (o online) local() online {
	o.Hidden = slices.Clone(o.Hidden)
	for i := range o.Hidden {
		o.Hidden[i].Estimator = ops.EProp{Local: i > 0}
	}
	o.Readout.Layer.Estimator = ops.EProp{Local: true}
	return o
}

// declare is the network with weights that make it spike, and some that differ.
func (o online) declare(t *testing.T) *models.Network {
	t.Helper()
	net := must(models.NewSRNN(gorgonia.NewGraph(), o.SRNN))
	rng := rand.New(rand.NewPCG(7, 7))
	for _, p := range net.Params().All() {
		v, hidden := p.Values(), strings.HasPrefix(p.Name, "layer")
		for i := range v {
			switch kind := p.Name[strings.LastIndex(p.Name, ".")+1:]; {
			case kind == "feedback":
			case hidden && kind == "b_in":
				v[i] = o.drive * (.5 + .2*rng.NormFloat64())
			case hidden && kind == "w_in":
				v[i] = o.drive * (.3 + rng.NormFloat64())
			case hidden && kind == "w_rec":
				v[i] = .5 * o.drive * rng.NormFloat64()
			case hidden && p.Group == "tau":
				v[i] *= 1 + .2*rng.Float64()
			case kind == "w_in" || kind == "b_in":
				v[i] = rng.NormFloat64()
			}
		}
		if err := net.Params().Set(p.Name, p.Node.Shape(), v); err != nil {
			t.Fatal(err)
		}
	}
	return net
}

// data are inputs [steps, batch, in] and targets of all steps.
func (o online) data() (x, targets []float64) {
	rng := rand.New(rand.NewPCG(9, 9))
	for range o.steps * o.batch * o.In {
		switch rng.IntN(4) {
		case 0:
			x = append(x, 1)
		case 1:
			x = append(x, rng.NormFloat64())
		default:
			x = append(x, 0)
		}
	}
	for range o.steps * o.batch {
		if !o.squared {
			targets = append(targets, float64(rng.IntN(onlineOutputs+1)-1))
			continue
		}
		for range onlineOutputs {
			targets = append(targets, rng.NormFloat64())
		}
	}
	if !o.squared { // every example counts
		for b := range o.batch {
			targets[b] = 1
		}
	}
	return x, targets
}

// node is an input of the network's dtype.
func (o online) node(g *gorgonia.ExprGraph, name string, values []float64, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.Of(o.Dtype), tensor.WithShape(shape...))
	for i, x := range values {
		if o.Dtype == tensor.Float32 {
			v.Set(i, float32(x))
		} else {
			v.Set(i, x)
		}
	}
	return gorgonia.NewTensor(g, o.Dtype, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// asGraph are the loss and the gradients, by the names of the parameters, of the sequence as a graph;
// and how often the hidden neurons spiked on average.
func (o online) asGraph(t *testing.T) (loss float64, grads map[string][]float64, rate float64) {
	t.Helper()
	net := o.declare(t)
	g := net.Params().Graph()
	x, targets := o.data()
	out := must(net.Forward(o.node(g, "x", x, o.steps, o.batch, o.In)))
	y := out.Membrane
	if o.Readout.Kind == models.AdpSpike {
		y = must(out.Readout.Spikes())
	}
	var cost *gorgonia.Node
	if o.squared {
		d := graph.Of(y).Sub(graph.Of(o.node(g, "targets", targets, o.steps, o.batch, onlineOutputs)))
		cost = must(d.Square().Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n) }).Times(.5 / float64(o.batch)).Node())
	} else {
		cost = must(ops.CrossEntropy(y, o.node(g, "labels", targets, o.steps, o.batch), ops.CrossEntropySettings{}))
	}
	total := cost
	if o.rate.Weight > 0 {
		shares := o.node(g, "shares", slices.Repeat([]float64{1 / float64(o.batch)}, o.batch), 1, o.batch)
		term := must(o.rate.Term(train.View{Batch: train.Batch{Weight: shares}, Layers: net.Params().Run().Layers()}))
		total = must(gorgonia.Add(cost, term))
	}
	params := net.Params().Trainable()
	all := must(gorgonia.Grad(total, net.Learnables()...))
	m := must(graph.NewMachine(append(append(slices.Clone(all), cost), out.Spikes...)...))
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	grads = map[string][]float64{}
	for i, p := range params {
		grads[p.Name] = must(graph.Float64s(all[i].Value()))
	}
	spikes := must(graph.Float64s(out.Spikes[0].Value()))
	for _, s := range spikes {
		rate += s / float64(len(spikes))
	}
	return must(graph.Float64s(cost.Value()))[0], grads, rate
}

// asStream are the loss and the gradients of the same sequence, learnt online.
func (o online) asStream(t *testing.T) (loss float64, grads map[string][]float64) {
	t.Helper()
	net := o.declare(t)
	c := models.OnlineConfig{Batch: o.batch, Rate: o.rate}
	if o.squared {
		c.Loss = models.OnlineSquaredError{}
	}
	learner, err := net.Online(c)
	if err != nil {
		t.Fatal(err)
	}
	loss = o.learn(t, learner)
	return loss, o.gradients(t, net, learner)
}

// learn goes through the sequence.
func (o online) learn(t *testing.T, learner *models.Online) (loss float64) {
	t.Helper()
	x, targets := o.data()
	for step := range o.steps {
		in, target := len(x)/o.steps, len(targets)/o.steps
		if _, err := learner.Step(x[step*in:][:in]); err != nil {
			t.Fatal(err)
		}
		l, err := learner.Learn(targets[step*target:][:target])
		if err != nil {
			t.Fatal(err)
		}
		loss += l
	}
	return loss
}

func (o online) gradients(t *testing.T, net *models.Network, learner *models.Online) map[string][]float64 {
	t.Helper()
	grads := map[string][]float64{}
	for _, p := range net.Params().Trainable() {
		g, err := learner.Gradient(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		grads[p.Name] = g
	}
	return grads
}

// values are those of all parameters.
func (o online) values(net *models.Network) map[string][]float64 {
	values := map[string][]float64{}
	for _, p := range net.Params().All() {
		values[p.Name] = p.Values()
	}
	return values
}

// sameGradients compares gradients, to a tolerance relative to the largest element of each.
func sameGradients(t *testing.T, got, want map[string][]float64, tolerance float64) {
	t.Helper()
	for name, w := range want {
		g, scale, off := got[name], 0.0, 0.0
		if len(g) != len(w) {
			t.Errorf("%s: %d elements, want %d", name, len(g), len(w))
			continue
		}
		for i := range w {
			scale, off = max(scale, math.Abs(w[i])), max(off, math.Abs(g[i]-w[i]))
		}
		if scale == 0 {
			t.Errorf("%s: the gradient is zero, which shows nothing", name)
		}
		if !(off <= tolerance*scale) {
			t.Errorf("%s: off by %.3g of %.3g\n got %.9v\nwant %.9v", name, off, scale, g, w)
		}
	}
}

// check compares the stream with the graph.
func (o online) check(t *testing.T, tolerance float64) {
	t.Helper()
	wantLoss, want, rate := o.asGraph(t)
	if rate == 0 || rate > .9 {
		t.Fatalf("the rate of the hidden neurons is %v, which shows little", rate)
	}
	loss, got := o.asStream(t)
	if !(math.Abs(loss-wantLoss) <= tolerance*math.Abs(wantLoss)) {
		t.Errorf("the loss is %v, want %v", loss, wantLoss)
	}
	sameGradients(t, got, want, tolerance)
}

// onlineCells are cells, and currents that they spike at.
var onlineCells = map[string]struct {
	cell  nodes.Cell
	drive float64
}{
	"LIF":              {nodes.LIF{TauM: graph.Constant(8), Surrogate: ops.Triangle{}}, .05},
	"LIF to a value":   {nodes.LIF{Reset: nodes.ToValue, ResetValue: .001}, .05},
	"LIF without":      {nodes.LIF{Reset: nodes.NoReset, DetachReset: true}, .05},
	"ALIF":             {nodes.ALIF{TauAdp: graph.Constant(30)}, .1},
	"LSNN":             {nodes.LSNN{TauAdp: graph.Constant(60), Beta: new(.3)}, .2},
	"refractory LSNN":  {nodes.Refractory{Cell: nodes.LSNN{TauAdp: graph.Constant(60), Beta: new(.3)}, Period: 2}, .2},
	"held LIF":         {nodes.Refractory{Cell: nodes.LIF{}, Period: 3, Hold: true}, .1},
	"CubaLIF":          {nodes.CubaLIF{}, 8},
	"SEAdLIF":          {nodes.SEAdLIF{}, 4},
	"Izhikevich":       {nodes.Izhikevich{}, 20},
	"AdEx":             {nodes.AdEx{}, 1500},
	"RF":               {nodes.RF{Frequency: graph.Constant(60)}, .7},
	"AlphaLIF":         {nodes.AlphaLIF{}, 8},
	"scanned ALIF":     {nodes.Scanned(nodes.ALIF{TauAdp: graph.Constant(30)}), .1},
	"relaxed CubaLIF":  {nodes.CubaLIF{Surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}}, 2},
	"detached CubaLIF": {nodes.CubaLIF{DetachReset: true}, 8},
}

// What is accumulated over a sequence is the gradient of the graph with the same estimators.
func TestOnlineIsEProp(t *testing.T) {
	for name, c := range onlineCells {
		for _, recurrent := range []bool{false, true} {
			o := onlineOf(c.cell, recurrent, c.drive)
			t.Run(fmt.Sprintf("%s/recurrent=%v", name, recurrent), func(t *testing.T) { o.check(t, 1e-9) })
			t.Run(fmt.Sprintf("%s/recurrent=%v/local", name, recurrent), func(t *testing.T) { o.local().check(t, 1e-9) })
		}
	}
}

// Without recurrent synapses it is the exact gradient.
func TestOnlineIsExact(t *testing.T) {
	for name, c := range onlineCells {
		t.Run(name, func(t *testing.T) {
			o := onlineOf(c.cell, false, c.drive)
			o.Hidden[0].Estimator = nil
			o.check(t, 1e-12)
		})
	}
}

// The same holds for other sizes, losses, readouts and kinds of learning signals.
func TestOnlineSettings(t *testing.T) {
	refractory := nodes.Refractory{Cell: nodes.LSNN{TauAdp: graph.Constant(60), Beta: new(.3)}, Period: 2}
	tolerance := 1e-9
	for name, change := range map[string]func(o *online){
		"one example":   func(o *online) { o.batch = 1 },
		"squared error": func(o *online) { o.squared = true },
		"no biases": func(o *online) {
			o.Hidden[0].Linear.NoBias, o.Readout.Layer.Linear.NoBias = true, true
		},
		"outputs with time constants of their own": func(o *online) {
			o.Readout.Layer.Cell = nodes.LI{TauM: graph.Uniform{Low: 3, High: 20}}
		},
		"EProp readout": func(o *online) { o.Readout.Layer.Estimator = ops.EProp{} },
		"initial state": func(o *online) {
			start := nodes.Initial{nodes.Membrane: nodes.Constant(.3), nodes.Adaptation: nodes.Baseline(), nodes.Spikes: nodes.Constant(.2)}
			o.Hidden[0].Initial, o.Readout.Layer.Initial = start, start
		},
		"rate":                func(o *online) { o.rate = models.RateTarget{Target: .05, Weight: 3} },
		"rate and one filter": func(o *online) { o.rate, o.squared = models.RateTarget{Target: .9, Weight: 30}, true },
		"rate, local":         func(o *online) { *o = o.local(); o.rate = models.RateTarget{Target: .01, Weight: 3} },
		"spiking readout, its membrane": func(o *online) {
			o.Readout.Kind, o.Readout.Layer.Cell = models.AdpMem, nodes.ALIF{B0: new(.5)}
			*o = o.local()
		},
		"spiking readout, its spikes": func(o *online) {
			o.Readout.Kind, o.Readout.Layer.Cell, o.squared = models.AdpSpike, nodes.CubaLIF{B0: new(.1)}, true
			*o = o.local()
		},
		"adaptive readout": func(o *online) {
			o.Readout.Layer.Cell = nodes.AdaptiveLI{TauW: graph.Constant(30)}
			*o = o.local()
		},
		"two hidden layers": func(o *online) {
			o.Hidden = append(o.Hidden, nodes.Layer{Units: 4, Cell: nodes.ALIF{TauAdp: graph.Constant(30)}, Recurrent: true})
			*o = o.local()
		},
		"three hidden layers": func(o *online) {
			o.Hidden = append(o.Hidden, nodes.Layer{Units: 4, Cell: nodes.LIF{}}, nodes.Layer{Units: 6, Cell: nodes.CubaLIF{B0: new(.02)}, Recurrent: true})
			*o = o.local()
		},
		"random feedback":          func(o *online) { o.Readout.Layer.Linear.Feedback.Kind = nodes.RandomFeedback },
		"adaptive feedback":        func(o *online) { o.Readout.Layer.Linear.Feedback.Kind = nodes.AdaptiveFeedback },
		"random feedback, local":   func(o *online) { o.Readout.Layer.Linear.Feedback.Kind = nodes.RandomFeedback; *o = o.local() },
		"adaptive feedback, local": func(o *online) { o.Readout.Layer.Linear.Feedback.Kind = nodes.AdaptiveFeedback; *o = o.local() },
		"feedback to a hidden layer": func(o *online) {
			feedback := nodes.Linear{Feedback: nodes.Feedback{Kind: nodes.AdaptiveFeedback}}
			o.Hidden = append(o.Hidden, nodes.Layer{Units: 4, Cell: nodes.LIF{}, Recurrent: true, Linear: feedback})
			*o = o.local()
		},
		"large": func(o *online) { o.Hidden[0].Units, o.In, o.batch, o.steps = 70, 50, 5, 12 },
	} {
		t.Run(name, func(t *testing.T) {
			o := onlineOf(refractory, true, .2)
			change(&o)
			o.check(t, tolerance)
		})
	}
	t.Run("one step", func(t *testing.T) {
		o := onlineOf(nodes.CubaLIF{Surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}}, false, 8) // time constants matter at once
		o.steps = 1
		o.check(t, 1e-9)
	})
	t.Run("no hidden layer", func(t *testing.T) {
		o := onlineOf(refractory, true, .2)
		o.Hidden, o.Readout.Kind, o.Readout.Layer.Cell = nil, models.AdpMem, nodes.CubaLIF{B0: new(.5)}
		o.check(t, tolerance)
	})
}

// In single precision as in double, with spikes relaxed, as one that comes a step later changes all.
func TestOnlineSinglePrecision(t *testing.T) {
	smooth := ops.Relaxed{Surrogate: ops.Gaussian{}}
	for name, cell := range map[string]nodes.Cell{
		"LIF":     nodes.LIF{Surrogate: smooth, B0: new(.1)},
		"CubaLIF": nodes.CubaLIF{Surrogate: smooth},
		"LSNN":    nodes.LSNN{Surrogate: smooth, TauAdp: graph.Constant(60), Beta: new(.3)},
	} {
		t.Run(name, func(t *testing.T) {
			o := onlineOf(cell, true, .3)
			o.rate = models.RateTarget{Target: .1, Weight: 3}
			_, want := o.asStream(t)
			o.Dtype = tensor.Float32
			_, got := o.asStream(t)
			sameGradients(t, got, want, 1e-3)
			_, graphs, _ := o.asGraph(t)
			sameGradients(t, got, graphs, 1e-3)
		})
	}
}

// Sequences that are accumulated one after the other add up, whatever is read in between.
func TestOnlineSequencesAddUp(t *testing.T) {
	o := onlineOf(nodes.ALIF{TauAdp: graph.Constant(30)}, true, .1)
	o.rate = models.RateTarget{Target: .05, Weight: 3}
	_, want := o.asStream(t)
	for _, g := range want {
		for i := range g {
			g[i] *= 2
		}
	}
	net := o.declare(t)
	learner := must(net.Online(models.OnlineConfig{Batch: o.batch, Rate: o.rate}))
	o.learn(t, learner)
	o.gradients(t, net, learner)
	if err := learner.Reset(nil); err != nil {
		t.Fatal(err)
	}
	if learner.Steps() != 0 {
		t.Errorf("%d steps after Reset", learner.Steps())
	}
	o.learn(t, learner)
	sameGradients(t, o.gradients(t, net, learner), want, 1e-12)
}

// Outputs whose time constants part on the way have what each of them kept.
func TestOnlineFiltersPart(t *testing.T) {
	const apart = 1e-12
	run := func(first ...float64) map[string][]float64 {
		o := onlineOf(nodes.ALIF{TauAdp: graph.Constant(30)}, true, .1)
		net := o.declare(t)
		tau := func(values ...float64) {
			if err := net.Params().Set("readout.tau_m", []int{onlineOutputs}, values); err != nil {
				t.Fatal(err)
			}
		}
		tau(first...)
		learner := must(net.Online(models.OnlineConfig{Batch: o.batch}))
		o.learn(t, learner)
		tau(7, 5, 11)
		o.learn(t, learner)
		tau(7, 6, 12)
		o.learn(t, learner)
		return o.gradients(t, net, learner)
	}
	sameGradients(t, run(7, 7, 7), run(7, 7*(1+apart), 7*(1-apart)), 1e-9)
}

// Memory does not grow with the stream.
func TestOnlineMemory(t *testing.T) {
	o := onlineOf(nodes.LSNN{TauAdp: graph.Constant(60), Beta: new(.3)}, true, .2)
	o.rate = models.RateTarget{Target: .05, Weight: 3}
	net := o.declare(t)
	solver := adam(1e-4)
	learner := must(net.Online(models.OnlineConfig{Batch: o.batch, Rate: o.rate, Solver: solver, Every: 1}))
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for range 4 { // the filters part, and buffers find their sizes
		o.learn(t, learner)
	}
	before := used()
	for range 40 {
		o.learn(t, learner)
	}
	const steps = 40 * 25
	if after := used(); after > before+steps*8 {
		t.Errorf("%d bytes after so many steps, and %d after %d more", before, after, steps)
	}
	x, targets := o.data()
	x, targets = x[:o.batch*o.In], targets[:o.batch]
	allocations := testing.AllocsPerRun(100, func() {
		must(learner.Step(x))
		must(learner.Learn(targets))
	})
	if allocations > 1000 {
		t.Errorf("%v allocations in a step", allocations)
	}
	runtime.KeepAlive(learner)
}

// With the parameters moving at every step, it learns a stream: from spikes that come in turns, sines.
func TestOnlineLearnsAStream(t *testing.T) {
	const period, steps, batch = 10, 2000, 2
	for _, local := range []bool{false, true} {
		net := must(models.NewSRNN(gorgonia.NewGraph(), models.SRNN{
			In:     period,
			Hidden: []nodes.Layer{{Units: 30, Cell: nodes.LSNN{}, Recurrent: true, Estimator: ops.EProp{}}},
			Readout: models.Readout{Kind: models.Integrator,
				Layer: nodes.Layer{Units: 2, Cell: nodes.LI{TauM: graph.Constant(2)}, Estimator: ops.EProp{Local: local}}},
		}))
		learner := must(net.Online(models.OnlineConfig{Batch: batch, Loss: models.OnlineSquaredError{}, Solver: adam(2e-3), Every: 1,
			Rate: models.RateTarget{Target: .2, Weight: .1}}))
		var first, last float64
		for step := range steps {
			x, targets := make([]float64, batch*period), make([]float64, 2*batch)
			for b := range batch {
				at := step + 3*b
				x[b*period+at%period] = 1
				targets[2*b], targets[2*b+1] = math.Sincos(2 * math.Pi * float64(at) / period)
			}
			must(learner.Step(x))
			loss := must(learner.Learn(targets))
			if step < steps/10 {
				first += loss / (steps / 10)
			} else if step >= steps*9/10 {
				last += loss / (steps / 10)
			}
		}
		if !(last < first/4) {
			t.Errorf("local %v: the loss went from %.3f to %.3f", local, first, last)
		}
	}
}

// Every says when the parameters move, and Apply moves them.
func TestOnlineApplies(t *testing.T) {
	o := onlineOf(nodes.ALIF{TauAdp: graph.Constant(30)}, true, .1)
	x, targets := o.data()
	x, targets = x[:o.batch*o.In], targets[:o.batch]
	for _, every := range []int{0, 1, 3} {
		net := o.declare(t)
		learner := must(net.Online(models.OnlineConfig{Batch: o.batch, Solver: adam(1e-2), Every: every}))
		weights := func() []float64 {
			q, _ := net.Params().Get("layer0.w_in")
			return q.Values()
		}
		if err := learner.Apply(); err != nil { // nothing to apply
			t.Error(err)
		}
		before := weights()
		for step := 1; step <= 6; step++ {
			must(learner.Step(x))
			must(learner.Learn(targets))
			moved := !slices.Equal(before, weights())
			if want := every > 0 && step%every == 0; moved != want {
				t.Errorf("every %d: after step %d, moved is %v", every, step, moved)
			}
			before = weights()
		}
		if every > 0 {
			continue
		}
		if err := learner.Apply(); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(before, weights()) {
			t.Error("Apply did not move the weights")
		}
		if g := must(learner.Gradient("layer0.w_in")); slices.Max(g) != 0 || slices.Min(g) != 0 {
			t.Errorf("after Apply the gradient is %v", g)
		}
	}
}

// wantFailure checks that there is an error which says all of parts.
func wantFailure(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	t.Run(what, func(t *testing.T) { wantError(t, err, parts...) })
}

// What cannot be run online is refused, and told how it can.
func TestOnlineRefuses(t *testing.T) {
	lif := nodes.LIF{}
	for name, c := range map[string]struct {
		change func(o *online)
		config models.OnlineConfig
		parts  []string
	}{
		"BPTT with recurrence": {func(o *online) { o.Hidden[0].Estimator = nil }, models.OnlineConfig{}, []string{"layer0", "bptt", "ops.EProp{}"}},
		"TBPTT":                {func(o *online) { o.Hidden[0].Estimator = ops.TBPTT{K: 3} }, models.OnlineConfig{}, []string{"layer0", "tbptt", "ops.EProp{}"}},
		"TBPTT of the readout": {func(o *online) { o.Readout.Layer.Estimator = ops.TBPTT{K: 3} }, models.OnlineConfig{}, []string{"readout", "tbptt", "Local: true"}},
		"another readout":      {func(o *online) { o.Readout.Layer.Cell = nodes.AdaptiveLI{} }, models.OnlineConfig{}, []string{"readout", "Local: true", "not LI"}},
		"two layers":           {func(o *online) { o.Hidden = append(o.Hidden, nodes.Layer{Units: 2, Cell: lif}) }, models.OnlineConfig{}, []string{"layer1", "Local: true"}},
		"two layers, one signal": {func(o *online) {
			o.Hidden = append(o.Hidden, nodes.Layer{Units: 2, Cell: lif, Estimator: ops.EProp{Local: true}})
		}, models.OnlineConfig{}, []string{"readout", "Local: true", "several"}},
		"delays":              {func(o *online) { o.Hidden[0].Delays = nodes.Delays{Max: 3} }, models.OnlineConfig{}, []string{"layer0", "delays"}},
		"both ways":           {func(o *online) { o.Hidden[0].Bidirectional = true }, models.OnlineConfig{}, []string{"layer0", "bidirectional"}},
		"batch":               {nil, models.OnlineConfig{Batch: -1}, []string{"batch", "-1"}},
		"every":               {nil, models.OnlineConfig{Every: -1, Solver: adam(1)}, []string{"every", "-1"}},
		"no solver":           {nil, models.OnlineConfig{Every: 1}, []string{"solver"}},
		"rate of the readout": {nil, models.OnlineConfig{Rate: models.RateTarget{Weight: 1, Readout: true}}, []string{"readout"}},
		"rate":                {nil, models.OnlineConfig{Rate: models.RateTarget{Target: 2, Weight: 1}}, []string{"layer0", "2"}},
		"weight":              {nil, models.OnlineConfig{Rate: models.RateTarget{Weight: math.NaN()}}, []string{"layer0", "NaN"}},
	} {
		o := onlineOf(lif, true, .1)
		if c.change != nil {
			c.change(&o)
		}
		net := must(models.NewSRNN(gorgonia.NewGraph(), o.SRNN))
		_, err := net.Online(c.config)
		wantFailure(t, name, err, append(c.parts, "srnn: online: ")...)
	}
}

// failing is a solver that makes the parameters infinite, or reports an error.
type failing struct{ err error }

func (f failing) Step(model []gorgonia.ValueGrad) error {
	for _, m := range model {
		data := m.Value().Data().([]float64)
		data[len(data)-1] = math.Inf(1)
	}
	return f.err
}

// steep is a loss without targets, of a large gradient.
type steep struct{}

func (steep) Targets(int) int { return 0 }
func (steep) Loss(y, _, gradient []float64) (float64, error) {
	for i := range gradient {
		gradient[i] = 1e10
	}
	return 1, nil
}

// Wrong inputs and numbers that are not finite are errors that say where, and leave all as it was.
func TestOnlineErrors(t *testing.T) {
	o := onlineOf(nodes.ALIF{TauAdp: graph.Constant(30)}, true, .1)
	x, targets := o.data()
	in := o.batch * o.In
	net := o.declare(t)
	learner := must(net.Online(models.OnlineConfig{Batch: o.batch}))
	_, err := learner.Learn(targets[:o.batch])
	wantFailure(t, "Learn before Step", err, "Step")
	_, err = learner.Spikes(0)
	wantFailure(t, "Spikes before Step", err, "no step")
	must(learner.Step(x[:in]))
	must(learner.Learn(targets[:o.batch]))
	_, err = learner.Learn(targets[:o.batch])
	wantFailure(t, "Learn twice", err, "Step")
	_, err = learner.Spikes(1)
	wantFailure(t, "Spikes of the readout", err, "hidden layer 1")
	_, err = learner.Gradient("layer9.w_in")
	wantFailure(t, "Gradient", err, "layer9.w_in")
	wantFailure(t, "Apply", learner.Apply(), "solver")

	_, err = learner.Step(x[:in-1])
	wantFailure(t, "x too short", err, "step 2", "11", "[3, 4]")
	for _, bad := range []float64{math.NaN(), math.Inf(-1)} {
		wrong := slices.Clone(x[:in])
		wrong[o.In+2] = bad
		_, err = learner.Step(wrong)
		wantFailure(t, "x not finite", err, "step 2", "layer0", "input 2", "example 1", fmt.Sprint(bad))
		_, err = learner.Learn(targets[:o.batch])
		wantFailure(t, "Learn after a Step that failed", err, "Step")
	}
	must(learner.Step(x[in : 2*in]))
	for name, bad := range map[string][]float64{"too few": {1, 2}, "no class": {0, 0, 3}, "negative": {-2, 0, 0}, "fraction": {0, .5, 0}, "NaN": {math.NaN(), 0, 0}} {
		_, err = learner.Learn(bad)
		wantFailure(t, name, err, "step 2")
	}
	must(learner.Learn(targets[o.batch : 2*o.batch]))
	got := o.gradients(t, net, learner)

	again := must(net.Online(models.OnlineConfig{Batch: o.batch}))
	for step := range 2 {
		must(again.Step(x[step*in:][:in]))
		must(again.Learn(targets[step*o.batch:][:o.batch]))
	}
	for name, want := range o.gradients(t, net, again) {
		if !slices.Equal(got[name], want) {
			t.Errorf("with errors on the way, the gradient of %s is %v, want %v", name, got[name], want)
		}
	}

	for _, solver := range []failing{{}, {errors.New("no more")}} {
		net := o.declare(t)
		learner := must(net.Online(models.OnlineConfig{Batch: o.batch, Solver: solver, Every: 1}))
		before := o.values(net)
		must(learner.Step(x[:in]))
		_, err := learner.Learn(targets[:o.batch])
		wantFailure(t, "a solver that fails", err, "step 1")
		if after := o.values(net); !maps.EqualFunc(before, after, slices.Equal[[]float64]) {
			t.Errorf("after a step of the solver that failed the parameters are %v, and were %v", after, before)
		}
		must(learner.Step(x[:in]))
	}

	// Values within a step, and gradients, that are too large.
	o.squared = true
	net = o.declare(t)
	learner = must(net.Online(models.OnlineConfig{Batch: o.batch, Loss: models.OnlineSquaredError{}, Solver: adam(1e-3), Every: 1}))
	must(learner.Step(x[:in]))
	_, err = learner.Learn(slices.Repeat([]float64{math.MaxFloat64}, o.batch*onlineOutputs))
	wantFailure(t, "a loss that overflows", err, "step 1", "example 0")
	if err := net.Params().Set("layer0.w_in", []int{5, 4}, slices.Repeat([]float64{1e300}, 20)); err != nil {
		t.Fatal(err)
	}
	_, err = learner.Step(slices.Repeat([]float64{1e20}, in))
	wantFailure(t, "a step that overflows", err, "step 2", "layer0")

	net = o.declare(t)
	if err := net.Params().Set("readout.w_in", []int{onlineOutputs, 5}, slices.Repeat([]float64{1e300}, 5*onlineOutputs)); err != nil {
		t.Fatal(err)
	}
	learner = must(net.Online(models.OnlineConfig{Batch: o.batch, Loss: steep{}, Solver: adam(1e-3), Every: 1}))
	before := o.values(net)
	must(learner.Step(x[:in]))
	_, err = learner.Learn(nil)
	wantFailure(t, "a gradient that overflows", err, "step 1", "layer0")
	if !maps.EqualFunc(before, o.values(net), slices.Equal[[]float64]) {
		t.Error("a gradient that overflows has moved the parameters")
	}

	q, _ := net.Params().Get("layer0.w_rec")
	q.Node.Value().Data().([]float64)[3] = math.NaN()
	_, err = net.Online(models.OnlineConfig{})
	wantFailure(t, "a weight that is not finite", err, "layer0.w_rec")
}

// A random initial state wants a source of random numbers, and is the same from the same one.
func TestOnlineReset(t *testing.T) {
	o := onlineOf(nodes.ALIF{}, true, .1)
	o.Hidden[0].Initial = nodes.Random(1)
	learner := must(o.declare(t).Online(models.OnlineConfig{Batch: o.batch}))
	wantFailure(t, "no random numbers", learner.Reset(nil), "layer0", "random")
	x, _ := o.data()
	run := func(seed uint64) []float64 {
		if err := learner.Reset(rand.New(rand.NewPCG(seed, 0))); err != nil {
			t.Fatal(err)
		}
		for step := range 3 {
			must(learner.Step(x[step*o.batch*o.In:][:o.batch*o.In]))
		}
		return slices.Concat(must(learner.Step(x[:o.batch*o.In])), must(learner.Spikes(0)))
	}
	first := run(1)
	if other := run(2); slices.Equal(first, other) {
		t.Error("other random numbers make no difference")
	}
	if again := run(1); !slices.Equal(first, again) {
		t.Errorf("the same sequence gives %v and %v", first, again)
	}
}
