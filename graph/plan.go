package graph

import (
	"fmt"
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
)

// plan is the nodes that some nodes need, each after all that it needs itself. Making it takes time
// linear in their number.
type plan struct {
	steps []planned
	place map[*gorgonia.Node]int
	given map[*gorgonia.Node]bool // nodes whose values come from outside, whatever their ops
}

// planned is a node and the steps of its children. What the op does not read has none, -1.
type planned struct {
	node *gorgonia.Node
	in   []int
}

// newPlan plans nodes, given the values of others.
func newPlan(nodes, given gorgonia.Nodes) *plan {
	p := &plan{place: map[*gorgonia.Node]int{}, given: map[*gorgonia.Node]bool{}}
	for _, n := range given {
		p.given[n] = true
	}
	for _, n := range nodes {
		p.add(n)
	}
	return p
}

// add plans a node after all that it needs. It keeps a stack of its own: graphs can be deeper than
// the stack of a goroutine should be.
func (p *plan) add(root *gorgonia.Node) {
	type visit struct {
		node     *gorgonia.Node
		children gorgonia.Nodes
		in       []int
	}
	start := func(n *gorgonia.Node) *visit { return &visit{node: n, children: p.children(n)} }
	if _, done := p.place[root]; done {
		return
	}
	stack := []*visit{start(root)}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		if k := len(v.in); k < len(v.children) {
			child := v.children[k]
			if child == nil {
				v.in = append(v.in, -1)
			} else if at, done := p.place[child]; done {
				v.in = append(v.in, at)
			} else {
				stack = append(stack, start(child))
			}
			continue
		}
		p.place[v.node] = len(p.steps)
		p.steps = append(p.steps, planned{v.node, v.in})
		stack = stack[:len(stack)-1]
	}
}

// children are the nodes that a node's op reads, in its order; nil where it does not read one.
func (p *plan) children(n *gorgonia.Node) gorgonia.Nodes {
	if n.Op() == nil || p.given[n] {
		return nil
	}
	if _, known := sizeOf(n); known {
		return nil
	}
	c := children(n)
	if o, ok := n.Op().(*op); ok {
		if f, ok := o.ev.f.(pullback); ok && pointwise(f.ev.f) {
			c[1+o.offset()] = nil // the output, which its gradient is not computed from
		}
	}
	return c
}

// children are the operands of a node, in their order. They are read from the node itself:
// ExprGraph.From looks a node up by its number in a table that is wrong once a node has been removed
// from the graph, as gorgonia.Grad does.
func children(n *gorgonia.Node) gorgonia.Nodes {
	if n.Op() == nil {
		return nil
	}
	c := *unexported[gorgonia.Nodes](n, "children")
	return slices.Clone(c)
}

// unexported is a field of a node that Gorgonia does not export. The version of Gorgonia is pinned,
// and a test looks for every field that is used.
func unexported[T any](n *gorgonia.Node, name string) *T {
	f := reflect.ValueOf(n).Elem().FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[T]() {
		panic(fmt.Sprintf("srnn: gorgonia.Node has no %s of type %v: this is not the version of Gorgonia that go.mod asks for", name, reflect.TypeFor[T]()))
	}
	return (*T)(f.Addr().UnsafePointer())
}

// pointwise reports whether a Function can be given any run of the elements.
func pointwise(f Function) bool {
	_, ok := f.(Pointwise)
	return ok
}

// sizeOf is the value of Gorgonia's operator for the size of an axis. It is known from the shape,
// though the node says that it depends on the tensor.
func sizeOf(n *gorgonia.Node) (size int, known bool) {
	if typeName(n.Op()) != "gorgonia.sizeOp" {
		return 0, false
	}
	_, err := fmt.Sscanf(n.Op().String(), "SizeOf=%d", &size)
	return size, err == nil
}

// typeName is the type of one of Gorgonia's ops, which it does not export.
func typeName(op gorgonia.Op) string { return fmt.Sprintf("%T", op) }
