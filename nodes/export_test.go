package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// BatchNormOf normalises in[0] with gain, bias, mean and variance, and in training with a mask if there
// is one, for tests that want the gradients of them all.
func BatchNormOf(training bool, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(batchNorm{Training: training, Epsilon: .01, Momentum: .1}, in...)
	return nodeOf(r), err
}

// LayerNormOf normalises in[0] with gain and bias.
func LayerNormOf(in ...*gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(layerNorm{Epsilon: .01}, in...)
	return nodeOf(r), err
}

// Multiply is the product with a mask.
func Multiply(x, mask *gorgonia.Node) (*gorgonia.Node, error) { return multiply(x, mask) }

// CellNames are the names that cells are saved under.
func CellNames() []string { return kinds.Names() }
