package kernel

import (
	"math"
	"math/rand/v2"
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

// An element has the same bits wherever in a vector it stands, and in place.
func TestExpPosition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	terms := []Gaussian{{.5, 3, .1}, {-.1, .02, -.25}, {.2, 1, 4}}
	for name, f := range map[string]func(x, dst []float32){
		"one Gaussian":    func(x, dst []float32) { Gaussians(x, dst, terms[0]) },
		"three Gaussians": func(x, dst []float32) { Gaussians(x, dst, terms...) },
		"Decay":           func(x, dst []float32) { Decay(x, dst, .7, 1.3) },
	} {
		for n := range 80 {
			x, got, want := make([]float32, n), make([]float32, n+1), make([]float32, n)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
				f(x[i:i+1], want[i:i+1])
			}
			got[n] = 7
			f(x, got[:n])
			equal(t, name, got[:n], want)
			if got[n] != 7 {
				t.Errorf("%s of %d elements writes behind them", name, n)
			}
			f(x, x)
			equal(t, name+" in place", x, want)
		}
	}
}

// The vectors' exponential is as exact as Exp32, and what it makes of the extremes is what
// math.Exp does.
func TestVectorExp(t *testing.T) {
	var x []float32
	for v := float32(0); v < 87.25; v += 1.0 / 4096 {
		x = append(x, v)
	}
	e := make([]float32, len(x))
	Decay(x, e, 1, 1)
	worst := 0.0
	for i, v := range x {
		want := math.Exp(-float64(v))
		worst = max(worst, math.Abs(float64(e[i])-want)/want)
	}
	if worst > ExpMaxError {
		t.Errorf("relative error %.3g, want at most %.3g", worst, ExpMaxError)
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, v := range []float32{0, 88, 1e3, 1e30, inf, nan} {
		for _, v := range []float32{v, -v} {
			want := math.Exp(-math.Abs(float64(v)))
			if v*v > 80*80 {
				want = 0 // where e^x would not be a normal number
			}
			in, decay, bell := []float32{v}, []float32{5}, []float32{nan}
			Decay(in, decay, 1, 1)
			if !same(float64(decay[0]), want) {
				t.Errorf("exp(−|%v|) is %v, want %v", v, decay[0], want)
			}
			if math.Abs(float64(v)) > 10 || v != v || v == 0 {
				Gaussians(in, bell, Gaussian{A: 1, K: 1})
				if !same(float64(bell[0]), want) {
					t.Errorf("exp(−%v²) is %v, want %v", v, bell[0], want)
				}
			}
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestGaussians(t *testing.T) {
	x := make([]float32, 4001)
	for i := range x {
		x[i] = float32(i-2000) / 100
	}
	got := make([]float32, len(x))
	Gaussians(x, got, Gaussian{.5, 1.5, .25}, Gaussian{-.1, .02, -.25})
	for i, v := range x {
		l, r := float64(v)-.25, float64(v)+.25
		want := .5*math.Exp(-1.5*l*l) - .1*math.Exp(-.02*r*r)
		if math.Abs(float64(got[i])-want) > 1e-7 {
			t.Fatalf("at %v: %v, want %v", v, got[i], want)
		}
	}
	Gaussians(x, got)
	equal(t, "the sum of no Gaussians", got, make([]float32, len(x)))
}
