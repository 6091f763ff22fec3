package nodes_test

import (
	"fmt"
	"log"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// In training half of the inputs are left out and the others doubled, the same ones at each step.
func ExampleDropout() {
	g := gorgonia.NewGraph()
	p, err := graph.NewParams(g, tensor.Float64, 1)
	if err != nil {
		log.Fatal(err)
	}
	p.Run().Training = true
	x := gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(2, 1, 8), gorgonia.WithName("x"),
		gorgonia.WithInit(gorgonia.Ones()))
	y, err := nodes.Dropout{Rate: .5}.Apply(p, "dropout", x)
	if err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(y)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	for batch := range 2 {
		if err := p.Run().Begin(graph.Stream(1, fmt.Sprint("batch ", batch))); err != nil {
			log.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			log.Fatal(err)
		}
		v := y.Value().Data().([]float64)
		fmt.Println(v[:8], v[8:])
	}
	// Output:
	// [0 2 0 2 0 2 2 2] [0 2 0 2 0 2 2 2]
	// [0 2 0 0 2 0 0 2] [0 2 0 0 2 0 0 2]
}
