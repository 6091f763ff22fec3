package ops_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A spike at the first step arrives after the delay, between two steps partly at each. The gradient
// says how a later arrival would change the loss.
func ExampleDelay() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(5, 1, 2), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(5, 1, 2), tensor.WithBacking([]float64{1, 1, 0, 0, 0, 0, 0, 0, 0, 0}))))
	delays := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("delays"),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{2, 2.25})))) // time steps
	late, err := ops.Delay(x, delays, 3)
	if err != nil {
		log.Fatal(err)
	}
	arrived, err := graph.Step(late, 3) // what arrives at step 3, [1, 2]
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(gorgonia.Must(gorgonia.Sum(arrived)), delays)
	if err != nil {
		log.Fatal(err)
	}
	var y, d gorgonia.Value
	gorgonia.Read(late, &y)
	gorgonia.Read(grads[0], &d)

	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	for t := range 5 {
		fmt.Println(y.Data().([]float64)[2*t:][:2])
	}
	fmt.Println("gradient", d.Data())
	// Output:
	// [0 0]
	// [0 0]
	// [1 0.75]
	// [0 0.25]
	// [0 0]
	// gradient [1 1]
}

// uniform is a tensor of numbers between lo and hi, the same for the same seed.
func uniform(seed uint64, lo, hi float64, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 3))
	data := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range data {
		data[i] = lo + (hi-lo)*rng.Float64()
	}
	return dense(data, shape...)
}

// between are delays from 0 to most that stay away from whole numbers, where the derivative jumps.
func between(seed uint64, most int, shape ...int) *tensor.Dense {
	v := uniform(seed, 0, float64(most), shape...)
	for i, d := range v.Data().([]float64) {
		v.Set(i, math.Floor(d)+.1+.05*(d-math.Floor(d)))
	}
	return v
}

func TestDelayConforms(t *testing.T) {
	for _, c := range []struct {
		steps, batch, units, most int
	}{{7, 3, 5, 4}, {1, 1, 1, 2}, {3, 2, 4, 6}, {5, 1, 70, 3}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			graphtest.Op(t, []*tensor.Dense{normal(1, 0, 1, c.steps, c.batch, c.units), between(2, c.most, c.units)}, nil,
				func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.Delay(in[0], in[1], c.most+1) })
		})
	}
}

func TestDelayedLinearConforms(t *testing.T) {
	for _, c := range []struct {
		steps, batch, in, out, most, biases int
		sparse                              bool
	}{
		{7, 3, 4, 3, 4, 0, false}, {7, 3, 4, 3, 4, 2, true}, {1, 1, 1, 1, 2, 1, false},
		{3, 2, 2, 3, 6, 1, false}, {6, 10, 2, 3, 4, 1, true}, {3, 1, 70, 2, 2, 0, true},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			x := normal(1, 0, 1, c.steps, c.batch, c.in)
			if c.sparse { // real numbers here and there
				for i := range x.Size() {
					if i%5 > 0 {
						x.Set(i, 0.)
					}
				}
			}
			inputs := []*tensor.Dense{x, normal(2, 0, 1, c.out, c.in), between(3, c.most, c.out, c.in)}
			for i := range c.biases {
				inputs = append(inputs, normal(uint64(4+i), 0, 1, c.out))
			}
			graphtest.Op(t, inputs, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return ops.DelayedLinear(in[0], in[1], in[2], c.most+1, in[3:]...)
			})
		})
	}
}

// delayCase is one op on numbers. A case without w is Delay, with w DelayedLinear.
type delayCase struct {
	x, w, delays *tensor.Dense
	biases       []*tensor.Dense
	most         int
}

func (c delayCase) declare(g *gorgonia.ExprGraph, dt tensor.Dtype) (*gorgonia.Node, map[string]*gorgonia.Node, error) {
	in := map[string]*gorgonia.Node{"x": input(g, dt, "x", c.x), "delays": input(g, dt, "delays", c.delays)}
	if c.w == nil {
		y, err := ops.Delay(in["x"], in["delays"], c.most)
		return y, in, err
	}
	in["w"] = input(g, dt, "w", c.w)
	var biases gorgonia.Nodes
	for i, b := range c.biases {
		name := fmt.Sprint("bias", i)
		in[name] = input(g, dt, name, b)
		biases = append(biases, in[name])
	}
	y, err := ops.DelayedLinear(in["x"], in["w"], in["delays"], c.most, biases...)
	return y, in, err
}

