package nodes_test

import (
	"fmt"
	"log"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The current of a layer is normalised on its way from the synapses to the neurons. A run in training
// moves the running statistics.
func ExampleBatchNorm() {
	g := gorgonia.NewGraph()
	p, err := graph.NewParams(g, tensor.Float64, 1)
	if err != nil {
		log.Fatal(err)
	}
	p.Run().Training = true
	x := gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(2, 1, 1), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(2, 1, 1), tensor.WithBacking([]float64{1, 3}))))
	synapses, err := nodes.Linear{Units: 2, NoBias: true, Weight: graph.Values{1, 10}}.Declare(p.Scope("hidden"), 1)
	if err != nil {
		log.Fatal(err)
	}
	current, err := synapses.Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	normalised, err := nodes.BatchNorm{Epsilon: new(0.)}.Apply(p, "norm", current)
	if err != nil {
		log.Fatal(err)
	}
	neurons, err := nodes.Layer{Units: 2, Cell: nodes.LIF{}}.DeclareNeurons(p, "hidden")
	if err != nil {
		log.Fatal(err)
	}
	activity, err := neurons.Drive(normalised)
	if err != nil {
		log.Fatal(err)
	}
	spikes, err := activity.Spikes()
	if err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(append(p.Run().Nodes(), normalised, spikes)...)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("normalised", normalised.Value().Data())
	fmt.Println("spikes", spikes.Value().Data())
	if err := p.Run().Settle(); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"norm.mean", "norm.variance"} {
		q, _ := p.Get(name)
		fmt.Printf("%s %.2f\n", name, q.Values())
	}
	// Output:
	// normalised [-1 -1 1 1]
	// spikes [0 0 0 0]
	// norm.mean [0.20 2.00]
	// norm.variance [1.10 20.90]
}
