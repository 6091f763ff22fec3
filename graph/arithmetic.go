package graph

import (
	"math"
	"strings"

	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
)

// arithmetic is one of Gorgonia's elementwise operators on slices of one length: dst = a ∘ b, or
// f(a). Dst may be a or b.
type arithmetic[F Float] func(dst, a, b []F)

// arithmeticOf is the arithmetic of a Gorgonia op, or nil if it is not elementwise or its results
// are no numbers. Gorgonia does not export its ops; what they are called is what tells them apart.
func arithmeticOf[F Float](op gorgonia.Op) arithmetic[F] {
	switch typeName(op) {
	case "gorgonia.elemBinOp":
		name, numbers, _ := strings.Cut(op.String(), " ")
		if f := binary[F](name); f != nil {
			return f
		}
		if numbers == "true" { // and not booleans
			return comparison[F](name)
		}
	case "gorgonia.elemUnaryOp":
		return unary[F](op.String())
	}
	return nil
}

// gorgoniaMACs is how many multiply-accumulates an op of Gorgonia's takes for each element.
func gorgoniaMACs(op gorgonia.Op) int {
	name, _, _ := strings.Cut(op.String(), " ")
	switch typeName(op) {
	case "gorgonia.elemBinOp":
		if name == "⊙" || name == "÷" || name == "^" {
			return 1
		}
		return 0
	case "gorgonia.elemUnaryOp":
		switch name {
		case "neg", "abs", "sign", "ceil", "floor":
			return 0
		}
	}
	return 1
}

func binary[F Float](name string) arithmetic[F] {
	switch name {
	case "+":
		return kernel.AddTo[F]
	case "-":
		return kernel.SubTo[F]
	case "⊙":
		return kernel.MulTo[F]
	case "÷":
		return func(dst, a, b []F) {
			b = b[:len(dst)]
			for i, x := range a[:len(dst)] {
				dst[i] = x / b[i]
			}
		}
	case "^":
		return func(dst, a, b []F) {
			b = b[:len(dst)]
			for i, x := range a[:len(dst)] {
				dst[i] = F(math.Pow(float64(x), float64(b[i])))
			}
		}
	}
	return nil
}

// comparison gives 1 for true and 0 for false.
func comparison[F Float](name string) arithmetic[F] {
	by := func(holds func(a, b F) bool) arithmetic[F] {
		return func(dst, a, b []F) {
			b = b[:len(dst)]
			for i, x := range a[:len(dst)] {
				if holds(x, b[i]) {
					dst[i] = 1
				} else {
					dst[i] = 0
				}
			}
		}
	}
	switch name {
	case "<":
		return by(func(a, b F) bool { return a < b })
	case ">":
		return by(func(a, b F) bool { return a > b })
	case "<=":
		return by(func(a, b F) bool { return a <= b })
	case ">=":
		return by(func(a, b F) bool { return a >= b })
	case "==":
		return by(func(a, b F) bool { return a == b })
	case "!=":
		return by(func(a, b F) bool { return a != b })
	}
	return nil
}

func unary[F Float](name string) arithmetic[F] {
	by := func(f func(float64) float64) arithmetic[F] {
		return func(dst, a, _ []F) {
			for i, x := range a[:len(dst)] {
				dst[i] = F(f(float64(x)))
			}
		}
	}
	switch name {
	case "neg":
		return func(dst, a, _ []F) {
			for i, x := range a[:len(dst)] {
				dst[i] = -x
			}
		}
	case "square":
		return func(dst, a, _ []F) { kernel.MulTo(dst, a, a) }
	case "cube":
		return func(dst, a, _ []F) {
			for i, x := range a[:len(dst)] {
				dst[i] = x * x * x
			}
		}
	case "inv":
		return func(dst, a, _ []F) {
			for i, x := range a[:len(dst)] {
				dst[i] = 1 / x
			}
		}
	case "abs":
		return by(math.Abs)
	case "sign":
		return by(func(x float64) float64 {
			if x == 0 || x != x {
				return x
			}
			return math.Copysign(1, x)
		})
	case "ceil":
		return by(math.Ceil)
	case "floor":
		return by(math.Floor)
	case "sin":
		return by(math.Sin)
	case "cos":
		return by(math.Cos)
	case "exp":
		return by(math.Exp)
	case "ln":
		return by(math.Log)
	case "log2":
		return by(math.Log2)
	case "sqrt":
		return by(math.Sqrt)
	case "invSqrt":
		return by(func(x float64) float64 { return 1 / math.Sqrt(x) })
	case "tanh":
		return by(math.Tanh)
	case "sigmoid":
		return by(func(x float64) float64 {
			if x >= 0 {
				return 1 / (1 + math.Exp(-x))
			}
			e := math.Exp(x)
			return e / (1 + e)
		})
	case "log1p":
		return by(math.Log1p)
	case "expm1":
		return by(math.Expm1)
	case "softplus":
		return by(func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) })
	}
	return nil
}
