package graph

import (
	"slices"
	"sync/atomic"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gradient adds the nodes that compute the gradient of an evaluation with respect to each of
// its inputs, given the gradient with respect to its output k. Inputs without one get nil.
//
// The backward pass is a Function as well: its outputs are the gradients. So those of one pass
// share it exactly as the outputs of a forward run do.
func gradient(ev *evaluation, k int, grad, first *gorgonia.Node, inputs gorgonia.Nodes) (gorgonia.Nodes, error) {
	sep, separable := ev.f.(Separable)
	separate := func(i int) bool { return separable && sep.Separate(i) }
	wanted := func(i int) bool { return !separate(i) || leads(inputs[i]) }
	var wrt []int
	for i := range inputs {
		if ev.differentiable(i) {
			wrt = append(wrt, i)
		}
	}
	// The first gradient is always computed, and written to where its reader finds it; the others
	// are copied. So the first is the largest of those that are wanted.
	slices.SortStableFunc(wrt, func(i, j int) int {
		if wanted(i) != wanted(j) {
			if wanted(i) {
				return -1
			}
			return 1
		}
		return ev.in[j].TotalSize() - ev.in[i].TotalSize()
	})
	grads := make(gorgonia.Nodes, len(inputs))
	if len(wrt) == 0 {
		return grads, nil
	}
	p := pullback{ev: ev, k: k, wrt: wrt}
	in := append([]tensor.Shape{ev.out[k], ev.out[0]}, ev.in...)
	out, err := p.Shapes(in)
	if err != nil {
		return nil, err
	}
	pass := &evaluation{
		f: p, name: "gradient of " + ev.name, id: p.id(), dt: ev.dt,
		in: in, out: out, wanted: make([]atomic.Bool, len(wrt)),
	}
	children := append(gorgonia.Nodes{grad, first}, inputs...)
	node, err := gorgonia.ApplyOp(&op{ev: pass}, children...)
	if err != nil {
		return nil, Wrapf(err, "%s", pass.name)
	}
	r := &Result{node: node, inputs: children, ev: node.Op().(*op).ev}
	for j, i := range wrt {
		if grads[i], err = r.output(j, wanted(i)); err != nil {
			return nil, Wrapf(err, "output %d of %s", j, pass.name)
		}
	}
	return grads, nil
}

// leads reports whether a gradient with respect to n is on the way to other nodes.
func leads(n *gorgonia.Node) bool {
	if n.Op() == nil {
		return false
	}
	o, ours := n.Op().(*op)
	if !ours {
		return true
	}
	for i := range o.ev.in {
		if o.ev.differentiable(i) {
			return true
		}
	}
	return false
}
