package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestExp32(t *testing.T) {
	worst := 0.0
	check := func(x float32) {
		want := math.Exp(float64(x))
		if rel := math.Abs(float64(Exp32(x))-want) / want; rel > worst {
			worst = rel
		}
	}
	for x := float32(-87.2); x < 88.7; x += 1.0 / 1024 {
		check(x)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1_000_000 {
		check(float32(rng.NormFloat64()))
	}
	if worst > ExpMaxError {
		t.Errorf("relative error %.3g, want at most %.3g", worst, ExpMaxError)
	}
	inf := float32(math.Inf(1))
	for _, c := range []struct{ x, want float32 }{{0, 1}, {-inf, 0}, {inf, inf}, {-1000, 0}, {1000, inf}} {
		if got := Exp32(c.x); got != c.want {
			t.Errorf("Exp32(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	if nan := Exp32(float32(math.NaN())); nan == nan {
		t.Errorf("Exp32(NaN) = %v", nan)
	}
}

// The Gaussian by the assembly is, bit for bit, the Go code's.
func TestGaussianAssembly(t *testing.T) {
	if !avx2 {
		t.Skip("this machine, or SRNN_PLAIN, does without the assembly")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for n := 1; n < 80; n++ {
		x, plain := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i], plain[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		fast := slices.Clone(plain)
		Gaussian(x, fast, .5, 3, .1, true)
		for i := range x { // one by one there is no assembly
			Gaussian(x[i:i+1], plain[i:i+1], .5, 3, .1, true)
		}
		equal(t, "Gaussian", fast, plain)
	}
	nan := float32(math.NaN())
	for _, x := range [][]float32{{nan}, {nan, 0, 0, 0, 0, 0, 0, 0}} {
		dst := make([]float32, len(x))
		Gaussian(x, dst, 1, 1, 0, false)
		if dst[0] == dst[0] {
			t.Errorf("Gaussian of NaN is %v, with %d elements", dst[0], len(x))
		}
	}
}

func TestGaussian(t *testing.T) {
	x := make([]float32, 4001)
	for i := range x {
		x[i] = float32(i-2000) / 100
	}
	got := make([]float32, len(x))
	Gaussian(x, got, .5, 1.5, .25, false)
	Gaussian(x, got, -.1, .02, -.25, true)
	for i, v := range x {
		l, r := float64(v)-.25, float64(v)+.25
		want := .5*math.Exp(-1.5*l*l) - .1*math.Exp(-.02*r*r)
		if math.Abs(float64(got[i])-want) > 1e-6 {
			t.Fatalf("at %v: %v, want %v", v, got[i], want)
		}
	}
}
