package train_test

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
)

// toy is a task of two classes: which of two inputs spikes more, in a whole sequence or, with
// perStep, which of them spiked last.
type toy struct {
	n, steps int
	perStep  bool
}

func (d toy) Len() int { return d.n }

func (d toy) Spec() train.Spec {
	return train.Spec{Steps: d.steps, Features: 2, Classes: 2, PerStep: d.perStep}
}

func (d toy) Read(i int, e *train.Example) error {
	if i < 0 || i >= d.n || len(e.X) != 2*d.steps || len(e.Classes) != d.Spec().Targets(d.steps) {
		return fmt.Errorf("example %d into %d and %d", i, len(e.X), len(e.Classes))
	}
	rng := rand.New(rand.NewPCG(uint64(i), 77))
	class, last := i%2, train.Ignore
	for t := range d.steps {
		if rng.Float64() < .4 {
			c := class
			if d.perStep || rng.Float64() < .2 {
				c = rng.IntN(2)
			}
			e.X[2*t+c] = 1
			last = c
		}
		if d.perStep {
			e.Classes[t] = last
		}
	}
	if !d.perStep {
		e.Classes[0] = class
	}
	return nil
}

// toyNet is a small network for the toy task, with random initial states.
func toyNet(kind models.ReadoutKind) models.SRNN {
	return models.SRNN{
		In:      2,
		Hidden:  []nodes.Layer{{Units: 8, Cell: nodes.ALIF{TauAdp: graph.Constant(30)}, Recurrent: true, Initial: nodes.Random(1)}},
		Readout: models.Readout{Kind: kind, Layer: nodes.Layer{Units: 2, Initial: nodes.Random(1)}},
	}
}

// still is toyNet with initial states that are not random, which do not depend on the batch.
func still(kind models.ReadoutKind) models.SRNN {
	c := toyNet(kind)
	c.Hidden[0].Initial, c.Readout.Layer.Initial = nodes.Initial{}, nodes.Initial{}
	return c
}

func task(kind models.ReadoutKind, loss train.Loss[*models.Output]) train.Task[*models.Output] {
	return train.Task[*models.Output]{Model: toyNet(kind), Loss: loss, Metrics: []train.Metric{models.Accuracy{}}}
}

func adam(rate float64) *optim.Solver {
	return optim.New(optim.Adam(optim.Constant(rate)), optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: .5})
}

func newTrainer[O any](t testing.TB, k train.Task[O], data train.Dataset, s train.Settings) *train.Trainer {
	t.Helper()
	if s.Log == nil {
		s.Log = io.Discard
	}
	tr, err := train.New(k, data, s)
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

func run(t testing.TB, tr *train.Trainer) {
	t.Helper()
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// ran is a trainer that has been run.
func ran[O any](t testing.TB, k train.Task[O], data train.Dataset, s train.Settings) *train.Trainer {
	t.Helper()
	tr := newTrainer(t, k, data, s)
	run(t, tr)
	return tr
}

func evaluate(t testing.TB, n *train.Network, data train.Dataset, batch int) *train.Report {
	t.Helper()
	r, err := n.Evaluate(t.Context(), data, train.Evaluation{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// params are all parameters, one after the other.
func params(n *train.Network) (all []float64) {
	for _, p := range n.Params().All() {
		all = append(all, p.Values()...)
	}
	return all
}

// same tells whether numbers are the same bits.
func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return true
}

// number is a number of a report.
func number(t testing.TB, r *train.Report, name string) float64 {
	t.Helper()
	x, ok := r.Number(name)
	if !ok {
		t.Fatalf("the report has no %s, but %v", name, r.Numbers())
	}
	return x
}

// sameReports compares what came out, without how long it took.
func sameReports(t testing.TB, what string, got, want *train.Report) {
	t.Helper()
	if (got == nil) != (want == nil) {
		t.Errorf("%s: the report is %v, want %v", what, got, want)
		return
	}
	if got == nil {
		return
	}
	if g, w := fmt.Sprint(got.Examples, got.Numbers()), fmt.Sprint(want.Examples, want.Numbers()); g != w {
		t.Errorf("%s: the report is %s, want %s", what, g, w)
	}
}

// sameHistories compares epochs, without how long they took and without gradients, which are not saved.
func sameHistories(t testing.TB, what string, got, want []train.Epoch) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: there are %d epochs, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		at := fmt.Sprintf("%s: epoch %d", what, i+1)
		if g, w := got[i], want[i]; g.Epoch != w.Epoch || g.Steps != w.Steps || g.Best != w.Best {
			t.Errorf("%s: epoch, steps, best are %d, %d, %v, want %d, %d, %v", at, g.Epoch, g.Steps, g.Best, w.Epoch, w.Steps, w.Best)
		}
		sameReports(t, at+", training", got[i].Training, want[i].Training)
		sameReports(t, at+", validation", got[i].Validation, want[i].Validation)
	}
}

func wantError(t testing.TB, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", what, parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%s: error is %v, want %q", what, err, p)
		}
	}
	if strings.Count(err.Error(), "srnn: ") > 1 {
		t.Errorf("%s: error is prefixed twice: %v", what, err)
	}
}

func allFinite(t testing.TB, n *train.Network) {
	t.Helper()
	for _, p := range n.Params().All() {
		for _, x := range p.Values() {
			if !graph.Finite(x) {
				t.Fatalf("%s is %v", p.Name, x)
			}
		}
	}
}

func ptr[T any](x T) *T { return &x }
