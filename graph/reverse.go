package graph

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// reverse adds the nodes of the gradient of Σ outputs·cotangents with respect to other nodes, at
// which it stops: what those are computed from is a constant. The gradient is nil with respect to
// a node that the outputs do not depend on. Unlike gorgonia.Grad and gorgonia.Backpropagate it may
// be taken several times in one graph, each time anew.
func reverse(outputs, cotangents, wrt gorgonia.Nodes) (grads gorgonia.Nodes, err error) {
	defer catch(&err)
	p := newPlan(outputs, wrt)
	depends := make([]bool, len(p.steps))
	for i, s := range p.steps {
		depends[i] = p.given[s.node]
		if depends[i] || s.node.Op() == nil {
			continue
		}
		for k, differentiable := range differentiable(s.node, len(s.in)) {
			if at := s.in[k]; differentiable && at >= 0 && depends[at] {
				depends[i] = true
			}
		}
	}
	terms := make([]gorgonia.Nodes, len(p.steps))
	for i, n := range outputs {
		at := p.place[n]
		terms[at] = append(terms[at], cotangents[i])
	}
	sums := make([]*gorgonia.Node, len(p.steps))
	for i := len(p.steps) - 1; i >= 0; i-- {
		s := p.steps[i]
		if !depends[i] || len(terms[i]) == 0 {
			continue
		}
		if sums[i], err = sum(terms[i]); err != nil {
			return nil, errors.Wrapf(err, "gradient of %s", s.node.Name())
		}
		if p.given[s.node] {
			continue
		}
		inputs := children(s.node)
		op, ok := s.node.Op().(gorgonia.SDOp)
		if !ok {
			return nil, errors.Errorf("%s has no gradient", s.node.Name())
		}
		if wrong(op) {
			return nil, errors.Errorf("Gorgonia's gradient of %s is wrong: write it in other operators", op)
		}
		each, err := op.SymDiff(inputs, s.node, sums[i])
		if err != nil {
			return nil, errors.Wrapf(err, "gradient of %s", s.node.Name())
		}
		for k, differentiable := range differentiable(s.node, len(s.in)) {
			if at := s.in[k]; differentiable && at >= 0 && depends[at] && each[k] != nil {
				terms[at] = append(terms[at], each[k])
			}
		}
	}
	grads = make(gorgonia.Nodes, len(wrt))
	for i, n := range wrt {
		if at, there := p.place[n]; there {
			grads[i] = sums[at]
		}
	}
	return grads, nil
}

// differentiable tells through which of its n children a gradient of a node flows, if it has one.
func differentiable(node *gorgonia.Node, n int) []bool {
	if op, ok := node.Op().(gorgonia.SDOp); ok {
		d := op.DiffWRT(n)
		return d[:min(n, len(d))]
	}
	return slices.Repeat([]bool{true}, n)
}

// wrong reports whether Gorgonia has a wrong gradient for one of its operators: those of log2, of
// 1/√x and of the outer product are.
func wrong(op gorgonia.Op) bool {
	switch typeName(op) {
	case "gorgonia.elemUnaryOp":
		return op.String() == "log2" || op.String() == "invSqrt"
	case "gorgonia.linAlgBinOp":
		return op.String() == "a ⊗ b"
	}
	return false
}

// sum adds nodes up.
func sum(terms gorgonia.Nodes) (*gorgonia.Node, error) {
	total := terms[0]
	for _, x := range terms[1:] {
		var err error
		if total, err = gorgonia.Add(total, x); err != nil {
			return nil, err
		}
	}
	return total, nil
}
