package kernel

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Matrix is a matrix [k, n] that sparse or dense rows [k] are multiplied with, many times. Its
// rows are padded to whole vectors.
type Matrix[F Float] struct {
	w    []F
	k, n int
	ld   int

	// From so many elements of a row on, the dense product is faster than sums of rows.
	ones, reals float64
}

// MakeMatrix takes memory for a matrix [k, n] from an arena.
func MakeMatrix[F Float](a *Arena[F], k, n int) Matrix[F] {
	m := Matrix[F]{k: k, n: n, ld: spaced(n)}
	m.w = a.Floats(k * m.ld)
	m.ones, m.reals = limits[F](k, n)
	return m
}

// spaced is how far apart rows of n elements lie. Rows that are a power of two apart would share
// few places of the cache.
func spaced(n int) int {
	ld := Pad(n)
	if ld >= 64 && ld%32 == 0 {
		ld += 16
	}
	return ld
}

// Set copies w [k, n] into the matrix.
func (m *Matrix[F]) Set(w []F) {
	for r := range m.k {
		row := m.w[r*m.ld:][:m.ld]
		clear(row[copy(row, w[r*m.n:][:m.n]):])
	}
}

// SetTransposed copies the transpose of w [n, k] into the matrix.
func (m *Matrix[F]) SetTransposed(w []F) {
	const block = 16   // of rows and columns, so that what is read stays in the cache
	const shard = 1024 // rows of a small matrix are not worth another goroutine
	_ = Run(m.k, max(block, min(shard, (shard*1024/m.n)&^(block-1))), func(_, lo, hi int) error {
		for top := lo; top < hi; top += block {
			height := min(block, hi-top)
			for left := 0; left < m.n; left += block {
				width := min(block, m.n-left)
				for r := top; r < top+height; r++ {
					row := m.w[r*m.ld+left:][:width]
					for c := range row {
						row[c] = w[(left+c)*m.k+r]
					}
				}
			}
			for r := top; r < top+height; r++ {
				clear(m.w[r*m.ld+m.n:][:m.ld-m.n])
			}
		}
		return nil
	})
}

// AddProduct is y = base + x·m for x [rows, k] and y [rows, n]. The bits of x say which of its
// elements count; if these are ones, x may be nil. Base is a slab like y, which it may be, or one
// row for all. The fastest way is taken; the sum has the same bits whichever it is.
func (m *Matrix[F]) AddProduct(set []uint64, of Activity, x []F, rows int, base, y []F) {
	w, to, from := Lines[F]{m.w, m.ld}, Lines[F]{y, m.n}, lines(base, y, m.n)
	active := float64(of.Count)
	switch {
	case of.Count == 0 && len(base) > 0 && &base[0] == &y[0]:
	case of.Ones && active <= m.ones*float64(rows):
		AddRows(set, rows, m.k, w, from, to, m.n)
	case !of.Ones && active <= m.reals*float64(rows):
		AddScaledRows(set, x, m.k, 1, rows, m.k, w, from, to, m.n)
	default:
		if x == nil {
			a := Borrow[F]()
			defer a.Return()
			x = a.Floats(rows * m.k)
			Spread(set, rows, m.k, x)
		}
		MulAdd(rows, m.n, m.k, x, m.k, 1, w, from, to)
	}
}

// AddDense is y = base + x·m for x [rows, k], with y and base as in AddProduct.
func (m *Matrix[F]) AddDense(x []F, rows int, base, y []F) {
	MulAdd(rows, m.n, m.k, x, m.k, 1, Lines[F]{m.w, m.ld}, lines(base, y, m.n), Lines[F]{y, m.n})
}

// lines are the rows of n elements of a base for y: as many as y has, or one for all.
func lines[F Float](base, y []F, n int) Lines[F] {
	if len(base) == n && len(y) > n {
		return Lines[F]{base, 0}
	}
	return Lines[F]{base, n}
}

// AddOuter is w += xᵀ·g for x [rows, k], given as in [Matrix.AddProduct], and g [rows, n], which has
// [Slack] elements of capacity behind it. It is the gradient of a product's weights, w [k, n]. Of
// ones, the elements x are read only if [DenseOuter] says so.
func AddOuter[F Float](set []uint64, of Activity, x []F, rows, k int, g []F, n int, w []F) {
	from, to := Lines[F]{g[:rows*n+Slack], n}, Lines[F]{w, n}
	if DenseOuter[F](of, rows, k, n) {
		MulAdd(k, n, rows, x, 1, k, from, to, to)
		return
	}
	a := Borrow[F]()
	defer a.Return()
	turned := a.Words(k * Words(rows))
	TransposeBits(set, rows, k, turned)
	if of.Ones {
		AddRows(turned, k, rows, from, to, to, n)
	} else {
		AddScaledRows(turned, x, 1, k, k, rows, from, to, to, n)
	}
}

