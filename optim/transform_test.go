package optim_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/optim"
	"pgregory.net/rapid"
)

var rate1 = optim.LearningRate{Schedule: optim.Constant(1)}

func TestClipByGlobalNorm(t *testing.T) {
	for _, test := range []struct {
		name       string
		max        float64
		a, b       float64 // gradients
		newA, newB float64 // values after a step of rate 1 from 0
	}{
		{"over", 1, 30, 40, -.6, -.8},
		{"default", 0, 30, -40, -.6, .8},
		{"under", 50.1, 30, 40, -30, -40},
		{"zero", 1, 0, 0, 0, 0},
		{"squares overflow", 5, 3e200, 4e200, -3, -4},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := []float64{0}, []float64{0}
			s := optim.New(optim.ClipByGlobalNorm{Max: test.max}, rate1)
			step(t, s, vector("a", a, []float64{test.a}), vector("b", b, []float64{test.b}))
			if math.Abs(a[0]-test.newA) > 1e-15 || math.Abs(b[0]-test.newB) > 1e-15 {
				t.Errorf("got %v, %v, want %v, %v", a[0], b[0], test.newA, test.newB)
			}
		})
	}
}

func TestGroupRate(t *testing.T) {
	in, tau, out := []float64{0}, []float64{0}, []float64{0}
	s := optim.New(
		optim.GroupRate{Names: optim.Names{"*.tau_*"}, Factor: 3},
		rate1,
		optim.GroupRate{Names: optim.Names{"layer0.*", "layer0.w_in"}, Factor: 5}, // twice the same is once
	)
	step(t, s,
		vector("layer0.w_in", in, []float64{1}),
		vector("layer0.tau_m", tau, []float64{1}),
		vector("readout.w_in", out, []float64{1}))
	wantValues(t, "layer0.w_in", in, -5)
	wantValues(t, "layer0.tau_m", tau, -15)
	wantValues(t, "readout.w_in", out, -1)
}

func TestDecoupledWeightDecayOfSome(t *testing.T) {
	w, tau := []float64{8}, []float64{8}
	s := optim.New(optim.DecoupledWeightDecay{Decay: .25, Names: optim.Names{"w"}}, rate1)
	step(t, s, vector("w", w, []float64{0}), vector("tau", tau, []float64{0}))
	wantValues(t, "w", w, 6)
	wantValues(t, "tau", tau, 8)
}

func TestBounds(t *testing.T) {
	a, b := []float64{5, 5, 5, -9}, []float64{5}
	s := optim.New(rate1,
		optim.AtLeast{Names: optim.Names{"a"}, Min: 1},
		optim.AtMost{Names: optim.Names{"a"}, Max: 7})
	step(t, s, vector("a", a, []float64{1, 6, -6, 0}), vector("b", b, []float64{100}))
	wantValues(t, "a", a, 4, 1, 7, 1)
	wantValues(t, "b", b, -95)
}

// The bounds hold exactly, whatever is rounded on the way.
func TestBoundsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Float64Range(-1e-3, 1e-3))
		bound := number.Draw(t, "bound")
		value := rapid.OneOf(number, rapid.Just(bound)).Draw(t, "value")
		grad := number.Draw(t, "gradient")

		for _, dtype := range []string{"float32", "float64"} {
			after := func(constraint optim.Constraint) float64 {
				p := scalar64("x", value, grad)
				if dtype == "float32" {
					p = scalar32("x", value, grad)
				}
				if err := optim.New(rate1, constraint).Step(model(p)); err != nil {
					t.Fatal(err)
				}
				if x, ok := p.value.Data().(float32); ok {
					return float64(x)
				}
				return p.value.Data().(float64)
			}
			if x := after(optim.AtLeast{Names: optim.Names{"x"}, Min: bound}); x < bound {
				t.Fatalf("%s: value is %v, want at least %v", dtype, x, bound)
			}
			if x := after(optim.AtMost{Names: optim.Names{"x"}, Max: bound}); x > bound {
				t.Fatalf("%s: value is %v, want at most %v", dtype, x, bound)
			}
		}
	})
}

