package nodes_test

import (
	"fmt"
	"log"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A recurrent layer of adaptive neurons over a sequence of ten steps.
func ExampleLayer() {
	g := gorgonia.NewGraph()
	p, err := graph.NewParams(g, tensor.Float32, 1)
	if err != nil {
		log.Fatal(err)
	}
	layer := nodes.Layer{
		Units:     4,
		Cell:      nodes.ALIF{TauM: graph.Normal{Mean: 20, Std: 5}, TauAdp: graph.Constant(150)},
		Recurrent: true,
		Initial:   nodes.Random(1),
	}
	neurons, err := layer.Declare(p, "hidden", 2)
	if err != nil {
		log.Fatal(err)
	}
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(10, 1, 2), gorgonia.WithName("x"),
		gorgonia.WithInit(gorgonia.Ones()))
	activity, err := neurons.Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	spikes, err := activity.Spikes()
	if err != nil {
		log.Fatal(err)
	}
	for _, q := range p.All() {
		fmt.Println(q.Name, q.Node.Shape())
	}
	fmt.Println("spikes", spikes.Shape())
	// Output:
	// hidden.w_in (4, 2)
	// hidden.b_in (4)
	// hidden.w_rec (4, 4)
	// hidden.b_rec (4)
	// hidden.tau_m (4)
	// hidden.tau_adp (4)
	// spikes (10, 1, 4)
}
