package conform

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/optim"
)

// Optimizer checks that the solvers which newSolver makes, all of the same chain, train and
// keep the promises of [optim.Solver]. The problems are a parabola and Rosenbrock's function, in
// parameters "x" and "y" of three elements each; the chain's settings should be such that it
// lowers both losses a thousandfold within 20,000 steps.
func Optimizer(t *testing.T, newSolver func() *optim.Solver) {
	t.Helper()
	for _, p := range []problem{parabola(), rosenbrock()} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(p.name+" "+dt.String(), func(t *testing.T) {
				t.Run("minimises", func(t *testing.T) { minimises(t, p, dt, newSolver()) })
				t.Run("zeroes gradients", func(t *testing.T) { zeroesGradients(t, p, dt, newSolver()) })
				t.Run("ignores order", func(t *testing.T) { ignoresOrder(t, p, dt, newSolver) })
				t.Run("resumes", func(t *testing.T) { resumes(t, p, dt, newSolver) })
				t.Run("refuses NaN", func(t *testing.T) { refusesNaN(t, p, dt, newSolver) })
			})
		}
		t.Run(p.name+" as a graph", func(t *testing.T) { trainsGraph(t, p, newSolver) })
	}
}

// problem is a sum of losses of pairs (x, y), with its gradient and as a graph.
type problem struct {
	name   string
	x, y   []float64 // where it starts
	loss   func(x, y float64) (loss, dx, dy float64)
	symbol func(x, y *gorgonia.Node) *gorgonia.Node
}

// parabola is (x−1)² + 10(y+½)², least at (1, −½).
func parabola() problem {
	return problem{
		name: "parabola",
		x:    []float64{0, 3, -2},
		y:    []float64{1, -2, 0},
		loss: func(x, y float64) (loss, dx, dy float64) {
			a, b := x-1, y+.5
			return a*a + 10*b*b, 2 * a, 20 * b
		},
		symbol: func(x, y *gorgonia.Node) *gorgonia.Node {
			a := gorgonia.Must(gorgonia.Sub(x, gorgonia.NewConstant(1.0)))
			b := gorgonia.Must(gorgonia.Add(y, gorgonia.NewConstant(.5)))
			return sumOfSquares(a, b, 10)
		},
	}
}

// rosenbrock is (1−x)² + 100(y−x²)², least at (1, 1), at the end of a narrow bent valley
// (Rosenbrock 1960).
func rosenbrock() problem {
	return problem{
		name: "rosenbrock",
		x:    []float64{-1.2, 0, .5},
		y:    []float64{1, 0, -.5},
		loss: func(x, y float64) (loss, dx, dy float64) {
			a, b := 1-x, y-x*x
			return a*a + 100*b*b, -2*a - 400*b*x, 200 * b
		},
		symbol: func(x, y *gorgonia.Node) *gorgonia.Node {
			a := gorgonia.Must(gorgonia.Sub(x, gorgonia.NewConstant(1.0)))
			b := gorgonia.Must(gorgonia.Sub(y, gorgonia.Must(gorgonia.Square(x))))
			return sumOfSquares(a, b, 100)
		},
	}
}

// sumOfSquares is Σ a² + weight·b².
func sumOfSquares(a, b *gorgonia.Node, weight float64) *gorgonia.Node {
	aa := gorgonia.Must(gorgonia.Square(a))
	bb := gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Square(b)), gorgonia.NewConstant(weight)))
	return gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Add(aa, bb))))
}

// fakeParameter is a gorgonia.ValueGrad without a graph.
type fakeParameter struct {
	name        string
	value, grad fakeVector
}

func newFakeParameter(name string, dt tensor.Dtype, start []float64) *fakeParameter {
	p := &fakeParameter{name, newFakeVector(dt, len(start)), newFakeVector(dt, len(start))}
	for i, v := range start {
		p.value.set(i, v)
	}
	return p
}

func (p *fakeParameter) Name() string                  { return p.name }
func (p *fakeParameter) Value() gorgonia.Value         { return p.value.Dense }
func (p *fakeParameter) Grad() (gorgonia.Value, error) { return p.grad.Dense, nil }

// fakeVector is a tensor that is read and written in float64.
type fakeVector struct{ *tensor.Dense }

func newFakeVector(dt tensor.Dtype, n int) fakeVector {
	return fakeVector{tensor.New(tensor.Of(dt), tensor.WithShape(n))}
}

func (v fakeVector) at(i int) float64 {
	if v.Dtype() == tensor.Float32 {
		return float64(v.GetF32(i))
	}
	return v.GetF64(i)
}

func (v fakeVector) set(i int, x float64) {
	if v.Dtype() == tensor.Float32 {
		v.SetF32(i, float32(x))
	} else {
		v.SetF64(i, x)
	}
}

// training is a problem on its way to the minimum.
type training struct {
	problem
	px, py *fakeParameter
}

func (p problem) start(dt tensor.Dtype) *training {
	return &training{p, newFakeParameter("x", dt, p.x), newFakeParameter("y", dt, p.y)}
}

func (r *training) model() []gorgonia.ValueGrad { return []gorgonia.ValueGrad{r.px, r.py} }

// differentiate adds the gradient to that of the parameters, as a graph would, and returns the
// loss.
func (r *training) differentiate() float64 {
	total := 0.0
	for i := range r.problem.x {
		loss, dx, dy := r.loss(r.px.value.at(i), r.py.value.at(i))
		total += loss
		r.px.grad.set(i, r.px.grad.at(i)+dx)
		r.py.grad.set(i, r.py.grad.at(i)+dy)
	}
	return total
}

// train makes some steps.
func (r *training) train(t *testing.T, s gorgonia.Solver, steps int) {
	t.Helper()
	for range steps {
		r.differentiate()
		if err := s.Step(r.model()); err != nil {
			t.Fatal(err)
		}
	}
}

// values are the parameters' values, x then y.
func (r *training) values() []float64 {
	var out []float64
	for _, p := range []*fakeParameter{r.px, r.py} {
		for i := range r.problem.x {
			out = append(out, p.value.at(i))
		}
	}
	return out
}

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
