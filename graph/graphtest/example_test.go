package graphtest_test

import (
	"fmt"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The gradient of Σ x² is what the differences say. That of Σ x·x with one x detached is not: there,
// gorgonia.Grad takes it for a constant.
func ExampleDifferences_Check() {
	x := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 3}))
	fmt.Println(graphtest.Differences{}.Check([]*tensor.Dense{x}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		return gorgonia.Mul(in[0], in[0])
	}))
	fmt.Println(graphtest.Differences{Step: .5}.Check([]*tensor.Dense{x}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		constant, err := graph.Detach(in[0])
		if err != nil {
			return nil, err
		}
		return gorgonia.Mul(in[0], constant)
	}))
	// Output:
	// <nil>
	// gradient of input 0: element 0 is 1; central differences give 2
}
