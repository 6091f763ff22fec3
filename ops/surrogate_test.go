package ops_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/ops/optest"
)

func TestSurrogates(t *testing.T) {
	for _, name := range ops.Surrogates() {
		t.Run(name, func(t *testing.T) { optest.Surrogate(t, must(ops.SurrogateByName(name))) })
	}
}

func TestSurrogatesOtherParameters(t *testing.T) {
	for _, s := range []ops.Surrogate{
		ops.Arctan{Alpha: .7, Gamma: 2},
		ops.Boxcar{Width: .3, Gamma: .4},
		ops.CircDist{Alpha: .2, Gamma: 3},
		ops.Erf(5),
		ops.Exponential{Slope: 2, Gamma: .3},
		ops.FastSigmoid{Slope: 7, Gamma: .3},
		ops.Gaussian{Sigma: .2, Gamma: .3},
		ops.Gaussian{Sigma: .3},
		ops.Gaussian{Gamma: 2},
		ops.Leaky{Width: .5, Leak: .1, Gamma: 2},
		ops.MultiGaussian{Sigma: .3, Height: .3, Scale: 3, Gamma: 1},
		ops.PiecewiseExp(3),
		ops.PiecewiseQuadratic(2),
		ops.QPseudoSpike{Alpha: 1.5, Gamma: 2},
		ops.S2NN{Alpha: 2, Beta: .5, Gamma: .3},
		ops.Sigmoid{Slope: 9, Gamma: .5},
		ops.SoftSign(4),
		ops.StraightThrough{Gamma: .2},
		ops.Tanh{Slope: 3, Gamma: .5},
		ops.Triangle{Width: .4, Gamma: .7},
		ops.Triangle{Width: 2},
	} {
		t.Run(fmt.Sprintf("%#v", s), func(t *testing.T) { optest.Surrogate(t, s) })
	}
}

// step is a surrogate of somebody else's.
type step struct{ Height float64 }

func (s step) Derivative(v float64) float64 { return s.Height / (1 + v*v) }
func (s step) Smooth(v float64) float64     { return s.Height * math.Atan(v) }

func TestForeignSurrogate(t *testing.T) { optest.Surrogate(t, step{2}) }

func TestSurrogateErrors(t *testing.T) {
	for _, c := range []struct {
		s    ops.Surrogate
		want string
	}{
		{nil, "surrogate is nil"},
		{ops.Relaxed{}, "surrogate is nil"},
		{ops.Triangle{Width: -1}, "Width = -1"},
		{ops.Gaussian{Sigma: math.NaN()}, "Sigma = NaN"},
		{ops.PiecewiseQuadratic(0), "Width = +Inf"},
		{ops.Relaxed{Surrogate: ops.Boxcar{Gamma: -2}}, "Gamma = -2"},
		{step{-3}, "Height = -3"},
		{ops.QPseudoSpike{Alpha: 1}, "Alpha = 1, want > 1"},
		{ops.QPseudoSpike{Alpha: .5}, "Alpha = 0.5, want > 1"},
	} {
		wantError(t, fmt.Sprintf("%#v", c.s), ops.CheckSurrogate(c.s), c.want)
	}
	_, err := ops.SurrogateByName("nobody")
	wantError(t, "name", err, `"nobody"`, "gaussian", "triangle")
}

func TestUnmarshalSurrogateErrors(t *testing.T) {
	for _, c := range []struct{ json, want string }{
		{``, "surrogate"},
		{`[]`, "surrogate"},
		{`{}`, "name"},
		{`{"name": 3}`, "name"},
		{`{"name": "nobody"}`, "nobody"},
		{`{"name": "gaussian", "width": 2}`, "width"},
		{`{"name": "gaussian", "sigma": "wide"}`, "sigma"},
		{`{"name": "gaussian", "sigma": 1e999}`, "sigma"},
		{`{"name": "gaussian", "sigma": -1}`, "Sigma = -1"},
		{`{"name": "q_pseudo_spike", "alpha": 1}`, "Alpha = 1"},
	} {
		_, err := ops.UnmarshalSurrogate([]byte(c.json))
		wantError(t, c.json, err, c.want)
	}
	for _, s := range []ops.Surrogate{nil, step{1}, ops.Relaxed{Surrogate: ops.Gaussian{}}} {
		if data, err := ops.MarshalSurrogate(s); err == nil {
			t.Errorf("%#v was saved as %s, want an error", s, data)
		}
	}
}

// bell is a surrogate of another package. Its height is 1 by default.
type bell struct {
	Height float64 `json:"height,omitempty"`
}

func (b bell) height() float64 {
	if b.Height == 0 {
		return 1
	}
	return b.Height
}
func (b bell) Derivative(v float64) float64 { return b.height() / (1 + v*v) }
func (b bell) Smooth(v float64) float64     { return b.height() * math.Atan(v) }

// A surrogate that is registered is chosen and saved by its name, as those of this package are.
func TestRegister(t *testing.T) {
	_, err := ops.MarshalSurrogate(step{1})
	wantError(t, "not registered", err, `register it once with ops.MustRegister("step", ops_test.step{})`)
	wantError(t, "not the zero value", ops.Register("high_step", step{2}), "zero value first")
	ops.MustRegister("bell", bell{})
	ops.MustRegister("high_bell", bell{2})
	ops.MustRegister("bell", bell{}) // the same
	for name, want := range map[string]bell{"bell": {}, "high_bell": {2}} {
		if s := must(ops.SurrogateByName(name)); s != ops.Surrogate(want) {
			t.Errorf("%s is %#v", name, s)
		}
	}
	for json, want := range map[string]bell{`{"name":"bell"}`: {}, `{"name":"bell","height":3}`: {3}} {
		if got := string(must(ops.MarshalSurrogate(want))); got != json {
			t.Errorf("%#v is saved as %s", want, got)
		}
		if got := must(ops.UnmarshalSurrogate([]byte(json))); got != ops.Surrogate(want) {
			t.Errorf("%s is read as %#v", json, got)
		}
	}
	if got := must(ops.UnmarshalSurrogate([]byte(`{"name":"high_bell"}`))); got != ops.Surrogate(bell{2}) {
		t.Errorf("a preset is read as %#v", got)
	}
	wantError(t, "another's name", ops.Register("gaussian", bell{}), "ops.Gaussian")
	wantError(t, "a field called name", ops.Register("named", named{}), `"name"`)
	wantError(t, "no struct", ops.Register("number", number(0)), "a struct")
	wantError(t, "nil", ops.Register("nothing", nil), "a struct")
}

type named struct {
	bell
	Name string `json:"name"`
}

type number float64

func (number) Derivative(float64) float64 { return 1 }
func (number) Smooth(v float64) float64   { return v }