// run is the output and all gradients of a loss Σ c·y with random c.
func (c delayCase) run(t fails, dt tensor.Dtype) results {
	t.Helper()
	y, in, err := c.declare(gorgonia.NewGraph(), dt)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return evaluate(t, map[string]*gorgonia.Node{"y": y}, must(weigh(9, y)), in)
}

// naive is the same by the definition, with y's gradient c: y_tbj = Σ_i w_ji x[t − d_ji, b, i].
func (c delayCase) naive() results {
	s := c.x.Shape()
	steps, batch, in := s[0], s[1], s[2]
	out := in
	if c.w != nil {
		out = c.w.Shape()[0]
	}
	x, delays := numbers(c.x), numbers(c.delays)
	g := numbers(normal(9, 0, 1, steps, batch, out))
	y, dx, dd, dw := make([]float64, len(g)), make([]float64, len(x)), make([]float64, len(delays)), make([]float64, len(delays))
	r := results{"y": y, "d x": dx, "d delays": dd}
	weight := func(j, i int) (w float64, k int, ok bool) { return 1, i, i == j }
	if c.w != nil {
		r["d w"] = dw
		w := numbers(c.w)
		weight = func(j, i int) (float64, int, bool) { return w[j*in+i], j*in + i, true }
	}
	for n, b := range c.biases {
		b, db := numbers(b), make([]float64, out)
		for k := range y {
			y[k] += b[k%out]
			db[k%out] += g[k]
		}
		r[fmt.Sprint("d bias", n)] = db
	}
	for j := range out {
		for i := range in {
			w, k, ok := weight(j, i)
			if !ok {
				continue
			}
			whole := int(delays[k])
			f := delays[k] - float64(whole)
			for t := range steps {
				for b := range batch {
					at := (t*batch+b)*out + j
					for n, share := range []float64{1 - f, f} {
						from := t - whole - n
						if from < 0 {
							continue
						}
						source := (from*batch+b)*in + i
						y[at] += w * share * x[source]
						dx[source] += w * share * g[at]
						dd[k] += w * float64(2*n-1) * x[source] * g[at]
						dw[k] += share * x[source] * g[at]
					}
				}
			}
		}
	}
	return r
}

// drawn is x [steps, batch, in] of a kind of signal.
func drawn(seed uint64, draw func(*rand.Rand, int) float64, steps, batch, in int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, steps*batch*in)
	for i := range x {
		x[i] = draw(rng, i/(batch*in))
	}
	return dense(x, steps, batch, in)
}

// Both ops are their definition, in values and all gradients, for every kind of input and delay, over
// sequences and batches of all sizes, in both precisions.
func TestDelaysByDefinition(t *testing.T) {
	kinds := []struct {
		name string
		draw func(seed uint64, most int, shape ...int) *tensor.Dense
	}{
		{"none", func(_ uint64, _ int, shape ...int) *tensor.Dense { return zeros(shape...) }},
		{"whole", func(seed uint64, most int, shape ...int) *tensor.Dense {
			v := uniform(seed, 0, float64(most)+1, shape...)
			for i, d := range v.Data().([]float64) {
				v.Set(i, math.Floor(d))
			}
			return v
		}},
		{"longest", func(_ uint64, most int, shape ...int) *tensor.Dense {
			v := zeros(shape...)
			v.Memset(float64(most))
			return v
		}},
		{"real", func(seed uint64, most int, shape ...int) *tensor.Dense {
			return uniform(seed, 0, float64(most), shape...)
		}},
	}
	for n, signal := range signals {
		for _, kind := range kinds {
			for _, c := range []struct{ steps, batch, in, out, most int }{
				{1, 1, 1, 1, 0}, {1, 3, 2, 3, 1}, {5, 1, 3, 2, 12}, {9, 9, 70, 3, 4}, {40, 18, 3, 5, 39}, {300, 2, 3, 4, 30}, {600, 1, 2, 2, 290}, {260, 140, 1, 2, 3},
			} {
				t.Run(fmt.Sprint(signal.name, ", ", kind.name, c), func(t *testing.T) {
					x := drawn(uint64(n), signal.draw, c.steps, c.batch, c.in)
					for _, k := range []delayCase{
						{x: x, delays: kind.draw(1, c.most, c.in), most: c.most},
						{x: x, w: normal(2, 0, 1, c.out, c.in), delays: kind.draw(3, c.most, c.out, c.in), most: c.most,
							biases: []*tensor.Dense{normal(4, 0, 1, c.out), normal(5, 0, 1, c.out)}},
					} {
						compare(t, k.run(t, tensor.Float64), k.naive(), 1e-12)
						single := k
						single.x, single.delays = rounded(k.x), rounded(k.delays)
						compare(t, k.run(t, tensor.Float32), single.naive(), 1e-5)
					}
				})
			}
		}
	}
}

