package nodes_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// reference is a neuron as a differential equation with an event, in plain Go, to measure the cells'
// own methods by. The first variable is the membrane potential.
type reference struct {
	start   []float64
	current float64
	slope   func(y, dy []float64, current float64)
	peak    float64
	reset   func(y []float64)
}

// run solves the equation up to a time by the method of Dormand & Prince 1980 of order 5(4), with
// steps whose estimated error is below 1e-12 for each variable, relative to its size if that is more
// than 1. A step in which the potential reaches the peak is repeated with a size found by bisection,
// until the crossing is known to 1e-11 ms. It returns the times of the spikes and the final state.
func (r reference) run(until float64) (spikes, y []float64) {
	const tolerance = 1e-12
	y = slices.Clone(r.start)
	h, t := 1e-3, 0.0
	for t < until {
		h = min(h, until-t)
		next, err := r.step(y, h)
		if !(err <= tolerance) {
			h *= max(.1, .9*math.Pow(tolerance/err, .2))
			if math.IsNaN(err) {
				h *= .1
			}
			continue
		}
		if next[0] < r.peak {
			y, t = next, t+h
			h *= min(5, .9*math.Pow(tolerance/max(err, 1e-20), .2))
			continue
		}
		lo, hi := 0.0, h
		for hi-lo > 1e-11 {
			mid := (lo + hi) / 2
			if next, _ = r.step(y, mid); next[0] < r.peak {
				lo = mid
			} else {
				hi = mid
			}
		}
		y, _ = r.step(y, lo)
		t += hi
		r.reset(y)
		spikes = append(spikes, t)
		h = 1e-3
	}
	return spikes, y
}

