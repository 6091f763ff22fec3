// Shd trains the spiking recurrent network of Yin, Corradi & Bohté 2021 to name spoken digits from the
// spikes of an artificial inner ear, or evaluates a checkpoint of it: the Spiking Heidelberg Digits
// (Cramer et al. 2020), or synthetic spike trains that resemble them.
package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"gorgonia.org/gorgonia"
)

type flags struct {
	Data       string  `help:"Folder with shd_train.h5 and shd_test.h5, unpacked. Without it, synthetic spike trains are made from the seed." placeholder:"DIR"`
	Examples   int     `help:"Synthetic examples to train and validate on; a third as many to test on." default:"2400"`
	Dt         float64 `help:"Length of a step in ms. To the neurons a step is 1 ms whatever this is, as in the paper. Default: 4 on the Spiking Heidelberg Digits, 10 on synthetic spike trains." placeholder:"MS"`
	Counts     bool    `help:"Give the network the number of spikes in a step, rather than whether there is any."`
	Augment    bool    `help:"Move the spikes of training examples at random, anew in each epoch: each by some 5 ms and 1 % of the channels, and whole examples by up to 1/70 of the channels."`
	Validation string  `help:"What chooses the best epoch: 'examples' of the training set that are held out, or all those of some 'speakers'." enum:"examples,speakers" default:"examples"`
	Epochs     int     `help:"Epochs to train." default:"20"`
	Batch      int     `help:"Examples in a training step." default:"64"`
	LR         float64 `name:"lr" help:"Learning rate of Adam at the beginning; twice as much for time constants. It falls to zero along half a cosine." default:"0.01"`
	Hidden     []int   `help:"Neurons of the hidden layers. Default: 128,128 on the Spiking Heidelberg Digits, 48,48 on synthetic spike trains." placeholder:"N,N"`
	B0         float64 `name:"b0" help:"Threshold of the neurons at rest." default:"0.01"`
	Initial    float64 `help:"Each batch starts at u0 = S0 = U(0, this), and η0 = b0." default:"1"`
	Seed       uint64  `help:"Of the weights, the validation split, the order of the examples and the synthetic spike trains. The same seed gives the same run." default:"1"`
	Out        string  `help:"Folder for metrics.json, the checkpoints and the figures." default:"out/shd" placeholder:"DIR"`
	Resume     bool    `help:"Go on from where the run in the -out folder stopped."`
	Eval       bool    `help:"Only evaluate the -checkpoint on the test set."`
	Checkpoint string  `help:"Checkpoint to evaluate: ours, which holds the network's settings, or the PyTorch file (.pth) of the authors." placeholder:"FILE"`
}

func main() {
	f := new(flags)
	cli.Parse(f, "shd", "Train a spiking recurrent network to name spoken digits, or evaluate a checkpoint.")
	cli.Run("shd", f.run)
}

func (f *flags) run(ctx context.Context) error {
	if f.Eval && f.Checkpoint == "" {
		return errors.New("-eval needs a -checkpoint FILE")
	}
	if !f.Eval && f.Checkpoint != "" {
		return errors.New("-checkpoint is for -eval; to go on training from where the run in -out stopped, use -resume")
	}
	if f.Epochs < 1 || f.Batch < 1 || f.Examples < 60 || !(f.LR > 0) || !(f.Initial >= 0) || !(f.Dt >= 0) {
		return errors.Errorf("-epochs is %d, -batch %d, -examples %d, -lr %v, -initial %v, -dt %v: want at least 1, 1 and 60, a positive rate, and nothing negative",
			f.Epochs, f.Batch, f.Examples, f.LR, f.Initial, f.Dt)
	}
	if err := cli.OutputDir(f.Out); err != nil {
		return err
	}
	if f.Eval {
		return f.evaluate(ctx)
	}
	s, err := f.sets()
	if err != nil {
		return err
	}
	return f.train(ctx, s)
}

// metrics are what a run leaves in metrics.json.
type metrics struct {
	TestAccuracy   float64        `json:"test_accuracy"`
	ValAccuracy    float64        `json:"val_accuracy,omitempty"`
	TrainAccuracy  float64        `json:"train_accuracy,omitempty"`
	Loss           float64        `json:"loss"` // on the test set, nats per example
	TrainLoss      float64        `json:"train_loss,omitempty"`
	ValLoss        float64        `json:"val_loss,omitempty"`
	FiringRate     float64        `json:"firing_rate"` // spikes per neuron and step, test set
	LayerRates     []float64      `json:"layer_rates"` // of each hidden layer
	Seconds        float64        `json:"seconds"`
	SecondsPerStep float64        `json:"seconds_per_step,omitempty"` // of the solver
	Epochs         int            `json:"epochs,omitempty"`
	BestEpoch      int            `json:"best_epoch,omitempty"`
	Seed           uint64         `json:"seed"`
	Data           string         `json:"data"`
	TestExamples   int            `json:"test_examples"`
	Dt             float64        `json:"dt"` // ms
	Steps          int            `json:"steps"`
	Energy         *models.Energy `json:"energy"` // of an example
	Checkpoint     string         `json:"checkpoint,omitempty"`
	Network        models.SRNN    `json:"network"`
}

