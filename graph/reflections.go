package graph

import (
	"math"
	"math/rand/v2"

	"github.com/srnn-go/srnn/internal/kernel"
)

// Householder's method makes the Q of a normal matrix as a product of reflections H₀H₁H₂…, where
// Hₖ turns column k of what the reflections before it have left, from row k on, into a multiple of
// the first unit vector. As the normal distribution is the same in all directions, what they have left
// is as normal as the matrix was: each column may be drawn when it is needed, and neither the matrix nor
// R (Stewart 1980).
//
// Sixty-four reflections I − vₖvₖᵀ at a time, with |vₖ|² = 2, are I − V·T·Vᵀ, where the inverse of T
// has ones on its diagonal, VᵀV above it, and zeros below it (Schreiber & Van Loan 1989; Puglisi
// 1992). They are applied to the unit matrix, the last ones first, so that its columns before theirs
// do not change yet.
const (
	reflections = 64  // at a time
	stripeWidth = 128 // columns that they are applied to at a time
	stripeLd    = stripeWidth + 8
)

// stripes is a matrix [rows, cols] whose columns are kept in stripes, for one core each.
type stripes struct {
	x    []float64 // [stripe, rows, stripeLd]
	rows int
}

func (q *stripes) stripe(i int) []float64 {
	n := q.rows * stripeLd
	return q.x[i*n:][:n]
}

func (q *stripes) at(row, col int) *float64 {
	return &q.stripe(col / stripeWidth)[row*stripeLd+col%stripeWidth]
}

// reflected draws a matrix [rows, cols] with orthonormal columns, as a product of reflections.
func reflected(rng *rand.Rand, rows, cols int) (at func(row, col int) float64) {
	n := kernel.Shards(cols, stripeWidth)
	q := &stripes{make([]float64, n*rows*stripeLd), rows}
	signs := make([]float64, cols)
	for i := range cols {
		*q.at(i, i) = 1
	}
	for k := (cols - 1) / reflections * reflections; k >= 0; k -= reflections {
		b := drawReflectors(rng, rows-k, signs[k:min(k+reflections, cols)])
		first := k / stripeWidth
		_ = kernel.Run(n-first, 1, func(i, _, _ int) error {
			b.apply(q.stripe(first + i)[k*stripeLd:])
			return nil
		})
	}
	return func(row, col int) float64 { return signs[col] * *q.at(row, col) }
}

// reflectors is a number of successive reflections.
type reflectors struct {
	v       []float64 // [rows, n]
	gram    []float64 // VᵀV [n, n]
	rows, n int
}

// drawReflectors draws a reflection for each of signs, the first of which changes all rows. It sets them to
// those of R's diagonal.
func drawReflectors(rng *rand.Rand, rows int, signs []float64) *reflectors {
	n := len(signs)
	b := &reflectors{make([]float64, rows*n), make([]float64, n*n), rows, n}
	x := make([]float64, rows)
	for j := range n {
		signs[j] = drawReflection(rng, x[j:])
		for i := j; i < rows; i++ {
			b.v[i*n+j] = x[i]
		}
	}
	v, gram := kernel.Lines[float64]{X: b.v, Ld: n}, kernel.Lines[float64]{X: b.gram, Ld: n}
	kernel.MulAdd(n, n, rows, b.v, 1, n, v, gram, gram)
	return b
}

// drawReflection draws a normal vector x and replaces it by v, with |v|² = 2, such that I − vvᵀ turns
// x into a multiple of the first unit vector. It returns the sign of that, which is the other one than
// that of x's first element, so that nothing cancels.
func drawReflection(rng *rand.Rand, x []float64) (sign float64) {
	var square float64
	for i := range x {
		x[i] = rng.NormFloat64()
		square += x[i] * x[i]
	}
	norm := math.Sqrt(square)
	scale := 1 / math.Sqrt(square+norm*math.Abs(x[0]))
	sign = -math.Copysign(1, x[0])
	x[0] -= sign * norm
	for i := range x {
		x[i] *= scale
	}
	return sign
}

// apply multiplies a stripe, from the first row that the reflections change, by them.
func (b *reflectors) apply(stripe []float64) {
	w := make([]float64, b.n*stripeLd)
	to := kernel.Lines[float64]{X: w, Ld: stripeLd}
	for i := 0; i < b.rows; i += reflections { // so many rows stay in the cache
		rows := kernel.Lines[float64]{X: stripe[i*stripeLd:], Ld: stripeLd}
		kernel.MulAdd(b.n, stripeWidth, min(reflections, b.rows-i), b.v[i*b.n:], 1, b.n, rows, to, to)
	}
	b.solve(w)
	for i := 0; i < b.rows; i += reflections {
		rows := kernel.Lines[float64]{X: stripe[i*stripeLd:], Ld: stripeLd}
		kernel.MulAdd(min(reflections, b.rows-i), stripeWidth, b.n, b.v[i*b.n:], b.n, 1, to, rows, rows)
	}
}

// solve replaces w by −T·w.
func (b *reflectors) solve(w []float64) {
	row := func(i int) []float64 { return w[i*stripeLd:][:stripeWidth] }
	for i := b.n - 1; i >= 0; i-- {
		kernel.Scale(-1, row(i))
		for j := i + 1; j < b.n; j++ {
			kernel.Axpy(-b.gram[i*b.n+j], row(j), row(i))
		}
	}
}
