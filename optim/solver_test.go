package optim_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/srnn-go/srnn/optim"
)

func scalar64(name string, value, grad float64) *param {
	return &param{name, gorgonia.NewF64(value), gorgonia.NewF64(grad)}
}

func scalar32(name string, value, grad float64) *param {
	return &param{name, gorgonia.NewF32(float32(value)), gorgonia.NewF32(float32(grad))}
}

func TestScalars(t *testing.T) {
	a, b := scalar64("a", 5, 2), scalar32("b", 5, 2)
	zeroDim := &param{"c", tensor.New(tensor.FromScalar(5.)), tensor.New(tensor.FromScalar(float64(2)))}
	step(t, optim.New(rate1), a, b, zeroDim)
	for _, p := range []*param{a, b, zeroDim} {
		if got := p.value.Data(); got != 3. && got != float32(3) {
			t.Errorf("%s is %v, want 3", p.name, got)
		}
		if got := p.grad.Data(); got != 0. && got != float32(0) {
			t.Errorf("gradient of %s is %v, want 0", p.name, got)
		}
	}
}

// A scalar variable of a graph is a value of another kind than a tensor.
func TestScalarOfGraph(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithValue(3.))
	if _, err := gorgonia.Grad(gorgonia.Must(gorgonia.Square(x)), x); err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(x))
	defer vm.Close()
	s := optim.New(optim.SGD(optim.Constant(.25)))
	for _, want := range []float64{1.5, .75, .375} {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
		if err := s.Step([]gorgonia.ValueGrad{x}); err != nil {
			t.Fatal(err)
		}
		if got := x.Value().Data(); got != want {
			t.Errorf("x is %v, want %v", got, want)
		}
	}
}

// view returns a (2, 2) tensor whose rows are (1, 2) and (3, 4), and all of its backing.
func view(t *testing.T, layout string) (*tensor.Dense, []float64) {
	t.Helper()
	switch layout {
	case "rows":
		backing := []float64{1, 2, 3, 4}
		return tensor.New(tensor.WithShape(2, 2), tensor.WithBacking(backing)), backing
	case "columns":
		backing := []float64{1, 2, 3, 4} // AsFortran rearranges it
		return tensor.New(tensor.WithShape(2, 2), tensor.AsFortran(backing)), backing
	case "transposed":
		backing := []float64{1, 3, 2, 4}
		d := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking(backing))
		if err := d.T(); err != nil {
			t.Fatal(err)
		}
		return d, backing
	case "sliced":
		backing := []float64{9, 1, 2, 9, 3, 4}
		d, err := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking(backing)).Slice(nil, gorgonia.S(1, 3))
		if err != nil {
			t.Fatal(err)
		}
		return d.(*tensor.Dense), backing
	}
	t.Fatalf("no layout %q", layout)
	return nil, nil
}

func TestViews(t *testing.T) {
	after := map[string][]float64{ // a step of rate 1 along 10·(the view itself)
		"rows":       {-9, -18, -27, -36},
		"columns":    {-9, -27, -18, -36},
		"transposed": {-9, -27, -18, -36},
		"sliced":     {9, -9, -18, 9, -27, -36},
	}
	zeroed := map[string][]float64{
		"rows": {0, 0, 0, 0}, "columns": {0, 0, 0, 0}, "transposed": {0, 0, 0, 0}, "sliced": {9, 0, 0, 9, 0, 0},
	}
	for valueLayout := range after {
		for gradLayout := range after {
			t.Run(valueLayout+" with gradient in "+gradLayout, func(t *testing.T) {
				value, v := view(t, valueLayout)
				grad, g := view(t, gradLayout)
				step(t, optim.New(optim.SGD(optim.Constant(10))), &param{"w", value, grad})
				wantValues(t, "value", v, after[valueLayout]...)
				wantValues(t, "gradient", g, zeroed[gradLayout]...)
			})
		}
	}
}