// DenseOuter reports whether so many elements are active that [AddOuter] takes a dense product.
func DenseOuter[F Float](of Activity, rows, k, n int) bool {
	limit, reals := limits[F](k, n)
	if !of.Ones {
		limit = reals
	}
	return float64(of.Count) > limit*float64(rows)
}

// AddColumns is y += Σ of the rows of g [rows, n], which has [Slack] elements of capacity behind it.
func AddColumns[F Float](g []F, rows, n int, y []F) {
	to := Lines[F]{y, n}
	for r := 0; r < rows; r += 64 {
		k := min(64, rows-r)
		AddRows([]uint64{^uint64(0) >> (64 - k)}, 1, k, Lines[F]{g[r*n : rows*n+Slack], n}, to, to, n)
	}
}

// limits are how many of k elements of a row can be active before a dense product with a matrix
// [k, n] is faster than sums of its rows, for ones and for real numbers. They are measured once
// for each size: what is fastest depends on the machine, and changes no bit of a result.
func limits[F Float](k, n int) (ones, reals float64) {
	if !single[F](1) {
		return float64(k), float64(k) // the plain dense product does not know how to be faster
	}
	key := [2]int{k, n}
	if l, ok := measured.Load(key); ok {
		l := l.([2]float64)
		return l[0], l[1]
	}
	l := measure(k, n)
	measured.Store(key, l)
	return l[0], l[1]
}

var measured sync.Map // [2]int{k, n} to [2]float64

// measure times products of rows of which a quarter and three quarters are active.
func measure(k, n int) (limits [2]float64) {
	rows := 64 // so many different ones that the processor does not learn them by heart
	if k*n > 1<<16 {
		rows = 8
	}
	a := Borrow[float32]()
	defer a.Return()
	w, x, y := a.Zeros(k*spaced(n)), a.Floats(rows*k), a.Zeros(rows*n)
	m, to := Lines[float32]{w, spaced(n)}, Lines[float32]{y, n}
	rng := rand.New(rand.NewPCG(uint64(k), uint64(n)))
	var sets [2][]uint64
	var active [2]float64
	for i := range sets {
		for j := range x {
			x[j] = 0
			if rng.IntN(4) <= 2*i {
				x[j] = 1
			}
		}
		sets[i] = a.Words(rows * Words(k))
		active[i] = float64(Pack(x, rows, k, sets[i]).Count) / float64(rows)
	}
	times := fastest(
		func() { MulAdd(rows, n, k, x, k, 1, m, to, to) },
		func() { AddRows(sets[0], rows, k, m, to, to, n) },
		func() { AddRows(sets[1], rows, k, m, to, to, n) },
		func() { AddScaledRows(sets[0], x, k, 1, rows, k, m, to, to, n) },
		func() { AddScaledRows(sets[1], x, k, 1, rows, k, m, to, to, n) },
	)
	for i := range limits {
		dense, few, many := times[0], times[1+2*i], times[2+2*i]
		limits[i] = float64(k)
		if slope := (many - few) / (active[1] - active[0]); slope > 0 {
			limits[i] = min(float64(k), max(0, active[0]+(dense-few)/slope))
		}
	}
	return limits
}

// fastest are the times of the fastest runs of each f, in nanoseconds. They run in turns, so that
// what disturbs the machine disturbs them all; and as many times at once as the clock needs.
func fastest(f ...func()) []float64 {
	const enough, rounds = 20 * time.Microsecond, 12
	best, times := make([]float64, len(f)), make([]int, len(f))
	for i := range f {
		best[i], times[i] = math.Inf(1), 1
	}
	begin := time.Now()
	for round := 0; round < rounds && (round < 3 || time.Since(begin) < 1000*enough); {
		long := true
		for i, run := range f {
			start := time.Now()
			for range times[i] {
				run()
			}
			took := time.Since(start)
			best[i] = min(best[i], float64(took.Nanoseconds())/float64(times[i]))
			if took < enough {
				times[i] *= 2
				long = false
			}
		}
		if long {
			round++
		}
	}
	return best
}
