package nodes_test

import (
	"fmt"
	"log"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Each neuron has two of the five inputs, and none has a synapse to itself.
func ExampleConnectivity() {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		log.Fatal(err)
	}
	layer := nodes.Layer{
		Units: 3, Cell: nodes.LIF{}, Recurrent: true,
		Linear:  nodes.Linear{Mask: nodes.Sparse{Inputs: 2}},
		RecMask: nodes.NoAutapses{},
	}
	if _, err := layer.Declare(p, "hidden", 5); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"hidden.w_in_mask", "hidden.w_rec_mask"} {
		mask, _ := p.Get(name)
		fmt.Println(name, mask.Values())
	}
	// Output:
	// hidden.w_in_mask [0 1 0 0 1 0 0 1 1 0 0 0 1 1 0]
	// hidden.w_rec_mask [0 1 1 1 0 1 1 1 0]
}
