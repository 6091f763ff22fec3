package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The operators are what they say, to the last bit, for any length and where dst is an operand.
func TestArithmetic(t *testing.T) {
	testArithmetic[float32](t)
	testArithmetic[float64](t)
}

func testArithmetic[F Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 70 {
		a, b := make([]F, n), make([]F, n)
		for i := range a {
			a[i], b[i] = F(rng.NormFloat64()), F(rng.NormFloat64())
		}
		for _, op := range []struct {
			name string
			f    func(dst, a, b []F)
			want func(a, b F) F
		}{
			{"AddTo", AddTo[F], func(a, b F) F { return a + b }},
			{"SubTo", SubTo[F], func(a, b F) F { return a - b }},
			{"MulTo", MulTo[F], func(a, b F) F { return a * b }},
			{"Affine", func(dst, a, _ []F) { Affine(dst, a, 1.5, -.25) }, func(a, _ F) F { return F(1.5*a) - .25 }},
		} {
			want := make([]F, n)
			for i := range want {
				want[i] = op.want(a[i], b[i])
			}
			behind := make([]F, n+1)
			behind[n] = 7
			op.f(behind[:n], a, b)
			onA, onB := slices.Clone(a), slices.Clone(b)
			op.f(onA, onA, b)
			if op.name != "Affine" {
				op.f(onB, a, onB)
			} else {
				onB = onA
			}
			for what, got := range map[string][]F{"elsewhere": behind[:n], "on a": onA, "on b": onB} {
				if !slices.Equal(got, want) {
					t.Errorf("%s of %d elements %s is %v, want %v", op.name, n, what, got, want)
				}
			}
			if behind[n] != 7 {
				t.Errorf("%s writes behind %d elements", op.name, n)
			}
		}
	}
}