// patient is a transform that embeds another, but has an Update of its own.
type patient struct {
	optim.Momentum
	steps int
}

func (p patient) Update(step int, leaves []*optim.Leaf) error {
	if step <= p.steps {
		for _, l := range leaves {
			clear(l.Update)
		}
	}
	return p.Momentum.Update(step, leaves)
}

func TestEmbeddedTransform(t *testing.T) {
	s := optim.New(patient{optim.Momentum{Decay: .5}, 1}, rate1)
	for _, want := range []float64{0, -1, -1.5} {
		x := []float64{0}
		step(t, s, vector("x", x, []float64{1}))
		wantValues(t, "x", x, want)
	}
}

func TestSettings(t *testing.T) {
	nan := math.NaN()
	x := optim.Names{"x"}
	for _, test := range []struct {
		transform optim.Transform
		want      string
	}{
		{optim.Momentum{Decay: 1}, "Momentum: Decay is 1"},
		{optim.Momentum{Decay: -.1}, "Decay is -0.1"},
		{optim.ScaleByAdam{Beta1: 1}, "ScaleByAdam: Beta1 is 1"},
		{optim.ScaleByAdam{Beta2: nan}, "Beta2 is NaN"},
		{optim.ScaleByAdam{Epsilon: -1}, "Epsilon is -1"},
		{optim.ScaleByRAdam{Beta1: -1}, "ScaleByRAdam: Beta1 is -1"},
		{optim.ScaleByRAdam{Beta2: 1}, "Beta2 is 1, want at least"},
		{optim.ScaleByRAdam{Beta2: .66}, "Beta2 is 0.66, want more than ⅔"},
		{optim.ScaleByRAdam{Epsilon: nan}, "Epsilon is NaN"},
		{optim.ScaleByLion{Beta1: 1}, "ScaleByLion: Beta1 is 1"},
		{optim.ScaleByLion{Beta2: nan}, "Beta2 is NaN"},
		{optim.ScaleByRMS{Alpha: 1.5}, "ScaleByRMS: Alpha is 1.5"},
		{optim.ScaleByRMS{Epsilon: math.Inf(1)}, "Epsilon is +Inf"},
		{optim.ClipByGlobalNorm{Max: -1}, "ClipByGlobalNorm: Max is -1"},
		{optim.DecoupledWeightDecay{Decay: -1}, "DecoupledWeightDecay: Decay is -1"},
		{optim.DecoupledWeightDecay{Names: optim.Names{"y*"}}, `no parameter has a name like "y*"`},
		{optim.GroupRate{Names: x}, "GroupRate: Factor is 0"},
		{optim.GroupRate{Factor: 2}, "no Names"},
		{optim.GroupRate{Names: optim.Names{"x", "*.tua_m"}, Factor: 2}, `no parameter has a name like "*.tua_m"`},
		{optim.GroupRate{Names: optim.Names{"[x"}, Factor: 2}, `pattern "[x" is malformed`},
	} {
		value := []float64{1}
		err := optim.New(test.transform, rate1).Step(model(vector("x", value, []float64{1})))
		wantError(t, err, "srnn: solver step 1: optim.", test.want)
		wantValues(t, "after an error", value, 1)
	}
}

// A transform of one's own of each role.
type (
	role       struct{}
	normalizer struct{ role }
	scaling    struct{ role }
	penalty    struct{ role }
	descent    struct{ optim.Schedule }
)

func (role) Update(int, []*optim.Leaf) error { return nil }

func (normalizer) Normalizer() {}
func (scaling) Scaling()       {}
func (penalty) Penalty()       {}

func (d descent) Rate() optim.Schedule                    { return d.Schedule }
func (descent) WithRate(s optim.Schedule) optim.Transform { return descent{s} }

