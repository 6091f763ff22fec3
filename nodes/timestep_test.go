package nodes_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// timed is a cell under currents that last, which ask for about 10 to 150 spikes a second.
type timed struct {
	name     string // that it is saved by, where it is one of all cells
	cell     nodes.Cell
	currents []float64
	kicks    bool   // what a step adds is a charge, current times dt: its comment says so
	depends  string // the sentence of its comment that says why the rate depends on the time step
}

var (
	one    = new(1.)
	leaky  = []float64{1.1, 1.5, 2, 3}
	paper  = "at another dt the same current gives another rate"
	within = nodes.LIF{B0: one, Reset: nodes.ToValue}
)

var timedCells = []timed{
	{name: "lif", cell: nodes.LIF{B0: one}, currents: leaky, depends: paper},
	{name: "alif", cell: nodes.ALIF{B0: one}, currents: []float64{1.5, 2, 3, 5}, depends: paper},
	{name: "lif", cell: nodes.LIF{B0: one, Reset: nodes.NoReset}, currents: leaky, depends: paper},
	{cell: nodes.LIF{B0: one, Continuous: true}, currents: leaky},
	{cell: nodes.LIF{B0: one, Continuous: true, DetachReset: true}, currents: leaky},
	{cell: nodes.LIF{Continuous: true}, currents: []float64{.011, .015, .03}},
	{cell: nodes.LIF{B0: one, Reset: nodes.ToValue}, currents: leaky},
	{cell: nodes.ALIF{B0: one, Continuous: true}, currents: []float64{1.5, 2, 3, 5}},
	{cell: nodes.ALIF{B0: one, Continuous: true, TauAdp: graph.Constant(30), Beta: new(.5)}, currents: []float64{1.5, 2, 3}},
	{cell: nodes.ALIF{Continuous: true}, currents: []float64{.03, .1, .3}},
	{cell: nodes.ALIF{B0: one, Continuous: true, Beta: new(0.)}, currents: leaky},
	{name: "li", cell: nodes.LI{}, currents: leaky},
	{name: "adaptive_li", cell: nodes.AdaptiveLI{}, currents: leaky},
	{name: "if", cell: nodes.IF{}, currents: []float64{.01, .05, .1}},
	{cell: nodes.IF{Reset: nodes.ToValue}, currents: []float64{.01, .05, .1}},
	{name: "plif", cell: nodes.PLIF{TauM: graph.Constant(20)}, currents: leaky},
	{name: "cuba_lif", cell: nodes.CubaLIF{}, currents: leaky[:3]},
	{cell: nodes.CubaLIF{Euler: true, Reset: nodes.ToValue}, currents: leaky[:3]},
	{name: "alpha_lif", cell: nodes.AlphaLIF{}, currents: []float64{.2, .3, .5}, kicks: true},
	{name: "lsnn", cell: nodes.LSNN{}, currents: []float64{.05, .08, .2}, kicks: true},
	{name: "se_adlif", cell: nodes.SEAdLIF{TauU: graph.Constant(15), TauW: graph.Constant(150), A: graph.Constant(.5), B: graph.Constant(1)},
		currents: []float64{62, 80, 150}},
	{cell: nodes.SEAdLIF{TauU: graph.Constant(15), TauW: graph.Constant(150), A: graph.Constant(.01), B: graph.Constant(1)},
		currents: []float64{4, 10, 30}},
	{name: "rf", cell: nodes.RF{}, currents: []float64{.08, .1, .2}},
	{name: "qif", cell: nodes.QIF{}, currents: []float64{6, 10, 30, 60}},
	{name: "eif", cell: nodes.EIF{}, currents: []float64{.3, 1, 3}},
	{name: "adex", cell: nodes.AdEx{}, currents: []float64{.8, 1, 2}},
	{name: "izhikevich", cell: nodes.Izhikevich{}, currents: []float64{5, 10, 20}},
	{cell: nodes.FastSpiking(), currents: []float64{5, 10, 20}},
	{cell: nodes.Chattering(), currents: []float64{10}},
	{name: "refractory", cell: nodes.Refractory{Cell: within}, currents: leaky},
	{cell: nodes.Refractory{Cell: within, Hold: true}, currents: leaky},
	{cell: nodes.Refractory{Cell: nodes.LIF{B0: one, Continuous: true}}, currents: leaky},
	{cell: nodes.Refractory{Cell: nodes.ALIF{B0: one, Continuous: true}, Hold: true}, currents: []float64{1.5, 3, 5}},
	{cell: nodes.Refractory{Cell: nodes.LSNN{}}, currents: []float64{.05, .08, .2}, kicks: true},
	{cell: nodes.Refractory{Cell: nodes.AdEx{}, Period: 2}, currents: []float64{.8, 1, 2}},
}

