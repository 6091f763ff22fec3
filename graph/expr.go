package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Expr is a node to calculate with: equations can be written as they stand in a paper, and errors
// are looked at once, at the end. What went wrong first is what [Expr.Node] returns.
//
//	u := alpha.Mul(u).Add(alpha.OneMinus().Mul(current)).Sub(spikes.Mul(theta))
//
// Shapes are broadcast: they are compared from their last dimension on, and one that is missing or
// 1 is repeated, so that [units] goes with [batch, units]. Everything is made of Gorgonia's
// operators and Functions of this package, so an Expr can be mixed with nodes at any point.
type Expr struct {
	node *gorgonia.Node
	err  error
}

// Of is a node as an Expr.
func Of(n *gorgonia.Node) Expr { return Expr{node: n} }

// Failed is an Expr that stands for an error.
func Failed(err error) Expr { return Expr{err: err} }

// Node is the node, or the first error on the way to it.
func (x Expr) Node() (*gorgonia.Node, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	return x.node, nil
}

func (x Expr) check() error {
	if x.err == nil && x.node == nil {
		return errors.New("an operand is not there: is its name right?")
	}
	return x.err
}

// Map applies any operator of one operand, as gorgonia.Tanh.
func (x Expr) Map(f func(*gorgonia.Node) (*gorgonia.Node, error)) Expr {
	if err := x.check(); err != nil {
		return Failed(err)
	}
	n, err := f(x.node)
	return Expr{n, err}
}

// Add is x + y.
func (x Expr) Add(y Expr) Expr { return x.with(y, gorgonia.Add) }

// Sub is x − y.
func (x Expr) Sub(y Expr) Expr { return x.with(y, gorgonia.Sub) }

// Mul is x·y, elementwise.
func (x Expr) Mul(y Expr) Expr { return x.with(y, gorgonia.HadamardProd) }

// Div is x/y, elementwise.
func (x Expr) Div(y Expr) Expr { return x.with(y, gorgonia.HadamardDiv) }

// Times is k·x.
func (x Expr) Times(k float64) Expr { return x.affine(k, 0) }

// Plus is x + k.
func (x Expr) Plus(k float64) Expr { return x.affine(1, k) }

// Neg is −x.
func (x Expr) Neg() Expr { return x.affine(-1, 0) }

// OneMinus is 1 − x.
func (x Expr) OneMinus() Expr { return x.affine(-1, 1) }

// Square is x².
func (x Expr) Square() Expr { return x.Map(gorgonia.Square) }

// Exp is eˣ.
func (x Expr) Exp() Expr { return x.Map(gorgonia.Exp) }

// Tanh is the hyperbolic tangent of x.
func (x Expr) Tanh() Expr { return x.Map(gorgonia.Tanh) }

// Sigmoid is 1/(1 + e⁻ˣ).
func (x Expr) Sigmoid() Expr { return x.Map(gorgonia.Sigmoid) }

// MatMul is the product with a matrix w [in, out]: [..., in] gives [..., out], as in a dense layer at
// every step of a sequence.
func (x Expr) MatMul(w Expr) Expr {
	for _, e := range []Expr{x, w} {
		if err := e.check(); err != nil {
			return Failed(err)
		}
	}
	from, matrix := x.node.Shape(), w.node.Shape()
	if len(from) < 2 || len(matrix) != 2 || from[len(from)-1] != matrix[0] {
		return Failed(errors.Errorf("%s and %s have shapes %v and %v, want [..., in] and [in, out]", x.node.Name(), w.node.Name(), from, matrix))
	}
	product := x.rows(matrix[0]).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mul(n, w.node) })
	if len(from) == 2 {
		return product
	}
	to := from.Clone()
	to[len(to)-1] = matrix[1]
	return product.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return Reshape(n, to...) })
}

// rows is x as a matrix with rows of n elements.
func (x Expr) rows(n int) Expr {
	if x.node.Dims() == 2 {
		return x
	}
	return x.Map(func(m *gorgonia.Node) (*gorgonia.Node, error) { return Reshape(m, m.Shape().TotalSize()/n, n) })
}

// Inverse is 1/x.
func (x Expr) Inverse() Expr { return x.Map(gorgonia.Inverse) }

// Clamp is x, but lo where it is less and hi where it is more; no gradient flows through those.
func (x Expr) Clamp(lo, hi float64) Expr {
	return x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return Clamp(n, lo, hi) })
}

// Fill is k in the shape of x, and has no gradient.
func (x Expr) Fill(k float64) Expr {
	return x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return Fill(n, k) })
}

// Detach is x as a constant, see [Detach].
func (x Expr) Detach() Expr { return x.Map(Detach) }

func (x Expr) affine(scale, shift float64) Expr {
	return x.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return Affine(n, scale, shift) })
}

func (x Expr) with(y Expr, f func(a, b *gorgonia.Node) (*gorgonia.Node, error)) Expr {
	for _, e := range []Expr{x, y} {
		if err := e.check(); err != nil {
			return Failed(err)
		}
	}
	to, err := broadcast(x.node.Shape(), y.node.Shape())
	if err != nil {
		return Failed(errors.Wrapf(err, "%s and %s", x.node.Name(), y.node.Name()))
	}
	a, err := Expand(x.node, to...)
	if err != nil {
		return Failed(err)
	}
	b, err := Expand(y.node, to...)
	if err != nil {
		return Failed(err)
	}
	n, err := f(a, b)
	return Expr{n, err}
}

// broadcast is the shape that both shapes can be repeated to.
func broadcast(a, b tensor.Shape) (tensor.Shape, error) {
	to := make(tensor.Shape, max(len(a), len(b)))
	for i := 1; i <= len(to); i++ {
		m, n := 1, 1
		if i <= len(a) {
			m = a[len(a)-i]
		}
		if i <= len(b) {
			n = b[len(b)-i]
		}
		if m != n && m != 1 && n != 1 {
			return nil, errors.Errorf("have shapes %v and %v, which do not go together", a, b)
		}
		to[len(to)-i] = max(m, n)
	}
	return to, nil
}
