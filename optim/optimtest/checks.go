package optimtest

import (
	"math"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// minimises checks that training lowers the loss a thousandfold.
func (s suite) minimises() error {
	const steps, factor = 20_000, 1e-3
	solver, run := s.newSolver(), s.start(s.dtype)
	first := run.differentiate()
	last := first
	for step := 0; step < steps && last > factor*first; step++ {
		if err := solver.Step(run.model()); err != nil {
			return err
		}
		last = run.differentiate()
	}
	if !(last <= factor*first) {
		return errors.Errorf("loss fell from %v to %v in %d steps, want %v", first, last, steps, factor*first)
	}
	return nil
}

// zeroesGradients checks that a step leaves gradients of zero behind: the next run adds to them.
func (s suite) zeroesGradients() error {
	run := s.start(s.dtype)
	if err := run.train(s.newSolver(), 1); err != nil {
		return err
	}
	for _, q := range []*parameter{run.px, run.py} {
		for i := range s.x {
			if g := q.grad.at(i); g != 0 {
				return errors.Errorf("after the step, element %d of the gradient of %s is %v, want 0", i, q.name, g)
			}
		}
	}
	return nil
}

// ignoresOrder compares a training with one whose parameters come in another order now and then.
func (s suite) ignoresOrder() error {
	forward, mixed := s.start(s.dtype), s.start(s.dtype)
	if err := forward.train(s.newSolver(), 10); err != nil {
		return err
	}
	solver := s.newSolver()
	for step := range 10 {
		mixed.differentiate()
		model := mixed.model()
		if step%3 != 0 {
			slices.Reverse(model)
		}
		if err := solver.Step(model); err != nil {
			return err
		}
	}
	return errors.WithMessage(sameBits(mixed.values(), forward.values()), "another order of the parameters")
}

// resumes compares a training with one that is stopped, and goes on with another solver to which the
// state of the first is restored.
func (s suite) resumes() error {
	through, stopped := s.start(s.dtype), s.start(s.dtype)
	before, after := s.newSolver(), s.newSolver()
	if err := through.train(s.newSolver(), 10); err != nil {
		return err
	}
	if err := stopped.train(before, 5); err != nil {
		return err
	}
	state := before.State()
	if err := s.start(s.dtype).train(before, 3); err != nil { // must not reach into the state that was handed out
		return err
	}
	if err := after.Restore(state); err != nil {
		return err
	}
	if diff := cmp.Diff(state, after.State()); diff != "" {
		return errors.Errorf("State after Restore differs (-want +got):\n%s", diff)
	}
	if err := stopped.train(after, 5); err != nil {
		return err
	}
	return errors.WithMessage(sameBits(stopped.values(), through.values()), "5 steps, Restore, 5 steps")
}

// refusesNotFinite checks that a gradient which is not finite is an error that changes nothing.
func (s suite) refusesNotFinite() error {
	undisturbed, run, solver := s.start(s.dtype), s.start(s.dtype), s.newSolver()
	if err := undisturbed.train(s.newSolver(), 4); err != nil {
		return err
	}
	if err := run.train(solver, 2); err != nil {
		return err
	}
	run.differentiate()
	good := run.py.grad.at(1)
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		run.py.grad.set(1, bad)
		if err := failsWithoutTrace(solver, run); err != nil {
			return errors.WithMessagef(err, "a gradient of %v", bad)
		}
	}
	run.py.grad.set(1, good)
	if err := solver.Step(run.model()); err != nil {
		return err
	}
	if err := run.train(solver, 1); err != nil {
		return err
	}
	return errors.WithMessage(sameBits(run.values(), undisturbed.values()), "with failed steps between")
}

// failsWithoutTrace makes a step that must fail, with an error about the gradient of y.
func failsWithoutTrace(solver *optim.Solver, run *training) error {
	values, state := run.values(), solver.State()
	if err := solver.Step(run.model()); err == nil {
		return errors.New("is no error")
	} else if !strings.Contains(err.Error(), "y: gradient") {
		return errors.Errorf("gives an error that does not name the gradient of y: %v", err)
	}
	if err := sameBits(run.values(), values); err != nil {
		return errors.WithMessage(err, "changed the values")
	}
	if diff := cmp.Diff(state, solver.State()); diff != "" {
		return errors.Errorf("changed the state of the solver (-before +after):\n%s", diff)
	}
	return nil
}

// trainsGraph compares the training of numbers with that of a Gorgonia graph.
func (s suite) trainsGraph() error {
	want := s.start(tensor.Float64)
	if err := want.train(s.newSolver(), 10); err != nil {
		return err
	}
	g := gorgonia.NewGraph()
	vector := func(name string, values []float64) *gorgonia.Node {
		return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName(name), gorgonia.WithShape(len(values)),
			gorgonia.WithValue(tensor.New(tensor.WithBacking(slices.Clone(values)))))
	}
	x, y := vector("x", s.x), vector("y", s.y)
	if _, err := gorgonia.Grad(s.symbol(x, y), x, y); err != nil {
		return err
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(x, y))
	defer vm.Close()
	solver := s.newSolver()
	for range 10 {
		if err := vm.RunAll(); err != nil {
			return err
		}
		vm.Reset()
		if err := solver.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{x, y})); err != nil {
			return err
		}
	}
	got := slices.Concat(x.Value().Data().([]float64), y.Value().Data().([]float64))
	for i, v := range want.values() {
		if !(math.Abs(got[i]-v) <= 1e-9*max(1, math.Abs(v))) {
			return errors.Errorf("after 10 steps on the graph, element %d is %v, want %v", i, got[i], v)
		}
	}
	return nil
}

func sameBits(got, want []float64) error {
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			return errors.Errorf("element %d is %v, want %v to the last bit", i, got[i], want[i])
		}
	}
	return nil
}
