package train_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// Brief is a loss of one's own: the cross entropy of the readout's potential at the last step, and a price on
// how large it is.
type Brief struct {
	Price float64 `json:"price"`
}

// Loss implements train.Loss.
func (l Brief) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	scores, err := l.Scores(out, b)
	if err != nil {
		return nil, err
	}
	loss, err := ops.CrossEntropy(scores, b.Y, ops.CrossEntropySettings{})
	if err != nil {
		return nil, err
	}
	size, err := gorgonia.Square(scores)
	if err != nil {
		return nil, err
	}
	if size, err = ops.WeightedMean(size, b.Weight); err != nil { // over the examples that count
		return nil, err
	}
	return graph.Of(loss).Add(graph.Of(size).Times(l.Price)).Node()
}

// Scores implements train.Scorer: this is what the network is asked for.
func (Brief) Scores(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	return ops.LastStep(out.Membrane, b.Mask)
}

// Bell is a surrogate of one's own: 1/(1 + (steepness v)²) for the derivative of the spike.
type Bell struct {
	Steepness float64 `json:"steepness" default:"2"`
}

// Derivative implements ops.Surrogate.
func (s Bell) Derivative(v float64) float64 { return 1 / (1 + s.Steepness*s.Steepness*v*v) }

// Smooth implements ops.Surrogate.
func (s Bell) Smooth(v float64) float64 { return .5 + math.Atan(s.Steepness*v)/s.Steepness }

// Wary is a neuron of one's own: leaky, with a threshold that is learned, and zero after a spike.
type Wary struct {
	Surrogate ops.Surrogate `json:"surrogate"`
}

// Parameters implements nodes.Cell.
func (Wary) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_m", nil, 20), nodes.Trainable("theta", nil, .1)}
}

// State implements nodes.Cell.
func (Wary) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Membrane}} }

// Step implements nodes.Cell.
func (w Wary) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	alpha := nodes.Decay(p["tau_m"], 1)                                  // [units]
	u := alpha.Mul(s[nodes.Membrane]).Add(alpha.OneMinus().Mul(current)) // [batch, units]
	spikes := nodes.Spike(u.Sub(p["theta"]), w.Surrogate)
	return nodes.Values{nodes.Spikes: spikes, nodes.Membrane: u.Mul(spikes.OneMinus())}
}

// What is registered under a name is written into files by that name, with its settings.
func init() {
	train.MustRegisterLoss("brief", Brief{})
	ops.MustRegister("bell", Bell{})
	nodes.MustRegister("wary", Wary{})
}

// A loss, a surrogate and a neuron of one's own are saved and loaded by name, as those of this module are.
func Example_own() {
	x, y := rhythms(60, 20, 20, 2)
	t, err := train.New(train.Task[*models.Output]{
		Model: models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: 12, Cell: Wary{Surrogate: Bell{Steepness: 3}}, Recurrent: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		},
		Loss: Brief{Price: .01},
	}, train.Sequences{X: x, Y: y}, train.Settings{Epochs: 5, Batch: 20, Solver: optim.New(optim.Adam(optim.Constant(.02))), Log: io.Discard})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.TempDir(), "own.safetensors")
	defer os.Remove(path)
	if err := t.Save(path); err != nil {
		log.Fatal(err)
	}
	net, err := train.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	before, err := t.PredictOne(context.Background(), x[0])
	if err != nil {
		log.Fatal(err)
	}
	after, err := net.PredictOne(context.Background(), x[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", net.Loss())
	fmt.Printf("%+v\n", net.Model().(models.SRNN).Hidden[0].Cell)
	fmt.Println("the same scores:", before.Scores[0][0] == after.Scores[0][0])
	// Output:
	// {Price:0.01}
	// {Surrogate:{Steepness:3}}
	// the same scores: true
}
