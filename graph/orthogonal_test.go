package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/graph"
)

func orthogonal(t *testing.T, seed uint64, rows, cols int) *mat.Dense {
	t.Helper()
	x := make([]float64, rows*cols)
	if err := (graph.Orthogonal{}).Init(graph.Stream(seed, "w"), tensor.Shape{rows, cols}, x); err != nil {
		t.Fatal(err)
	}
	return mat.NewDense(rows, cols, x)
}

// Networks that are in use have the initial values that they always had: the Q of a normal matrix,
// drawn row by row, whose R has a positive diagonal.
func TestOrthogonalIsFactorised(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {36, 36}, {64, 40}, {40, 64}, {256, 256}, {1024, 3}} {
		got := orthogonal(t, 5, s[0], s[1])
		rows, cols := max(s[0], s[1]), min(s[0], s[1])
		rng, a := graph.Stream(5, "w"), mat.NewDense(rows, cols, nil)
		for i := range rows {
			for j := range cols {
				a.Set(i, j, rng.NormFloat64())
			}
		}
		var qr mat.QR
		var q, r mat.Dense
		qr.Factorize(a)
		qr.QTo(&q)
		qr.RTo(&r)
		for i := range rows {
			for j := range cols {
				want := q.At(i, j)
				if r.At(j, j) < 0 {
					want = -want
				}
				x := got.At
				if s[0] < s[1] {
					x = got.T().At
				}
				if x(i, j) != want {
					t.Fatalf("%v: element (%d, %d) is %v, want %v", s, i, j, x(i, j), want)
				}
			}
		}
	}
}

// oneByOne is the recursion of Stewart 1980, one column after another from the last to the first: the
// new first column is x/|x| of a normal x, so that R has |x| on its diagonal, and the others are those
// that there are, with a zero on top, reflected as it takes to turn the first unit vector into ±x/|x|.
func oneByOne(rng *rand.Rand, rows, cols int) *mat.Dense {
	drawn := make([][]float64, cols)
	const block = 64 // of columns, in whose order they are drawn
	for k := (cols - 1) / block * block; k >= 0; k -= block {
		for j := k; j < min(k+block, cols); j++ {
			drawn[j] = make([]float64, rows-j)
			for i := range drawn[j] {
				drawn[j][i] = rng.NormFloat64()
			}
		}
	}
	q := mat.NewDense(rows, cols, nil)
	for k := cols - 1; k >= 0; k-- {
		x := mat.NewVecDense(rows-k, drawn[k])
		norm := mat.Norm(x, 2)
		v := mat.VecDenseCopyOf(x)
		v.SetVec(0, x.AtVec(0)+math.Copysign(norm, x.AtVec(0)))
		for j := k; j < cols; j++ {
			column := q.ColView(j).(*mat.VecDense).SliceVec(k, rows).(*mat.VecDense)
			if j == k {
				column.ScaleVec(1/norm, x)
			} else {
				column.AddScaledVec(column, -2*mat.Dot(v, column)/mat.Dot(v, v), v)
			}
		}
	}
	return q
}

func TestLargeOrthogonal(t *testing.T) {
	for _, s := range [][2]int{{1025, 1}, {1025, 7}, {1030, 200}, {200, 1030}, {1100, 64}, {129, 1100}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			q := orthogonal(t, 7, s[0], s[1])
			if !mat.Equal(q, orthogonal(t, 7, s[0], s[1])) {
				t.Error("the same stream gave another matrix")
			}
			var got mat.Matrix = q
			if s[0] < s[1] {
				got = q.T()
			}
			wantOrthonormal(t, got)
			want := oneByOne(graph.Stream(7, "w"), max(s[0], s[1]), min(s[0], s[1]))
			if !mat.EqualApprox(got, want, 1e-12) {
				t.Error("differs from reflections that are applied one by one")
			}
		})
	}
	wantOrthonormal(t, orthogonal(t, 8, 1100, 1100))
}

// wantOrthonormal checks that the columns of q are.
func wantOrthonormal(t *testing.T, q mat.Matrix) {
	t.Helper()
	var gram mat.Dense
	gram.Mul(q.T(), q)
	n, _ := gram.Dims()
	for i := range n {
		for j := range n {
			want := 0.
			if i == j {
				want = 1
			}
			if math.Abs(gram.At(i, j)-want) > 1e-12 {
				t.Fatalf("the product of columns %d and %d is %v, want %v", i, j, gram.At(i, j), want)
			}
		}
	}
}

// Both ways have the distribution that is the same in all directions: each element has the mean zero,
// those of the diagonal too, and the mean square 1/rows. They are not correlated: the sum of three has
// three times the mean square.
func TestOrthogonalIsUniform(t *testing.T) {
	const draws = 2000
	for _, rows := range []int{6, 1025} {
		names := [...]string{"(0, 0)", "(1, 0)", "(0, 1)", "(1, 1)", "(2, 2)", "diagonal"}
		var sums, squares [len(names)]float64
		rng := graph.Stream(9, "w")
		x := make([]float64, rows*3)
		for range draws {
			if err := (graph.Orthogonal{}).Init(rng, tensor.Shape{rows, 3}, x); err != nil {
				t.Fatal(err)
			}
			elements := [len(names)]float64{x[0], x[3], x[1], x[4], x[8], (x[0] + x[4] + x[8]) / math.Sqrt(3)}
			for i, v := range elements {
				sums[i] += v / draws
				squares[i] += v * v * float64(rows) / draws
			}
		}
		for i, name := range names {
			// Five standard deviations; those of the squares of normal numbers are √2.
			if limit := 5 / math.Sqrt(draws*float64(rows)); math.Abs(sums[i]) > limit {
				t.Errorf("%d rows, %s: mean %v, want 0 ± %v", rows, name, sums[i], limit)
			}
			if limit := 5 * math.Sqrt(2./draws); math.Abs(squares[i]-1) > limit {
				t.Errorf("%d rows, %s: mean square %v/rows, want 1 ± %v", rows, name, squares[i], limit)
			}
		}
	}
}