// Gradients may be slices of transposes of slices.
func TestAnyView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 4), 1, 4).Draw(t, "shape")
		grad := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(tensor.Range(tensor.Float64, 1, 1+tensor.Shape(shape).TotalSize())))
		for range rapid.IntRange(0, 3).Draw(t, "views") {
			if rapid.Bool().Draw(t, "transpose") {
				if err := grad.T(rapid.Permutation(seq(grad.Dims())).Draw(t, "axes")...); err != nil {
					continue // Gorgonia refuses to do what changes nothing
				}
			} else {
				var ranges []tensor.Slice
				for _, size := range grad.Shape() {
					from := rapid.IntRange(0, size-1).Draw(t, "from")
					ranges = append(ranges, gorgonia.S(from, rapid.IntRange(from+1, size).Draw(t, "to")))
				}
				sliced, err := grad.Slice(ranges...)
				if err != nil {
					t.Fatal(err)
				}
				grad = sliced.(*tensor.Dense)
			}
		}
		var want []float64
		for _, at := range coordinates(grad.Shape()) {
			x := grad.Float64s()[0] // of a view without axes
			if len(at) > 0 {
				y, err := grad.At(at...)
				if err != nil {
					t.Fatal(err)
				}
				x = y.(float64)
			}
			want = append(want, -x)
		}

		value := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(grad.Shape()...))
		if err := optim.New(rate1).Step(model(&param{"w", value, grad})); err != nil {
			t.Fatal(err)
		}
		if got := value.Float64s(); !slices.Equal(got, want) {
			t.Fatalf("shape %v, strides %v: got %v, want %v", grad.Shape(), grad.Strides(), got, want)
		}
	})
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// coordinates are those of all elements, row by row.
func coordinates(shape tensor.Shape) [][]int {
	all := [][]int{nil}
	for _, size := range shape {
		var next [][]int
		for _, head := range all {
			for i := range size {
				next = append(next, append(slices.Clone(head), i))
			}
		}
		all = next
	}
	return all
}

// Without BindDualValues, Gorgonia gives the terms of a sum one gradient between them.
func TestSharedGradient(t *testing.T) {
	a, b, grad := []float64{1}, []float64{2}, []float64{3}
	s := optim.New(rate1)
	step(t, s, vector("a", a, grad), vector("b", b, grad))
	wantValues(t, "a", a, -2)
	wantValues(t, "b", b, -1)
	wantValues(t, "gradient", grad, 0)
}

// What is a gradient and a value too ends as the value.
func TestSharedMemory(t *testing.T) {
	a, b, c := []float64{1}, []float64{5}, []float64{8}
	step(t, optim.New(rate1), vector("a", a, []float64{3}), vector("b", b, a), vector("c", c, c))
	wantValues(t, "a", a, -2)
	wantValues(t, "b", b, 4)
	wantValues(t, "c", c, 0)
	step(t, optim.New(optim.SGD(optim.Constant(.25))), vector("c", b, b))
	wantValues(t, "its own gradient", b, 3)
}

func TestStateFollowsNames(t *testing.T) {
	a, b := []float64{0}, []float64{0}
	s := optim.New(optim.Momentum{Decay: .5}, rate1)
	step(t, s, vector("a", a, []float64{8}), vector("b", b, []float64{16}))
	// Other tensors of the same names, in another order, as another graph would have them.
	step(t, s, vector("b", b, []float64{0}), vector("a", a, []float64{0}))
	wantValues(t, "a", a, -12)
	wantValues(t, "b", b, -24)
}

// Two equal transforms have state of their own.
func TestEqualTransforms(t *testing.T) {
	x := []float64{0}
	s := optim.New(optim.Momentum{Decay: .5}, optim.Momentum{Decay: .5}, rate1)
	step(t, s, vector("x", x, []float64{1}))
	step(t, s, vector("x", x, []float64{0}))
	wantValues(t, "x", x, -2) // sums 1, .5; sums of these 1, 1
}

// half runs transforms within a transform on half of the update.
type half struct{ inner optim.Chain }

func (h half) Update(step int, leaves []*optim.Leaf) error {
	for _, l := range leaves {
		for i := range l.Update {
			l.Update[i] /= 2
		}
	}
	return h.inner.Update(step, leaves)
}

func TestChainWithinTransform(t *testing.T) {
	momentum := optim.Momentum{Decay: .5}
	newSolver := func() *optim.Solver {
		return optim.New(momentum, half{optim.Chain{momentum, momentum}}, momentum, rate1)
	}
	whole, split := []float64{0}, []float64{0}
	through, before, after := newSolver(), newSolver(), newSolver()
	for range 4 {
		step(t, through, vector("a/b", whole, []float64{1}))
	}
	for range 2 {
		step(t, before, vector("a/b", split, []float64{1}))
	}
	state := before.State()
	for _, key := range []string{"0/b/a/b", "1.0/b/a/b", "1.1/b/a/b", "2/b/a/b"} {
		if len(state[key]) != 1 {
			t.Errorf("state has no %s: %v", key, state)
		}
	}
	if err := after.Restore(state); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		step(t, after, vector("a/b", split, []float64{1}))
	}
	wantValues(t, "resumed", split, whole...)
}

// ungraded is a parameter that has no gradient.
type ungraded struct{ *param }

func (ungraded) Grad() (gorgonia.Value, error) { return nil, errors.New("no such node") }

