package graph

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CheckFinite is an error that names the first parameter with an element that is not finite, and its place.
func (p *Params) CheckFinite() error {
	for _, q := range p.list {
		if v := q.Node.Value(); !Finite(SumOfSquares(v)) {
			if what, found := NotFinite("parameter "+q.Name, v); found {
				return errors.New("srnn: " + what)
			}
		}
	}
	return nil
}

// SumOfSquares is the sum of the squares of a value's elements; it is not finite where one of them is not.
func SumOfSquares(v gorgonia.Value) float64 {
	switch x := v.Data().(type) {
	case []float32:
		return sumOfSquares(x)
	case []float64:
		return sumOfSquares(x)
	case float32:
		return float64(x) * float64(x)
	case float64:
		return x * x
	}
	return 0
}

func sumOfSquares[F Float](x []F) float64 {
	var a, b, c, d float64 // four sums, which a processor can work on at once
	for len(x) >= 4 {
		a += float64(x[0]) * float64(x[0])
		b += float64(x[1]) * float64(x[1])
		c += float64(x[2]) * float64(x[2])
		d += float64(x[3]) * float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v) * float64(v)
	}
	return (a + b) + (c + d)
}

// NotFinite describes the first element of a value that is not finite, if there is one.
func NotFinite(name string, v gorgonia.Value) (what string, found bool) {
	x, err := Float64s(v)
	if err != nil {
		return "", false // no floating-point numbers
	}
	for i, e := range x {
		switch {
		case Finite(e):
		case len(v.Shape()) == 0:
			return fmt.Sprintf("%s is %v", name, e), true
		default:
			return fmt.Sprintf("%s%v is %v", name, place(v.Shape(), i), e), true
		}
	}
	return "", false
}

// place is where element i of a tensor is, as in [3 2].
func place(s tensor.Shape, i int) []int {
	at := make([]int, len(s))
	for d := len(s) - 1; d >= 0; d-- {
		at[d] = i % s[d]
		i /= s[d]
	}
	return at
}