// dormandPrince are the stages of the method, each of those before, and the weights of the error. The
// last stage is at the solution of order 5.
var dormandPrince = [][]float64{
	{1. / 5},
	{3. / 40, 9. / 40},
	{44. / 45, -56. / 15, 32. / 9},
	{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
	{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
	{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40},
}

func (r reference) step(y []float64, h float64) (next []float64, err float64) {
	n := len(y)
	k := [][]float64{make([]float64, n)}
	r.slope(y, k[0], r.current)
	for s, weights := range dormandPrince {
		sum := make([]float64, n)
		for j, w := range weights {
			for i := range sum {
				sum[i] += h * w * k[j][i]
			}
		}
		if s == len(dormandPrince)-1 {
			for i, e := range sum {
				err = max(err, math.Abs(e)/max(1, math.Abs(y[i])))
				if math.IsNaN(e) {
					err = e
				}
			}
			return next, err
		}
		next = make([]float64, n)
		for i := range next {
			next[i] = y[i] + sum[i]
		}
		k = append(k, make([]float64, n))
		r.slope(next, k[s+1], r.current)
	}
	panic("the table has no weights of the error")
}

// standard is a neuron at a constant current from rest, for 1000 ms.
type standard struct {
	name                string
	cell                func(dt float64) nodes.Cell
	equation            reference
	spikes              int
	first, second, last float64 // ms
	apart               float64 // how far the last spike may be off at the default step, ms
	below               float64 // a current that makes no spikes
}

// standards are what the reference above gives. Another integrator gave the same numbers, to their
// last digit: scipy.integrate.solve_ivp 1.10 with the method DOP853 of order 8, tolerances of 1e-12 and
// terminal events, with AdEx and EIF in the coordinate exp(−(v − V_T)/ΔT) instead of v.
var standards = []standard{
	{"RS at 10", izhikevichCell(nodes.RegularSpiking()), izhikevich(.02, .2, -65, 8, 10), 23, 3.1270553, 26.2260246, 967.3053707, .1, 2},
	{"IB at 10", izhikevichCell(nodes.IntrinsicallyBursting()), izhikevich(.02, .2, -55, 4, 10), 34, 3.1270553, 5.4154071, 986.1594474, .7, 2},
	{"CH at 10", izhikevichCell(nodes.Chattering()), izhikevich(.02, .2, -50, 2, 10), 87, 3.1270553, 4.5158749, 962.7211918, 1, 2},
	{"FS at 10", izhikevichCell(nodes.FastSpiking()), izhikevich(.1, .2, -65, 2, 10), 137, 3.1528988, 7.4438158, 996.8604611, .5, 2},
	{"LTS at 10", izhikevichCell(nodes.LowThresholdSpiking()), izhikevich(.02, .25, -65, 2, 10), 78, 2.4681653, 5.3371039, 991.5234861, .2, -2},
	{"TC at 10", izhikevichCell(nodes.ThalamoCortical()), izhikevich(.02, .25, -65, .05, 10), 277, 2.4681653, 4.9812881, 996.7734291, 1.5, -2},
	{"RZ at 10", izhikevichCell(nodes.Resonator()), izhikevich(.1, .26, -65, 2, 10), 196, 2.3915590, 5.3026377, 996.3050166, .5, -2},
	{"AdEx at 0.7 nA", adexCell, adex(.7), 9, 24.6112585, 63.2207753, 906.5934066, 1, .5},
	{"AdEx at 1 nA", adexCell, adex(1), 31, 11.7915728, 25.3760603, 993.5299521, 1, .5},
	{"EIF at 0.3", eifCell, eif(.3), 18, 49.2120922, 104.5084301, 989.2498373, 3, .1},
	{"EIF at 1", eifCell, eif(1), 64, 13.1229517, 28.7471727, 997.4488737, 4, .1},
}

func TestReference(t *testing.T) {
	for _, s := range standards {
		at, _ := s.equation.run(1000)
		if len(at) != s.spikes {
			t.Errorf("%s: %d spikes, want %d", s.name, len(at), s.spikes)
			continue
		}
		for i, want := range map[int]float64{0: s.first, 1: s.second, len(at) - 1: s.last} {
			if math.Abs(at[i]-want) > 1e-7 {
				t.Errorf("%s: spike %d is at %.7f ms, want %.7f", s.name, i, at[i], want)
			}
		}
	}
}

// At the default step of 1 ms, neurons spike as often as the equation says, and in the steps that it
// says; the step of the last one is only known as far as the method is accurate.
func TestSpikesAtTheDefaultStep(t *testing.T) {
	for _, s := range standards {
		at := simulate(t, s.cell(0), 1, constant(s.equation.current, 1000, 1)).times()
		if len(at) != s.spikes {
			t.Errorf("%s: %d spikes, want %d", s.name, len(at), s.spikes)
			continue
		}
		if math.Floor(at[0]) != math.Floor(s.first) || math.Abs(at[0]-s.first) > .15 {
			t.Errorf("%s: the first spike is at %.3f ms, want %.3f", s.name, at[0], s.first)
		}
		if math.Abs(at[1]-s.second) > .3 {
			t.Errorf("%s: the second spike is at %.3f ms, want %.3f", s.name, at[1], s.second)
		}
		if last := at[len(at)-1]; math.Abs(last-s.last) > s.apart {
			t.Errorf("%s: the last spike is at %.3f ms, want %.3f to %v", s.name, last, s.last, s.apart)
		}
	}
}

// The method is of second order below threshold, and so are the times of the first spike and of those
// after many resets, which would be of first order if they were at the ends of steps. The errors of
// spikes depend a little on where in a step they are.
func TestSecondOrder(t *testing.T) {
	steps := []float64{.1, .05, .025, .0125}
	measure := func(name string, tolerance float64, errors func(dt float64) float64) {
		t.Helper()
		var of []float64
		for _, dt := range steps {
			of = append(of, errors(dt))
		}
		if p := order(of); !(math.Abs(p-2) < tolerance) {
			t.Errorf("%s: errors %.3g at steps of %v ms are of order %.2f, want 2", name, of, steps, p)
		}
	}
	for _, s := range standards {
		below := s.equation
		below.current = s.below
		spikes, want := below.run(20)
		if len(spikes) > 0 {
			t.Fatalf("%s: spikes below threshold", s.name)
		}
		measure(s.name+", below threshold", .02, func(dt float64) float64 {
			run := simulate(t, s.cell(dt), dt, constant(below.current, 20, dt))
			last := len(run.v) - 1
			off := math.Abs(run.v[last] - want[0])
			if run.w != nil {
				off = math.Hypot(off, run.w[last]-want[1])
			}
			return off
		})
		at, _ := s.equation.run(200)
		apart := func(n int) func(dt float64) float64 {
			return func(dt float64) float64 {
				got, sum := simulate(t, s.cell(dt), dt, constant(s.equation.current, 200, dt)).times(), 0.0
				for i, want := range at[:n] {
					sum += (got[i] - want) * (got[i] - want)
				}
				return math.Sqrt(sum / float64(n))
			}
		}
		measure(s.name+", first spike", .2, apart(1))
		measure(s.name+", all spikes", .4, apart(len(at)))
	}
}

// The time of a spike has a gradient, that of the equation's solution.
func TestGradientOfSpikeTimes(t *testing.T) {
	for _, s := range standards {
		const dt, by = .05, 1e-4
		moved := func(current float64) float64 {
			s.equation.current = current
			at, _ := s.equation.run(60)
			return at[0]
		}
		current := s.equation.current
		want := (moved(current+by) - moved(current-by)) / (2 * by)

		first := int(s.first / dt)
		activity, p := single(t, s.cell(dt), tensor.Float64, constant(current, 60, dt))
		crossing := must(graph.Step(must(activity.Series(nodes.Crossing)), first))
		grads := must(gorgonia.Grad(must(gorgonia.Sum(crossing)), p.Nodes()...))
		machine := must(graph.NewMachine(grads...))
		if err := machine.RunAll(); err != nil {
			t.Fatal(err)
		}
		// The first parameter, w_in, is multiplied by the current.
		if got := must(graph.Float64s(grads[0].Value()))[0] / current; !(math.Abs(got/want-1) < .01) {
			t.Errorf("%s: the first spike moves by %.5g ms for a current of 1 more, want %.5g", s.name, got, want)
		}
	}
}

// Currents a million times as large as usual, of either sign, for long or in turns, leave all values
// and gradients finite, and so do long runs.
func TestExtremeCurrents(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, c := range []struct {
		cell  nodes.Cell
		usual float64
	}{{nodes.RegularSpiking(), 10}, {nodes.FastSpiking(), 10}, {nodes.QIF{}, 10}, {nodes.EIF{}, 1}, {nodes.AdEx{}, 1}} {
		noise := make([]float64, 300)
		for i := range noise {
			noise[i] = 1e6 * c.usual * rng.NormFloat64()
		}
		for name, current := range map[string][]float64{
			"up":       constant(1e6*c.usual, 300, 1),
			"down":     constant(-1e6*c.usual, 300, 1),
			"in turns": slices.Concat(constant(-1e6*c.usual, 50, 1), constant(1e6*c.usual, 50, 1), constant(0, 50, 1), constant(-1e3*c.usual, 50, 1)),
			"noise":    noise,
			"long":     constant(c.usual, 2000, 1),
		} {
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				if err := finite(t, c.cell, dt, current); err != nil {
					t.Errorf("%T: %s in %v: %v", c.cell, name, dt, err)
				}
			}
		}
	}
}

// finite runs a neuron, and returns an error if a quantity or a gradient of their sum is not finite.
func finite(t *testing.T, cell nodes.Cell, dt tensor.Dtype, current []float64) error {
	t.Helper()
	activity, p := single(t, cell, dt, current)
	var series gorgonia.Nodes
	var sum graph.Expr
	for i, name := range activity.Names() {
		series = append(series, must(activity.Series(name)))
		if i == 0 {
			sum = graph.Of(series[0])
		} else {
			sum = sum.Add(graph.Of(series[i]))
		}
	}
	loss := must(gorgonia.Sum(must(sum.Node())))
	of := append(series, must(gorgonia.Grad(loss, p.Nodes()...))...)
	machine := must(graph.NewMachine(of...))
	if err := machine.RunAll(); err != nil {
		return err
	}
	for i, n := range of {
		for _, x := range must(graph.Float64s(n.Value())) {
			if !graph.Finite(x) {
				return fmt.Errorf("%s: %v", slices.Concat(activity.Names(), describe(p))[i], x)
			}
		}
	}
	return nil
}

// simulation is what one neuron did in each step.
type simulation struct {
	dt                     float64
	v, w, spikes, crossing []float64 // w is what the neuron has besides v, if anything
}

// simulate runs a cell on a current for each step, in double precision.
func simulate(t *testing.T, cell nodes.Cell, dt float64, current []float64) simulation {
	t.Helper()
	s := simulation{dt: dt}
	record := map[string]*[]float64{nodes.Membrane: &s.v, nodes.Spikes: &s.spikes, nodes.Crossing: &s.crossing}
	for _, v := range cell.State() {
		if v.Name != nodes.Membrane {
			record[v.Name] = &s.w
		}
	}
	activity, _ := single(t, cell, tensor.Float64, current)
	var names []string
	var of []*gorgonia.Node
	for name := range record {
		names, of = append(names, name), append(of, must(activity.Series(name)))
	}
	machine := must(graph.NewMachine(of...))
	if err := machine.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		*record[name] = must(graph.Float64s(of[i].Value()))
	}
	return s
}

