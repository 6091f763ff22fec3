package optest

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/ops"
)

// Surrogate checks that s keeps the promises of [ops.Surrogate]: that Derivative is the derivative of
// Smooth and both are finite everywhere, that [ops.Spike] and [ops.Relaxed] compute with it what they
// should in both precisions, and that it comes back from JSON as it was, if it can be saved.
// Surrogates of package ops must be.
func Surrogate(t *testing.T, s ops.Surrogate) {
	t.Helper()
	if err := ops.CheckSurrogate(s); err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(s); err != nil {
				t.Error(err)
			}
		})
	}
}

// checks are the things that are checked.
var checks = []struct {
	name  string
	check func(ops.Surrogate) error
}{
	{"antiderivative", antiderivative},
	{"finite", finiteEverywhere},
	{"spike float32", spikes[float32]},
	{"spike float64", spikes[float64]},
	{"saved", survivesSaving},
}

// potentials are values of u − θ: where surrogates tend to have corners, and many at random,
// most of them near the threshold.
func potentials() []float64 {
	v := []float64{0, math.Copysign(0, -1), .25, -.25, .5, -.5, 1, -1, 2, -2}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		v = append(v, .05*rng.NormFloat64(), 3*rng.NormFloat64())
	}
	return v
}

// extremes are potentials that no network should have.
func extremes() []float64 {
	var v []float64
	for _, x := range []float64{1e-38, 1e-10, 1e3, 1e10, 1e19, 1e20, 1e30} {
		v = append(v, x, -x)
	}
	return v
}

// peak is the largest derivative of s in size.
func peak(s ops.Surrogate) float64 {
	p := 0.0
	for _, v := range potentials() {
		p = math.Max(p, math.Abs(s.Derivative(v)))
	}
	return p
}

// antiderivative checks by the mean value theorem, which holds at corners too, that Derivative
// is the derivative of Smooth: a central difference of Smooth lies between the least and the
// largest Derivative of its interval.
func antiderivative(s ops.Surrogate) error {
	const (
		h     = 1e-6
		parts = 4 // of the interval on each side
	)
	tolerance := 1e-6 * peak(s)
	for _, v := range potentials() {
		slope := (s.Smooth(v+h) - s.Smooth(v-h)) / (2 * h)
		low, high := math.Inf(1), math.Inf(-1)
		for i := -parts; i <= parts; i++ {
			d := s.Derivative(v + h*float64(i)/parts)
			low, high = math.Min(low, d), math.Max(high, d)
		}
		if !(slope >= low-tolerance && slope <= high+tolerance) {
			return errors.Errorf("%#v: Smooth has slope %.9g at %v, but Derivative is %.9g to %.9g around it", s, slope, v, low, high)
		}
	}
	return nil
}

func finiteEverywhere(s ops.Surrogate) error {
	for _, v := range slices.Concat(potentials(), extremes()) {
		if d, y := s.Derivative(v), s.Smooth(v); !finite(d) || !finite(y) {
			return errors.Errorf("%#v: at %v Derivative is %v and Smooth is %v", s, v, d, y)
		}
	}
	return nil
}

// survivesSaving checks that a surrogate which can be saved, as each of package ops must be, is the
// same after a round trip through JSON.
func survivesSaving(s ops.Surrogate) error {
	data, err := ops.MarshalSurrogate(s)
	if err != nil && reflect.TypeOf(s).PkgPath() != reflect.TypeFor[ops.Gaussian]().PkgPath() {
		return nil // it has no name to be saved under
	}
	if err != nil {
		return err
	}
	again, err := ops.UnmarshalSurrogate(data)
	if err != nil {
		return errors.Wrapf(err, "%s", data)
	}
	if reflect.TypeOf(again) != reflect.TypeOf(s) {
		return errors.Errorf("%#v was saved as %s and came back as %#v", s, data, again)
	}
	for _, v := range potentials() {
		if again.Derivative(v) != s.Derivative(v) || again.Smooth(v) != s.Smooth(v) {
			return errors.Errorf("%#v was saved as %s and came back as %#v", s, data, again)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
