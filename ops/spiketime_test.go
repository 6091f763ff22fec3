package ops_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// terminals are the inputs of a SpikeTime, as numbers.
type terminals struct {
	batch, in, units, each int
	times, weights, delays []float64
}

// oneNeuron has an input for each time, with one terminal.
func oneNeuron(times, weights, delays []float64) terminals {
	n := len(times)
	return terminals{1, n, 1, 1, times, weights, delays}.check(n)
}

func (n terminals) check(delays int) terminals {
	if len(n.times) != n.batch*n.in || len(n.weights) != n.units*n.in*n.each || len(n.delays) != delays {
		panic("the terminals do not fit together")
	}
	return n
}

func (n terminals) shared() bool { return len(n.delays) == n.each && n.units*n.in != 1 }

// tensors are times, weights and delays.
func (n terminals) tensors() []*tensor.Dense {
	delays := []int{n.units, n.in, n.each}
	if n.shared() {
		delays = []int{n.each}
	}
	return []*tensor.Dense{dense(n.times, n.batch, n.in), dense(n.weights, n.units, n.in, n.each), dense(n.delays, delays...)}
}

// arrival is when terminal k of input i is reached in example b, at unit j.
func (n terminals) arrival(b, j, i, k int) float64 {
	if n.shared() {
		return n.times[b*n.in+i] + n.delays[k]
	}
	return n.times[b*n.in+i] + n.delays[(j*n.in+i)*n.each+k]
}

// psp is the postsynaptic potential ε, and its slope.
func psp(s, tau float64) (e, slope float64) {
	if s <= 0 {
		return 0, 0
	}
	return s / tau * math.Exp(1-s/tau), (1 - s/tau) * math.Exp(1-s/tau) / tau
}

// potential is the definition, summed up, with its slope.
func (n terminals) potential(c ops.SpikeTime, b, j int, t float64) (u, slope float64) {
	for i := range n.in {
		if n.times[b*n.in+i] >= c.Horizon {
			continue
		}
		for k := range n.each {
			e, de := psp(t-n.arrival(b, j, i, k), c.Tau)
			w := n.weights[(j*n.in+i)*n.each+k]
			u, slope = u+w*e, slope+w*de
		}
	}
	return u, slope
}

// bruteForce is the first crossing on a fine grid, in which no maximum is overlooked, then by
// bisection.
func (n terminals) bruteForce(c ops.SpikeTime, b, j int) float64 {
	grid := []float64{}
	for i := range n.in {
		for k := range n.each {
			if at := n.arrival(b, j, i, k); at < c.Horizon && n.times[b*n.in+i] < c.Horizon {
				grid = append(grid, at)
			}
		}
	}
	if len(grid) == 0 {
		return c.Horizon
	}
	slices.Sort(grid)
	u := func(t float64) float64 { u, _ := n.potential(c, b, j, t); return u }
	for i, from := range grid {
		to := c.Horizon
		if i+1 < len(grid) {
			to = grid[i+1]
		}
		// There is one maximum at most between from and to.
		lo, hi := from, to
		for range 100 {
			x, y := lo+(hi-lo)/3, hi-(hi-lo)/3
			if u(x) < u(y) {
				lo = x
			} else {
				hi = y
			}
		}
		if u(lo) < c.Threshold && u(to) >= c.Threshold {
			lo = to
		}
		if u(lo) < c.Threshold {
			continue
		}
		below, above := from, lo
		for range 100 {
			if middle := (below + above) / 2; u(middle) < c.Threshold {
				below = middle
			} else {
				above = middle
			}
		}
		return min(above, c.Horizon)
	}
	return c.Horizon
}

// spikeTimes is a graph of one SpikeTime, with the gradients of a loss Σ scale·t.
type spikeTimes struct {
	in      []*tensor.Dense
	out     *gorgonia.Node
	grads   gorgonia.Nodes
	machine *graph.Machine
}

