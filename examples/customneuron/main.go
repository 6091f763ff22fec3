// Customneuron trains a neuron that the library does not have: the two-compartment neuron of
// Zhang et al. 2024, written down in neuron.go. It is a layer like any other, here between layers
// of ordinary Gorgonia, and learns to name the wave of every step of an electrocardiogram.
package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/nodes"
)

type flags struct {
	Data    string  `help:"Folder with QTDB_train.mat and QTDB_test.mat. Without it, synthetic electrocardiograms are made from the seed." placeholder:"DIR"`
	Records int     `help:"Synthetic records to train on; a third as many to test on." default:"300"`
	Epochs  int     `help:"Epochs to train." default:"30"`
	Batch   int     `help:"Records in a training step." default:"32"`
	LR      float64 `name:"lr" help:"Learning rate of Adam at the beginning; it falls to zero along half a cosine." default:"0.01"`
	Neurons int     `help:"Neurons." default:"36"`
	Seed    uint64  `help:"Of the weights, the validation split and the order of the records. The same seed gives the same run." default:"1"`
	Out     string  `help:"Folder for metrics.json, checkpoint.safetensors and the figures." default:"out/customneuron" placeholder:"DIR"`
}

func main() {
	f := new(flags)
	cli.Parse(f, "customneuron", "Train a spiking neuron of one's own, between layers of ordinary Gorgonia, to name the waves of electrocardiograms.")
	cli.Run("customneuron", f.run)
}

// metrics are what a run leaves in metrics.json. Accuracies count the steps that the loss counts.
type metrics struct {
	TestAccuracy     float64     `json:"test_accuracy"`
	MajorityAccuracy float64     `json:"majority_accuracy"` // of always naming the most frequent wave
	ValAccuracy      float64     `json:"val_accuracy"`
	TrainAccuracy    float64     `json:"train_accuracy"`
	Loss             float64     `json:"loss"`        // on the test set, nats per step
	FiringRate       float64     `json:"firing_rate"` // spikes per neuron and step, test set
	Epochs           int         `json:"epochs"`
	BestEpoch        int         `json:"best_epoch"`
	Seconds          float64     `json:"seconds"`
	SecondsPerStep   float64     `json:"seconds_per_step"` // of the solver
	Seed             uint64      `json:"seed"`
	Data             string      `json:"data"`
	Parameters       int         `json:"parameters"`
	Neurons          nodes.Layer `json:"neurons"`
}

func (f *flags) run(ctx context.Context) error {
	start := time.Now()
	if f.Records < 3 || f.Epochs < 1 || f.Batch < 1 || !(f.LR > 0) {
		return errors.Errorf("-records is %d, -epochs %d, -batch %d, -lr %v: want at least 3, 1 and 1, and a positive rate",
			f.Records, f.Epochs, f.Batch, f.LR)
	}
	if err := cli.OutputDir(f.Out); err != nil {
		return err
	}
	train, validate, test, name, err := f.parts()
	if err != nil {
		return err
	}
	m, err := newModel(train.Dims(), f.Batch, f.Neurons, f.Seed)
	if err != nil {
		return err
	}
	r, err := newRunner(m)
	if err != nil {
		return err
	}
	defer r.forward.Close()
	fmt.Printf("%s: %d records to train on, %d to validate on, %d to test on\n",
		name, len(train.indices), len(validate.indices), len(test.indices))

	l, err := f.newLearner(r, len(train.indices))
	if err != nil {
		return err
	}
	defer l.backward.Close()
	h, err := f.train(ctx, l, train, validate)
	if errors.Is(err, context.Canceled) && len(h.train) > 0 {
		fmt.Printf("stopped after epoch %d; the best so far is in %s\n", len(h.train), filepath.Join(f.Out, checkpointName))
	}
	if err != nil {
		return err
	}
	sum, err := r.evaluate(ctx, test)
	if err != nil {
		return err
	}
	fmt.Printf("epoch %d was the best of %d: validation accuracy %.4f\n", h.best+1, len(h.train), h.validation[h.best].accuracy())
	fmt.Printf("test accuracy %.4f   majority class %.4f   loss %.4f   firing rate %.3f\n",
		sum.accuracy(), sum.majority(), sum.meanLoss(), sum.firingRate())
	parameters := 0
	for _, q := range m.params.All() {
		parameters += q.Node.Shape().TotalSize()
	}
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), metrics{
		TestAccuracy: sum.accuracy(), MajorityAccuracy: sum.majority(),
		ValAccuracy: h.validation[h.best].accuracy(), TrainAccuracy: h.train[h.best].accuracy(),
		Loss: sum.meanLoss(), FiringRate: sum.firingRate(),
		Epochs: len(h.train), BestEpoch: h.best + 1,
		Seconds: time.Since(start).Seconds(), SecondsPerStep: l.spent.Seconds() / float64(l.steps),
		Seed: f.Seed, Data: name, Parameters: parameters, Neurons: m.layer,
	}); err != nil {
		return err
	}
	if err := drawTraining(filepath.Join(f.Out, "learning_curves.png"), h); err != nil {
		return err
	}
	if err := drawRecord(filepath.Join(f.Out, "record.png"), r, test, 0); err != nil {
		return err
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return nil
}
