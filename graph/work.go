package graph

import (
	"gorgonia.org/gorgonia"
)

// Cost is implemented by a [Function] that does not take one multiply-accumulate for each element of its
// output, as those do which say nothing.
type Cost interface {
	MACs() int
}

// Unvarying is implemented by a [Function] whose output may be the same numbers whatever goes in.
type Unvarying interface {
	Unvarying() bool
}

// FunctionOf is the Function whose output a node is; false for an input, or an operator of Gorgonia's.
func FunctionOf(n *gorgonia.Node) (Function, bool) {
	o, ok := n.Op().(*op)
	if !ok {
		return nil, false
	}
	return o.ev.f, true
}

// MACs is how many multiply-accumulates a node takes for each element, where it is elementwise: one for
// products, quotients and functions, and none for sums, which go with them, and for what only moves numbers
// or compares them.
func MACs(n *gorgonia.Node) int {
	if n.Op() == nil {
		return 0
	}
	o, ours := n.Op().(*op)
	if !ours {
		return gorgoniaMACs(n.Op())
	}
	if o.k > 0 {
		return 0 // it comes with the first output
	}
	if c, ok := o.ev.f.(Cost); ok {
		return c.MACs()
	}
	return 1
}

// IsUnvarying reports whether a node has the same value whatever goes into it.
func IsUnvarying(n *gorgonia.Node) bool {
	f, ok := FunctionOf(n)
	if !ok {
		return false
	}
	u, ok := f.(Unvarying)
	return ok && u.Unvarying()
}