func newSpikeTimes(c ops.SpikeTime, n terminals, dt tensor.Dtype, scale float64) (*spikeTimes, error) {
	g := gorgonia.NewGraph()
	s := new(spikeTimes)
	var nodes gorgonia.Nodes
	for i, v := range n.tensors() {
		x := input(g, dt, []string{"times", "weights", "delays"}[i], v)
		s.in, nodes = append(s.in, x.Value().(*tensor.Dense)), append(nodes, x)
	}
	var err error
	if s.out, err = c.Apply(ops.SpikeTimeInputs{Times: nodes[0], Weights: nodes[1], Delays: nodes[2]}); err != nil {
		return nil, err
	}
	scales := zeros(s.out.Shape()...)
	must(scales, scales.Memset(scale))
	if s.grads, err = gorgonia.Grad(dot(s.out, "scales", scales), nodes...); err != nil {
		return nil, err
	}
	s.machine, err = graph.NewMachine(append(gorgonia.Nodes{s.out}, s.grads...)...)
	return s, err
}

// times runs the graph.
func (s *spikeTimes) times() ([]float64, error) {
	if err := s.machine.RunAll(); err != nil {
		return nil, err
	}
	return numbers(s.out.Value()), nil
}

// gradients of the last run, of times, weights and delays.
func (s *spikeTimes) gradients() (all [3][]float64) {
	for i, g := range s.grads {
		all[i] = numbers(g.Value())
	}
	return all
}

// run is the times and the gradients of their sum, in double precision.
func (n terminals) run(t fails, c ops.SpikeTime) ([]float64, [3][]float64) {
	t.Helper()
	s, err := newSpikeTimes(c, n, tensor.Float64, 1)
	if err != nil {
		t.Fatalf("%v", err)
	}
	times, err := s.times()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return times, s.gradients()
}

// drawTerminals draws a layer. Some times are equal, some inputs are silent.
func drawTerminals(t *rapid.T, c ops.SpikeTime, latest float64) terminals {
	n := terminals{
		batch: rapid.IntRange(1, 3).Draw(t, "batch"), in: rapid.IntRange(1, 5).Draw(t, "in"),
		units: rapid.IntRange(1, 3).Draw(t, "units"), each: rapid.IntRange(1, 4).Draw(t, "terminals"),
	}
	draw := func(lo, hi float64, n int, name string) (x []float64) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, name), 1))
		for range n {
			x = append(x, lo+(hi-lo)*rng.Float64())
		}
		return x
	}
	n.times = draw(0, latest, n.batch*n.in, "times")
	if rapid.Bool().Draw(t, "whole") {
		for i, x := range n.times {
			n.times[i] = math.Floor(x)
		}
	}
	mean := 2 * c.Threshold / float64(n.in*n.each)
	lowest := rapid.SampledFrom([]float64{-3, -1, 0}).Draw(t, "lowest")
	n.weights = draw(lowest*mean, 4*mean, n.units*n.in*n.each, "weights")
	if rapid.Bool().Draw(t, "shared") {
		n.delays = draw(0, 10, n.each, "delays")
	} else {
		n.delays = draw(0, 10, n.units*n.in*n.each, "delays")
	}
	return n
}

func drawSpikeTime(t *rapid.T) ops.SpikeTime {
	return ops.SpikeTime{
		Tau:       rapid.Float64Range(.5, 20).Draw(t, "tau"),
		Threshold: rapid.Float64Range(.1, 10).Draw(t, "threshold"),
		Horizon:   rapid.Float64Range(2, 60).Draw(t, "horizon"),
	}
}

// The times are those of the definition, searched by brute force.
func TestSpikeTime(t *testing.T) {
	fired, silent := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawSpikeTime(t)
		n := drawTerminals(t, c, rapid.SampledFrom([]float64{1, 8, 70}).Draw(t, "latest"))
		got, _ := n.run(t, c)
		for b := range n.batch {
			for j := range n.units {
				want := n.bruteForce(c, b, j)
				tolerance := 1e-9
				if _, slope := n.potential(c, b, j, want); slope < 1e-4*c.Threshold {
					tolerance = 1e-5
				}
				if x := got[b*n.units+j]; !(math.Abs(x-want) <= tolerance) {
					t.Fatalf("unit %d of example %d spikes at %.12g, want %.12g", j, b, x, want)
				}
				if want < c.Horizon {
					fired++
				} else {
					silent++
				}
			}
		}
	})
	if fired < 50 || silent < 20 {
		t.Errorf("%d neurons spiked and %d were silent, want many of both", fired, silent)
	}
}

