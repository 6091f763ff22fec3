package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Backpropagate adds the nodes of the gradient of Σ outputs·cotangents with respect to other nodes,
// each in the shape of its node. A cotangent has the shape of its output. The gradient is nil with
// respect to a node that no output depends on, and what the nodes in wrt are computed from counts as
// a constant.
//
// gorgonia.Grad and gorgonia.Backpropagate are for one gradient in a graph, of a scalar. This one
// may be taken as often as one likes, as for the rows of a Jacobian.
func Backpropagate(outputs, cotangents, wrt gorgonia.Nodes) (gorgonia.Nodes, error) {
	if len(outputs) == 0 || len(outputs) != len(cotangents) {
		return nil, errors.Errorf("srnn: backpropagate: there are %d outputs and %d cotangents, want as many, and one or more", len(outputs), len(cotangents))
	}
	for i, n := range outputs {
		c := cotangents[i]
		if n == nil || c == nil {
			return nil, errors.Errorf("srnn: backpropagate: output %d or its cotangent is nil", i)
		}
		if !SameShape(n.Shape(), c.Shape()) {
			return nil, errors.Errorf("srnn: backpropagate: output %d (%s) has shape %v, its cotangent %v", i, n.Name(), n.Shape(), c.Shape())
		}
	}
	for i, n := range wrt {
		if n == nil {
			return nil, errors.Errorf("srnn: backpropagate: node %d to differentiate by is nil", i)
		}
	}
	grads, err := reverse(outputs, cotangents, wrt)
	return grads, Wrapf(err, "backpropagate")
}
