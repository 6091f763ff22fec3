package optim_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/optim"
)

// matrix is a tensor of some layout, whose elements are numbered row by row.
type matrix[F float32 | float64] struct {
	dense   *tensor.Dense
	backing []F
	at      func(i int) *F
}

func newMatrix[F float32 | float64](t *testing.T, layout string, rows, cols int) matrix[F] {
	t.Helper()
	backing := make([]F, rows*(cols+2))
	at := func(i int) *F { return &backing[i] }
	d := tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(backing[:rows*cols]))
	switch layout {
	case "transposed":
		d = tensor.New(tensor.WithShape(cols, rows), tensor.WithBacking(backing[:rows*cols]))
		if err := d.T(); err != nil {
			t.Fatal(err)
		}
		at = func(i int) *F { return &backing[i%cols*rows+i/cols] }
	case "sliced":
		view, err := tensor.New(tensor.WithShape(rows, cols+2), tensor.WithBacking(backing)).Slice(nil, gorgonia.S(1, cols+1))
		if err != nil {
			t.Fatal(err)
		}
		d = view.(*tensor.Dense)
		at = func(i int) *F { return &backing[i/cols*(cols+2)+1+i%cols] }
	}
	return matrix[F]{d, backing, at}
}

// nothing is a transform that changes nothing, not even by replacing an update with a copy. What
// stands before and after it is no longer computed together.
type nothing struct{ replace bool }

func (n nothing) Update(_ int, leaves []*optim.Leaf) error {
	for _, l := range leaves {
		if n.replace {
			l.Update = slices.Clone(l.Update)
		}
	}
	return nil
}

// The elements of a parameter are computed in blocks, by several cores, with other instructions
// and by way of other memory, depending on the size and layout of the parameters and on the chain.
// The results are always those of the formulas, bit by bit.
func TestLargeParameters(t *testing.T) {
	t.Run("float32", testLargeParameters[float32])
	t.Run("float64", testLargeParameters[float64])
}

func testLargeParameters[F float32 | float64](t *testing.T) {
	for _, size := range []struct{ rows, cols int }{{3, 7}, {61, 83}, {513, 521}} {
		for name, chain := range map[string][]int{ // the places of a transform that does nothing
			"rules": nil, "first": {0}, "between": {1}, "before the bound": {3}, "everywhere": {0, 1, 2, 3},
		} {
			for k, layouts := range [][2]string{
				{"rows", "rows"}, {"sliced", "transposed"}, {"rows", "transposed"}, {"rows", "sliced"}, {"transposed", "rows"},
			} {
				if size.rows > 100 && (len(chain) == 1 || k > 1) {
					continue // for time
				}
				t.Run(name+", "+layouts[0]+" with gradient in "+layouts[1], func(t *testing.T) {
					transforms := []optim.Transform{
						optim.ScaleByAdam{},
						optim.GroupRate{Names: optim.Names{"w"}, Factor: 3},
						optim.LearningRate{Schedule: optim.Constant(.0625)},
						optim.AtLeast{Names: optim.Names{"w"}, Min: 1},
					}
					for k, place := range slices.Backward(chain) {
						transforms = slices.Insert(transforms, place, optim.Transform(nothing{replace: k%2 == 0}))
					}
					followsFormulas[F](t, optim.New(transforms...), layouts, size.rows, size.cols)
				})
			}
		}
	}
}

func followsFormulas[F float32 | float64](t *testing.T, s *optim.Solver, layouts [2]string, rows, cols int) {
	rng := rand.New(rand.NewPCG(5, 6))
	value, grad := newMatrix[F](t, layouts[0], rows, cols), newMatrix[F](t, layouts[1], rows, cols)
	other, otherGrad := []float64{1}, []float64{0}
	n := rows * cols
	want, m, v := make([]F, n), make([]float64, n), make([]float64, n)
	for i := range n {
		want[i] = 1 + F(rng.IntN(1000))/1024
		*value.at(i) = want[i]
	}
	for step := 1; step <= 4; step++ {
		beta1, beta2 := .9, .999
		bias1, bias2 := 1-math.Pow(beta1, float64(step)), 1-math.Pow(beta2, float64(step))
		for i := range n {
			g := F(rng.NormFloat64())
			if rng.IntN(10) == 0 {
				g = 0
			}
			*grad.at(i) = g
			m[i] = float64(beta1*m[i]) + float64((1-beta1)*float64(g))
			v[i] = float64(beta2*v[i]) + float64((1-beta2)*float64(g)*float64(g))
			u := m[i] / bias1 / (math.Sqrt(v[i]/bias2) + 1e-8)
			want[i] = F(max(1, float64(want[i])+float64(u*3*-.0625)))
		}
		old := runtime.GOMAXPROCS(1 + step%3)
		err := s.Step(model(vector("a", other, otherGrad), &param{"w", value.dense, grad.dense}))
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if *value.at(i) != want[i] {
				t.Fatalf("step %d: element %d of %d is %v, want %v", step, i, n, *value.at(i), want[i])
			}
			*value.at(i) = 0
		}
		if i := slices.IndexFunc(append(value.backing, grad.backing...), func(x F) bool { return x != 0 }); i >= 0 {
			t.Fatalf("step %d: %d is not 0: gradients are, and what is between the rows of a view", step, i)
		}
		for i := range n {
			*value.at(i) = want[i]
		}
	}
	for key, x := range s.State() {
		if key[2:] == "m/w" && !slices.Equal(x, m) || key[2:] == "v/w" && !slices.Equal(x, v) {
			t.Errorf("the state %s is wrong", key)
		}
	}
}

