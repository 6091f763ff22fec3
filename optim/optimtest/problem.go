package optimtest

import (
	"gorgonia.org/gorgonia"
)

// problem is a sum of losses of pairs (x, y), with its gradient and as a graph.
type problem struct {
	name   string
	x, y   []float64 // where it starts
	loss   func(x, y float64) (loss, dx, dy float64)
	symbol func(x, y *gorgonia.Node) *gorgonia.Node
}

// parabola is (x−1)² + 10(y+½)², least at (1, −½).
func parabola() problem {
	return problem{
		name: "parabola",
		x:    []float64{0, 3, -2},
		y:    []float64{1, -2, 0},
		loss: func(x, y float64) (loss, dx, dy float64) {
			a, b := x-1, y+.5
			return a*a + 10*b*b, 2 * a, 20 * b
		},
		symbol: func(x, y *gorgonia.Node) *gorgonia.Node {
			a := gorgonia.Must(gorgonia.Sub(x, gorgonia.NewConstant(1.0)))
			b := gorgonia.Must(gorgonia.Add(y, gorgonia.NewConstant(.5)))
			return sumOfSquares(a, b, 10)
		},
	}
}

// rosenbrock is (1−x)² + 100(y−x²)², least at (1, 1), at the end of a narrow bent valley
// (Rosenbrock 1960).
func rosenbrock() problem {
	return problem{
		name: "rosenbrock",
		x:    []float64{-1.2, 0, .5},
		y:    []float64{1, 0, -.5},
		loss: func(x, y float64) (loss, dx, dy float64) {
			a, b := 1-x, y-x*x
			return a*a + 100*b*b, -2*a - 400*b*x, 200 * b
		},
		symbol: func(x, y *gorgonia.Node) *gorgonia.Node {
			a := gorgonia.Must(gorgonia.Sub(x, gorgonia.NewConstant(1.0)))
			b := gorgonia.Must(gorgonia.Sub(y, gorgonia.Must(gorgonia.Square(x))))
			return sumOfSquares(a, b, 100)
		},
	}
}

// sumOfSquares is Σ a² + weight·b².
func sumOfSquares(a, b *gorgonia.Node, weight float64) *gorgonia.Node {
	aa := gorgonia.Must(gorgonia.Square(a))
	bb := gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Square(b)), gorgonia.NewConstant(weight)))
	return gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Add(aa, bb))))
}