// nameless is a parameter without a Name method.
type nameless struct{ p *param }

func (n nameless) Value() gorgonia.Value         { return n.p.Value() }
func (n nameless) Grad() (gorgonia.Value, error) { return n.p.Grad() }

func TestRefusedParameters(t *testing.T) {
	ints := tensor.New(tensor.WithBacking([]int{1}))
	column := tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float64{1, 2}))
	for _, test := range []struct {
		name string
		bad  gorgonia.ValueGrad
		want []string
	}{
		{"empty name", vector("", []float64{1}, []float64{1}), []string{"parameter 2 of 3 has no name"}},
		{"no name", nameless{vector("x", []float64{1}, []float64{1})}, []string{"parameter 2 of 3 has no name"}},
		{"nil", nil, []string{"parameter 2 of 3 has no name"}},
		{"name twice", vector("a", []float64{1}, []float64{1}), []string{"two parameters have the name a"}},
		{"no value", &param{"x", nil, dense([]float64{1})}, []string{"x: value: there is none"}},
		{"nil gradient", &param{"x", dense([]float64{1}), nil}, []string{"x: gradient: there is none"}},
		{"no gradient", ungraded{vector("x", []float64{1}, []float64{1})}, []string{"x: gradient: no such node"}},
		{"int", &param{"x", ints, ints}, []string{"x: value: got a *tensor.Dense of int"}},
		{"int gradient", &param{"x", dense([]float64{1}), ints}, []string{"x: gradient: got a *tensor.Dense of int"}},
		{"int scalar", &param{"x", gorgonia.NewI(1), gorgonia.NewI(1)}, []string{"x: value: got a *gorgonia.I of int"}},
		{"shapes", vector("x", []float64{1, 2}, []float64{1}), []string{"x: gradient has shape (1)", "(2)"}},
		{"vector and column", &param{"x", column, dense([]float64{1, 2})}, []string{"x: gradient has shape (2)", "(2, 1)"}},
		{"NaN value", vector("x", []float64{1, math.NaN()}, []float64{1, 1}), []string{"x: value: element 1 of 2 is NaN"}},
		{"NaN gradient", vector("x", []float64{1, 2}, []float64{1, math.NaN()}), []string{"x: gradient: element 1 of 2 is NaN"}},
		{"infinite gradient", scalar32("x", 1, math.Inf(-1)), []string{"x: gradient: element 0 of 1 is -Inf"}},
		{"overflow", vector("x", []float64{-1.5e308}, []float64{1.5e308}), []string{"x: new value: element 0 of 1 is -Inf"}},
		{"overflow in float32", scalar32("x", -3e38, 3e38), []string{"x: new value: element 0 of 1 is -Inf"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b, gradA, gradB := []float64{1}, []float64{2}, []float64{3}, []float64{4}
			s := optim.New(optim.Momentum{}, rate1)
			err := s.Step([]gorgonia.ValueGrad{vector("a", a, gradA), test.bad, vector("b", b, gradB)})
			wantError(t, err, append(test.want, "srnn: solver step 1")...)
			wantValues(t, "other values and gradients", []float64{a[0], b[0], gradA[0], gradB[0]}, 1, 2, 3, 4)
		})
	}
	wantError(t, optim.New(rate1).Step(nil), "no parameters")
}

// A square may overflow that no value depends on any more: g²→∞ makes Adam's update 0.
func TestOverflowOfState(t *testing.T) {
	x := []float64{1}
	s := optim.New(optim.Adam(optim.Constant(1)))
	wantError(t, s.Step(model(vector("x", x, []float64{1e200}))), "x: state 0/v: element 0 of 1 is +Inf")
	wantValues(t, "x", x, 1)

	s = optim.New(half{optim.Chain{optim.ScaleByAdam{}}}, rate1)
	wantError(t, s.Step(model(vector("x", x, []float64{1e200}))), "x: state 0.0/v: element 0 of 1 is +Inf")
	wantValues(t, "x", x, 1)
}

// A step that fails late has already been through the moments of all parameters.
func TestLateFailure(t *testing.T) {
	a, b, gradA, gradB := []float64{0}, []float64{0}, []float64{1}, []float64{1}
	s := optim.New(optim.Momentum{}, rate1)
	step(t, s, vector("a", a, gradA), vector("b", b, gradB))
	before := s.State()

	gradA[0], gradB[0], b[0] = 1, 1.5e308, -1.5e308
	wantError(t, s.Step(model(vector("a", a, gradA), vector("b", b, gradB))), "step 2: b: new value")
	wantValues(t, "values and gradients", []float64{a[0], b[0], gradA[0], gradB[0]}, -1, -1.5e308, 1, 1.5e308)
	if diff := cmp.Diff(before, s.State()); diff != "" {
		t.Errorf("the state changed (-before +after):\n%s", diff)
	}
}