// rounded is v in single precision: a delay must not be on another side of a whole number.
func rounded(v *tensor.Dense) *tensor.Dense {
	v = v.Clone().(*tensor.Dense)
	for i, x := range v.Data().([]float64) {
		v.Set(i, float64(float32(x)))
	}
	return v
}

func TestDelayByHand(t *testing.T) {
	x := dense([]float64{1, 10, 2, 20, 3, 30, 4, 40}, 4, 1, 2) // two units over four steps
	for _, c := range []struct {
		delays, want []float64
	}{
		{[]float64{0, 0}, []float64{1, 10, 2, 20, 3, 30, 4, 40}},
		{[]float64{0, 1}, []float64{1, 0, 2, 10, 3, 20, 4, 30}},
		{[]float64{3, 2}, []float64{0, 0, 0, 0, 0, 10, 1, 20}},
		{[]float64{4, 9}, []float64{0, 0, 0, 0, 0, 0, 0, 0}},
		{[]float64{.5, 1.25}, []float64{.5, 0, 1.5, 7.5, 2.5, 17.5, 3.5, 27.5}},
		{[]float64{3.5, 8.5}, []float64{0, 0, 0, 0, 0, 0, .5, 0}},
	} {
		got := delayCase{x: x, delays: dense(c.delays, 2), most: 9}.run(t, tensor.Float64)
		if !slices.Equal(got["y"], c.want) {
			t.Errorf("delays %v: %v, want %v", c.delays, got["y"], c.want)
		}
	}
}

func TestDelayedLinearByHand(t *testing.T) {
	x := dense([]float64{1, 0, 0, 1, 0, 0, 1, 1}, 4, 1, 2) // spikes of two inputs over four steps
	w := dense([]float64{1, 10, 100, 1000}, 2, 2)
	bias := dense([]float64{.5, 0}, 2)
	for _, c := range []struct {
		delays, want []float64
	}{
		{[]float64{0, 0, 0, 0}, []float64{1.5, 100, 10.5, 1000, .5, 0, 11.5, 1100}},
		{[]float64{0, 1, 2, 3}, []float64{1.5, 0, .5, 0, 10.5, 100, 1.5, 0}},
		{[]float64{3, 5, 5, 0}, []float64{.5, 0, .5, 1000, .5, 0, 1.5, 1000}},
		{[]float64{.5, 5, 1.75, 4}, []float64{1, 0, 1, 25, .5, 75, 1, 0}},
	} {
		got := delayCase{x: x, w: w, delays: dense(c.delays, 2, 2), biases: []*tensor.Dense{bias}, most: 5}.run(t, tensor.Float64)
		if !slices.Equal(got["y"], c.want) {
			t.Errorf("delays %v: %v, want %v", c.delays, got["y"], c.want)
		}
	}
}

// Without delays it is Linear; with the same delays for all units, Linear behind Delay.
func TestDelayedLinearIsLinear(t *testing.T) {
	for n, signal := range signals {
		x := drawn(uint64(n), signal.draw, 37, 11, 20)
		w, b := normal(1, 0, 1, 9, 20), normal(2, 0, 1, 9)
		for _, rows := range []*tensor.Dense{zeros(20), between(3, 5, 20)} {
			delays := zeros(9, 20)
			for i := range delays.Size() {
				delays.Set(i, rows.Data().([]float64)[i%20])
			}
			for dt, tolerance := range map[tensor.Dtype]float64{tensor.Float64: 1e-13, tensor.Float32: 1e-6} {
				got := delayCase{x: x, w: w, delays: delays, biases: []*tensor.Dense{b}, most: 6}.run(t, dt)
				g := gorgonia.NewGraph()
				in := map[string]*gorgonia.Node{"x": input(g, dt, "x", x), "w": input(g, dt, "w", w), "bias0": input(g, dt, "bias0", b)}
				late := in["x"]
				if rows.Data().([]float64)[0] != 0 {
					in["delays"] = input(g, dt, "delays", rows)
					late = must(ops.Delay(late, in["delays"], 6))
				}
				y := must(ops.Linear(late, in["w"], in["bias0"]))
				want := evaluate(t, map[string]*gorgonia.Node{"y": y}, must(weigh(9, y)), in)
				each := got["d delays"] // of each connection, where Delay has that of each input
				delete(got, "d delays")
				if in["delays"] != nil {
					got["d delays"] = make([]float64, 20)
					for i, d := range each {
						got["d delays"][i%20] += d
					}
				}
				compare(t, got, want, tolerance)
			}
		}
	}
}