// steady reports whether the times of a layer are smooth in its inputs: no arrival is near a spike,
// whose slope is not small, and no maximum near the threshold comes before it.
func (n terminals) steady(c ops.SpikeTime, times []float64) bool {
	for b := range n.batch {
		for j := range n.units {
			t := times[b*n.units+j]
			if t >= c.Horizon {
				return false
			}
			if _, slope := n.potential(c, b, j, t); slope < .1*c.Threshold {
				return false
			}
			for i := range n.in {
				for k := range n.each {
					if math.Abs(n.arrival(b, j, i, k)-t) < .05 {
						return false
					}
				}
			}
			lower := c
			lower.Threshold *= .99
			if first := n.bruteForce(lower, b, j); t-first > .2 {
				return false
			}
		}
	}
	return true
}

// The gradients are those of differences, of the fourth order.
func TestSpikeTimeGradient(t *testing.T) {
	type layer struct {
		*spikeTimes
		c ops.SpikeTime
		n terminals
	}
	smooth := rapid.Custom(func(t *rapid.T) layer {
		c := ops.SpikeTime{Tau: rapid.Float64Range(3, 10).Draw(t, "tau"), Threshold: rapid.Float64Range(.5, 2).Draw(t, "threshold"), Horizon: 60}
		n := drawTerminals(t, c, 8)
		return layer{must(newSpikeTimes(c, n, tensor.Float64, 1)), c, n}
	}).Filter(func(l layer) bool { return l.n.steady(l.c, must(l.times())) })
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		s := smooth.Draw(t, "layer")
		sum := func() (sum float64) {
			times, err := s.times()
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range times {
				sum += x
			}
			return sum
		}
		gradients := s.gradients()
		const h = 2e-4
		for input, v := range s.in {
			x := v.Data().([]float64)
			scale := 1.0
			for _, g := range gradients[input] {
				scale = max(scale, math.Abs(g))
			}
			for i, before := range x {
				at := func(d float64) float64 {
					x[i] = before + d
					return sum()
				}
				if before < 2*h && input == 2 {
					continue // a delay cannot be negative
				}
				want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
				x[i] = before
				if got := gradients[input][i]; !(math.Abs(got-want) <= 1e-6*scale) {
					t.Fatalf("the gradient of input %d, element %d, is %.12g, want %.12g", input, i, got, want)
				}
			}
		}
		checked++
	})
	if checked < 20 {
		t.Errorf("%d layers were checked, want 20 at least", checked)
	}
}

func TestSpikeTimeConforms(t *testing.T) {
	for _, s := range []struct {
		batch, in, units, each int
		shared                 bool
	}{{3, 4, 2, 3, true}, {3, 4, 2, 3, false}, {1, 1, 1, 1, false}, {40, 2, 3, 2, true}, {2, 40, 1, 1, true}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			mean := 2 / float64(s.in*s.each)
			delays := uniform(3, .1, 2, s.units, s.in, s.each)
			if s.shared {
				delays = uniform(3, .1, 2, s.each)
			}
			inputs := []*tensor.Dense{uniform(1, 0, 3, s.batch, s.in), uniform(2, .8*mean, 1.5*mean, s.units, s.in, s.each), delays}
			graphtest.Op(t, inputs, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: 50}.Apply(ops.SpikeTimeInputs{Times: in[0], Weights: in[1], Delays: in[2]})
			})
		})
	}
}

