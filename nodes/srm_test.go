package nodes_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// spikesOf declares a layer and gives the times of its units for those of its inputs.
func spikesOf(l nodes.SRM, seed uint64, inhibitory int, times []float64, batch, in int) (*nodes.SRMNeurons, []float64, error) {
	p := newParams(seed)
	n, err := l.Declare(p, "hidden", in, inhibitory)
	if err != nil {
		return nil, nil, err
	}
	out, err := n.Forward(input(p, "times", times, batch, in))
	if err != nil {
		return nil, nil, err
	}
	m, err := graph.NewMachine(out)
	if err != nil {
		return nil, nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, nil, err
	}
	return n, slices.Clone(values(out)), nil
}

// With the initial weights every unit spikes, and not at once, whatever the numbers of inputs and
// terminals, for inputs from 0 to 6 ms.
func TestSRMInitiallySpikes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.IntRange(1, 60).Draw(t, "in")
		l := nodes.SRM{
			Units: 5, Terminals: rapid.IntRange(1, 20).Draw(t, "terminals"), Signed: rapid.Bool().Draw(t, "signed"),
			Threshold: rapid.SampledFrom([]float64{.1, 1, 50}).Draw(t, "threshold"), Tau: rapid.SampledFrom([]float64{5, 7, 12}).Draw(t, "tau"),
		}
		inhibitory := rapid.IntRange(0, in/4).Draw(t, "inhibitory")
		const batch = 4
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		times := make([]float64, batch*in)
		whole := rng.IntN(2) == 0
		for i := range times {
			times[i] = 6 * rng.Float64()
			if whole { // 0 or 6 ms
				times[i] = 6 * math.Round(times[i]/6)
			}
		}
		n, got, err := spikesOf(l, rng.Uint64(), inhibitory, times, batch, in)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range got {
			if !(x > 1 && x < 50) {
				t.Fatalf("unit %d spikes at %v in example %d, want a time from 1 to 50 ms; the weights begin with %.3g", i%5, x, i/5, values(n.W)[:1])
			}
		}
		if !l.Signed {
			for i, w := range values(n.W) {
				if !(w > 0) {
					t.Fatalf("w[%d] is %v, want a magnitude", i, w)
				}
			}
		}
	})
}

// Inputs that spike together make units spike .6 τ after the first terminal, more or less.
func TestSRMInitialTime(t *testing.T) {
	for _, in := range []int{3, 50} {
		for _, l := range []nodes.SRM{{Units: 20}, {Units: 20, Signed: true}, {Units: 20, Tau: 14, Delay: 2, Threshold: 20}} {
			_, got, err := spikesOf(l, 1, 0, make([]float64, in), 1, in)
			if err != nil {
				t.Fatal(err)
			}
			mean := 0.0
			for _, x := range got {
				mean += x / float64(len(got))
			}
			want := 1 + .6*7
			if l.Tau != 0 {
				want = 2 + .6*14
			}
			if math.Abs(mean-want) > .15*want {
				t.Errorf("%+v, %d inputs: spikes at %v on average, want %v", l, in, mean, want)
			}
		}
	}
}

// A part of the inputs does, if it is told.
func TestSRMActive(t *testing.T) {
	times := slices.Repeat([]float64{50}, 50)
	clear(times[:15])
	_, got, err := spikesOf(nodes.SRM{Units: 20, Active: .3}, 1, 0, times, 1, 50)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range got {
		if !(x > 4 && x < 7) {
			t.Errorf("unit %d spikes at %v, want about 5.2", i, x)
		}
	}
	if _, got, err = spikesOf(nodes.SRM{Units: 1}, 1, 0, slices.Repeat([]float64{50}, 50), 1, 50); err != nil || got[0] != 50 {
		t.Errorf("without inputs the time is %v, %v, want the horizon", got, err)
	}
}

