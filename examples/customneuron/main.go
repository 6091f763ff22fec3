// Customneuron trains a neuron that the library does not have: the two-compartment neuron of
// Zhang et al. 2024, written down in neuron.go. It is a layer like any other, here between layers
// of ordinary Gorgonia, see network.go, and learns to name the wave of every step of an
// electrocardiogram.
package main

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

type flags struct {
	program.Electrocardiograms
	Neurons int `help:"Neurons." default:"36" eval:"no"`
	program.Training
	program.Evaluation
}

func main() {
	program.Main("customneuron", "Train a spiking neuron of one's own, between layers of ordinary Gorgonia, to name the waves of electrocardiograms.", new(flags))
}

// Vars are the defaults and helps of the flags that all programs have.
func (*flags) Vars() map[string]string {
	return map[string]string{
		"epochs":       "30",
		"epochs_fixed": "the learning rate falls to zero over the epochs",
		"batch":        "32",
		"batch_help":   "Records in a training step.",
		"lr_help":      "Learning rate of Adam at the beginning; it falls to zero along half a cosine.",
		"seed_help":    "Of the weights, the validation split and the order of the records. The same seed gives the same run.",
	}
}

// Complete checks the flags.
func (f *flags) Complete() error {
	return program.Limits(f.Check(&f.Training), program.AtLeast("neurons", f.Neurons, 1))
}

// Run trains and tests, or only tests.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	records, test, name, err := f.Read(ctx, f.Seed, f.Eval)
	if err != nil {
		return err
	}
	r.On(f.Kind())
	fmt.Printf("%s: %d examples to test on\n", name, test.Len())
	if f.Eval {
		net, err := train.Load(f.Checkpoint)
		if err != nil {
			return err
		}
		if err := r.FindWaves(ctx, net, test); err != nil {
			return err
		}
		if w, ok := test.(*data.WFDB); ok && !w.Annotated() {
			return r.Electrocardiogram(ctx, net, test, 0)
		}
		trained, err := r.Origin(f.Checkpoint)
		if err != nil {
			return err
		}
		return f.test(ctx, r, program.Test{Network: net, Trained: trained, Data: test, About: name}, test)
	}
	task := train.Task[*gorgonia.Node]{
		Model: Network{
			Features: 16,
			Neurons:  nodes.Layer{Units: f.Neurons, Cell: TCLIF{}, Recurrent: true},
			Tau:      5,
			Classes:  records.Spec().Classes,
		},
		Loss:    Loss{Skip: 10},
		Metrics: []train.Metric{models.Accuracy{}, models.Confusion{}},
	}
	s := train.Settings{Batch: f.Batch, Share: .1, Select: train.Criterion{Number: "accuracy", Highest: true}}
	s.Solver = optim.New(optim.Adam(optim.Cosine{Rate: f.LR, Steps: f.Epochs * s.Steps(records.Len())}))
	t, err := program.Train(ctx, r, &f.Training, task, records, s)
	if err != nil {
		return err
	}
	defer t.Close()
	return f.test(ctx, r, program.Test{Network: t.Network, Trainer: t, Data: test, About: name}, test)
}

// metrics are what a run leaves in metrics.json beside what all programs do. Accuracies count the steps that
// the loss counts.
type metrics struct {
	MajorityAccuracy float64 `json:"majority_accuracy"` // of always naming the most frequent wave
	Parameters       int     `json:"parameters"`
}

// test runs the network over the test set, and writes and draws what came out.
func (f *flags) test(ctx context.Context, r *program.Run, x program.Test, test train.Dataset) error {
	net := x.Network
	x.Seed, x.Batch, x.Checkpoint = f.Seed, f.Batch, f.Checkpoint
	if _, ok := net.Model().(Network); !ok {
		return errors.Errorf("%s: is another network: the model is %T", f.Checkpoint, net.Model())
	}
	m := metrics{}
	for _, p := range net.Params().All() {
		m.Parameters += p.Node.Shape().TotalSize()
	}
	rep, err := r.Test(ctx, x,
		func(rep *train.Report) (any, error) {
			m.MajorityAccuracy = majority(rep)
			return m, nil
		})
	if err != nil {
		return err
	}
	fmt.Printf("the most frequent wave alone has accuracy %.4f\n", m.MajorityAccuracy)
	if err := r.Confusion(rep, program.Waves()); err != nil {
		return err
	}
	return r.Electrocardiogram(ctx, net, test, 0)
}

// majority is the accuracy of always naming the class that most steps have.
func majority(rep *train.Report) float64 {
	all, most := 0, 0
	for _, row := range models.ConfusionOf(rep) {
		labels := 0
		for _, n := range row {
			labels += n
		}
		all, most = all+labels, max(most, labels)
	}
	return float64(most) / float64(all)
}