func TestChangingModel(t *testing.T) {
	pair := func(x float64) []*param {
		return []*param{vector("a", []float64{x}, []float64{1}), vector("b", []float64{x, x}, []float64{1, 1})}
	}
	for _, test := range []struct {
		name  string
		model []*param
		want  string
	}{
		{"fewer", pair(1)[:1], "b is no longer in the model"},
		{"more", append(pair(1), vector("c", []float64{1}, []float64{1})), "c was not in the model"},
		{"other shape", []*param{pair(1)[0], vector("b", []float64{1}, []float64{1})}, "b has shape (1), but had (2)"},
	} {
		for _, s := range []*optim.Solver{optim.New(rate1), optim.New(optim.Momentum{}, rate1)} {
			t.Run(test.name, func(t *testing.T) {
				step(t, s, pair(0)...)
				wantError(t, s.Step(model(test.model...)), "srnn: solver step 2", test.want)
				step(t, s, pair(1)...)
			})
		}
	}
}

// Before the first step that succeeds, nothing is known of the model.
func TestOtherModelAfterFailure(t *testing.T) {
	s := optim.New(optim.Momentum{}, rate1)
	wantError(t, s.Step(model(vector("a", []float64{1}, []float64{math.NaN()}))), "step 1: a: gradient")
	step(t, s, vector("b", []float64{1, 2}, []float64{1, 1}))
}

// Graphs that take turns may be of different dtypes.
func TestChangingDtype(t *testing.T) {
	s := optim.New(optim.Momentum{Decay: .5}, rate1)
	for _, want := range []any{float32(-1), -1.5, float32(-1.75), -1.875} {
		x := scalar64("x", 0, 1)
		if _, ok := want.(float32); ok {
			x = scalar32("x", 0, 1)
		}
		step(t, s, x)
		if got := x.value.Data(); got != want {
			t.Errorf("x is %v, want %v", got, want)
		}
	}
}

// A step uses the memory of the steps before.
func TestAllocations(t *testing.T) {
	taus := optim.Names{"*.tau_*"}
	for _, hidden := range []int{20, 200} {
		model, _ := network(40, hidden, 10)
		s := optim.New(optim.Adam(optim.Constant(1)), optim.GroupRate{Names: taus, Factor: 3}, optim.AtLeast{Names: taus, Min: .1})
		var before, after runtime.MemStats
		for n := range 11 {
			if n == 1 {
				runtime.ReadMemStats(&before)
			}
			if err := s.Step(model); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if objects := (after.Mallocs - before.Mallocs) / 10; objects > 100 {
			t.Errorf("with %d hidden units, a step allocates %d objects", hidden, objects)
		}
		if bytes := (after.TotalAlloc - before.TotalAlloc) / 10; hidden > 100 && bytes > 800_000 {
			t.Errorf("with %d hidden units, a step allocates %d bytes", hidden, bytes)
		}
	}
}

// resizing is a faulty transform.
type resizing struct{}

func (resizing) Update(_ int, leaves []*optim.Leaf) error {
	leaves[0].Update = leaves[0].Update[:0]
	return nil
}

// forgetful asks for a slot in the first step only, tardy in later steps only.
type (
	forgetful struct{}
	tardy     struct{}
)

func (forgetful) Update(step int, leaves []*optim.Leaf) error {
	if step == 1 {
		leaves[0].Slot("s")
	}
	return nil
}

func (tardy) Update(step int, leaves []*optim.Leaf) error {
	if step > 1 {
		leaves[0].Slot("s")
	}
	return nil
}

func TestFaultyTransforms(t *testing.T) {
	x := vector("x", []float64{1}, []float64{1})
	wantError(t, optim.New(resizing{}, rate1).Step(model(x)), "x: the chain left 1 values and 0 updates")
	for _, faulty := range []optim.Transform{forgetful{}, tardy{}} {
		s := optim.New(faulty, rate1)
		step(t, s, x)
		wantError(t, s.Step(model(x)), "x: state 0/s is")
	}
}

// A leaf that no solver made serves to test a transform by itself.
func TestLeafAlone(t *testing.T) {
	l := &optim.Leaf{Name: "x", Value: []float64{0}, Update: []float64{3}}
	if err := (optim.Momentum{Decay: .5}).Update(1, []*optim.Leaf{l}); err != nil {
		t.Fatal(err)
	}
	wantValues(t, "slot", l.Slot("b"), 3)
}