// Potential is that of the spikes: the threshold when a unit does, and less before.
func TestSRMPotential(t *testing.T) {
	for _, l := range []nodes.SRM{{Units: 4}, {Units: 4, Signed: true, Threshold: 3}, {Units: 4, TrainDelays: true, Step: .7, Horizon: 30}} {
		times := []float64{0, 3, 6, 60, 2, 1, 0, 5, 4, 0}
		n, got, err := spikesOf(l, 3, 1, times, 2, 5)
		if err != nil {
			t.Fatal(err)
		}
		threshold := max(l.Threshold, 1)
		moments := slices.Clone(got)
		for m := range 100 {
			moments = append(moments, float64(m)/100*slices.Min(got))
		}
		u, err := n.Potential(tensorOf[float64](times, 2, 5), moments)
		if err != nil {
			t.Fatal(err)
		}
		if s := u.Shape(); !graph.SameShape(s, tensor.Shape{len(moments), 2, 4}) {
			t.Fatalf("the shape is %v", s)
		}
		x := u.Data().([]float64)
		for i := range got {
			if at := x[i*8+i]; math.Abs(at-threshold) > 1e-9*threshold {
				t.Errorf("%+v: the potential of a spike is %v, want %v", l, at, threshold)
			}
		}
		for _, before := range x[8*8:] {
			if before >= threshold {
				t.Errorf("%+v: the potential is %v before the first spike, want less than %v", l, before, threshold)
			}
		}
		_, err = n.Potential(tensorOf[float64](times, 5, 2), moments)
		wantError(t, "another shape", err, "hidden", "potential", "(5, 2)", "[batch, 5]")
		_, err = n.Potential(nil, moments)
		wantError(t, "no times", err, "nil")
		_, err = n.Potential(tensorOf[float64](times, 2, 5), nil)
		wantError(t, "no moments", err, "moments")
	}
}