// faulty is a transform that is faulty in the way that it is told.
type faulty struct{ how *string }

func (f faulty) Update(_ int, leaves []*optim.Leaf) error {
	for _, l := range leaves {
		if *f.how == "forgets" {
			continue
		}
		s := l.Slot("s")
		for i := range s {
			s[i]++
		}
		switch *f.how {
		case "fails":
			l.Update[0], s[0] = 99, 99
		case "overflows":
			s[len(s)-1] = math.Inf(1)
		case "asks":
			l.Slot("t")[0] = 99
		}
	}
	if *f.how == "fails" {
		return errors.New("as it was told")
	}
	return nil
}

// Wherever a step fails in a large model, it leaves no trace.
func TestFailureLeavesNoTrace(t *testing.T) {
	const n = 150_000
	for _, test := range []struct {
		name        string
		first       optim.Transform
		element     int
		value, grad float64 // of the element, if not 0
		fault       string
		want        string
	}{
		{"first gradient", optim.ScaleByAdam{}, 0, 0, math.NaN(), "", "b: gradient: element 0 of 150000 is NaN"},
		{"last gradient", optim.ScaleByAdam{}, n - 1, 0, math.Inf(1), "", "b: gradient: element 149999 of 150000 is +Inf"},
		{"value", optim.ScaleByAdam{}, 54_321, math.Inf(-1), 0, "", "b: value: element 54321 of 150000 is -Inf"},
		{"new value", optim.Momentum{}, n - 1, -1.5e308, 1.5e308, "", "b: new value: element 149999 of 150000 is -Inf"},
		{"Adam", optim.ScaleByAdam{}, n - 2, 0, 1e200, "", "b: state 0/v: element 149998 of 150000 is +Inf"},
		{"RMSProp", optim.ScaleByRMS{}, n - 2, 0, 1e200, "", "b: state 0/v: element 149998 of 150000 is +Inf"},
		{"fails", optim.ScaleByAdam{}, 0, 0, 0, "fails", "optim_test.faulty: as it was told"},
		{"state overflows", optim.ScaleByAdam{}, 0, 0, 0, "overflows", "a: state 1/s: element 149999 of 150000 is +Inf"},
		{"new slot", optim.ScaleByAdam{}, 0, 0, 0, "asks", "a: state 1/t is missing"},
		{"no slot", optim.ScaleByAdam{}, 0, 0, 0, "forgets", "a: state 1/s is of no use"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var fault string
			newSolver := func() *optim.Solver { return optim.New(test.first, faulty{&fault}, rate1) }
			undisturbed, s := newSolver(), newSolver()
			want, got := newTwin(n), newTwin(n)
			for range 2 {
				step(t, undisturbed, want.differentiate()...)
				step(t, s, got.differentiate()...)
			}

			params := got.differentiate()
			good := got.clone()
			if test.value != 0 {
				got.values[1][test.element] = test.value
			}
			if test.grad != 0 {
				got.grads[1][test.element] = test.grad
			}
			fault = test.fault
			before, state := got.clone(), s.State()
			for range 2 {
				wantError(t, s.Step(model(params...)), "srnn: solver step 3: ", test.want)
				got.wantSame(t, "after the failure", before)
				if after := s.State(); !maps.EqualFunc(after, state, slices.Equal) {
					t.Fatal("the state has changed")
				}
			}

			fault = ""
			got.set(good)
			step(t, s, params...)
			step(t, undisturbed, want.differentiate()...)
			got.wantSame(t, "with failures between", want)
			if !maps.EqualFunc(s.State(), undisturbed.State(), slices.Equal) {
				t.Error("with failures between, the state is another")
			}
		})
	}
}

// twin are two parameters, a and b, of the same size.
type twin struct {
	values, grads [2][]float64
	params        []*param
	rng           *rand.Rand
}

func newTwin(n int) *twin {
	w := &twin{rng: rand.New(rand.NewPCG(7, 8))}
	for i, name := range []string{"a", "b"} {
		w.values[i], w.grads[i] = make([]float64, n), make([]float64, n)
		w.params = append(w.params, vector(name, w.values[i], w.grads[i]))
	}
	return w
}

// differentiate makes gradients for the next step.
func (w *twin) differentiate() []*param {
	for _, g := range w.grads {
		for i := range g {
			g[i] = w.rng.NormFloat64()
		}
	}
	return w.params
}

func (w *twin) clone() *twin {
	c := &twin{}
	for i := range 2 {
		c.values[i], c.grads[i] = slices.Clone(w.values[i]), slices.Clone(w.grads[i])
	}
	return c
}

func (w *twin) set(to *twin) {
	for i := range 2 {
		copy(w.values[i], to.values[i])
		copy(w.grads[i], to.grads[i])
	}
}

func (w *twin) wantSame(t *testing.T, when string, want *twin) {
	t.Helper()
	for i := range 2 {
		for k := range w.values[i] {
			if math.Float64bits(w.values[i][k]) != math.Float64bits(want.values[i][k]) {
				t.Fatalf("%s, value %d of parameter %d is %v, want %v", when, k, i, w.values[i][k], want.values[i][k])
			}
			if math.Float64bits(w.grads[i][k]) != math.Float64bits(want.grads[i][k]) {
				t.Fatalf("%s, gradient %d of parameter %d is %v, want %v", when, k, i, w.grads[i][k], want.grads[i][k])
			}
		}
	}
}