// single is a layer of one neuron which gets a current as it is, and its parameters.
func single(t *testing.T, cell nodes.Cell, dt tensor.Dtype, current []float64) (*nodes.Activity, *graph.Params) {
	t.Helper()
	p := must(graph.NewParams(gorgonia.NewGraph(), dt, 1))
	layer := nodes.Layer{Units: 1, Cell: cell, Linear: nodes.Linear{Weight: graph.Constant(1), NoBias: true}}
	n := must(layer.Declare(p, "neuron", 1))
	x := gorgonia.NewTensor(p.Graph(), dt, 3, gorgonia.WithShape(len(current), 1, 1), gorgonia.WithName("current"),
		gorgonia.WithValue(tensor.New(tensor.Of(dt), tensor.WithShape(len(current), 1, 1))))
	switch d := x.Value().Data().(type) {
	case []float32:
		for i, c := range current {
			d[i] = float32(c)
		}
	case []float64:
		copy(d, current)
	}
	return must(n.Forward(x)), p
}

// constant is a current that does not change, for a time in ms.
func constant(current, ms, dt float64) []float64 {
	return slices.Repeat([]float64{current}, int(math.Round(ms/dt)))
}

// times are those of the spikes.
func (s simulation) times() []float64 {
	var at []float64
	for i, spike := range s.spikes {
		if spike == 1 {
			at = append(at, float64(i)*s.dt+s.crossing[i])
		}
	}
	return at
}

// intervals are the times between successive spikes.
func intervals(times []float64) []float64 {
	var d []float64
	for i := 1; i < len(times); i++ {
		d = append(d, times[i]-times[i-1])
	}
	return d
}

// order is how fast errors fall that belong to step sizes each half the one before: the exponent of
// the step size, from the first of them to the last.
func order(errors []float64) float64 {
	n := len(errors) - 1
	return math.Log2(errors[0]/errors[n]) / float64(n)
}
