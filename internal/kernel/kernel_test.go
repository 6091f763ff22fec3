package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"
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

func TestVectors(t *testing.T) {
	t.Run("float32", testVectors[float32])
	t.Run("float64", testVectors[float64])
}

// Every length around the unrolling gives what the plain sum gives.
func testVectors[F Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(n int) []F {
		x := make([]F, n)
		for i := range x {
			x[i] = F(rng.IntN(9) - 4) // integers: every order of summation is exact
		}
		return x
	}
	spikes := func(n int) []F {
		x := make([]F, n)
		for i := range x {
			x[i] = F(rng.IntN(2))
		}
		return x
	}
	for n := range 22 {
		for m := 1; m < 22; m++ {
			x := spikes(n)
			w, y := random(n*m), random(m)
			want := append([]F(nil), y...)
			for j := range n {
				for i := range m {
					want[i] += x[j] * w[j*m+i]
				}
			}
			Gather(x, w, y)
			equal(t, "Gather of spikes", y, want)
		}
	}
	for n := range 22 {
		for m := 1; m < 22; m++ {
			x, w, y := random(n), random(n*m), random(m)
			want := append([]F(nil), y...)
			for j := range n {
				for i := range m {
					want[i] += x[j] * w[j*m+i]
				}
			}
			got := append([]F(nil), y...)
			Gather(x, w, got)
			equal(t, "Gather", got, want)

			if n > 0 {
				wt, got := make([]F, n*m), append([]F(nil), y...)
				Transpose(w, wt, n, m)
				MulRows(x, wt, got, n, m)
				equal(t, "MulRows", got, want)

				rows := random(6 * n)
				many := make([]F, 6*m)
				MulRows(rows, wt, many, n, m)
				for r := range 6 {
					one := make([]F, m)
					Gather(rows[r*n:][:n], w, one)
					equal(t, "MulRows", many[r*m:][:m], one)
				}
			}

			got = append([]F(nil), w...)
			want = append([]F(nil), w...)
			for j := range n {
				for i := range m {
					want[j*m+i] += x[j] * y[i]
				}
			}
			Scatter(x, y, got)
			equal(t, "Scatter", got, want)
		}
	}
}

func equal[F Float](t *testing.T, what string, got, want []F) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}

func TestRun(t *testing.T) {
	for _, procs := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(procs)
		for n := range 20 {
			seen := make([]int, n)
			if err := Run(n, 3, func(_, lo, hi int) error {
				for i := lo; i < hi; i++ {
					seen[i]++
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for i, k := range seen {
				if k != 1 {
					t.Errorf("n = %d: item %d was visited %d times", n, i, k)
				}
			}
		}
		err := Run(9, 1, func(i, _, _ int) error {
			switch i {
			case 4:
				return errors.New("four")
			case 6:
				panic("six")
			}
			return nil
		})
		if err == nil || err.Error() != "four" {
			t.Errorf("error is %v, want that of the lowest shard", err)
		}
		err = Run(1, 1, func(int, int, int) error { panic("six") })
		if err == nil || !strings.Contains(err.Error(), "six") {
			t.Errorf("error is %v, want the panic", err)
		}
		runtime.GOMAXPROCS(old)
	}
}

// The assembly and the Go code give the same bits, but for the order of the sums in Dot4.
func TestAssembly(t *testing.T) {
	if !avx2 {
		t.Skip("this machine, or SRNN_PLAIN, does without the assembly")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return x
	}
	clone := func(x []float32) []float32 { return append([]float32(nil), x...) }
	for n := 1; n < 80; n++ {
		x, x2, y := random(n), random(n), random(n)
		plain, fast := clone(y), clone(y)
		for i := range plain {
			plain[i] += x[i]
		}
		Add(x, fast)
		equal(t, "Add", fast, plain)
		for i := range plain {
			plain[i] += x[i] + x2[i]
		}
		add2(x, x2, fast)
		equal(t, "add2", fast, plain)
		for i := range plain {
			plain[i] += float32(.7 * x[i])
		}
		Axpy(.7, x, fast)
		equal(t, "Axpy", fast, plain)

		vectors := [4][]float32{random(n), random(n), random(n), random(n)}
		a, b, c, d := Dot4(x, vectors[0], vectors[1], vectors[2], vectors[3])
		for i, got := range []float32{a, b, c, d} {
			want := 0.0
			for k := range x {
				want += float64(x[k]) * float64(vectors[i][k])
			}
			if math.Abs(float64(got)-want) > 1e-5 {
				t.Errorf("Dot4 of %d: %v, want %v", n, got, want)
			}
		}

		plain, fast = clone(y), clone(y)
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