// At a whole number the derivative is that towards longer delays, at the longest one too.
func TestDelayGradientAtWholeNumbers(t *testing.T) {
	const h = 1e-6
	for _, c := range []delayCase{
		{x: normal(1, 0, 1, 9, 2, 3), delays: dense([]float64{0, 2, 4}, 3), most: 4},
		{x: normal(1, 0, 1, 9, 2, 2), w: normal(2, 0, 1, 2, 2), delays: dense([]float64{0, 2, 3, 4}, 2, 2), most: 4},
	} {
		loss := func(c delayCase) float64 {
			sum := 0.0
			y := c.naive()["y"]
			for i, g := range numbers(normal(9, 0, 1, 9, 2, len(y)/18)) {
				sum += g * y[i]
			}
			return sum
		}
		d := c.run(t, tensor.Float64)["d delays"]
		for i := range d {
			later := c
			later.delays = c.delays.Clone().(*tensor.Dense)
			later.delays.Set(i, c.delays.Data().([]float64)[i]+h)
			if want := (loss(later) - loss(c)) / h; math.Abs(d[i]-want) > 1e-7 {
				t.Errorf("gradient %d is %v, want %v", i, d[i], want)
			}
		}
	}
}

// In single precision the assembly takes part. An example gives the same bits whatever stands
// beside it, and however many there are.
func TestDelaysOfOneExample(t *testing.T) {
	for n, signal := range signals {
		one := delayCase{x: drawn(uint64(n), signal.draw, 270, 1, 5), w: normal(2, 0, 1, 3, 5), delays: uniform(3, 0, 9, 3, 5), most: 9}
		at := make([]int, 19)
		many := one
		many.x = pick(one.x, 1, at...)
		forward := func(c delayCase) []float64 {
			y, _, err := c.declare(gorgonia.NewGraph(), tensor.Float32)
			if err != nil {
				t.Fatal(err)
			}
			return evaluate(t, map[string]*gorgonia.Node{"y": y}, nil, nil)["y"]
		}
		want, all := forward(one), dense(forward(many), 270, 19, 3)
		for b := range at {
			if !slices.Equal(numbers(pick(all, 1, b)), want) {
				t.Errorf("%s: example %d differs from the same by itself", signal.name, b)
			}
		}
	}
}

// Values and gradients have the same bits on any number of cores.
func TestDelaysOnCores(t *testing.T) {
	for n, signal := range signals {
		for _, c := range []delayCase{
			{x: drawn(uint64(n), signal.draw, 30, 50, 7), delays: uniform(3, 0, 9, 7), most: 9},
			{x: drawn(uint64(n), signal.draw, 30, 50, 7), w: normal(2, 0, 1, 5, 7), delays: uniform(3, 0, 9, 5, 7), most: 9},
		} {
			run := func(cores int) results {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				return c.run(t, tensor.Float32)
			}
			want := run(1)
			for _, cores := range []int{2, 5} {
				compare(t, run(cores), want, 0)
			}
		}
	}
}

func TestDelayValueErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	set := func(v *tensor.Dense, at int, x float64) *tensor.Dense {
		v.Set(at, x)
		return v
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		run := func(c delayCase) error {
			c.most = 5
			y, _, err := c.declare(gorgonia.NewGraph(), dt)
			if err != nil {
				t.Fatal(err)
			}
			return runGraph(y.Graph())
		}
		for _, bad := range []float64{nan, inf, -inf, -1, -.25, 5.25, 6, 1e30} {
			parts := []string{fmt.Sprint(bad), "steps, want 0 to 5"}
			wantError(t, "delays of Delay", run(delayCase{x: zeros(3, 2, 4), delays: set(zeros(4), 2, bad)}),
				append(parts, "srnn: Delay: delays[2] is")...)
			wantError(t, "delays of DelayedLinear", run(delayCase{x: zeros(3, 2, 4), w: zeros(3, 4), delays: set(zeros(3, 4), 6, bad)}),
				append(parts, "srnn: DelayedLinear: delays[1 2] is")...)
		}
		for _, bad := range notNumbers {
			is := " is " + fmt.Sprint(bad)
			wantError(t, "x of Delay", run(delayCase{x: set(zeros(3, 2, 4), 13, bad), delays: zeros(4)}), "Delay", "x[1 1 1]"+is)
			linear := delayCase{x: zeros(3, 2, 4), w: zeros(3, 4), delays: zeros(3, 4), biases: []*tensor.Dense{zeros(3), zeros(3)}}
			c := linear
			c.x = set(zeros(3, 2, 4), 13, bad)
			wantError(t, "x of DelayedLinear", run(c), "DelayedLinear", "x[1 1 1]"+is)
			c = linear
			c.w = set(zeros(3, 4), 5, bad)
			wantError(t, "w of DelayedLinear", run(c), "DelayedLinear", "w[1 1]"+is)
			c = linear
			c.biases = []*tensor.Dense{zeros(3), set(zeros(3), 2, bad)}
			wantError(t, "bias of DelayedLinear", run(c), "DelayedLinear", "bias 1[2]"+is)
		}
		if err := run(delayCase{x: zeros(3, 2, 1), delays: set(zeros(1), 0, 5)}); err != nil {
			t.Errorf("the longest delay: %v", err)
		}
	}
}

func TestDelayShapeErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	node := func(shape ...int) *gorgonia.Node { return shaped(g, tensor.Float64, fmt.Sprint(shape), shape...) }
	check := func(_ *gorgonia.Node, err error) error { return err }
	x, w := node(5, 2, 4), node(3, 4)
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"x of Delay", check(ops.Delay(node(2, 4), node(4), 1)), []string{"Delay", "x has shape (2, 4), want [T, batch, units]"}},
		{"delays of Delay", check(ops.Delay(x, node(5), 1)), []string{"Delay", "delays have shape (5), want (4)", "(5, 2, 4)"}},
		{"delays of Delay, a matrix", check(ops.Delay(x, node(1, 4), 1)), []string{"delays have shape (1, 4), want (4)"}},
		{"maxDelay of Delay", check(ops.Delay(x, node(4), -1)), []string{"Delay", "maxDelay is -1 steps, want 0 to"}},
		{"no delays", check(ops.Delay(x, nil, 1)), []string{"Delay", "input 1 is nil"}},
		{"single", check(ops.Delay(x, shaped(g, tensor.Float32, "single", 4), 1)), []string{"Delay", "single is float32"}},
		{"x of DelayedLinear", check(ops.DelayedLinear(node(2, 4), w, w, 1)), []string{"DelayedLinear", "x has shape (2, 4), want [T, batch, in]"}},
		{"w of DelayedLinear", check(ops.DelayedLinear(x, node(3, 5), node(3, 5), 1)), []string{"DelayedLinear", "w has shape (3, 5), want [out, 4]"}},
		{"delays of DelayedLinear", check(ops.DelayedLinear(x, w, node(4, 3), 1)), []string{"DelayedLinear", "delays have shape (4, 3), want (3, 4)"}},
		{"bias of DelayedLinear", check(ops.DelayedLinear(x, w, w, 1, node(4))), []string{"DelayedLinear", "bias 0 has shape (4), want (3)"}},
		{"maxDelay of DelayedLinear", check(ops.DelayedLinear(x, w, w, 1<<25)), []string{"maxDelay is 33554432 steps"}},
	} {
		wantError(t, c.name, c.err, append(c.want, "srnn")...)
	}
}

// Nothing is allocated for a time step.
func TestDelayAllocations(t *testing.T) {
	allocations := func(steps int) float64 {
		c := delayCase{x: drawn(1, signals[0].draw, steps, 9, 30), w: normal(1, 0, 1, 20, 30), delays: uniform(2, 0, 5, 20, 30), most: 5}
		y, in, err := c.declare(gorgonia.NewGraph(), tensor.Float32)
		if err != nil {
			t.Fatal(err)
		}
		axons := input(y.Graph(), tensor.Float32, "axons", uniform(3, 0, 5, 20))
		loss := must(gorgonia.Sum(must(ops.SumOverTime(must(ops.Delay(y, axons, 5)), nil, 0))))
		m := must(graph.NewMachine(append(must(gorgonia.Grad(loss, in["x"], in["w"], in["delays"], axons)), loss)...))
		return testing.AllocsPerRun(5, func() {
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
		})
	}
	if short, long := allocations(20), allocations(1000); long > short+100 {
		t.Errorf("%v allocations in 1000 steps, %v in 20", long, short)
	}
}
