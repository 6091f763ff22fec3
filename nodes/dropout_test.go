package nodes_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const dropSteps, dropBatch, dropUnits = 5, 3, 40

// dropped are the factors of a dropout in training: what it makes of ones.
func dropped(t *testing.T, d nodes.Dropout, begin func(r *graph.Run)) []float64 {
	t.Helper()
	p := newParams(7)
	p.Run().Training = true
	y := must(d.Apply(p, "drop", input(p, "x", repeat(1, dropSteps*dropBatch*dropUnits), dropSteps, dropBatch, dropUnits)))
	begin(p.Run())
	return read(t, p, y)[0]
}

func asDeclared(*graph.Run) {}

// begun begins a batch, and goes on by pieces.
func begun(t *testing.T, seed uint64, pieces int) func(r *graph.Run) {
	return func(r *graph.Run) {
		if err := r.Begin(graph.Stream(seed, "batch")); err != nil {
			t.Fatal(err)
		}
		for range pieces {
			if err := r.Advance(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Units are left out with the probability that was asked for, the others are scaled up; and a sequence
// has one mask, or each step its own.
func TestDropoutMasks(t *testing.T) {
	const rate, size = .3, dropBatch * dropUnits
	for _, d := range []nodes.Dropout{{Rate: rate}, {Rate: rate, PerStep: true}} {
		for name, begin := range map[string]func(*graph.Run){"as declared": asDeclared, "begun": begun(t, 1, 0), "second piece": begun(t, 1, 1)} {
			y := dropped(t, d, begin)
			kinds, out := y[:size], 0.0
			if d.PerStep {
				kinds = y
			}
			for _, v := range kinds {
				switch v {
				case 0:
					out++
				case 1 / (1 - rate):
				default:
					t.Fatalf("%+v, %s: a factor is %v", d, name, v)
				}
			}
			n := float64(len(kinds))
			if sigma := math.Sqrt(n * rate * (1 - rate)); math.Abs(out-n*rate) > 4*sigma {
				t.Errorf("%+v, %s: %v of %v units are left out", d, name, out, n)
			}
			for step := 1; step < dropSteps; step++ {
				if same := slices.Equal(y[step*size:][:size], y[:size]); same == d.PerStep {
					t.Errorf("%+v, %s: masks of steps 0 and %d are equal: %v", d, name, step, same)
				}
			}
			if slices.Equal(y[:dropUnits], y[dropUnits:2*dropUnits]) {
				t.Errorf("%+v, %s: examples share a mask", d, name)
			}
		}
	}
}

// The same random stream makes the same masks, and another one others. The pieces of a sequence share
// one mask, but not the masks of their steps.
func TestDropoutDraws(t *testing.T) {
	for _, d := range []nodes.Dropout{{Rate: .3}, {Rate: .3, PerStep: true}} {
		first := dropped(t, d, begun(t, 1, 0))
		equal(t, "mask drawn again", dropped(t, d, begun(t, 1, 0)), first)
		equal(t, "mask declared again", dropped(t, d, asDeclared), dropped(t, d, asDeclared))
		for name, other := range map[string][]float64{"of another batch": dropped(t, d, begun(t, 2, 0)), "as declared": dropped(t, d, asDeclared)} {
			if slices.Equal(other, first) {
				t.Errorf("%+v: the mask %s is the same", d, name)
			}
		}
		equal(t, "third piece", dropped(t, d, begun(t, 1, 2)), dropped(t, d, begun(t, 1, 2)))
		if same := slices.Equal(dropped(t, d, begun(t, 1, 1)), first); same == d.PerStep {
			t.Errorf("%+v: two pieces have the same mask: %v", d, same)
		}
	}
}

// Without training, or at rate 0, dropout is x itself, and adds nothing to the graph.
func TestDropoutIsNothing(t *testing.T) {
	p := newParams(7)
	x := input(p, "x", repeat(1, 6), 2, 3)
	if y := must(nodes.Dropout{Rate: .5}.Apply(p, "drop", x)); y != x {
		t.Error("there is dropout in evaluation")
	}
	p.Run().Training = true
	if y := must(nodes.Dropout{}.Apply(p, "drop", x)); y != x {
		t.Error("there is dropout of rate 0")
	}
	if n := len(p.Graph().AllNodes()); n != 1 || len(p.All()) > 0 {
		t.Errorf("there are %d nodes and parameters %v", n, p.All())
	}
	if y := must(nodes.Dropout{Rate: .5}.Apply(p, "drop", x)); y == x {
		t.Error("there is no dropout in training")
	}
}

func TestDropoutRefuses(t *testing.T) {
	p := newParams(7)
	p.Run().Training = true
	x := input(p, "x", repeat(1, 6), 2, 3)
	for _, rate := range []float64{-.1, 1, math.NaN()} {
		_, err := nodes.Dropout{Rate: rate}.Apply(p.Scope("a"), "drop", x)
		wantError(t, "rate", err, "srnn: dropout a.drop: ", fmt.Sprint(rate), "from 0 to less than 1")
	}
	_, err := nodes.Dropout{Rate: .1}.Apply(p, "drop", nil)
	wantError(t, "nil", err, "dropout drop", "x is nil")
	_, err = nodes.Dropout{Rate: .1}.Apply(p, "drop", input(p, "v", repeat(1, 6), 6))
	wantError(t, "vector", err, "v", "(6)", "[T, batch, units]")
	must(nodes.Dropout{Rate: .1}.Apply(p, "drop", x))
	_, err = nodes.Dropout{Rate: .1}.Apply(p, "drop", x)
	wantError(t, "one name twice", err, "drop", "already")
	cell := nodes.LIF{}
	_, err = nodes.Layer{Units: 2, Cell: cell, RecurrentDropout: nodes.Dropout{Rate: .1}}.Declare(p, "a", 3)
	wantError(t, "no recurrence", err, "a: ", "not recurrent")
	_, err = nodes.Layer{Units: 2, Cell: cell, Recurrent: true, RecurrentDropout: nodes.Dropout{Rate: 1}}.Declare(p, "b", 3)
	wantError(t, "recurrent rate", err, "b: recurrent dropout: ", "1")
	n := must(nodes.Layer{Units: 2, Cell: cell, Recurrent: true, RecurrentDropout: nodes.Dropout{Rate: .1}}.Declare(p, "c", 3))
	_, err = nodes.NewEligibility(n, nodes.Tracing[float64]{Batch: 1, Output: nodes.Spikes})
	wantError(t, "online", err, "c: ", "dropout")
}

// Gradients flow through the units that are there.
func TestDropoutGradient(t *testing.T) {
	for _, d := range []nodes.Dropout{{Rate: .4}, {Rate: .4, PerStep: true}} {
		x := dense(tensor.Float64, normal(1, 24), 3, 2, 4)
		graphtest.Gradients(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			p := must(graph.NewParams(in[0].Graph(), tensor.Float64, 1))
			p.Run().Training = true
			return gorgonia.Sum(must(gorgonia.Square(must(d.Apply(p, "drop", in[0])))))
		})
	}
}

// recurrentLIF is a recurrent layer of neurons without reset, whose recurrent spikes are smooth, for
// references by hand.
func recurrentLIF(d nodes.Dropout, e ops.Estimator) nodes.Layer {
	return nodes.Layer{Units: 4, Recurrent: true, RecurrentDropout: d, Estimator: e,
		Cell: nodes.LIF{TauM: graph.Constant(3), Reset: nodes.NoReset, Surrogate: ops.Relaxed{Surrogate: ops.Sigmoid{}}}}
}

// Recurrent spikes are multiplied by the mask on their way, and by nothing else: as a loop over the
// equations has it, with the mask that is in the graph.
func TestRecurrentDropout(t *testing.T) {
	const steps, batch, in, units = 6, 2, 3, 4
	for _, d := range []nodes.Dropout{{Rate: .5}, {Rate: .5, PerStep: true}} {
		p := newParams(2)
		p.Run().Training = true
		n := must(recurrentLIF(d, nil).Declare(p, "a", in))
		a := must(n.Forward(input(p, "x", normal(1, steps*batch*in), steps, batch, in)))
		begun(t, 3, 0)(p.Run())
		got := read(t, p, must(a.Spikes()), must(a.Current()), must(a.Membrane()))
		mask, w := values(find(t, p, "a.run1.dropout")), values(n.WRec)
		if zeros := len(mask) - len(slices.DeleteFunc(slices.Clone(mask), func(x float64) bool { return x == 0 })); zeros == 0 || zeros == len(mask) {
			t.Fatalf("%d of %d are left out: the test shows nothing", zeros, len(mask))
		}
		alpha := math.Exp(-1. / 3)
		u, want := make([]float64, batch*units), make([]float64, 0, len(got[2]))
		for step := range steps {
			for b := range batch {
				for j := range units {
					current := got[1][(step*batch+b)*units+j]
					for i := range units {
						if step > 0 {
							at := (step*batch+b)*units + i
							current += w[j*units+i] * mask[at] * got[0][at-batch*units]
						}
					}
					u[b*units+j] = alpha*u[b*units+j] + (1-alpha)*current
				}
			}
			want = append(want, u...)
		}
		closeTo(t, "membrane", got[2], want, 1e-12)
	}
}

// Gradients of recurrent dropout are those of central differences.
func TestRecurrentDropoutGradient(t *testing.T) {
	for _, d := range []nodes.Dropout{{Rate: .5}, {Rate: .5, PerStep: true}} {
		inputs := []*tensor.Dense{dense(tensor.Float64, normal(1, 5*2*3), 5, 2, 3), dense(tensor.Float64, normal(2, 16), 4, 4)}
		graphtest.Gradients(t, inputs, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			p := must(graph.NewParams(in[0].Graph(), tensor.Float64, 1))
			p.Run().Training = true
			n := must(recurrentLIF(d, nil).Declare(p, "a", 3))
			n.WRec = in[1]
			a := must(n.Forward(in[0]))
			return gorgonia.Sum(must(gorgonia.Square(must(a.Spikes()))))
		})
	}
}

// In evaluation a layer with recurrent dropout is the one without, by its fused op; and so it is in
// training at rate 0.
func TestRecurrentDropoutInEvaluation(t *testing.T) {
	run := func(d nodes.Dropout, training, both bool, e ops.Estimator) []float64 {
		p := newParams(2)
		p.Run().Training = training
		layer := three(nodes.Initial{})
		layer.RecurrentDropout, layer.Estimator, layer.Bidirectional = d, e, both
		n := must(layer.Declare(p, "a", 2))
		a := must(n.Forward(input(p, "x", normal(1, 20*2*2), 20, 2, 2)))
		begun(t, 3, 0)(p.Run())
		return read(t, p, must(a.Membrane()))[0]
	}
	for _, e := range []ops.Estimator{nil, ops.EProp{}, ops.EProp{Local: true}, ops.TBPTT{K: 3}} {
		for _, both := range []bool{false, true} {
			plain := run(nodes.Dropout{}, true, both, e)
			equal(t, "evaluation", run(nodes.Dropout{Rate: .5}, false, both, e), plain)
			equal(t, "rate 0", run(nodes.Dropout{PerStep: true}, true, both, e), plain)
			if slices.Equal(run(nodes.Dropout{Rate: .5}, true, both, e), plain) {
				t.Errorf("%v: there is no dropout in training", e)
			}
		}
	}
}

func TestDropoutJSON(t *testing.T) {
	layer := nodes.Layer{Units: 3, Cell: nodes.LIF{}, Recurrent: true, RecurrentDropout: nodes.Dropout{Rate: .25, PerStep: true}}
	var again nodes.Layer
	if err := json.Unmarshal(must(json.Marshal(layer)), &again); err != nil {
		t.Fatal(err)
	}
	if again.RecurrentDropout != layer.RecurrentDropout {
		t.Errorf("dropout became %+v", again.RecurrentDropout)
	}
}