// If all times are later by some ms, so are the spikes.
func TestSpikeTimeShifted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSpikeTime(t)
		n := drawTerminals(t, c, 20)
		before, d := n.run(t, c)
		shift := rapid.Float64Range(-100, 100).Draw(t, "shift")
		for i := range n.times {
			n.times[i] += shift
		}
		c.Horizon += shift
		after, dAfter := n.run(t, c)
		for i := range before {
			_, slope := n.potential(c, i/n.units, i%n.units, after[i])
			if math.Abs(after[i]-before[i]-shift) > 1e-11/min(max(slope, 1e-6), 1) {
				t.Fatalf("time %d is %v, want %v and %v", i, after[i], before[i], shift)
			}
		}
		for i := range d {
			compareAll(t, "gradient", dAfter[i], d[i], 1e-4)
		}
	})
}

// Times in another unit, and potentials in another unit, are the same times.
func TestSpikeTimeScaled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawSpikeTime(t)
		n := drawTerminals(t, c, 20)
		before, _ := n.run(t, c)
		time, potential := 8.0, 1./64 // powers of two, so that nothing is rounded
		for _, x := range [][]float64{n.times, n.delays} {
			for i := range x {
				x[i] *= time
			}
		}
		for i := range n.weights {
			n.weights[i] *= potential
		}
		c.Tau *= time
		c.Horizon *= time
		c.Threshold *= potential
		after, _ := n.run(t, c)
		for i := range before {
			if after[i] != before[i]*time {
				t.Fatalf("time %d is %v, want %v", i, after[i], before[i]*time)
			}
		}
	})
}

func compareAll(t fails, what string, got, want []float64, tolerance float64) {
	t.Helper()
	compare(t, results{what: got}, results{what: want}, tolerance)
}

// Moments that are known.
func TestSpikeTimeOfOneNeuron(t *testing.T) {
	c := ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: 50}
	late := 50.0
	for _, k := range []struct {
		name                   string
		times, weights, delays []float64
		want                   float64
		gradient               [3][]float64
	}{
		// w ε(7) is 1, where the potential is flat: its slope counts as .1.
		{"tangential", []float64{2, 2}, []float64{.5, .5}, []float64{1, 1}, 10, [3][]float64{{0, 0}, {-10, -10}, {0, 0}}},
		{"below the threshold", []float64{2, 2}, []float64{.5, .4999999}, []float64{1, 1}, late, [3][]float64{{0, 0}, {0, 0}, {0, 0}}},
		{"nothing arrives in time", []float64{2, 49}, []float64{9, 9}, []float64{48, 2}, late, [3][]float64{{0, 0}, {0, 0}, {0, 0}}},
		{"silent inputs", []float64{50, 60}, []float64{9, 9}, []float64{0, 0}, late, [3][]float64{{0, 0}, {0, 0}, {0, 0}}},
		{"inhibition only", []float64{1, 2}, []float64{-9, -9}, []float64{0, 0}, late, [3][]float64{{0, 0}, {0, 0}, {0, 0}}},
		{"no weights", []float64{1, 2}, []float64{0, 0}, []float64{0, 0}, late, [3][]float64{{0, 0}, {0, 0}, {0, 0}}},
		// The second arrival cancels the first one for good.
		{"cancelled", []float64{1, 1}, []float64{1000, -1000}, []float64{0, 0}, late, [3][]float64{{0, 0}, {0, 0}, {0, 0}}},
		// w e s/τ e^−s/τ is 1 so soon that the second factor is.
		{"at once", []float64{1, 1}, []float64{1e300, 0}, []float64{0, 3}, 1, [3][]float64{{1, 0}, {0, 0}, {1, 0}}},
		{"at once, after inhibition", []float64{0, 1}, []float64{-5, 1e300}, []float64{0, 0}, 1, [3][]float64{{0, 1}, {0, 0}, {0, 1}}},
		// They shift the spike together, by halves.
		{"simultaneous", []float64{3, 1}, []float64{4, 4}, []float64{0, 2}, 3 + 7*0.048258513144, [3][]float64{{.5, .5}, nil, {.5, .5}}},
		{"negative times", []float64{-30, -30}, []float64{4, 4}, []float64{0, 0}, -30 + 7*0.048258513144, [3][]float64{{.5, .5}, nil, {.5, .5}}},
	} {
		t.Run(k.name, func(t *testing.T) {
			got, gradient := oneNeuron(k.times, k.weights, k.delays).run(t, c)
			if math.Abs(got[0]-k.want) > 1e-6 {
				t.Errorf("spikes at %.12g, want %.12g", got[0], k.want)
			}
			for i, want := range k.gradient {
				if want != nil {
					compareAll(t, []string{"d times", "d weights", "d delays"}[i], gradient[i], want, 1e-6)
				}
			}
		})
	}
}

