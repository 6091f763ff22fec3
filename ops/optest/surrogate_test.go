package optest

import (
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/srnn-go/srnn/ops"
)

// Each fault is found by the check that is there for it.
func TestSurrogateFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name      string
		surrogate ops.Surrogate
		check     string
		want      string // in the error
	}{
		{"Smooth of another slope", steep{}, "antiderivative", "Smooth has slope"},
		{"Derivative of another sign", mirrored{}, "antiderivative", "Smooth has slope"},
		{"overflow far from the threshold", overflowing{}, "finite", "Derivative is NaN"},
		{"a Derivative that changes", restless{}, "spike float64", "gradient of the spike"},
		{"a Derivative that changes, in single precision", restless{}, "spike float32", "gradient of the spike"},
		{"of package ops, but without a name", ops.Relaxed{Surrogate: ops.Gaussian{}}, "saved", "cannot be saved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, check := range checks {
				if check.name != c.check {
					continue
				}
				if err := check.check(c.surrogate); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s says %v, want an error with %q", c.check, err, c.want)
				}
				return
			}
			t.Errorf("there is no check %q", c.check)
		})
	}
}

// A surrogate without fault passes.
func TestSurrogatePasses(t *testing.T) { Surrogate(t, cauchy{}) }

// cauchy is without fault; faulty ones are made of it.
type cauchy struct{}

func (cauchy) Derivative(v float64) float64 { return 1 / (1 + v*v) }
func (cauchy) Smooth(v float64) float64     { return math.Atan(v) }

type steep struct{ cauchy }

func (s steep) Smooth(v float64) float64 { return 1.001 * s.cauchy.Smooth(v) }

type mirrored struct{ cauchy }

func (m mirrored) Derivative(v float64) float64 { return -m.cauchy.Derivative(v) }

// overflowing is right where networks are: v²/(1+v²) in a way that is ∞/∞ far out.
type overflowing struct{ cauchy }

func (overflowing) Derivative(v float64) float64 {
	e := math.Exp(v * v)
	return e / (e + e*v*v)
}

// restless has another derivative at each call.
type restless struct{ cauchy }

var calls atomic.Int64

func (r restless) Derivative(v float64) float64 {
	return r.cauchy.Derivative(v) * (1 + .01*float64(calls.Add(1)%7))
}