// measure evaluates the network on the test set.
func (f *flags) measure(ctx context.Context, net *models.Network, test *data.Binned, name string) (metrics, *models.Report, error) {
	bar := cli.NewProgress(test.Len(), "testing")
	defer bar.Close()
	r, err := net.Evaluate(ctx, test.Dataset(), models.Evaluation{Seed: f.Seed, Batch: f.Batch, Progress: func(done, _ int) { bar.Set(done, "") }})
	if err != nil {
		return metrics{}, nil, err
	}
	energy, err := net.Energy(r, models.EnergyFP32)
	if err != nil {
		return metrics{}, nil, err
	}
	return metrics{
		TestAccuracy: r.Accuracy, Loss: r.Loss, FiringRate: r.FiringRate, LayerRates: r.LayerRates,
		Seconds: r.Seconds, Seed: f.Seed, Data: name, TestExamples: r.Examples, Dt: f.Dt, Steps: r.Steps,
		Energy: energy, Network: net.Config(),
	}, r, nil
}

// finish prints and writes what a run found, and draws the figures of the network.
func (f *flags) finish(net *models.Network, test *data.Binned, m metrics, r *models.Report) error {
	fmt.Printf("test accuracy %.4f   loss %.4f   firing rates %.3f   %.2f µJ per example (RNN %.1f times as much)\n",
		m.TestAccuracy, m.Loss, m.LayerRates, m.Energy.SRNN.Joules*1e6, m.Energy.RNNRatio)
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	if err := drawConfusion(filepath.Join(f.Out, "confusion.png"), r); err != nil {
		return err
	}
	return drawExample(filepath.Join(f.Out, "example.png"), net, test, 0, f.Dt)
}

func (f *flags) evaluate(ctx context.Context) error {
	net, err := f.load(f.Checkpoint)
	if err != nil {
		return err
	}
	test, name, err := f.testSet(net.Config().In)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d test examples of %d steps\n", name, test.Len(), test.Dims().Steps)
	m, r, err := f.measure(ctx, net, test, name)
	if err != nil {
		return err
	}
	m.Checkpoint = f.Checkpoint
	if err := f.finish(net, test, m, r); err != nil {
		return err
	}
	fmt.Println("metrics and figures are in", f.Out)
	return nil
}

func (f *flags) train(ctx context.Context, s *sets) error {
	start := time.Now()
	net, err := models.NewSRNN(gorgonia.NewGraph(), f.network(s.train.Dims()))
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d examples to train on, %d to validate on, %d to test on; %d steps of %v ms\n",
		s.name, s.train.Len(), s.validation.Len(), s.test.Len(), s.train.Dims().Steps, f.Dt)
	t, err := f.newTraining(ctx, net, s)
	if err != nil {
		return err
	}
	defer t.trainer.Close()
	err = t.run(ctx)
	if err != nil {
		if errors.Is(err, context.Canceled) && len(t.history) > 0 {
			fmt.Printf("stopped after epoch %d; -resume goes on from there\n", len(t.history))
		}
		return err
	}
	if net, err = models.Load(gorgonia.NewGraph(), t.path(checkpointName)); err != nil {
		return err
	}
	m, r, err := f.measure(ctx, net, s.test, s.name)
	if err != nil {
		return err
	}
	m.Seconds = time.Since(start).Seconds()
	best, seconds := t.best(), 0.
	for _, e := range t.history {
		seconds += e.Seconds
	}
	m.Epochs, m.BestEpoch, m.SecondsPerStep = len(t.history), best.Epoch, seconds/float64(len(t.history)*best.Steps)
	m.TrainAccuracy, m.TrainLoss, m.ValAccuracy, m.ValLoss = best.Accuracy, best.Loss, best.ValAccuracy, best.ValLoss
	fmt.Printf("epoch %d was the best of %d: validation accuracy %.4f\n", best.Epoch, len(t.history), best.ValAccuracy)
	if err := f.finish(net, s.test, m, r); err != nil {
		return err
	}
	if err := drawHistory(filepath.Join(f.Out, "learning_curves.png"), t.history); err != nil {
		return err
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return nil
}