// The slope of the potential counts as MinSlope at least, and only in the gradient.
func TestSpikeTimeMinSlope(t *testing.T) {
	n := oneNeuron([]float64{0, 1}, []float64{.55, .5}, []float64{0, 1})
	free := ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: 50, MinSlope: 1e-6}
	times, exact := n.run(t, free)
	_, slope := n.potential(free, 0, 0, times[0])
	if slope < 1e-3 || slope > .09 {
		t.Fatalf("the slope is %v, want a small one", slope)
	}
	for _, least := range []float64{0, .2} {
		c := free
		c.MinSlope = least
		got, gradient := n.run(t, c)
		if got[0] != times[0] {
			t.Errorf("MinSlope %v: spikes at %v, want %v", least, got[0], times[0])
		}
		share := slope / .1
		if least != 0 {
			share = slope / least
		}
		for i := range gradient {
			want := slices.Clone(exact[i])
			for k := range want {
				want[k] *= share
			}
			compareAll(t, "gradient", gradient[i], want, 1e-9)
		}
	}
}

// A silent neuron has the gradient of a spike where its potential is highest, if Silent says so.
func TestSpikeTimeSilent(t *testing.T) {
	c := ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: 50, Silent: 3}
	for _, k := range []struct {
		name           string
		times, weights []float64
		horizon, peak  float64
	}{
		{"a maximum", []float64{0, 4}, []float64{.5, .3}, 50, 9.06},
		{"two maxima, the first", []float64{0, 30}, []float64{.5, .4}, 50, 7},
		{"two maxima, the second", []float64{0, 30}, []float64{.4, .5}, 50, 36.5},
		{"a kink", []float64{0, 4}, []float64{.5, -.6}, 50, 4},
		{"still rising", []float64{0, 1}, []float64{.5, .1}, 5, 5},
		{"inhibition only", []float64{0, 1}, []float64{-.5, -.1}, 20, 8},
		{"no weights", []float64{0, 1}, []float64{0, 0}, 5, 5},
		{"an input that is silent", []float64{0, 60}, []float64{.5, 9}, 50, 7},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := c
			c.Horizon = k.horizon
			n := oneNeuron(k.times, k.weights, []float64{0, 0})
			got, gradient := n.run(t, c)
			if got[0] != k.horizon {
				t.Fatalf("spikes at %v, want %v", got[0], k.horizon)
			}
			// The peak that the gradients of the weights speak of must be where it is expected.
			if e, _ := psp(k.peak-k.times[0], c.Tau); math.Abs(gradient[1][0]+3*e) > .02 {
				t.Errorf("the gradient of the first weight is %v, want about %v", gradient[1][0], -3*e)
			}
			want := [3][]float64{make([]float64, 2), make([]float64, 2), make([]float64, 2)}
			peak := k.peak
			if u, slope := n.potential(c, 0, 0, peak); u > 0 && math.Abs(slope) < .02 { // find it exactly
				for range 50 {
					_, a := n.potential(c, 0, 0, peak)
					_, b := n.potential(c, 0, 0, peak+1e-4)
					if a == b {
						break
					}
					peak -= a / (b - a) * 1e-4
				}
			}
			for i, at := range k.times {
				if at < c.Horizon {
					e, slope := psp(peak-at, c.Tau)
					want[0][i], want[1][i], want[2][i] = 3*k.weights[i]*slope, -3*e, 3*k.weights[i]*slope
				}
			}
			for i := range want {
				compareAll(t, "gradient", gradient[i], want[i], 1e-6)
			}
		})
	}
}

