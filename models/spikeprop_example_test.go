package models_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
)

// Exclusive or, told by the time of one spike: SpikeProp as Bohte, Kok & La Poutré 2002 have it. The training ends
// as soon as the output of every pattern is within a millisecond of its target.
func ExampleSpikeProp() {
	patterns := models.SpikePatterns{
		{Times: []float64{0, 0, 0}, Targets: []float64{16}},
		{Times: []float64{0, 6, 0}, Targets: []float64{10}},
		{Times: []float64{6, 0, 0}, Targets: []float64{10}},
		{Times: []float64{6, 6, 0}, Targets: []float64{16}},
	}
	weight := graph.Uniform{Low: .02, High: .2}
	task := train.Task[*models.SpikeTimes]{
		Model:   models.SpikeProp{In: 3, Layers: []nodes.SRM{{Units: 5, Inhibitory: 1, Weight: weight}, {Units: 1, Weight: weight}}},
		Loss:    models.SpikeTimeError{},
		Metrics: []train.Metric{models.SpikeTiming{Tolerance: 1}},
	}
	trainer, err := train.New(task, patterns, train.Settings{
		Epochs: 1000, Batch: 1, Seed: 1, Log: io.Discard,
		Solver:     optim.New(optim.SGD(optim.Constant(1e-3)), optim.AtLeast{Names: optim.Names{"*.w"}}),
		Validation: patterns, Select: train.Criterion{Number: "worst_ms"},
		Callbacks: []train.Callback{train.Until{Number: "worst_ms", Below: new(1.)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer trainer.Close()
	if err := trainer.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	worst, _ := trainer.Best().Validation.Number("worst_ms")
	fmt.Println("every output is in time:", worst < 1)
	// Output: every output is in time: true
}
