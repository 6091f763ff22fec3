package models_test

import (
	"io"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// spikeXOR is the network of Bohte et al. 2002 for exclusive or.
func spikeXOR(seed uint64) models.SpikeProp {
	weight := graph.Uniform{Low: .02, High: .2}
	return models.SpikeProp{In: 3, Seed: seed, Layers: []nodes.SRM{{Units: 5, Inhibitory: 1, Weight: weight}, {Units: 1, Weight: weight}}}
}

// xorPatterns are the inputs at 0 or 6 ms, with one that is always at 0.
func xorPatterns() models.SpikePatterns {
	return models.SpikePatterns{
		{Times: []float64{0, 0, 0}, Targets: []float64{16}},
		{Times: []float64{0, 6, 0}, Targets: []float64{10}},
		{Times: []float64{6, 0, 0}, Targets: []float64{10}},
		{Times: []float64{6, 6, 0}, Targets: []float64{16}},
	}
}

func spikeProp(t *testing.T, c models.SpikeProp) *models.SpikePropNetwork {
	t.Helper()
	n, err := models.NewSpikeProp(gorgonia.NewGraph(), c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// spikeSolver is plain gradient descent that keeps magnitudes from becoming negative.
func spikeSolver(rate float64) gorgonia.Solver {
	return optim.New(optim.SGD(optim.Constant(rate)), optim.AtLeast{Names: optim.Names{"*.w"}})
}

// spikeTask is the learning of a network's spike times.
func spikeTask(c models.SpikeProp) train.Task[*models.SpikeTimes] {
	return train.Task[*models.SpikeTimes]{Model: c, Loss: models.SpikeTimeError{}, Metrics: []train.Metric{models.SpikeTiming{Tolerance: 1}}}
}

// spikeTrainer prepares to learn patterns, which it is validated on, too.
func spikeTrainer(t *testing.T, c models.SpikeProp, patterns models.SpikePatterns, s train.Settings) *train.Trainer {
	t.Helper()
	dt := c.Dtype
	if dt == (tensor.Dtype{}) {
		dt = tensor.Float32
	}
	s.Params = must(graph.NewParams(gorgonia.NewGraph(), dt, c.Seed))
	s.Log, s.Validation, s.Epochs, s.Batch = io.Discard, patterns, max(s.Epochs, 1), max(s.Batch, 1)
	if s.Solver == nil {
		s.Solver = spikeSolver(1e-3)
	}
	tr, err := train.New(spikeTask(c), patterns, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

func number(t *testing.T, r *train.Report, name string) float64 {
	t.Helper()
	x, ok := r.Number(name)
	if !ok {
		t.Fatalf("there is no number %s", name)
	}
	return x
}

func TestSpikePropXOR(t *testing.T) {
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c := spikeXOR(1)
		c.Dtype = dtype
		tr := spikeTrainer(t, c, xorPatterns(), train.Settings{Epochs: 500, Seed: 1, Select: train.Criterion{Number: "worst_ms"},
			Callbacks: []train.Callback{train.Until{Number: "worst_ms", Below: new(1.)}}})
		if before := number(t, evaluate(t, tr.Network, xorPatterns()), "worst_ms"); before < 2 {
			t.Errorf("%v: the worst output was %v ms from its target before", dtype, before)
		}
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		history := tr.History()
		last := history[len(history)-1].Validation
		if len(history) >= 500 || number(t, last, "worst_ms") >= 1 || number(t, last, "spike_accuracy") != 1 {
			t.Errorf("%v: after %d epochs: %v", dtype, len(history), last.Numbers())
		}
		predictions, err := tr.Predict(t.Context(), xorPatterns())
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.
		for i, p := range xorPatterns() {
			e := predictions[i].Scores[0][0] - p.Targets[0]
			sum += e * e / 2 / 4
			if math.Abs(e) > 1 {
				t.Errorf("%v: pattern %d has its output at %v ms, want %v", dtype, i, predictions[i].Scores[0], p.Targets)
			}
		}
		r := evaluate(t, tr.Network, xorPatterns())
		if got := number(t, r, "spike_error"); math.Abs(sum-got) > 1e-9 || math.Abs(sum-r.Loss) > 1e-5 || math.Abs(r.Loss-last.Loss) > 1e-6 {
			t.Errorf("%v: the error is %v, the loss %v, in the history %v, want %v", dtype, got, r.Loss, last.Loss, sum)
		}
		for _, p := range tr.Params().All() {
			if values := p.Values(); slices.Min(values) < 0 || !graph.Finite(slices.Max(values)) {
				t.Errorf("%v: the magnitudes %s go from %v to %v", dtype, p.Name, slices.Min(values), slices.Max(values))
			}
		}
	}
}

// The same seeds give the same training, also in two parts, from a file that says what the network is.
func TestSpikePropSeedAndFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "xor.safetensors")
	learn := func(network, order uint64, epochs int, resume bool) *train.Trainer {
		tr := spikeTrainer(t, spikeXOR(network), xorPatterns(), train.Settings{Epochs: epochs, Seed: order, Solver: optim.New(optim.Adam(optim.Constant(1e-3)), optim.AtLeast{Names: optim.Names{"*.w"}})})
		if resume {
			if err := tr.Resume(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	whole := learn(3, 4, 6, false)
	for _, seeds := range [][2]uint64{{2, 4}, {3, 5}} {
		if same(params(learn(seeds[0], seeds[1], 6, false)), params(whole)) {
			t.Errorf("seeds %v give the same training as 3, 4", seeds)
		}
	}
	if err := learn(3, 4, 2, false).Save(path); err != nil {
		t.Fatal(err)
	}
	resumed := learn(3, 4, 6, true)
	if !same(params(resumed), params(whole)) {
		t.Error("in two parts, the training is another")
	}
	if err := resumed.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := train.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c := loaded.Model().(models.SpikeProp)
	if c.Horizon != 50 || len(c.Layers) != 2 || c.Layers[0].Terminals != 16 || c.Layers[0].Inhibitory != 1 {
		t.Errorf("the network is %+v", c)
	}
	a, b := evaluate(t, whole.Network, xorPatterns()), evaluate(t, loaded, xorPatterns())
	if a.Loss != b.Loss || !reflect.DeepEqual(a.Numbers(), b.Numbers()) {
		t.Errorf("loaded, it gives %v, want %v", b.Numbers(), a.Numbers())
	}
}

// lossGraph is a network with its loss on patterns, of which each counts the same.
func lossGraph(t *testing.T, n *models.SpikePropNetwork, patterns []models.SpikePattern) (*models.SpikeTimes, *gorgonia.Node) {
	t.Helper()
	var times, targets []float64
	for _, p := range patterns {
		times, targets = append(times, p.Times...), append(targets, p.Targets...)
	}
	input := func(name string, x []float64) *gorgonia.Node {
		shape := tensor.Shape{len(patterns), len(x) / len(patterns)}
		return gorgonia.NewMatrix(n.Params().Graph(), tensor.Float64, gorgonia.WithName(name), gorgonia.WithShape(shape...),
			gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))))
	}
	out, err := n.Forward(input("times", times))
	if err != nil {
		t.Fatal(err)
	}
	loss, err := models.SpikeTimeError{}.Loss(out, train.Batch{Y: input("targets", targets)})
	if err != nil {
		t.Fatal(err)
	}
	return out, loss
}

// The gradient of the loss of a whole network, weights and delays, is that of central differences.
func TestSpikePropGradient(t *testing.T) {
	c := models.SpikeProp{In: 4, Inhibitory: 1, Seed: 7, Dtype: tensor.Float64, Horizon: 60, Layers: []nodes.SRM{
		{Units: 4, Terminals: 5, Inhibitory: 1, TrainDelays: true, Step: 2, MinSlope: 1e-6}, {Units: 3, Terminals: 4, Signed: true, MinSlope: 1e-6}, {Units: 2, Terminals: 6, Step: 1.5, MinSlope: 1e-6}}}
	n := spikeProp(t, c)
	patterns := []models.SpikePattern{
		{Times: []float64{0, 2.3, 5.1, 1}, Targets: []float64{20, 23}},
		{Times: []float64{4.4, .7, 1.9, 60}, Targets: []float64{22, 19}},
		{Times: []float64{3.2, 3.9, .6, 2.2}, Targets: []float64{25, 18}},
	}
	out, loss := lossGraph(t, n, patterns)
	grads, err := gorgonia.Grad(loss, n.Learnables()...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.NewMachine(append(append(grads, loss), out.Layers...)...)
	if err != nil {
		t.Fatal(err)
	}
	value := func() float64 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		x, err := graph.Float64s(loss.Value())
		if err != nil {
			t.Fatal(err)
		}
		return x[0]
	}
	value()
	want := 0. // by hand
	for i, x := range must(graph.Float64s(out.Out.Value())) {
		e := x - patterns[i/2].Targets[i%2]
		want += e * e / 2 / 3
	}
	if got := value(); math.Abs(got-want) > 1e-9*want {
		t.Errorf("the loss is %v, want %v", got, want)
	}
	for l, layer := range out.Layers {
		if times := must(graph.Float64s(layer.Value())); slices.Max(times) >= out.Horizon || out.Horizon != 60 {
			t.Fatalf("layer %d is silent: %v", l, times)
		}
	}
	const h = 1e-6
	for i, p := range n.Params().Trainable() {
		got, err := graph.Float64s(grads[i].Value())
		if err != nil {
			t.Fatal(err)
		}
		got = slices.Clone(got)
		largest := 0.
		for _, g := range got {
			largest = max(largest, math.Abs(g))
		}
		if largest == 0 {
			t.Errorf("the gradient of %s is zero", p.Name)
		}
		x := p.Values()
		for k := range x {
			at := func(v float64) float64 {
				y := slices.Clone(x)
				y[k] = v
				if err := n.Params().Set(p.Name, p.Node.Shape(), y); err != nil {
					t.Fatal(err)
				}
				return value()
			}
			want := (at(x[k]+h) - at(x[k]-h)) / (2 * h)
			if math.Abs(got[k]-want) > 1e-5*largest {
				t.Errorf("∂loss/∂%s[%d] is %v, want %v", p.Name, k, got[k], want)
			}
		}
		if err := n.Params().Set(p.Name, p.Node.Shape(), x); err != nil {
			t.Fatal(err)
		}
	}
}

// A step on a batch is that along the mean of the gradients of its patterns; the last batch may be smaller.
func TestSpikePropBatches(t *testing.T) {
	step := func(p models.SpikePatterns) []float64 { // from the same weights
		c := spikeXOR(2)
		c.Dtype = tensor.Float64
		tr := spikeTrainer(t, c, p, train.Settings{Batch: len(p), Solver: spikeSolver(1e-4)})
		before := params(tr)
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := params(tr)
		for i := range after {
			after[i] -= before[i]
		}
		return after
	}
	p := xorPatterns()
	whole, one, three := step(p), step(p[:1]), step(p[1:])
	for i := range whole {
		if want := (one[i] + 3*three[i]) / 4; math.Abs(whole[i]-want) > 1e-12 || slices.Max(whole) == 0 {
			t.Fatalf("weight %d changes by %v, want %v", i, whole[i], want)
		}
	}
	tr := spikeTrainer(t, spikeXOR(2), p, train.Settings{Epochs: 2, Batch: 3, Solver: spikeSolver(1e-4)})
	if err := tr.Run(t.Context()); err != nil || tr.History()[1].Steps != 2 {
		t.Errorf("history %+v, error %v", tr.History(), err)
	}
}

func TestSpikePropSilent(t *testing.T) {
	c := spikeXOR(1)
	c.Layers = []nodes.SRM{{Units: 2, Weight: graph.Values(slices.Concat(make([]float64, 3*16), slices.Repeat([]float64{.1}, 3*16)))}, {Units: 3, Weight: graph.Constant(.001)}}
	patterns := models.SpikePatterns{{Times: []float64{0, 0, 0}, Targets: []float64{10, 16, 16}}, {Times: []float64{50, 99, 50}, Targets: []float64{16, 10, 16}}}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c.Dtype = dt
		tr := spikeTrainer(t, c, patterns, train.Settings{Epochs: 2})
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, e := range tr.History() {
			got, want := e.Validation.Detail("spike_accuracy"), []models.SpikeLayer{{Silent: .75, Dead: 1}, {Silent: 1, Dead: 3}}
			if !reflect.DeepEqual(got, want) || number(t, e.Validation, "spike_accuracy") != 0 || number(t, e.Validation, "worst_ms") != 40 {
				t.Errorf("%v, epoch %d: %+v, %v, want %+v, and no accuracy", dt, e.Epoch, got, e.Validation.Numbers(), want)
			}
		}
	}
	for _, x := range []struct {
		times []float64
		want  int
	}{{[]float64{50, 50}, train.Ignore}, {[]float64{50, 12, 11.5}, 2}, {[]float64{9, 9}, 0}, {nil, train.Ignore}} {
		if got := models.FirstSpike(x.times, 50); got != x.want {
			t.Errorf("of %v the first is %d, want %d", x.times, got, x.want)
		}
	}
}

// With several outputs, the first to spike names the class.
func TestSpikePropAccuracy(t *testing.T) {
	c := models.SpikeProp{In: 1, Layers: []nodes.SRM{{Units: 2, Terminals: 1, Weight: graph.Values{1.5, 3}}}}
	patterns := models.SpikePatterns{
		{Times: []float64{0}, Targets: []float64{16, 12}}, {Times: []float64{1}, Targets: []float64{12, 16}}, {Times: []float64{3}, Targets: []float64{16, 12}}, {Times: []float64{4}, Targets: []float64{16, 12}},
	}
	tr := spikeTrainer(t, c, patterns, train.Settings{})
	p, err := tr.Predict(t.Context(), patterns)
	if err != nil {
		t.Fatal(err)
	}
	if got := number(t, evaluate(t, tr.Network, patterns), "spike_accuracy"); got != .75 || !(p[0].Scores[0][1] < p[0].Scores[0][0]) {
		t.Errorf("the accuracy is %v for %v", got, p)
	}
}

func TestSpikePropErrors(t *testing.T) {
	for want, change := range map[string]func(*models.SpikeProp){
		"there are no layers":       func(c *models.SpikeProp) { c.Layers = nil },
		"layer1 has a horizon":      func(c *models.SpikeProp) { c.Layers[1].Horizon = 40 },
		"2 of 1 inputs":             func(c *models.SpikeProp) { c.In, c.Inhibitory = 1, 2 },
		"layer0: has 5 units on 0":  func(c *models.SpikeProp) { c.In = 0 },
		"Horizon is -1":             func(c *models.SpikeProp) { c.Horizon = -1 },
		"6 of 5 units are inhibito": func(c *models.SpikeProp) { c.Layers[0].Inhibitory = 6 },
	} {
		c := spikeXOR(1)
		change(&c)
		_, err := models.NewSpikeProp(gorgonia.NewGraph(), c)
		wantError(t, err, want)
	}
	for want, change := range map[string]func(*train.Task[*models.SpikeTimes], models.SpikePatterns){
		"tolerance is NaN": func(k *train.Task[*models.SpikeTimes], _ models.SpikePatterns) {
			k.Metrics = []train.Metric{models.SpikeTiming{Tolerance: math.NaN()}}
		},
		"tolerance is 0": func(k *train.Task[*models.SpikeTimes], _ models.SpikePatterns) {
			k.Metrics = []train.Metric{models.SpikeTiming{}}
		},
		"pattern 1 has 2 times": func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) { p[1].Times = []float64{0, 0} },
		"pattern 3 has 3 times and 2 targets": func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) {
			p[3].Targets = []float64{1, 2}
		},
		"targets (1, 2)": func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) {
			for i := range p {
				p[i].Targets = []float64{1, 2}
			}
		},
		"want [batch, 3]": func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) {
			for i := range p {
				p[i].Times = []float64{1, 2}
			}
		},
		"pattern 0: the time of input 2 is NaN":    func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) { p[0].Times[2] = math.NaN() },
		"pattern 0: the time of input 0 is 1e+300": func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) { p[0].Times[0] = 1e300 },
		"the target of output 0 is 50 ms":          func(_ *train.Task[*models.SpikeTimes], p models.SpikePatterns) { p[0].Targets[0] = 50 },
	} {
		k, p := spikeTask(spikeXOR(1)), xorPatterns()
		change(&k, p)
		tr, err := train.New(k, p, train.Settings{Epochs: 1, Batch: 1, Seed: 1, Solver: spikeSolver(1e-3), Log: io.Discard})
		if err == nil {
			err = tr.Run(t.Context())
		}
		wantError(t, err, want)
	}
	n := spikeProp(t, spikeXOR(1))
	matrix := func(columns int) *gorgonia.Node {
		return gorgonia.NewMatrix(n.Params().Graph(), tensor.Float32, gorgonia.WithShape(2, columns), gorgonia.WithName("times"))
	}
	_, err := n.Forward(matrix(2))
	wantError(t, err, "want [batch, 3]")
	if _, err := n.Forward(nil); err == nil {
		t.Error("no inputs: no error")
	}
	for _, target := range []*gorgonia.Node{nil, matrix(1)} {
		if _, err := (models.SpikeTimeError{}).Loss(&models.SpikeTimes{Out: matrix(3)}, train.Batch{Y: target}); err == nil {
			t.Errorf("targets %v: no error", target)
		}
	}
}

// The loss and the metric keep what those of the training loop promise.
func TestSpikePropSuites(t *testing.T) {
	c := models.SpikeProp{In: 3, Layers: []nodes.SRM{{Units: 4, Signed: true}, {Units: 2, Signed: true}}, Horizon: 60}
	spec := train.Spec{Steps: 1, Features: 3, Numbers: 2}
	traintest.Loss(t, models.SpikeTimeError{}, c, spec)
	traintest.MetricOf(t, models.SpikeTiming{Tolerance: 1}, spikeTask(c), spec)
}
