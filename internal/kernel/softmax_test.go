package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSoftmax(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testSoftmax[float32](t, 4e-7) })
	t.Run("float64", func(t *testing.T) { testSoftmax[float64](t, 1e-14) })
}

// widths of rows: all around the groups of eight, and wide ones.
var widths = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 23, 24, 25, 32, 100, 1000}

// The sums, the softmax and its gradient are what the formulas say in double precision.
func testSoftmax[F Float](t *testing.T, tolerance float64) {
	rng := rand.New(rand.NewPCG(9, 10))
	const scale = .25
	for _, n := range widths {
		for rows := range 6 {
			x, g := make([]F, rows*n), make([]F, rows*n)
			for i := range x {
				x[i], g[i] = F(3*rng.NormFloat64()), F(rng.NormFloat64())
			}
			peaks, sums := make([]F, rows), make([]F, rows)
			p, dx := make([]F, rows*n), make([]F, rows*n)
			SumExp(x, n, peaks, sums)
			if !Softmax(x, n, scale, p) {
				t.Errorf("%d rows of %d: not finite", rows, n)
			}
			SoftmaxGradient(x, g, n, dx)
			near := func(what string, r int, got F, want, size float64) {
				if !(math.Abs(float64(got)-want) <= tolerance*size) {
					t.Errorf("%s of row %d of %d, %d wide: %v, want %v", what, r, rows, n, got, want)
				}
			}
			for r := range rows {
				row, g := x[r*n:][:n], g[r*n:][:n]
				peak, sum, mean := slices.Max(row), 0.0, 0.0
				for i, v := range row {
					e := math.Exp(float64(v) - float64(peak))
					sum += e
					mean += e * float64(g[i])
				}
				mean /= sum
				near("peak", r, peaks[r], float64(peak), 0)
				near("sum", r, sums[r], sum, sum)
				for i, v := range row {
					below := float64(v) - float64(peak) // rounded, it is off by a part of itself
					want, d := math.Exp(below)/sum, float64(g[i])-mean
					near(fmt.Sprint("softmax ", i), r, p[r*n+i], scale*want, scale*want*(1-below))
					near(fmt.Sprint("gradient ", i), r, dx[r*n+i], want*d, want*(1+math.Abs(d))*(1-below))
				}
			}
		}
	}
}

// A row has the same bits alone as among others, and in place. Nothing but dst is written.
func TestSoftmaxRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, n := range widths {
		const rows = 11
		x, g := make([]float32, rows*n), make([]float32, rows*n)
		for i := range x {
			x[i], g[i] = float32(3*rng.NormFloat64()), float32(rng.NormFloat64())
		}
		for name, f := range map[string]func(x, g, dst []float32){
			"Softmax":         func(x, _, dst []float32) { Softmax(x, n, .3, dst) },
			"SoftmaxGradient": func(x, g, dst []float32) { SoftmaxGradient(x, g, n, dst) },
			"SumExp": func(x, _, dst []float32) {
				clear(dst)
				SumExp(x, n, make([]float32, len(x)/n), dst)
			},
		} {
			whole := slices.Repeat([]float32{7}, rows*n+1)
			f(x, g, whole[:rows*n])
			if whole[rows*n] != 7 {
				t.Errorf("%s of rows of %d writes behind them", name, n)
			}
			one := make([]float32, n)
			for r := range rows {
				f(x[r*n:][:n], g[r*n:][:n], one)
				got := whole[r*n:][:n]
				if name == "SumExp" {
					one, got = one[:1], whole[r:r+1]
				}
				equal(t, fmt.Sprintf("%s, row %d of %d", name, r, n), got, one)
			}
			if name != "SumExp" {
				place := slices.Clone(x)
				f(place, g, place)
				equal(t, name+" in place", place, whole[:rows*n])
			}
		}
	}
}

// What is not finite shows, in its row alone; scores far apart are no trouble.
func TestSoftmaxExtremes(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, n := range widths[:22] {
		for at := range n {
			for _, bad := range []float32{nan, -nan, inf, -inf} {
				x, p := make([]float32, 3*n), make([]float32, 3*n)
				peaks, sums := make([]float32, 3), make([]float32, 3)
				x[n+at] = bad
				if Softmax(x, n, 1, p) || Finite(x) {
					t.Errorf("%v at %d of %d is taken for finite", bad, at, n)
				}
				SumExp(x, n, peaks, sums)
				for i, v := range p {
					isNaN := i/n == 1 && (bad != -inf || n == 1)
					if (v != v) != isNaN || (sums[i/n] != sums[i/n]) != isNaN {
						t.Errorf("%v at %d of %d: softmax %d is %v, Σ exp is %v", bad, at, n, i, v, sums[i/n])
					}
				}
			}
			x, p := slices.Repeat([]float32{-3e38}, n), make([]float32, n)
			x[at] = 3e38
			if !Softmax(x, n, 1, p) || !Finite(x) {
				t.Errorf("large scores are taken for infinite")
			}
			for i, v := range p {
				if want := i == at; (v == 1) != want || (v == 0) == want {
					t.Errorf("softmax %d is %v where the largest score is number %d of %d", i, v, at, n)
				}
			}
		}
	}
}
