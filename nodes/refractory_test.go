package nodes_test

import (
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

// Five steps of silence after each spike, of which none resets the potential.
func TestRefractory(t *testing.T) {
	oneStep{cell: nodes.Refractory{Cell: nodes.IF{}}, currents: steady(8, 2)}.both(t, map[string][]float64{
		nodes.Spikes:   {1, 0, 0, 0, 0, 0, 1, 0},
		nodes.Membrane: {1, 3, 5, 7, 9, 11, 12, 14},
		"refractory":   {5, 4, 3, 2, 1, 0, 5, 4},
	})
	oneStep{cell: nodes.Refractory{Cell: nodes.IF{}, Hold: true}, currents: steady(8, 2)}.both(t, map[string][]float64{
		nodes.Spikes:   {1, 0, 0, 0, 0, 0, 1, 0},
		nodes.Membrane: {1, 1, 1, 1, 1, 1, 2, 2},
	})
}

// A cell that is reset in the next step is reset once, in that step, and then held.
func TestRefractoryResetInTheNextStep(t *testing.T) {
	lif := nodes.LIF{TauM: graph.Constant(halving), B0: new(1.0)}
	oneStep{cell: nodes.Refractory{Cell: lif, Period: 3}, currents: steady(6, 4)}.both(t, map[string][]float64{
		nodes.Spikes:   {1, 0, 0, 0, 1, 0},
		nodes.Membrane: {2, 2, 3, 3.5, 3.75, 2.875},
	})
	oneStep{cell: nodes.Refractory{Cell: lif, Period: 3, Hold: true}, currents: steady(6, 4)}.both(t, map[string][]float64{
		nodes.Spikes:   {1, 0, 0, 0, 1, 0},
		nodes.Membrane: {2, 2, 2, 2, 3, 2.5},
	})
}

// The period is in ms, and silent steps are counted exactly, in every cell.
func TestRefractoryPeriod(t *testing.T) {
	for _, c := range []struct {
		cell   nodes.Cell
		period float64
		want   int
	}{
		{nodes.IF{}, 0, 5}, {nodes.IF{Dt: .5}, 0, 10}, {nodes.IF{Dt: .1}, 2, 20}, {nodes.IF{Dt: 2}, 6, 3}, {nodes.IF{Dt: .3}, 5, 17}, {nodes.IF{}, 1, 1},
		{nodes.PLIF{}, 4, 4}, {nodes.LIF{}, 4, 4}, {nodes.ALIF{Beta: new(.01)}, 4, 4}, {nodes.LSNN{}, 4, 4}, {nodes.CubaLIF{}, 4, 4},
		{nodes.AlphaLIF{}, 4, 4}, {nodes.SEAdLIF{Q: .01}, 4, 4},
	} {
		const current = 1e4
		spikes := oneStep{cell: nodes.Refractory{Cell: c.cell, Period: c.period}, currents: steady(60, current)}.run(t).of(nodes.Spikes, 0)
		first := slices.Index(spikes, 1)
		if first < 0 {
			t.Errorf("%T is silent", c.cell)
			continue
		}
		if silent := slices.Index(spikes[first+1:], 1); silent != c.want {
			t.Errorf("%#v with a period of %v ms is silent for %d steps, want %d", c.cell, c.period, silent, c.want)
		}
	}
}

// What adapts to spikes does so to those that there are.
func TestRefractoryAdaptation(t *testing.T) {
	cell := nodes.Refractory{Cell: nodes.LSNN{TauAdp: graph.Constant(halving)}, Period: 2}
	oneStep{cell: cell, currents: steady(5, 50)}.both(t, map[string][]float64{
		nodes.Spikes:     {1, 0, 0, 1, 0},
		nodes.Adaptation: {0, 1, .5, .25, 1.125},
	})
	se := nodes.Refractory{Cell: nodes.SEAdLIF{Q: 1}, Period: 2, Hold: true}
	params := map[string][]float64{"tau_u": {halving}, "tau_w": {halving}, "a": {0}, "b": {1}}
	oneStep{cell: se, params: params, currents: steady(5, 50)}.both(t, map[string][]float64{
		nodes.Spikes:     {1, 0, 0, 1, 0},
		nodes.Adaptation: {.5, .25, .125, .5625, .28125},
	})
}

// A spike that is suppressed has no gradient, a membrane potential that is held none of the current,
// and the count none of the spikes.
func TestRefractoryGradient(t *testing.T) {
	d := func(hold bool, r, current float64, names ...string) float64 {
		p := newParams(1)
		cell := nodes.WithDefaults(nodes.Refractory{Cell: nodes.IF{}, Hold: hold})
		x := graph.Of(input(p, "current", []float64{current}, 1, 1))
		s := nodes.Values{
			nodes.Membrane: graph.Of(input(p, "u0", []float64{.2}, 1, 1)),
			"refractory":   graph.Of(input(p, "r0", []float64{r}, 1, 1)),
		}
		out := cell.Step(nodes.Values{}, s, x)
		sum := out[names[0]]
		for _, name := range names[1:] {
			sum = sum.Add(out[name])
		}
		return read(t, p, mustGrad(sum, x)...)[0][0]
	}
	below, above := ops.Gaussian{}.Derivative(-.1), ops.Gaussian{}.Derivative(.1) // of u = 0.2 + I
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"spike", d(false, 0, .7, nodes.Spikes), below},
		{"suppressed spike", d(false, 1, .7, nodes.Spikes), 0},
		{"membrane", d(false, 0, .7, nodes.Membrane), 1 - below},
		{"membrane, after a suppressed spike", d(false, 1, .9, nodes.Membrane), 1},
		{"membrane, held", d(true, 1, .7, nodes.Membrane), 0},
		{"count and spike", d(false, 0, .9, "refractory", nodes.Spikes), above},
	} {
		closeTo(t, "gradient of the "+c.what, []float64{c.got}, []float64{c.want}, 1e-6)
	}
}