// A loss that wants a silent neuron earlier makes it spike.
func TestSpikeTimeSilentLearns(t *testing.T) {
	n := oneNeuron([]float64{0, 3}, []float64{.3, .2}, []float64{0, 1})
	c := ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: 50, Silent: .05}
	for range 100 {
		times, gradient := n.run(t, c)
		if times[0] < 50 {
			return
		}
		for i, d := range gradient[1] {
			n.weights[i] -= .1 * d
		}
	}
	t.Errorf("the neuron is still silent, with weights %v", n.weights)
}

// In single precision, a silent neuron's value is an input that is silent, whatever the horizon.
func TestSpikeTimeSinglePrecision(t *testing.T) {
	for _, horizon := range []float64{50.1, 49.9, 1. / 3} {
		c := ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: horizon, Silent: 1}
		s := must(newSpikeTimes(c, oneNeuron([]float64{horizon, 0}, []float64{9, 0}, []float64{0, 0}), tensor.Float32, 1))
		times := must(s.times())
		if times[0] != float64(float32(horizon)) {
			t.Errorf("horizon %v: spikes at %v", horizon, times[0])
		}
		if g := s.gradients(); g[0][0] != 0 || g[1][0] != 0 || g[1][1] == 0 {
			t.Errorf("horizon %v: the gradients are %v", horizon, g)
		}
	}
}

// Whatever the numbers, there is an error or everything is finite and in its place.
func TestSpikeTimeExtremes(t *testing.T) {
	extreme := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 1e-320, 1e-310, 5e-324, 1e300, -1e300, 1e38, 3e38, math.MaxFloat64, -math.MaxFloat64}), rapid.Float64Range(-10, 10))
	magnitude := rapid.Map(extreme, math.Abs)
	ran := 0
	rapid.Check(t, func(t *rapid.T) {
		c := ops.SpikeTime{Tau: magnitude.Draw(t, "tau"), Threshold: magnitude.Draw(t, "threshold"), Horizon: extreme.Draw(t, "horizon"),
			MinSlope: magnitude.Draw(t, "slope"), Silent: magnitude.Draw(t, "silent")}
		in := rapid.IntRange(1, 4).Draw(t, "in")
		n := terminals{batch: 1, in: in, units: 1, each: 2,
			times:   rapid.SliceOfN(extreme, in, in).Draw(t, "times"),
			weights: rapid.SliceOfN(extreme, 2*in, 2*in).Draw(t, "weights"),
			delays:  rapid.SliceOfN(magnitude, 2*in, 2*in).Draw(t, "delays")}
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			s, err := newSpikeTimes(c, n, dt, extreme.Draw(t, "scale"))
			if err != nil {
				continue
			}
			times, err := s.times()
			if err != nil {
				if strings.Contains(err.Error(), "panic") {
					t.Fatalf("%v", err)
				}
				continue
			}
			ran++
			for _, x := range times {
				if horizon := numbers(single(dt, c.Horizon))[0]; !(x <= horizon) || math.IsInf(x, 0) {
					t.Fatalf("%v: spikes at %v, want at most %v", dt, x, horizon)
				}
			}
			for i, g := range s.gradients() {
				for _, x := range g {
					if !graph.Finite(x) {
						t.Fatalf("%v: gradient %d is %v", dt, i, g)
					}
				}
			}
		}
	})
	if ran < 10 {
		t.Errorf("%d runs came without an error, want 10 at least", ran)
	}
}

// single is a number in a precision.
func single(dt tensor.Dtype, x float64) gorgonia.Value {
	if dt == tensor.Float32 {
		return gorgonia.NewF32(float32(x))
	}
	return gorgonia.NewF64(x)
}