func (d descent) Update(step int, leaves []*optim.Leaf) error {
	rate, err := d.At(step)
	for _, l := range leaves {
		for i := range l.Update {
			l.Update[i] *= -rate
		}
	}
	return err
}

type constantly float64

func (c constantly) At(int) (float64, error) { return float64(c), nil }

func TestChains(t *testing.T) {
	x := optim.Names{"x"}
	atLeast := optim.AtLeast{Names: x, Min: -10}
	for _, test := range []struct {
		name       string
		transforms []optim.Transform
		want       string // no error if empty
	}{
		{"empty", nil, "0 LearningRate"},
		{"no rate", []optim.Transform{optim.ScaleByAdam{}}, "0 LearningRate"},
		{"two rates", []optim.Transform{rate1, optim.SGD(optim.Constant(1))}, "2 LearningRate"},
		{"nil", []optim.Transform{nil, rate1}, "nil transform"},
		{"nil within", []optim.Transform{optim.Chain{rate1, optim.Chain{nil}}}, "nil transform"},
		{"nil schedule", []optim.Transform{optim.SGD(nil)}, "LearningRate: has no Schedule"},
		{"bad schedule", []optim.Transform{optim.SGD(optim.StepLR{Rate: 1})}, "LearningRate: optim.StepLR: Every is 0"},
		{"negative schedule", []optim.Transform{optim.SGD(constantly(-1))}, "gives the rate -1"},
		{"NaN schedule", []optim.Transform{optim.SGD(constantly(math.NaN()))}, "gives the rate NaN"},
		{"rate 0", []optim.Transform{optim.SGD(constantly(0))}, ""},
		{"constraint first", []optim.Transform{atLeast, rate1}, "LearningRate stands after a constraint"},
		{"constraints", []optim.Transform{rate1, atLeast, optim.AtMost{Names: x}, atLeast}, ""},
		{"bad constraint", []optim.Transform{rate1, optim.AtLeast{Names: x, Min: math.NaN()}}, "Min is NaN"},
		{"bad constraint", []optim.Transform{rate1, optim.AtMost{Names: x, Max: math.Inf(-1)}}, "Max is -Inf"},
		{"nameless constraint", []optim.Transform{rate1, optim.AtMost{Max: 1}}, "no Names"},
		{"Adam after group", []optim.Transform{optim.GroupRate{Names: x, Factor: 2}, optim.Adam(optim.Constant(1))}, "ScaleByAdam stands after"},
		{"RAdam after rate", []optim.Transform{rate1, optim.ScaleByRAdam{}}, "ScaleByRAdam stands after"},
		{"Lion after group", []optim.Transform{optim.GroupRate{Names: x, Factor: 2}, optim.Lion(optim.Constant(1))}, "ScaleByLion stands after"},
		{"own roles", []optim.Transform{penalty{}, normalizer{}, penalty{}, scaling{}, descent{optim.Constant(1)}, scaling{}, atLeast}, ""},
		{"own normalizer after own factor", []optim.Transform{scaling{}, normalizer{}, rate1}, "normalizer stands after"},
		{"own normalizer after own rate", []optim.Transform{descent{optim.Constant(1)}, normalizer{}}, "normalizer stands after"},
		{"own penalty after rate", []optim.Transform{rate1, penalty{}}, "penalty stands after"},
		{"own rate and another", []optim.Transform{descent{optim.Constant(1)}, rate1}, "2 LearningRate"},
		{"RMS after rate", []optim.Transform{rate1, optim.ScaleByRMS{}}, "ScaleByRMS stands after"},
		{"decay after rate", []optim.Transform{rate1, optim.DecoupledWeightDecay{}}, "DecoupledWeightDecay stands after"},
		{"group after rate", []optim.Transform{rate1, optim.GroupRate{Names: x, Factor: 2}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := optim.New(test.transforms...).Step(model(vector("x", []float64{1}, []float64{1})))
			if test.want != "" {
				wantError(t, err, test.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}