// An inhibitory input delays the units, and its magnitudes are as positive as the others.
func TestSRMDale(t *testing.T) {
	w := graph.Constant(.05)
	times := []float64{0, 1, 2, 0}
	_, without, err := spikesOf(nodes.SRM{Units: 2, Weight: w}, 1, 0, times, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	_, with, err := spikesOf(nodes.SRM{Units: 2, Weight: w}, 1, 1, times, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	_, signed, err := spikesOf(nodes.SRM{Units: 2, Signed: true, Weight: graph.Values(slices.Concat(
		slices.Repeat([]float64{.05}, 48), slices.Repeat([]float64{-.05}, 16), slices.Repeat([]float64{.05}, 48), slices.Repeat([]float64{-.05}, 16)))}, 1, 1, times, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	if !(with[0] > without[0]) {
		t.Errorf("spikes at %v with inhibition, want later than %v", with[0], without[0])
	}
	equal(t, "with signed weights the time", signed, with)

	// A magnitude that is negative counts as 0.
	var zero, negative graph.Values
	for i := range 2 * 4 * 16 {
		w := .12
		zero, negative = append(zero, w*float64(i%2)), append(negative, w*float64(i%2)-.5*float64((i+1)%2))
	}
	_, a, err := spikesOf(nodes.SRM{Units: 2, Weight: zero}, 1, 1, times, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	n, b, err := spikesOf(nodes.SRM{Units: 2, Weight: negative}, 1, 1, times, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "with negative magnitudes the time", b, a)
	u, err := n.Potential(tensorOf[float64](times, 1, 4), b[:1])
	if err != nil || math.Abs(values(n.W)[0]+.5) > 1e-12 || math.Abs(u.Data().([]float64)[0]-1) > 1e-9 {
		t.Errorf("the potential of the spike is %v, %v, want 1", u, err)
	}
}

// XOR is learned by gradient descent on the times of spikes, with Dale's law kept at every step.
func TestSRMLearns(t *testing.T) {
	for _, trainDelays := range []bool{false, true} {
		t.Run(fmt.Sprint("train delays ", trainDelays), func(t *testing.T) {
			p := newParams(2)
			hidden := must(nodes.SRM{Units: 5, Inhibitory: 1, TrainDelays: trainDelays}.Declare(p, "hidden", 3, 0))
			readout := must(nodes.SRM{Units: 1, TrainDelays: trainDelays}.Declare(p, "readout", 5, 1))
			x := input(p, "times", []float64{0, 0, 0, 0, 6, 0, 6, 0, 0, 6, 6, 0}, 4, 3)
			out := must(readout.Forward(must(hidden.Forward(x))))
			late := graph.Of(out).Sub(graph.Of(input(p, "targets", []float64{16, 10, 10, 16}, 4, 1)))
			loss := must(gorgonia.Sum(must(late.Mul(late).Node())))
			grads := must(gorgonia.Grad(loss, p.Nodes()...))
			m := must(graph.NewMachine(append(grads, loss, out)...))
			positive := optim.Names{"*.w"}
			if trainDelays {
				positive = append(positive, "*.delay")
			}
			solver := optim.New(optim.Adam(optim.StepLR{Rate: 5e-3, Every: 1000, Factor: .5}), optim.AtLeast{Names: positive})
			first := math.NaN()
			for step := range 1500 {
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
				e := loss.Value().Data().(float64)
				if step == 0 {
					first = e
				}
				if e < .5 {
					t.Logf("%d steps from %.3g to %.3g", step, first, e)
					return
				}
				if err := solver.Step(gorgonia.NodesToValueGrads(p.Nodes())); err != nil {
					t.Fatal(err)
				}
				for _, q := range p.All() {
					if least := slices.Min(q.Values()); least < 0 {
						t.Fatalf("step %d: %s has an element %v", step, q.Name, least)
					}
				}
			}
			t.Errorf("the error is still %v, from %v", loss.Value(), first)
		})
	}
}

func TestSRMParameters(t *testing.T) {
	p := newParams(1)
	n := must(nodes.SRM{Units: 4}.Declare(p, "hidden", 3, 1))
	must(nodes.SRM{Units: 2, Terminals: 3, TrainDelays: true, Delay: .5, Step: .25}.Declare(p, "readout", 4, 0))
	want := []string{"hidden.w weight (4, 3, 16)", "readout.w weight (2, 4, 3)", "readout.delay delay (2, 4, 3)"}
	if got := describe(p); !slices.Equal(got, want) {
		t.Errorf("the parameters are %v, want %v", got, want)
	}
	equal(t, "the delays", values(p.All()[2].Node), slices.Repeat([]float64{.5, .75, 1}, 8))
	if n.Delay != nil {
		t.Error("delays that are not trained have a parameter")
	}
	// Two layers of one name in different scopes are two layers.
	for _, scope := range []string{"a", "b"} {
		must(nodes.SRM{Units: 1, Terminals: len(scope)}.Declare(p.Scope(scope), "layer", 2, 1))
	}
}

func TestSRMRefuses(t *testing.T) {
	for _, c := range []struct {
		layer          nodes.SRM
		in, inhibitory int
		want           string
	}{
		{nodes.SRM{}, 3, 0, "0 units on 3 inputs"},
		{nodes.SRM{Units: 2}, 0, 0, "2 units on 0 inputs"},
		{nodes.SRM{Units: 2, Terminals: -1}, 3, 0, "-1 terminals"},
		{nodes.SRM{Units: 2}, 3, 4, "4 of 3 inputs are inhibitory"},
		{nodes.SRM{Units: 2}, 3, -1, "-1 of 3 inputs are inhibitory"},
		{nodes.SRM{Units: 2, Inhibitory: 3}, 3, 0, "3 of 2 units are inhibitory"},
		{nodes.SRM{Units: 2, Active: 1.5}, 3, 0, "Active is 1.5"},
		{nodes.SRM{Units: 2, Delay: -1}, 3, 0, "Delay is -1"},
		{nodes.SRM{Units: 2, Step: nan}, 3, 0, "Step is NaN"},
		{nodes.SRM{Units: 2, Tau: -7}, 3, 0, "Tau is -7"},
		{nodes.SRM{Units: 2, Threshold: inf}, 3, 0, "Threshold is +Inf"},
		{nodes.SRM{Units: 2, Horizon: -5}, 3, 0, "Horizon is -5"},
		{nodes.SRM{Units: 2, MinSlope: -1}, 3, 0, "MinSlope is -1"},
		{nodes.SRM{Units: 2, Silent: -1}, 3, 0, "Silent is -1"},
		{nodes.SRM{Units: 2, Weight: graph.Constant(nan)}, 3, 0, "parameter hidden.w: value 0 is NaN"},
	} {
		_, _, err := spikesOf(c.layer, 1, c.inhibitory, make([]float64, c.in), 1, c.in)
		wantError(t, c.want, err, "hidden", c.want)
	}
	p := newParams(1)
	n := must(nodes.SRM{Units: 2}.Declare(p, "hidden", 3, 0))
	_, err := n.Forward(nil)
	wantError(t, "no times", err, "hidden", "nil", "[batch, 3]")
	_, err = n.Forward(input(p, "x", []float64{1, 2}, 1, 2))
	wantError(t, "other inputs", err, "hidden", "(1, 2)", "[batch, 3]")
}

// Gradients go through two layers, with inhibition and delays, to weights, delays and inputs.
func TestSRMGradient(t *testing.T) {
	p := newParams(5)
	hidden := must(nodes.SRM{Units: 4, Inhibitory: 1, Terminals: 5, TrainDelays: true, Delay: 1.25, Step: 1.5}.Declare(p, "hidden", 3, 1))
	readout := must(nodes.SRM{Units: 2, Terminals: 4, TrainDelays: true}.Declare(p, "readout", 4, 1))
	x := input(p, "times", []float64{0, 2.1, 3.3, 4.2, .7, 5.1}, 2, 3)
	out := must(readout.Forward(must(hidden.Forward(x))))
	loss := must(gorgonia.Sum(must(graph.Of(out).Mul(graph.Of(out)).Node())))
	wrt := append(p.Nodes(), x)
	grads := must(gorgonia.Grad(loss, wrt...))
	m := must(graph.NewMachine(append(grads, loss)...))
	run := func() float64 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		return loss.Value().Data().(float64)
	}
	run()
	for i, n := range wrt {
		run()
		got := slices.Clone(values(grads[i]))
		scale := 0.
		for k := range got {
			scale = max(scale, math.Abs(got[k]))
			at := &values(n)[k]
			before := *at
			const h = 1e-5
			*at = before + h
			above := run()
			*at = before - h
			below := run()
			*at = before
			if want := (above - below) / (2 * h); math.Abs(got[k]-want) > 1e-5*max(math.Abs(want), 1) {
				t.Errorf("the gradient of %s[%d] is %v, want %v", n.Name(), k, got[k], want)
			}
		}
		if scale == 0 {
			t.Errorf("the gradient of %s is 0", n.Name())
		}
	}
}

// Single precision gives the same times, rounded, and silent units are silent in the next layer.
func TestSRMSinglePrecision(t *testing.T) {
	var times [2][]float64
	for i, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
		p := must(graph.NewParams(gorgonia.NewGraph(), dt, 1))
		var x *gorgonia.Node
		v := []float64{0, 3, 6, 1, 2, 4}
		if dt == tensor.Float64 {
			x = input(p, "times", v, 2, 3)
		} else {
			x = gorgonia.NewTensor(p.Graph(), dt, 2, gorgonia.WithShape(2, 3), gorgonia.WithName("times"), gorgonia.WithValue(tensorOf[float32](v, 2, 3)))
		}
		const horizon = 33.3 // not a number of single precision
		hidden := must(nodes.SRM{Units: 4, Horizon: horizon, Inhibitory: 1}.Declare(p, "hidden", 3, 1))
		silent := must(nodes.SRM{Units: 3, Horizon: horizon, Weight: graph.Constant(1e-6)}.Declare(p, "silent", 4, 1))
		last := must(nodes.SRM{Units: 2, Horizon: horizon, Weight: graph.Constant(1)}.Declare(p, "last", 3, 0))
		h := must(hidden.Forward(x))
		s := must(silent.Forward(h))
		y := must(last.Forward(s))
		m := must(graph.NewMachine(h, s, y))
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		for _, n := range []*gorgonia.Node{h, s, y} {
			times[i] = append(times[i], must(graph.Float64s(n.Value()))...)
		}
		for _, at := range times[i][8:] {
			if math.Abs(at-horizon) > 1e-5 {
				t.Errorf("%v: a unit spikes at %v, want none", dt, at)
			}
		}
	}
	closeTo(t, "times", times[1], times[0], 1e-4)
}