func TestSpikeTimeRefuses(t *testing.T) {
	good := func() terminals {
		return terminals{2, 2, 1, 2, []float64{0, 1, 2, 3}, []float64{1, 1, 1, 1}, []float64{0, 1}}
	}
	c := ops.SpikeTime{Tau: 7, Threshold: 1, Horizon: 50}
	nan, inf := math.NaN(), math.Inf(1)
	for _, k := range []struct {
		want   string
		change func(c *ops.SpikeTime, n *terminals)
	}{
		{"Tau is 0 ms", func(c *ops.SpikeTime, n *terminals) { c.Tau = 0 }},
		{"Tau is NaN ms", func(c *ops.SpikeTime, n *terminals) { c.Tau = nan }},
		{"Threshold is 0", func(c *ops.SpikeTime, n *terminals) { c.Threshold = 0 }},
		{"Threshold is -1", func(c *ops.SpikeTime, n *terminals) { c.Threshold = -1 }},
		{"Horizon is +Inf", func(c *ops.SpikeTime, n *terminals) { c.Horizon = inf }},
		{"MinSlope is -1", func(c *ops.SpikeTime, n *terminals) { c.MinSlope = -1 }},
		{"Silent is NaN", func(c *ops.SpikeTime, n *terminals) { c.Silent = nan }},
		{"times[1 0] is NaN", func(c *ops.SpikeTime, n *terminals) { n.times[2] = nan }},
		{"times[0 1] is -Inf", func(c *ops.SpikeTime, n *terminals) { n.times[1] = -inf }},
		{"weights[0 1 0] is +Inf", func(c *ops.SpikeTime, n *terminals) { n.weights[2] = inf }},
		{"weights of unit 0 are too large", func(c *ops.SpikeTime, n *terminals) { n.weights[2] = 1e308 }},
		{"delays[1] is NaN", func(c *ops.SpikeTime, n *terminals) { n.delays[1] = nan }},
		{"delays[1] is -0.5 ms", func(c *ops.SpikeTime, n *terminals) { n.delays[1] = -.5 }},
		{"delays[0 1 1] is -1 ms", func(c *ops.SpikeTime, n *terminals) { n.delays = []float64{0, 0, 0, -1} }},
	} {
		c, n := c, good()
		k.change(&c, &n)
		s, err := newSpikeTimes(c, n, tensor.Float64, 1)
		if err == nil {
			_, err = s.times()
		}
		if err == nil || !strings.Contains(err.Error(), k.want) || !strings.Contains(err.Error(), "SpikeTime") {
			t.Errorf("error is %v, want one with %q", err, k.want)
		}
	}
	s := must(newSpikeTimes(c, good(), tensor.Float64, nan))
	if _, err := s.times(); err == nil || !strings.Contains(err.Error(), "gradient of the spike time[0 0] is NaN") {
		t.Errorf("error is %v, want one that tells of the gradient", err)
	}

	g := gorgonia.NewGraph()
	times, weights, delays := input(g, tensor.Float64, "times", zeros(4, 3)), input(g, tensor.Float64, "w", zeros(2, 3, 5)), input(g, tensor.Float64, "d", zeros(5))
	for _, in := range []ops.SpikeTimeInputs{
		{Times: times, Weights: weights},
		{Times: times, Delays: delays},
		{Weights: weights, Delays: delays},
		{Times: delays, Weights: weights, Delays: delays},
		{Times: times, Weights: times, Delays: delays},
		{Times: input(g, tensor.Float64, "others", zeros(4, 2)), Weights: weights, Delays: delays},
		{Times: times, Weights: weights, Delays: times},
		{Times: times, Weights: weights, Delays: input(g, tensor.Float64, "few", zeros(4))},
	} {
		if _, err := c.Apply(in); err == nil || !strings.Contains(err.Error(), "SpikeTime") {
			t.Errorf("error is %v, want one of SpikeTime", err)
		}
	}
	must(c.Apply(ops.SpikeTimeInputs{Times: times, Weights: weights, Delays: delays}))
}