// Parameters and state are those of the cell, and the count.
func TestRefractoryPassesThrough(t *testing.T) {
	cell := nodes.WithDefaults(nodes.Refractory{Cell: nodes.ALIF{TauM: graph.Constant(7)}})
	var names []string
	for _, q := range cell.Parameters() {
		names = append(names, q.Name)
	}
	for _, v := range cell.State() {
		names = append(names, v.Name)
	}
	if want := []string{"tau_m", "tau_adp", "membrane", "adaptation", "spikes", "refractory"}; !slices.Equal(names, want) {
		t.Errorf("parameters and state are %v, want %v", names, want)
	}
	if got := (oneStep{}).parameter(t, cell.Parameters()[0], 1)[0]; got != 7 {
		t.Errorf("tau_m starts at %v, want 7", got)
	}
	// A step leaves the values that it was given as they were.
	p := newParams(1)
	s := nodes.Values{}
	for _, v := range cell.State() {
		s[v.Name] = graph.Of(input(p, v.Name, []float64{0}, 1, 1))
	}
	params := nodes.Values{}
	for _, q := range cell.Parameters() {
		params[q.Name] = graph.Of(input(p, q.Name, []float64{20}, 1))
	}
	must(cell.Step(params, s, graph.Of(input(p, "current", []float64{0}, 1, 1)))[nodes.Spikes].Node())
	if len(s) != len(cell.State()) {
		t.Errorf("the state has %d values after the step, want %d", len(s), len(cell.State()))
	}
}

func TestRefractoryIsACell(t *testing.T) {
	for _, cell := range []nodes.Refractory{
		{Cell: nodes.IF{}},
		{Cell: nodes.LIF{}, Period: 2, Hold: true},
		{Cell: nodes.LSNN{Surrogate: ops.Arctan{}}, Period: 3},
		{Cell: nodes.LSNN{TauAdp: graph.Constant(20), Beta: new(.2), Regular: .4, DetachReset: true}},
		{Cell: nodes.ALIF{}, Period: 2},
		{Cell: nodes.SEAdLIF{Surrogate: ops.Arctan{}}, Period: 3, Hold: true},
	} {
		nodetest.Cell(t, cell)
	}
}

// alone is a cell without a time step.
type alone struct{}

func (alone) Parameters() []nodes.Parameter                     { return nil }
func (alone) State() []nodes.Variable                           { return []nodes.Variable{{Name: nodes.Spikes}} }
func (alone) Step(_, s nodes.Values, _ graph.Expr) nodes.Values { return s }