// responses are the spikes in a second under each current, or the membrane potential after it.
func (c timed) responses(t *testing.T, dt float64) []float64 {
	t.Helper()
	cell := must(nodes.WithTimeStep(nodes.WithDefaults(c.cell), dt))
	steps, n := int(math.Round(1000/dt)), len(c.currents)
	x := make([]float64, 0, steps*n)
	for range steps {
		for _, current := range c.currents {
			if c.kicks {
				current *= dt
			}
			x = append(x, current)
		}
	}
	r := must(nodes.Simulate(cell, tensor.New(tensor.WithShape(steps, n, 1), tensor.WithBacking(x)), nil))
	spikes, spiking := r[nodes.Spikes]
	if !spiking {
		return r[nodes.Membrane].Data().([]float64)[(steps-1)*n:]
	}
	counts := make([]float64, n)
	for i, s := range spikes.Data().([]float64) {
		counts[i%n] += s
	}
	return counts
}

// comments is a source file without line breaks.
func comments(t *testing.T, name string) string {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(string(source), "//", "")), " ")
}

// The same current gives nearly the same rate at any time step, or the cell's comment says why not.
func TestRatesAtOtherTimeSteps(t *testing.T) {
	var names []string
	for _, c := range timedCells {
		if c.name != "" {
			names = append(names, c.name)
		}
		want := c.responses(t, .025)
		differ := false
		for _, dt := range []float64{1, .5, .1, .05} {
			for i, got := range c.responses(t, dt) {
				if want[i] == 0 {
					t.Errorf("%#v gives nothing at a current of %v", c.cell, c.currents[i])
				}
				if got/want[i] > 1.25 || want[i]/got > 1.25 {
					differ = true
					if c.depends == "" {
						t.Errorf("%#v gives %v at a time step of %v ms, and %v at .025 ms, at a current of %v", c.cell, got, dt, want[i], c.currents[i])
					}
				}
			}
		}
		if c.depends != "" && !(differ && strings.Contains(comments(t, c.name+".go"), c.depends)) {
			t.Errorf("%#v: the rate depends on the time step: %v, want that, and that its comment says so", c.cell, differ)
		}
	}
	for _, name := range nodes.CellNames() {
		if !slices.Contains(names, name) {
			t.Errorf("%s is missing", name)
		}
	}
}

// At a time step of 1 ms, Continuous changes nothing, bit for bit.
func TestContinuousIsThePapersFormAtOneMillisecond(t *testing.T) {
	for _, c := range [][2]nodes.Cell{
		{nodes.LIF{}, nodes.LIF{Continuous: true}},
		{nodes.ALIF{}, nodes.ALIF{Continuous: true}},
		{nodes.Scanned(nodes.ALIF{}), nodes.Scanned(nodes.ALIF{Continuous: true})},
	} {
		x := normal(1, 200*3)
		for i := range x {
			x[i] = .2 + .3*x[i]
		}
		var r [2]map[string]*tensor.Dense
		for i, cell := range c {
			r[i] = must(nodes.Simulate(cell, tensor.New(tensor.WithShape(200, 3, 1), tensor.WithBacking(slices.Clone(x))), nil))
		}
		for name, want := range r[0] {
			equal(t, name, r[1][name].Data().([]float64), want.Data().([]float64))
		}
	}
}

// A layer does at a tenth of the time step what it did, if its weights and delays are converted as the comment of
// Layer says.
func TestLayersAtOtherTimeSteps(t *testing.T) {
	const in, units, batch = 4, 6, 3
	run := func(cell nodes.Cell, dt, lasting, spiking float64) []float64 {
		p := newParams(3)
		l := nodes.Layer{Units: units, Cell: must(nodes.WithTimeStep(nodes.WithDefaults(cell), dt)), Recurrent: true,
			Delays: nodes.Delays{Max: int(5 / dt), Steps: graph.Constant(5 / dt)}}
		n := must(l.Declare(p, "a", in))
		for _, q := range p.All() {
			x := q.Values()
			scale := map[string]float64{"a.w_in": 3 * spiking, "a.w_rec": .5 * spiking, "a.b_in": lasting}[q.Name]
			for i, v := range normal(7, len(x)) {
				switch q.Name {
				case "a.b_in":
					x[i] = scale * (1.2 + .1*v)
				case "a.w_in", "a.w_rec":
					x[i] = scale * v
				}
			}
			if err := p.Set(q.Name, q.Node.Shape(), x); err != nil {
				t.Fatal(err)
			}
		}
		steps := int(1000 / dt)
		x := make([]float64, steps*batch*in)
		for i, v := range normal(9, 1000*batch*in) { // at most one spike in a millisecond, at its beginning
			if v > 1.5 {
				x[i/(batch*in)*int(1/dt)*batch*in+i%(batch*in)] = 1
			}
		}
		spikes := must(must(n.Forward(input(p, "x", x, steps, batch, in))).Spikes())
		counts := make([]float64, units)
		for i, s := range read(t, p, spikes)[0] {
			counts[i%units] += s
		}
		return counts
	}
	for _, c := range []struct {
		cell  nodes.Cell
		kicks bool
	}{
		{nodes.LIF{B0: one, Continuous: true}, false}, {nodes.ALIF{B0: one, Continuous: true, Beta: new(.5)}, false},
		{nodes.CubaLIF{}, false}, {nodes.LSNN{B0: 15, Beta: new(.1)}, true},
	} {
		coarse, fine := run(c.cell, 1, 1, 1), []float64(nil)
		if c.kicks {
			fine = run(c.cell, .1, .1, 1)
		} else {
			fine = run(c.cell, .1, 1, 10)
		}
		for i, n := range coarse {
			if n < 20 || fine[i]/n > 1.25 || n/fine[i] > 1.25 {
				t.Errorf("%#v: neuron %d fires %v times at a step of 1 ms, and %v at .1 ms", c.cell, i, n, fine[i])
			}
		}
	}
}

