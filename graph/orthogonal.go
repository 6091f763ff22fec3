package graph

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// Orthogonal draws a matrix with orthonormal rows or columns, whichever are fewer, uniformly
// over all such matrices (Saxe et al. 2014): the Q of a normal matrix, with the signs that
// make R's diagonal positive (Mezzadri 2007).
//
// Up to 1,024 rows and columns the normal matrix is drawn and factorised. Of larger ones the
// factors of Q are drawn themselves (Stewart 1980), which is faster and has the same distribution.
type Orthogonal struct{}

// factorised is the largest number of rows and columns for which Q is made by a factorisation. What is
// drawn from a random stream is another matrix beyond it.
const factorised = 1024

// Init implements [Initializer].
func (Orthogonal) Init(rng *rand.Rand, s tensor.Shape, dst []float64) error {
	if len(s) != 2 {
		return errors.Errorf("has shape %v; orthogonal initialisation wants [out, in]", s)
	}
	rows, cols := max(s[0], s[1]), min(s[0], s[1])
	draw := factorise
	if rows > factorised {
		draw = reflected
	}
	q := draw(rng, rows, cols)
	for i := range s[0] {
		for j := range s[1] {
			if s[0] < s[1] {
				dst[i*s[1]+j] = q(j, i)
			} else {
				dst[i*s[1]+j] = q(i, j)
			}
		}
	}
	return nil
}

// factorise draws a matrix [rows, cols] with orthonormal columns, as Q·sign(R) of a normal matrix.
func factorise(rng *rand.Rand, rows, cols int) (q func(row, col int) float64) {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	var full, r mat.Dense
	qr.QTo(&full)
	qr.RTo(&r)
	return func(row, col int) float64 { return math.Copysign(1, r.At(col, col)) * full.At(row, col) }
}