// number is a cell that is not a struct.
type number float64

func (number) Parameters() []nodes.Parameter                     { return nil }
func (number) State() []nodes.Variable                           { return alone{}.State() }
func (number) Step(_, s nodes.Values, _ graph.Expr) nodes.Values { return s }

func TestRefractorySettings(t *testing.T) {
	wantRefused(t, nodes.Refractory{}, "Refractory", "has no cell")
	wantRefused(t, nodes.Refractory{Cell: nodes.LI{}}, "LI has no spikes")
	wantRefused(t, nodes.Refractory{Cell: nodes.AdaptiveLI{}}, "AdaptiveLI has no spikes")
	wantRefused(t, nodes.Refractory{Cell: nodes.Refractory{Cell: nodes.LIF{}}}, "Refractory itself")
	wantRefused(t, nodes.Refractory{Cell: nodes.LIF{}, Period: .4}, "period is 0.4 ms", "time step of 1 ms")
	wantRefused(t, nodes.Refractory{Cell: nodes.LIF{}, Period: -3}, "period is -3 ms")
	wantRefused(t, nodes.Refractory{Cell: nodes.LIF{Reset: "hard"}}, "LIF", `reset is "hard"`)
	wantRefused(t, nodes.Refractory{Cell: nodes.LIF{Dt: -1}}, "dt is -1")
	wantRefused(t, nodes.Refractory{Cell: alone{}}, "alone", "no method TimeStep() float64")
	wantRefused(t, nodes.Refractory{Cell: number(1)}, "number", "no method TimeStep() float64")
	wantRefused(t, nodes.Refractory{Cell: nodes.Scanned(nodes.LIF{Reset: "hard"})}, "LIF", `reset is "hard"`)
	_, err := nodes.Refractory{Cell: alone{}}.Step(nil, nil, graph.Expr{})[nodes.Spikes].Node()
	wantError(t, "a step without a time step", err, "no method TimeStep() float64")
}

// mine is a cell of another package that a spike resets in the same step: an integrator without parameters.
type mine struct{}

func (mine) TimeStep() float64             { return .5 }
func (mine) Refractable()                  {}
func (mine) Parameters() []nodes.Parameter { return nil }
func (mine) State() []nodes.Variable       { return []nodes.Variable{{Name: nodes.Membrane}} }
func (mine) Step(_, s nodes.Values, current graph.Expr) nodes.Values {
	h := s[nodes.Membrane].Add(current)
	spikes := nodes.PermittedSpike(h.Plus(-1), s, nil)
	return nodes.Values{nodes.Membrane: h.Sub(spikes), nodes.Spikes: spikes}
}

// later is one that is reset in the next step.
type later struct{ mine }

func (later) State() []nodes.Variable {
	return []nodes.Variable{{Name: nodes.Membrane}, {Name: nodes.Spikes}}
}
func (later) Step(_, s nodes.Values, current graph.Expr) nodes.Values {
	u := s[nodes.Membrane].Sub(s[nodes.Spikes]).Add(current)
	return nodes.Values{nodes.Membrane: u, nodes.Spikes: nodes.Spike(u.Plus(-1), nil)}
}

// Cells of other packages have a refractory period by the exported interfaces alone.
func TestRefractoryOfOthers(t *testing.T) {
	for _, c := range []struct {
		cell     nodes.Cell
		membrane []float64
	}{
		{mine{}, []float64{.75, .5, 1.25, 2, 1.75, 2.5}},
		{later{}, []float64{.75, 1.5, 1.25, 2, 2.75, 2.5}},
	} {
		oneStep{cell: nodes.Refractory{Cell: c.cell, Period: 1}, currents: steady(6, .75)}.both(t, map[string][]float64{
			nodes.Spikes:   {0, 1, 0, 0, 1, 0},
			nodes.Membrane: c.membrane,
		})
	}
	wantRefused(t, nodes.Refractory{Cell: ambiguous{}}, "ambiguous", nodes.Permitted)
}

// ambiguous has a variable of the name by which it is told what it may do.
type ambiguous struct{ mine }

func (ambiguous) State() []nodes.Variable {
	return []nodes.Variable{{Name: nodes.Membrane}, {Name: nodes.Permitted}}
}