// Cells whose equations run away stay finite at time steps that are much too long for them.
func TestLongTimeSteps(t *testing.T) {
	for _, c := range timedCells {
		for _, dt := range []float64{5, 20, 200} {
			if r, ok := c.cell.(nodes.Refractory); ok {
				r.Period = dt
				c.cell = r
			}
			cell := nodes.WithDefaults(c.cell)
			switch x := cell.(type) {
			case nodes.PLIF:
				continue // τm of less than the step is refused
			case nodes.CubaLIF:
				if x.Euler {
					continue
				}
			case nodes.RF:
				x.Frequency = graph.Constant(100 / dt)
				cell = x
			}
			cell = must(nodes.WithTimeStep(cell, dt))
			x := slices.Repeat([]float64{0, 1, -1, 30, 1000}, 50)
			for name, v := range must(nodes.Simulate(cell, tensor.New(tensor.WithShape(50, 5, 1), tensor.WithBacking(x)), nil)) {
				for _, e := range v.Data().([]float64) {
					if math.IsNaN(e) || math.IsInf(e, 0) {
						t.Fatalf("%#v at a time step of %v ms: %s is %v", cell, dt, name, e)
					}
				}
			}
		}
	}
}

// What was surely not meant is refused.
func TestTimeStepRefuses(t *testing.T) {
	for _, c := range timedCells {
		if c.name == "" {
			continue
		}
		for _, dt := range []float64{-1, math.Inf(1), math.NaN()} {
			wantRefused(t, must(nodes.WithTimeStep(nodes.WithDefaults(c.cell), dt)), "dt is")
		}
	}
	tau := graph.Constant(.5)
	wantRefused(t, nodes.CubaLIF{Euler: true, TauM: tau}, "tau_m is 0.5 ms, less than the time step of 1 ms")
	wantRefused(t, nodes.CubaLIF{Euler: true, TauSyn: tau}, "tau_syn is 0.5 ms, less than the time step of 1 ms")
	wantRefused(t, nodes.Refractory{Cell: nodes.LIF{Dt: 2}}, "period is 5 ms, which is 2.5 time steps of 2 ms")
	wantRefused(t, nodes.Refractory{Cell: nodes.LIF{Dt: 10}}, "period is 5 ms, which is 0.5 time steps of 10 ms")
	wantRefused(t, nodes.RF{Frequency: graph.Constant(-500)}, "frequency is -500 Hz, want less than 500 Hz")
	wantRefused(t, nodes.LIF{TauM: graph.Constant(-1)}, "tau_m[0] is -1 ms")
	wantRefused(t, nodes.LIF{TauM: graph.Constant(math.NaN())}, "tau_m: value 0 is NaN")
	_, err := nodes.Poisson{Dt: .1, Steps: 3}.Encode(input(newParams(1), "x", []float64{1}, 1, 1))
	wantError(t, "no rate", err, "dt is 0.1 ms", "without a rate")
}

// Σ-Δ coding of a signal takes nearly as many spikes at any time step.
func TestSigmaDeltaAtOtherTimeSteps(t *testing.T) {
	for _, adaptation := range []nodes.ThresholdAdaptation{nodes.FixedThreshold, nodes.AdditiveAdaptation, nodes.MultiplicativeAdaptation} {
		count := func(dt float64) (n float64) {
			x := make([]float64, int(1000/dt))
			for i := range x {
				x[i] = 1 + .8*math.Sin(2*math.Pi*2*dt*float64(i)/1000)
			}
			spikes, _, _ := must3(nodes.SigmaDelta{Dt: dt, Adaptation: adaptation, Signed: true}.Simulate(tensor.New(tensor.WithShape(len(x), 1, 1), tensor.WithBacking(x))))
			for _, s := range spikes.Data().([]float64) {
				n += math.Abs(s)
			}
			return n
		}
		if coarse, fine := count(1), count(.1); coarse < 20 || fine/coarse > 1.25 || coarse/fine > 1.25 {
			t.Errorf("adaptation %v: %v spikes at a step of 1 ms, and %v at .1 ms", adaptation, coarse, fine)
		}
	}
}

func must3[A, B, C any](a A, b B, c C, err error) (A, B, C) {
	if err != nil {
		panic(err)
	}
	return a, b, c
}
