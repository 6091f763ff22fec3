package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var sizes = []int{1, 2, 7, 8, 9, 15, 16, 17, 36, 63, 64, 65, 70, 128, 131, 200}

// sparse is a matrix with elements of rate, and 1 for each of them if binary is set.
func sparse[F Float](rng *rand.Rand, rows, n int, rate float64, binary bool) []F {
	x := make([]F, rows*n)
	for i := range x {
		if rng.Float64() < rate {
			x[i] = F(rng.NormFloat64())
			if binary {
				x[i] = 1
			}
		}
	}
	return x
}

// Bits go out and come back, whatever the sizes, and transposed twice are what they were.
func TestBits(t *testing.T) {
	t.Run("float32", testBits[float32])
	t.Run("float64", testBits[float64])
}

func testBits[F Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range sizes {
		for _, rows := range []int{1, 3, 64, 70} {
			x := sparse[F](rng, rows, n, .3, true)
			set := make([]uint64, rows*Words(n))
			for i := range set {
				set[i] = rng.Uint64() // must be overwritten
			}
			of := Pack(x, rows, n, set)
			if !of.Ones {
				t.Fatalf("[%d, %d] of zeros and ones is not recognised", rows, n)
			}
			count := 0
			for r := range rows {
				for i := range 64 * Words(n) {
					bit := set[r*Words(n)+i/64]>>(i%64)&1 == 1
					if want := i < n && x[r*n+min(i, n-1)] != 0; bit != want {
						t.Fatalf("[%d, %d]: bit %d of row %d is %v", rows, n, i, r, bit)
					}
					if bit {
						count++
					}
				}
			}
			if int(of.Count) != count {
				t.Errorf("Count is %d, want %d", of.Count, count)
			}
			back := append(normal[F](rng, rows*n), 7)
			Spread(set, rows, n, back[:rows*n])
			equal(t, "Spread", back, append(slices.Clone(x), 7))

			turned := make([]uint64, n*Words(rows))
			TransposeBits(set, rows, n, turned)
			for r := range rows {
				for i := range n {
					if turned[i*Words(rows)+r/64]>>(r%64)&1 != set[r*Words(n)+i/64]>>(i%64)&1 {
						t.Fatalf("[%d, %d]: bit (%d, %d) of the transpose", rows, n, i, r)
					}
				}
			}
			again := make([]uint64, len(set))
			TransposeBits(turned, n, rows, again)
			if !slices.Equal(again, set) {
				t.Fatalf("[%d, %d]: transposed twice", rows, n)
			}
			for _, other := range []F{.5, -1, F(math.NaN()), F(math.Inf(1))} {
				at := rng.IntN(len(x))
				y := slices.Clone(x)
				y[at] = other
				if Pack(y, rows, n, set).Ones {
					t.Fatalf("[%d, %d] with %v at %d is taken for zeros and ones", rows, n, other, at)
				}
				if set[at/n*Words(n)+at%n/64]>>(at%n%64)&1 != 1 {
					t.Fatalf("%v is taken for zero", other)
				}
			}
		}
	}
}

// The three products are the same: bit for bit for zeros and ones, and but for rounding otherwise.
// Nothing but the result is written.
func TestProducts(t *testing.T) {
	t.Run("float32", testProducts[float32])
	t.Run("float64", testProducts[float64])
}

func testProducts[F Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range sizes {
		for _, k := range []int{1, 5, 36, 64, 65, 130} {
			for _, rows := range []int{1, 3, 4, 7, 8, 12, 13} {
				for _, rate := range []float64{0, .2, 1} {
					checkProducts[F](t, rng, rows, k, n, rate)
				}
			}
		}
	}
}

func checkProducts[F Float](t *testing.T, rng *rand.Rand, rows, k, n int, rate float64) {
	t.Helper()
	ldw, ldy := Pad(n), n+3
	w, y := normal[F](rng, k*ldw), normal[F](rng, rows*ldy)
	set := make([]uint64, rows*Words(k))
	reference := func(x []F) []F {
		want := slices.Clone(y)
		for r := range rows {
			for i := range n {
				sum := float64(y[r*ldy+i])
				for j := range k {
					sum += float64(x[r*k+j]) * float64(w[j*ldw+i])
				}
				want[r*ldy+i] = F(sum)
			}
		}
		return want
	}
	x := sparse[F](rng, rows, k, rate, true)
	Pack(x, rows, k, set)
	want := reference(x)
	rowsOf, scaled, dense, turned := slices.Clone(y), slices.Clone(y), slices.Clone(y), slices.Clone(y)
	xt := make([]F, len(x))
	Transpose(x, xt, rows, k)
	m := Lines[F]{w, ldw}
	lines := func(y []F) Lines[F] { return Lines[F]{y, ldy} }
	AddRows(set, rows, k, m, lines(rowsOf), lines(rowsOf), n)
	AddScaledRows(set, x, k, 1, rows, k, m, lines(scaled), lines(scaled), n)
	MulAdd(rows, n, k, x, k, 1, m, lines(dense), lines(dense))
	MulAdd(rows, n, k, xt, 1, rows, m, lines(turned), lines(turned))
	near(t, "AddRows", rowsOf, want)
	equal(t, "AddScaledRows", scaled, rowsOf)
	equal(t, "MulAdd", dense, rowsOf)
	equal(t, "MulAdd of the transpose", turned, rowsOf)

	x = sparse[F](rng, rows, k, rate, false)
	Pack(x, rows, k, set)
	Transpose(x, xt, rows, k)
	scaled, dense, turned = slices.Clone(y), slices.Clone(y), slices.Clone(y)
	AddScaledRows(set, xt, 1, rows, rows, k, m, lines(scaled), lines(scaled), n)
	MulAdd(rows, n, k, x, k, 1, m, lines(dense), lines(dense))
	MulAdd(rows, n, k, xt, 1, rows, m, lines(turned), lines(turned))
	near(t, "AddScaledRows", scaled, reference(x))
	equal(t, "MulAdd of reals", dense, scaled)
	equal(t, "MulAdd of the transpose of reals", turned, scaled)

	// From a base of one row, into a result of another stride.
	base := Lines[F]{normal[F](rng, n), 0}
	want, from := make([]F, rows*ldy), Lines[F]{make([]F, rows*n), n}
	for r := range rows {
		copy(want[r*ldy:], base.X)
		copy(from.X[r*n:], base.X)
	}
	AddScaledRows(set, x, k, 1, rows, k, m, lines(want), lines(want), n)
	for _, base := range []Lines[F]{base, from} {
		scaled, dense = make([]F, rows*ldy), make([]F, rows*ldy)
		AddScaledRows(set, x, k, 1, rows, k, m, base, lines(scaled), n)
		MulAdd(rows, n, k, x, k, 1, m, base, lines(dense))
		equal(t, "AddScaledRows from a base", scaled, want)
		equal(t, "MulAdd from a base", dense, want)
		if rate == 0 {
			AddRows(set, rows, k, m, base, lines(dense), n)
			equal(t, "AddRows from a base", dense, want)
		}
	}
}

// near compares to what sums of a hundred numbers of about one lose in single precision.
func near[F Float](t *testing.T, what string, got, want []F) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 3e-5 {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}
