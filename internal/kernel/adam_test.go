package kernel

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// numbers are random and of all sizes, with those among them that are easily got wrong.
func numbers(rng *rand.Rand, n int) []float64 {
	special := []float64{0, math.Copysign(0, -1), 5e-324, -5e-324, 1e-310, 0x1p-1022, 0x1p-512, 0x1p-511, 0x1p513, 0x1p512, -1e155, 1e308}
	x := make([]float64, n)
	for i := range x {
		switch rng.IntN(8) {
		case 0:
			x[i] = special[rng.IntN(len(special))]
		case 1:
			x[i] = math.Ldexp(rng.NormFloat64(), rng.IntN(2000)-1000)
		default:
			x[i] = math.Ldexp(rng.NormFloat64(), rng.IntN(80)-60)
		}
	}
	return x
}

// sameBits takes all NaN for the same.
func sameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}

// Elements of a slice are computed as those that come one by one, for which there is no assembly.
func TestAdamUpdate(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for round := range 4000 {
		n := round % 40
		if round%100 == 0 {
			n = 4096
		}
		beta1, beta2, step := rng.Float64(), 1-math.Pow(10, -6*rng.Float64()), 1+rng.IntN(1+rng.IntN(5000))
		a := AdamStep{
			Beta1: beta1, Rest1: 1 - beta1, Bias1: 1 - math.Pow(beta1, float64(step)),
			Beta2: beta2, Rest2: 1 - beta2, Bias2: 1 - math.Pow(beta2, float64(step)),
			Epsilon: 1e-8,
		}
		g, m0, v0 := numbers(rng, n), numbers(rng, n), numbers(rng, n)
		for i, v := range v0 {
			v0[i] = math.Abs(v)
		}
		if n > 0 && round%7 == 0 {
			[][]float64{g, m0, v0}[rng.IntN(3)][rng.IntN(n)] = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[rng.IntN(3)]
		}
		wantG, wantM, wantV := slices.Clone(g), slices.Clone(m0), slices.Clone(v0)
		wantFinite := true
		for i := range n {
			g, m, v := wantG[i:i+1], wantM[i:i+1], wantV[i:i+1]
			wantFinite = a.Update(g, m, v, m, v) && wantFinite
			if finite := m[0]-m[0] == 0 && v[0]-v[0] == 0; !finite && wantFinite {
				t.Fatalf("m = %v and v = %v are called finite", m[0], v[0])
			}
		}

		inPlace, m, v := slices.Clone(g), slices.Clone(m0), slices.Clone(v0)
		finite := a.Update(inPlace, m, v, m, v)
		sameBits(t, "g of moments in place", inPlace, wantG)
		sameBits(t, "m in place", m, wantM)
		sameBits(t, "v in place", v, wantV)

		before := [][]float64{slices.Clone(m0), slices.Clone(v0)}
		m, v = make([]float64, n), make([]float64, n)
		if a.Update(g, m0, v0, m, v) != wantFinite || finite != wantFinite {
			t.Fatalf("finite is %v, want %v", !wantFinite, wantFinite)
		}
		sameBits(t, "g", g, wantG)
		sameBits(t, "m", m, wantM)
		sameBits(t, "v", v, wantV)
		sameBits(t, "m0", m0, before[0])
		sameBits(t, "v0", v0, before[1])
	}
}

// The quotients of the biases are correctly rounded, also the hardest: with ε = 0 and g = 0, the
// update is m/bias1 if v = bias2, and 1/√(v/bias2) if m = bias1.
func TestAdamQuotients(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for range 200_000 {
		divisor := 1<<52 | rng.Uint64N(1<<52) | 1
		bias := math.Ldexp(float64(divisor), -53-rng.IntN(50))
		x := hardDividends(divisor)
		n := len(x)
		g, biases := make([]float64, n), slices.Repeat([]float64{bias}, n)
		a := AdamStep{Beta1: 1, Beta2: 1, Bias1: bias, Bias2: bias}
		a.Update(g, x, biases, slices.Clone(x), slices.Clone(biases))
		for i, got := range g {
			if want := x[i] / bias; got != want {
				t.Fatalf("%v/%v is %v, want %v", x[i], bias, got, want)
			}
		}
		clear(g)
		a.Update(g, biases, x, slices.Clone(biases), slices.Clone(x))
		for i, got := range g {
			if want := 1 / math.Sqrt(x[i]/bias); got != want {
				t.Fatalf("1/√(%v/%v) is %v, want %v", x[i], bias, got, want)
			}
		}
	}
}

// hardDividends are whole numbers x whose quotients by a divisor, which is odd and has 53 bits, are
// almost half-way between two float64: q·divisor − x·2^54 is small, with an odd q of 54 bits.
func hardDividends(divisor uint64) (x []float64) {
	inverse := divisor // modulo 2^64, by Newton's method: each round doubles the number of right bits
	for range 6 {
		inverse *= 2 - divisor*inverse
	}
	for r := int64(-7); r <= 7; r += 2 {
		if q := uint64(r) * inverse % (1 << 54); q >= 1<<53 { // q·divisor is r modulo 2^54
			high, low := bits.Mul64(q, divisor)
			x = append(x, float64(high<<10|low>>54))
			if r < 0 {
				x[len(x)-1]++
			}
		}
	}
	return x
}

func TestScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for n := range 40 {
		x, a := numbers(rng, n), numbers(rng, 1)[0]
		want := slices.Clone(x)
		for i := range want {
			want[i] *= a
		}
		Scale(a, x)
		sameBits(t, "Scale", x, want)
	}
}

func TestWidenAndRoundSum(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testWidenAndRoundSum[float32](t, math.MaxFloat32) })
	t.Run("float64", func(t *testing.T) { testWidenAndRoundSum[float64](t, math.MaxFloat64) })
}

func testWidenAndRoundSum[F Float](t *testing.T, largest float64) {
	rng := rand.New(rand.NewPCG(17, 18))
	for n := range 40 {
		for at := -1; at < n; at++ { // where there is a bad element
			x, y, z := make([]F, n), make([]float64, n), make([]float64, n)
			wide, sum, wantSum := make([]float64, n), make([]F, n), make([]float64, n)
			for i := range x {
				y[i], z[i] = rng.NormFloat64(), rng.NormFloat64()
				x[i] = F(y[i])
				if i == at {
					x[i] = F([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[rng.IntN(3)])
					y[i], z[i] = .75*largest, .75*largest
				}
				wantSum[i] = float64(F(y[i] + z[i]))
			}
			if Widen(x, wide) != (at < 0) {
				t.Fatalf("Widen: bad element %d of %d: finite is %v", at, n, at >= 0)
			}
			for i := range x {
				sameBits(t, "Widen", wide[i:i+1], []float64{float64(x[i])})
			}
			if RoundSum(y, z, sum) != (at < 0) {
				t.Fatalf("RoundSum: bad element %d of %d: finite is %v", at, n, at >= 0)
			}
			Widen(sum, wide)
			sameBits(t, "RoundSum", wide, wantSum)
		}
	}
}
