package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gradient adds the nodes that compute the gradient of an evaluation with respect to each of
// its inputs, given the gradient with respect to its output k. Inputs without one get nil.
//
// The backward pass is a Function as well: its outputs are the gradients. So those of one pass
// share it exactly as the outputs of a forward run do.
func gradient(ev *evaluation, k int, grad, first *gorgonia.Node, inputs gorgonia.Nodes) (gorgonia.Nodes, error) {
	var groups [][]int // of inputs whose gradients are computed together
	joint := -1
	sep, separable := ev.f.(Separable)
	for i := range inputs {
		switch {
		case !ev.differentiable(i):
		case separable && sep.Separate(i):
			groups = append(groups, []int{i})
		case joint < 0:
			joint = len(groups)
			groups = append(groups, []int{i})
		default:
			groups[joint] = append(groups[joint], i)
		}
	}
	children := append(gorgonia.Nodes{grad, first}, inputs...)
	grads := make(gorgonia.Nodes, len(inputs))
	for _, wrt := range groups {
		p := pullback{ev: ev, k: k, wrt: wrt}
		in := append([]tensor.Shape{ev.out[k], ev.out[0]}, ev.in...)
		out, err := p.Shapes(in)
		if err != nil {
			return nil, err
		}
		pass := &evaluation{
			f: p, name: "gradient of " + ev.name, id: p.id(), dt: ev.dt,
			in: in, out: out, wanted: make([]bool, len(wrt)),
		}
		node, err := gorgonia.ApplyOp(&op{ev: pass}, children...)
		if err != nil {
			return nil, Wrapf(err, "%s", pass.name)
		}
		r := &Result{node: node, inputs: children, ev: node.Op().(*op).ev}
		for j, i := range wrt {
			if grads[i], err = r.Output(j); err != nil {
				return nil, err
			}
		}
	}
	return grads, nil
}
