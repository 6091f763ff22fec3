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

// Surrogate checks that s keeps the promises of [ops.Surrogate], alone and as the gradient of
// [ops.Spike] in both precisions. A surrogate of package ops must also survive being saved.
func Surrogate(t *testing.T, s ops.Surrogate) {
	t.Helper()
	if err := ops.CheckSurrogate(s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		check func(ops.Surrogate) error
	}{
		{"antiderivative", antiderivative},
		{"finite", finiteEverywhere},
		{"spike float32", spikes[float32]},
		{"spike float64", spikes[float64]},
		{"saved", survivesSaving},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(s); err != nil {
				t.Error(err)
			}
		})
	}
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

// survivesSaving checks that a surrogate of package ops is the same after a round trip through
// JSON. Others cannot be saved by name, and must be refused.
func survivesSaving(s ops.Surrogate) error {
	data, err := ops.MarshalSurrogate(s)
	if reflect.TypeOf(s).PkgPath() != reflect.TypeOf(ops.Gaussian{}).PkgPath() {
		if err == nil {
			return errors.Errorf("%#v is not of package ops, but was saved as %s", s, data)
		}
		return nil
	}
	if err != nil {
		return err
	}
	again, err := ops.UnmarshalSurrogate(data)
	if err != nil {
		return errors.Wrapf(err, "%s", data)
	}
	for _, v := range potentials() {
		if again.Derivative(v) != s.Derivative(v) || again.Smooth(v) != s.Smooth(v) {
			return errors.Errorf("%#v was saved as %s and came back as %#v", s, data, again)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
