package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Whichever way a product is taken, dense or as sums of rows, its bits are the same; and it is the
// product.
func TestMatrix(t *testing.T) {
	t.Run("float32", testMatrix[float32])
	t.Run("float64", testMatrix[float64])
}

func testMatrix[F Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	a := Borrow[F]()
	defer a.Return()
	for _, k := range []int{1, 9, 64, 70} {
		for _, n := range []int{1, 6, 8, 37, 130} {
			for _, rows := range []int{1, 7, 8, 65} {
				for _, binary := range []bool{true, false} {
					x, w := sparse[F](rng, rows, k, .4, binary), normal[F](rng, k*n)
					set := make([]uint64, rows*Words(k))
					of := Pack(x, rows, k, set)
					if of.Ones != (binary || slices.Max(x) == 0 && slices.Min(x) == 0) {
						t.Fatalf("activity is %+v", of)
					}
					m, turned := MakeMatrix(a, k, n), MakeMatrix(a, k, n)
					m.Set(w)
					wt := make([]F, len(w))
					Transpose(w, wt, k, n)
					turned.SetTransposed(wt)
					start := normal[F](rng, rows*n)
					want := slices.Clone(start)
					for r := range rows {
						for c := range n {
							sum := float64(start[r*n+c])
							for j := range k {
								sum += float64(x[r*k+j]) * float64(w[j*n+c])
							}
							want[r*n+c] = F(sum)
						}
					}
					var first []F
					for _, limit := range []float64{-1, math.Inf(1)} {
						m.ones, m.reals, turned.ones, turned.reals = limit, limit, limit, limit
						for _, m := range []*Matrix[F]{&m, &turned} {
							y := slices.Clone(start)
							m.AddProduct(set, of, x, rows, y, y)
							near(t, "AddProduct", y, want)
							if first == nil {
								first = y
							}
							equal(t, "AddProduct in another way", y, first)
						}
					}
					y := slices.Clone(start)
					m.AddDense(x, rows, y, y)
					equal(t, "AddDense", y, first)

					g := a.Floats(rows * n)
					copy(g, normal[F](rng, rows*n))
					outer := slices.Clone(w)
					AddOuter(set, of, x, rows, k, g, n, outer)
					if single[F](1) { // the plain dense product is never taken
						was, _ := measured.Load([2]int{k, n})
						for _, limit := range []float64{-1, math.Inf(1)} {
							measured.Store([2]int{k, n}, [2]float64{limit, limit})
							again := slices.Clone(w)
							AddOuter(set, of, x, rows, k, g, n, again)
							equal(t, "AddOuter in another way", again, outer)
						}
						measured.Store([2]int{k, n}, was)
					}
					column := make([]F, n)
					AddColumns(g, rows, n, column)
					for c := range n {
						total := 0.0
						for j := range k {
							sum := float64(w[j*n+c])
							for r := range rows {
								sum += float64(x[r*k+j]) * float64(g[r*n+c])
							}
							near(t, "AddOuter", outer[j*n+c:][:1], []F{F(sum)})
						}
						for r := range rows {
							total += float64(g[r*n+c])
						}
						near(t, "AddColumns", column[c:c+1], []F{F(total)})
					}
				}
			}
		}
	}
}

// What is measured makes sense: sums of rows are faster for few active elements. It is the same when
// it is asked for again.
func TestLimits(t *testing.T) {
	for _, size := range [][2]int{{4, 36}, {36, 36}, {128, 128}} {
		ones, reals := limits[float32](size[0], size[1])
		if k := float64(size[0]); !(ones >= 0 && ones <= k && reals >= 0 && reals <= k) {
			t.Errorf("limits of %v are %v and %v", size, ones, reals)
		}
		if again, _ := limits[float32](size[0], size[1]); again != ones {
			t.Errorf("limits of %v are %v, then %v", size, ones, again)
		}
		t.Logf("%v: %.1f ones, %.1f reals", size, ones, reals)
	}
}

// An arena gives up memory that is not needed any more, but not at once.
func TestArenaShrinks(t *testing.T) {
	a := new(Arena[float64])
	use := func(n int) {
		a.Floats(n)
		a.floats.reset()
	}
	use(1 << 16)
	for range patience {
		use(10)
	}
	use(1 << 15)
	if n := len(a.floats.memory); n < 1<<16 {
		t.Errorf("memory for %d elements is left while it is needed now and then", n)
	}
	for range 2 * patience {
		use(10)
	}
	if n := len(a.floats.memory); n >= 1<<16 {
		t.Errorf("memory for %d elements is kept for 10", n)
	}
}

// What an arena lends does not overlap, and does not change when it lends more.
func TestArena(t *testing.T) {
	for range 3 {
		a := Borrow[float32]()
		var lent [][]float32
		for i := range 50 {
			x := a.Floats(i * 7)
			if len(x) != i*7 || cap(x) < len(x)+Slack {
				t.Fatalf("%d elements with room for %d, want %d", len(x), cap(x), i*7)
			}
			for j := range x[:cap(x)] {
				x[:cap(x)][j] = float32(i)
			}
			lent = append(lent, x)
		}
		for i, x := range lent {
			for _, v := range x {
				if v != float32(i) {
					t.Fatalf("memory that was lent as number %d holds %v", i, v)
				}
			}
		}
		for _, v := range a.Zeros(100) {
			if v != 0 {
				t.Fatalf("Zeros holds %v", v)
			}
		}
		a.Return()
	}
}
