package nodes_test

import (
	"fmt"
	"log"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Wary is a leaky integrate-and-fire neuron with a threshold that is learned, which starts again
// from zero after a spike.
type Wary struct{ Surrogate ops.Surrogate }

func (Wary) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_m", nil, 20), nodes.Trainable("theta", nil, .1)}
}

func (Wary) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Membrane}} }

func (w Wary) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	alpha := nodes.Decay(p["tau_m"], 1)                                  // [units]
	u := alpha.Mul(s[nodes.Membrane]).Add(alpha.OneMinus().Mul(current)) // [batch, units]
	spikes := nodes.Spike(u.Sub(p["theta"]), w.Surrogate)
	return nodes.Values{nodes.Spikes: spikes, nodes.Membrane: u.Mul(spikes.OneMinus())}
}

func TestWary(t *testing.T) { nodetest.Cell(t, Wary{}) }

// A neuron that the library does not have is one step, written in nodes. A layer makes a recurrent
// population of it, which has gradients, for its time constants and thresholds too.
func ExampleCell() {
	g := gorgonia.NewGraph()
	p, err := graph.NewParams(g, tensor.Float32, 1)
	if err != nil {
		log.Fatal(err)
	}
	layer := nodes.Layer{Units: 3, Cell: Wary{}, Recurrent: true}
	neurons, err := layer.Declare(p, "hidden", 2)
	if err != nil {
		log.Fatal(err)
	}
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(1000, 8, 2), gorgonia.WithName("x"),
		gorgonia.WithInit(gorgonia.Ones()))
	activity, err := neurons.Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	spikes, err := activity.Spikes()
	if err != nil {
		log.Fatal(err)
	}
	rate, err := gorgonia.Mean(spikes)
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(rate, p.Nodes()...)
	if err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(append(grads, rate)...)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("spikes", spikes.Shape())
	for i, q := range p.All() {
		fmt.Println("gradient of", q.Name, grads[i].Value().Shape())
	}
	// Output:
	// spikes (1000, 8, 3)
	// gradient of hidden.w_in (3, 2)
	// gradient of hidden.b_in (3)
	// gradient of hidden.w_rec (3, 3)
	// gradient of hidden.b_rec (3)
	// gradient of hidden.tau_m (3)
	// gradient of hidden.theta (3)
}
