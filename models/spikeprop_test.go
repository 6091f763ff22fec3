package models_test

import (
	"context"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
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
func xorPatterns() []models.SpikePattern {
	return []models.SpikePattern{
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

// spikeValues are the parameters by their names.
func spikeValues(n *models.SpikePropNetwork) map[string][]float64 {
	values := map[string][]float64{}
	for _, p := range n.Params().All() {
		values[p.Name] = p.Values()
	}
	return values
}

func TestSpikePropXOR(t *testing.T) {
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c := spikeXOR(1)
		c.Dtype = dtype
		n := spikeProp(t, c)
		called := 0
		history, err := n.Fit(t.Context(), xorPatterns(), models.SpikeFit{Cycles: 1000, Solver: spikeSolver(1e-3), Seed: 1, Progress: func(c models.SpikeCycle) {
			if c.Cycle != called {
				t.Errorf("call %d is of cycle %d", called, c.Cycle)
			}
			called++
		}})
		if err != nil {
			t.Fatal(err)
		}
		last := history[len(history)-1]
		if last.Cycle < 1 || last.Cycle >= 500 || last.Worst > 1 || last.Accuracy != 1 || called != len(history) || history[0].Worst < 2 {
			t.Errorf("%v: after %d cycles the worst output is %v ms from its target, accuracy %v", dtype, last.Cycle, last.Worst, last.Accuracy)
		}
		r, err := n.Evaluate(t.Context(), xorPatterns(), 0)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.
		for i, p := range xorPatterns() {
			e := r.Times[i][0] - p.Targets[0]
			sum += e * e / 2 / 4
			if math.Abs(e) > 1 {
				t.Errorf("%v: pattern %d has its output at %v ms, want %v", dtype, i, r.Times[i], p.Targets)
			}
		}
		if r.Error != last.Error || math.Abs(sum-r.Error) > 1e-9 {
			t.Errorf("%v: the error is %v, in the history %v, want %v", dtype, r.Error, last.Error, sum)
		}
		for name, values := range spikeValues(n) {
			if slices.Min(values) < 0 || !graph.Finite(slices.Max(values)) {
				t.Errorf("%v: the magnitudes %s go from %v to %v", dtype, name, slices.Min(values), slices.Max(values))
			}
		}
	}
}

func TestSpikePropSeed(t *testing.T) {
	train := func(network, order uint64) ([]models.SpikeCycle, map[string][]float64) {
		n := spikeProp(t, spikeXOR(network))
		history, err := n.Fit(t.Context(), xorPatterns(), models.SpikeFit{Cycles: 5, Solver: spikeSolver(1e-3), Seed: order})
		if err != nil {
			t.Fatal(err)
		}
		return history, spikeValues(n)
	}
	history, values := train(3, 4)
	again, valuesAgain := train(3, 4)
	if !reflect.DeepEqual(history, again) || !reflect.DeepEqual(values, valuesAgain) {
		t.Error("the same seeds give different trainings")
	}
	for _, seeds := range [][2]uint64{{2, 4}, {3, 5}} {
		if _, other := train(seeds[0], seeds[1]); reflect.DeepEqual(values, other) {
			t.Errorf("seeds %v give the same training as 3, 4", seeds)
		}
	}
}

// lossGraph is a network with its loss on patterns.
func lossGraph(t *testing.T, n *models.SpikePropNetwork, patterns []models.SpikePattern) *gorgonia.Node {
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
	loss, err := models.SpikeTimeError(out.Out, input("targets", targets))
	if err != nil {
		t.Fatal(err)
	}
	return loss
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
	loss := lossGraph(t, n, patterns)
	grads, err := gorgonia.Grad(loss, n.Learnables()...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.NewMachine(append(grads, loss)...)
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
	r, err := n.Evaluate(t.Context(), patterns, 0)
	if err != nil {
		t.Fatal(err)
	}
	for l, layer := range r.Layers {
		if layer.Silent > 0 {
			t.Fatalf("layer %d is silent: %+v", l, r.Layers)
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

// A step on a batch is that along the sum of the gradients of its patterns; the last batch may be smaller.
func TestSpikePropBatches(t *testing.T) {
	const rate = 1e-4
	steps := func(batches ...[]models.SpikePattern) []float64 { // from the same weights, added up
		var sum []float64
		for _, b := range batches {
			c := spikeXOR(2)
			c.Dtype = tensor.Float64
			n := spikeProp(t, c)
			before := n.Params().All()[0].Values()
			if _, err := n.Fit(t.Context(), b, models.SpikeFit{Cycles: 1, Batch: len(b), Solver: spikeSolver(rate)}); err != nil {
				t.Fatal(err)
			}
			after := n.Params().All()[0].Values()
			if sum == nil {
				sum = make([]float64, len(after))
			}
			for i := range after {
				sum[i] += after[i] - before[i]
			}
		}
		return sum
	}
	p := xorPatterns()
	whole, parts := steps(p), steps(p[:1], p[1:])
	for i := range whole {
		if math.Abs(whole[i]-parts[i]) > 1e-12 {
			t.Fatalf("weight %d changes by %v, want %v", i, whole[i], parts[i])
		}
	}
	n := spikeProp(t, spikeXOR(2))
	if history, err := n.Fit(t.Context(), p, models.SpikeFit{Cycles: 2, Batch: 3, Solver: spikeSolver(rate)}); err != nil || len(history) != 3 {
		t.Errorf("%d cycles, error %v", len(history)-1, err)
	}
}

func TestSpikePropSilent(t *testing.T) {
	c := spikeXOR(1)
	c.Layers = []nodes.SRM{{Units: 2, Weight: graph.Values(slices.Concat(make([]float64, 3*16), slices.Repeat([]float64{.1}, 3*16)))}, {Units: 3, Weight: graph.Constant(.001)}}
	n := spikeProp(t, c)
	patterns := []models.SpikePattern{{Times: []float64{0, 0, 0}, Targets: []float64{10, 16, 16}}, {Times: []float64{50, 99, 50}, Targets: []float64{16, 10, 16}}}
	history, err := n.Fit(t.Context(), patterns, models.SpikeFit{Cycles: 2, Solver: spikeSolver(1e-3)})
	if err != nil {
		t.Fatal(err)
	}
	for _, cycle := range history {
		if want := []models.SpikeLayer{{Silent: .75, Dead: 1}, {Silent: 1, Dead: 3}}; !reflect.DeepEqual(cycle.Layers, want) || cycle.Accuracy != 0 || cycle.Worst != 40 {
			t.Errorf("cycle %d: %+v, want %+v, and no accuracy", cycle.Cycle, cycle.SpikeReport, want)
		}
	}
	for _, x := range []struct {
		times []float64
		want  int
	}{{[]float64{50, 50}, models.Ignore}, {[]float64{50, 12, 11.5}, 2}, {[]float64{9, 9}, 0}, {nil, models.Ignore}} {
		if got := models.FirstSpike(x.times, 50); got != x.want {
			t.Errorf("of %v the first is %d, want %d", x.times, got, x.want)
		}
	}
}

// With several outputs, the first to spike names the class.
func TestSpikePropAccuracy(t *testing.T) {
	c := models.SpikeProp{In: 1, Layers: []nodes.SRM{{Units: 2, Terminals: 1, Weight: graph.Values{1.5, 3}}}}
	r, err := spikeProp(t, c).Evaluate(t.Context(), []models.SpikePattern{
		{Times: []float64{0}, Targets: []float64{16, 12}}, {Times: []float64{1}, Targets: []float64{12, 16}}, {Times: []float64{3}, Targets: []float64{16, 12}}, {Times: []float64{4}, Targets: []float64{16, 12}},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy != .75 || len(r.Times) != 4 || !(r.Times[0][1] < r.Times[0][0]) {
		t.Errorf("the accuracy is %v for %v", r.Accuracy, r.Times)
	}
}

// brokenSolver makes a parameter NaN in a step.
type brokenSolver struct{ steps, at int }

func (s *brokenSolver) Step(model []gorgonia.ValueGrad) error {
	if s.steps++; s.steps == s.at {
		model[0].Value().Data().([]float32)[3] = float32(math.NaN())
	}
	return nil
}

// Where a training ends early, the parameters are those of the last whole cycle.
func TestSpikePropInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := spikeProp(t, spikeXOR(1))
	var kept map[string][]float64
	history, err := n.Fit(ctx, xorPatterns(), models.SpikeFit{Cycles: 1000, Solver: spikeSolver(1e-3), Progress: func(c models.SpikeCycle) {
		if c.Cycle == 2 {
			kept = spikeValues(n)
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(history) != 3 || !reflect.DeepEqual(spikeValues(n), kept) {
		t.Errorf("error %v after %d cycles", err, len(history)-1)
	}
	before := spikeValues(n)
	_, err = n.Fit(t.Context(), xorPatterns(), models.SpikeFit{Cycles: 10, Solver: &brokenSolver{at: 2}})
	if err == nil || !strings.Contains(err.Error(), "layer0.w") || !strings.Contains(err.Error(), "cycle 1") || !reflect.DeepEqual(spikeValues(n), before) {
		t.Errorf("a solver that makes NaN gives the error %v", err)
	}
}

func TestSpikePropCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "xor.safetensors")
	n, other := spikeProp(t, spikeXOR(1)), spikeProp(t, spikeXOR(2))
	if err := models.SaveParams(path, n.Params(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := models.LoadParams(path, other.Params()); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(spikeValues(n), spikeValues(other)) {
		t.Error("what was loaded is not what was saved")
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
		if _, err := models.NewSpikeProp(gorgonia.NewGraph(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	n := spikeProp(t, spikeXOR(1))
	for want, change := range map[string]func(*models.SpikeFit, *[]models.SpikePattern){
		"there is no solver":    func(f *models.SpikeFit, _ *[]models.SpikePattern) { f.Solver = nil },
		"-1 cycles":             func(f *models.SpikeFit, _ *[]models.SpikePattern) { f.Cycles = -1 },
		"batches of -2":         func(f *models.SpikeFit, _ *[]models.SpikePattern) { f.Batch = -2 },
		"tolerance is NaN":      func(f *models.SpikeFit, _ *[]models.SpikePattern) { f.Tolerance = math.NaN() },
		"no patterns":           func(_ *models.SpikeFit, p *[]models.SpikePattern) { *p = nil },
		"pattern 1 has 2 times": func(_ *models.SpikeFit, p *[]models.SpikePattern) { (*p)[1].Times = []float64{0, 0} },
		"pattern 3 has 3 times and 2 targets": func(_ *models.SpikeFit, p *[]models.SpikePattern) {
			(*p)[3].Targets = []float64{1, 2}
		},
		"pattern 0: the time of input 2 is NaN":   func(_ *models.SpikeFit, p *[]models.SpikePattern) { (*p)[0].Times[2] = math.NaN() },
		"pattern 0: the target of output 0 is 50": func(_ *models.SpikeFit, p *[]models.SpikePattern) { (*p)[0].Targets[0] = 50 },
		"want a finite number":                    func(_ *models.SpikeFit, p *[]models.SpikePattern) { (*p)[0].Times[0] = 1e300 },
	} {
		f, p := models.SpikeFit{Cycles: 1, Solver: spikeSolver(1e-3)}, xorPatterns()
		change(&f, &p)
		if _, err := n.Fit(t.Context(), p, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	if _, err := n.Evaluate(t.Context(), nil, 0); err == nil || !strings.Contains(err.Error(), "no patterns") {
		t.Errorf("no patterns: error is %v", err)
	}
	matrix := func(columns int) *gorgonia.Node {
		return gorgonia.NewMatrix(n.Params().Graph(), tensor.Float32, gorgonia.WithShape(2, columns), gorgonia.WithName("times"))
	}
	if _, err := n.Forward(matrix(2)); err == nil || !strings.Contains(err.Error(), "want [batch, 3]") {
		t.Errorf("2 inputs: error is %v", err)
	}
	if _, err := n.Forward(nil); err == nil {
		t.Error("no inputs: no error")
	}
	for _, target := range []*gorgonia.Node{nil, matrix(1)} {
		if _, err := models.SpikeTimeError(matrix(3), target); err == nil || !strings.Contains(err.Error(), "SpikeTimeError") {
			t.Errorf("targets %v: error is %v", target, err)
		}
	}
}
