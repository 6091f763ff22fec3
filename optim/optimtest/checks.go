package optimtest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func minimises(t *testing.T, p problem, dt tensor.Dtype, s *optim.Solver) {
	const steps, factor = 20_000, 1e-3
	run := p.start(dt)
	first := run.differentiate()
	last := first
	for step := 0; step < steps && last > factor*first; step++ {
		if err := s.Step(run.model()); err != nil {
			t.Fatal(err)
		}
		last = run.differentiate()
	}
	if !(last <= factor*first) {
		t.Errorf("loss fell from %v to %v in %d steps, want %v", first, last, steps, factor*first)
	}
}

func zeroesGradients(t *testing.T, p problem, dt tensor.Dtype, s *optim.Solver) {
	run := p.start(dt)
	run.train(t, s, 1)
	for _, q := range []*fakeParameter{run.px, run.py} {
		for i := range p.x {
			if g := q.grad.at(i); g != 0 {
				t.Errorf("after the step, element %d of the gradient of %s is %v, want 0", i, q.name, g)
			}
		}
	}
}

func ignoresOrder(t *testing.T, p problem, dt tensor.Dtype, newSolver func() *optim.Solver) {
	forward, mixed := p.start(dt), p.start(dt)
	forward.train(t, newSolver(), 10)

	s := newSolver()
	for step := range 10 {
		mixed.differentiate()
		model := mixed.model()
		if step%3 != 0 {
			slices.Reverse(model)
		}
		if err := s.Step(model); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, "another order of the model", mixed.values(), forward.values())
}

func resumes(t *testing.T, p problem, dt tensor.Dtype, newSolver func() *optim.Solver) {
	through, stopped := p.start(dt), p.start(dt)
	through.train(t, newSolver(), 10)

	before := newSolver()
	stopped.train(t, before, 5)
	state := before.State()
	p.start(dt).train(t, before, 3) // must not reach into the state that was handed out

	after := newSolver()
	if err := after.Restore(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state, after.State()); diff != "" {
		t.Errorf("State after Restore differs (-want +got):\n%s", diff)
	}
	stopped.train(t, after, 5)
	sameBits(t, "5 steps, Restore, 5 steps", stopped.values(), through.values())
}

func refusesNaN(t *testing.T, p problem, dt tensor.Dtype, newSolver func() *optim.Solver) {
	undisturbed, run := p.start(dt), p.start(dt)
	undisturbed.train(t, newSolver(), 4)

	s := newSolver()
	run.train(t, s, 2)
	values, state := run.values(), s.State()
	run.differentiate()
	good := run.py.grad.at(1)
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		run.py.grad.set(1, bad)
		if err := s.Step(run.model()); err == nil {
			t.Fatalf("no error for a gradient of %v", bad)
		} else if !strings.Contains(err.Error(), "y: gradient") {
			t.Errorf("the error does not name the gradient of y: %v", err)
		}
		sameBits(t, "after a failed step, values", run.values(), values)
		if diff := cmp.Diff(state, s.State()); diff != "" {
			t.Errorf("the failed step changed the state (-before +after):\n%s", diff)
		}
	}
	run.py.grad.set(1, good)
	if err := s.Step(run.model()); err != nil {
		t.Fatal(err)
	}
	run.train(t, s, 1)
	sameBits(t, "with failed steps between", run.values(), undisturbed.values())
}

func trainsGraph(t *testing.T, p problem, newSolver func() *optim.Solver) {
	want := p.start(tensor.Float64)
	want.train(t, newSolver(), 10)

	g := gorgonia.NewGraph()
	backing := func(x []float64) gorgonia.NodeConsOpt {
		return gorgonia.WithValue(tensor.New(tensor.WithBacking(slices.Clone(x))))
	}
	x := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(len(p.x)), backing(p.x))
	y := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("y"), gorgonia.WithShape(len(p.y)), backing(p.y))
	if _, err := gorgonia.Grad(p.symbol(x, y), x, y); err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(x, y))
	defer vm.Close()

	s := newSolver()
	for range 10 {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
		if err := s.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{x, y})); err != nil {
			t.Fatal(err)
		}
	}
	got := append(x.Value().Data().([]float64), y.Value().Data().([]float64)...)
	for i, v := range want.values() {
		if math.Abs(got[i]-v) > 1e-9*max(1, math.Abs(v)) {
			t.Errorf("after 10 steps on the graph, element %d is %v, want %v", i, got[i], v)
		}
	}
}

func sameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Errorf("%s: element %d is %v, want %v to the last bit", what, i, got[i], want[i])
		}
	}
}
