package nodes_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// resting is a layer in the midst of a sequence: some neurons have just spiked, some are silent.
type resting struct {
	steps, batch, in, units int
	recurrent               bool
	estimator               ops.Estimator
	pieces                  int // that the sequence is run in
}

func (r resting) String() string {
	return fmt.Sprintf("%d steps, batch of %d, %d units, recurrent %v, %T%v", r.steps, r.batch, r.units, r.recurrent, r.estimator, r.estimator)
}

// run gives all that neurons of a cell do, and the gradients with respect to everything they start
// from. Fused says whether it is not a scan.
func (r resting) run(t *testing.T, cell nodes.Cell) (values map[string][]float64, fused bool) {
	t.Helper()
	p := newParams(5)
	layer := nodes.Layer{Units: r.units, Cell: cell, Recurrent: r.recurrent, Estimator: r.estimator,
		Linear: nodes.Linear{Weight: graph.Uniform{Low: -.3, High: .6}, Bias: graph.Constant(.1)}, WRec: graph.Uniform{Low: -.4, High: .4}}
	n := must(layer.Declare(p, "a", r.in))
	wrt := map[string]*gorgonia.Node{}
	for _, q := range p.All() {
		wrt[q.Name] = q.Node
	}
	state, size := nodes.State{}, r.batch*r.units
	variables := nodes.WithDefaults(cell).State()
	for i, v := range variables {
		x := normal(uint64(20+i), size)
		for k := range x {
			switch v.Name {
			case nodes.Membrane, nodes.Adaptation:
				x[k] = .3 * math.Abs(x[k])
			case nodes.Spikes:
				x[k] = math.Round(math.Abs(math.Sin(x[k])))
			case nodes.Silence:
				x[k] = []float64{0, 0, 1, 9, .3, .7, -.4, 2.6}[k%8]
			}
		}
		state[v.Name] = input(p, "initial "+v.Name, x, r.batch, r.units)
		wrt["initial "+v.Name] = state[v.Name]
	}
	x := normal(1, r.steps*r.batch*r.in)
	out, sum := map[string]gorgonia.Nodes{}, graph.Expr{}
	first := 0
	for k := range r.pieces {
		steps := (r.steps - first) / (r.pieces - k)
		at := func(t int) int { return t * r.batch * r.in }
		piece := input(p, fmt.Sprint("x", k), x[at(first):at(first+steps)], steps, r.batch, r.in)
		wrt[fmt.Sprint("x", k)] = piece
		a := must(n.ForwardFrom(piece, nodes.FromState(state)))
		fused = !strings.HasPrefix(must(a.Output()).Op().String(), "scan ")
		for i, name := range a.Names() {
			series := must(a.Series(name))
			out[name] = append(out[name], series)
			all := normal(uint64(40+i), r.steps*size)
			weights := input(p, fmt.Sprintf("weights of %s %d", name, k), all[first*size:(first+steps)*size], steps, r.batch, r.units)
			term := graph.Of(must(gorgonia.Sum(must(graph.Of(series).Mul(graph.Of(weights)).Node()))))
			if k+i == 0 {
				sum = term
			} else {
				sum = sum.Add(term)
			}
		}
		state = must(a.Final())
		first += steps
	}
	names, asked := []string{}, gorgonia.Nodes{}
	for name, n := range wrt {
		// A loss that does not depend on an input has no gradient.
		sum = sum.Add(graph.Of(must(gorgonia.Sum(must(graph.Of(n).Times(0).Node())))))
		names, asked = append(names, "gradient of "+name), append(asked, n)
	}
	asked = must(gorgonia.Grad(must(sum.Node()), asked...))
	for name, parts := range out {
		for _, part := range parts {
			names, asked = append(names, name), append(asked, part)
		}
	}
	m := must(graph.NewMachine(asked...))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatalf("%v: %+v: %v", r, cell, err)
	}
	values = map[string][]float64{}
	for i, n := range asked {
		values[names[i]] = append(values[names[i]], must(graph.Float64s(n.Value()))...)
	}
	// The gradients of the pieces of x are those of x.
	for k := range r.pieces {
		name := fmt.Sprint("gradient of x", k)
		values["gradient of x"] = append(values["gradient of x"], values[name]...)
		delete(values, name)
	}
	return values, fused
}

func agree(t *testing.T, what any, got, want map[string][]float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%v: %d values, want %d", what, len(got), len(want))
	}
	for name, w := range want {
		if d := farthest(got[name], w); d > 1e-12 {
			t.Errorf("%+v: %s differs by %v of its largest value", what, name, d)
		}
	}
}

// fusable are cells with a fused op.
func fusable() []nodes.Cell {
	m, adp := graph.Uniform{Low: 5, High: 15}, graph.Uniform{Low: 10, High: 50}
	lsnn := func(regular float64, detached bool) nodes.LSNN {
		return nodes.LSNN{TauM: m, TauAdp: adp, Beta: new(.3), B0: .5, Dt: .7, Regular: regular, DetachReset: detached}
	}
	alif := nodes.ALIF{TauM: m, TauAdp: adp, Beta: new(.7), B0: new(.3), Rm: 8, Dt: 1.1}
	lif := nodes.LIF{TauM: m, B0: new(.3), Rm: 8}
	detached := lif
	detached.DetachReset = true
	return []nodes.Cell{
		lsnn(0, false), lsnn(.5, false), lsnn(0, true), lsnn(.4, true), lsnn(1, false), detached,
		nodes.Refractory{Cell: lsnn(0, false), Period: .7}, nodes.Refractory{Cell: lsnn(.5, false), Period: 3.5},
		nodes.Refractory{Cell: lsnn(.5, true), Period: 3.5}, nodes.Refractory{Cell: lsnn(0, true), Period: 1e3},
		nodes.Refractory{Cell: alif, Period: 3}, nodes.Refractory{Cell: alif, Period: 1.1},
		nodes.Refractory{Cell: lif, Period: 4}, nodes.Refractory{Cell: detached, Period: 2},
	}
}

