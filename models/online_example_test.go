package models_test

import (
	"fmt"
	"log"
	"math"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// A network learns from a stream, one time step after the other, by e-prop: from spikes that come in
// turns, a sine. Nothing of the past is kept, and the weights move at every step.
func ExampleNetwork_Online() {
	const period = 20
	net, err := models.NewSRNN(gorgonia.NewGraph(), models.SRNN{
		In:      period,
		Hidden:  []nodes.Layer{{Units: 30, Cell: nodes.LSNN{}, Recurrent: true, Estimator: ops.EProp{}}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 1, Cell: nodes.LI{TauM: graph.Constant(3)}}},
		Seed:    1,
	})
	if err != nil {
		log.Fatal(err)
	}
	learner, err := net.Online(models.OnlineConfig{
		Loss:   models.OnlineSquaredError{},
		Solver: optim.New(optim.Adam(optim.Constant(1e-3))),
		Every:  1,
	})
	if err != nil {
		log.Fatal(err)
	}
	mean := map[int]float64{} // of the loss in a thousand steps
	for t := range 5000 {
		x := make([]float64, period)
		x[t%period] = 1
		if _, err := learner.Step(x); err != nil {
			log.Fatal(err)
		}
		loss, err := learner.Learn([]float64{math.Sin(2 * math.Pi * float64(t) / period)})
		if err != nil {
			log.Fatal(err)
		}
		mean[t/1000] += loss / 1000
	}
	fmt.Println("less than a tenth of the loss is left:", mean[4] < mean[0]/10)
	// Output: less than a tenth of the loss is left: true
}