var estimators = []ops.Estimator{nil, ops.TBPTT{K: 5}, ops.EProp{}, ops.EProp{Local: true}}

// What the fused op does is what the scanned steps do, with every estimator of the gradient.
func TestFusedIsScanned(t *testing.T) {
	spikes, silent := 0., 0.
	for _, cell := range fusable() {
		for i, size := range [][4]int{{1, 1, 2, 1}, {1, 3, 2, 5}, {19, 1, 3, 9}, {37, 9, 3, 11}, {33, 2, 3, 8}} {
			for k, estimator := range estimators {
				r := resting{steps: size[0], batch: size[1], in: size[2], units: size[3], recurrent: (i+k)%3 != 0, estimator: estimator, pieces: 1}
				got, fused := r.run(t, cell)
				want, scanned := r.run(t, nodes.Scanned(cell))
				if !fused || scanned {
					t.Fatalf("%+v is fused: %v, as a scan: %v", cell, fused, scanned)
				}
				agree(t, fmt.Sprintf("%v: %+v", r, cell), got, want)
				for i, r := range want[nodes.Silence] {
					spikes += want[nodes.Spikes][i]
					if r > .5 {
						silent++
					}
				}
			}
		}
	}
	if spikes < 100 || silent < 100 {
		t.Errorf("%v spikes, and %v steps of silence: the test shows little", spikes, silent)
	}
}

// A sequence in pieces is one run: a refractory period goes on in the next piece, and so do gradients.
func TestFusedInPieces(t *testing.T) {
	for _, cell := range fusable() {
		for _, estimator := range []ops.Estimator{nil, ops.EProp{}} {
			r := resting{steps: 45, batch: 3, in: 2, units: 9, recurrent: true, estimator: estimator, pieces: 1}
			whole, _ := r.run(t, cell)
			r.pieces = 4
			pieces, _ := r.run(t, cell)
			if estimator != nil { // what spikes do to the next piece through recurrent synapses is not cut
				for name := range whole {
					if strings.HasPrefix(name, "gradient") {
						delete(whole, name)
						delete(pieces, name)
					}
				}
			}
			agree(t, cell, pieces, whole)
		}
	}
}

// Cells that the op has no period for are scanned: those that hold their potential, and those that
// another package has made of ours.
func TestRefractoryScanned(t *testing.T) {
	for _, cell := range []nodes.Cell{
		nodes.Refractory{Cell: nodes.LSNN{}, Hold: true}, nodes.Refractory{Cell: nodes.IF{}}, nodes.Refractory{Cell: silenced{}},
		nodes.Refractory{Cell: nodes.LIF{Reset: nodes.NoReset}}, nodes.Refractory{Cell: nodes.Scanned(nodes.LIF{})},
		nodes.Refractory{Cell: nodes.LIF{}, Period: 1e12},
	} {
		_, fused := resting{steps: 3, batch: 1, in: 1, units: 2, pieces: 1}.run(t, cell)
		if fused {
			t.Errorf("%+v is fused", cell)
		}
	}
}

// silenced never spikes.
type silenced struct{ nodes.LIF }

func (c silenced) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.LIF.Step(p, s, current.Times(0))
}

// The first neurons are regular: their threshold stays at rest, whatever adaptation they start with.
func TestLSNNRegular(t *testing.T) {
	for _, c := range []struct {
		share float64
		units int
		want  int
	}{{0, 4, 0}, {.5, 4, 2}, {.5, 5, 3}, {.3, 5, 2}, {1, 3, 3}, {.1, 3, 0}} {
		cell := nodes.LSNN{TauAdp: graph.Constant(10), Regular: c.share, Beta: new(2.0)}
		for _, cell := range []nodes.Cell{cell, nodes.Scanned(cell)} {
			r := resting{steps: 12, batch: 1, in: 2, units: c.units, pieces: 1}
			values, _ := r.run(t, cell)
			for i, a := range values[nodes.Adaptation] {
				if regular := i%c.units < c.want; (a == 0) != regular || (values[nodes.Threshold][i] == .6) != regular {
					t.Errorf("%v of %d neurons: adaptation %v, threshold %v of neuron %d", c.share, c.units, a, values[nodes.Threshold][i], i%c.units)
				}
			}
		}
	}
	wantRefused(t, nodes.LSNN{Regular: -.1}, "LSNN", "regular is -0.1", "0 to 1")
	wantRefused(t, nodes.LSNN{Regular: math.NaN()}, "regular is NaN")
	wantRefused(t, nodes.Refractory{Cell: nodes.LSNN{Regular: 1.5}}, "LSNN", "regular is 1.5")
}
