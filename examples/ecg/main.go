// Ecg trains the spiking recurrent network of Yin, Corradi & Bohté 2020 to name the wave of
// every step of an electrocardiogram, or evaluates a checkpoint of it.
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
	Data       string  `help:"Folder with QTDB_train.mat and QTDB_test.mat, or 'qtdb' to download them. Without it, synthetic electrocardiograms are made from the seed." placeholder:"DIR"`
	Records    int     `help:"Synthetic records to train on; a third as many to test on." default:"300"`
	Epochs     int     `help:"Epochs to train. Default: 400 on the QT Database, as in the paper; 60 on synthetic records." placeholder:"N"`
	Batch      int     `help:"Records in a training step." default:"64"`
	LR         float64 `name:"lr" help:"Learning rate of Adam; 3 times as much for hidden time constants, twice for those of the readout." default:"0.01"`
	Halve      int     `help:"Epochs after which all rates are halved, again and again." default:"100"`
	Hidden     int     `help:"Hidden neurons." default:"36"`
	Surrogate  string  `help:"Surrogate derivative of the spike, such as gaussian, multi_gaussian, linear, slayer." default:"gaussian"`
	B0         float64 `name:"b0" help:"Threshold of the neurons at rest." default:"0.01"`
	Initial    float64 `help:"Each batch starts at u0 = S0 = U(0, this), and η0 = b0." default:"1"`
	Seed       uint64  `help:"Of the weights, the validation split, the order of the records and the initial states. The same seed gives the same run." default:"1"`
	Out        string  `help:"Folder for metrics.json, checkpoint.safetensors and the figures." default:"out/ecg" placeholder:"DIR"`
	Resume     bool    `help:"Go on from the checkpoint in the -out folder."`
	Eval       bool    `help:"Only evaluate the -checkpoint on the test set."`
	Checkpoint string  `help:"Checkpoint to evaluate: ours, which holds the network's settings, or a PyTorch state dict (.pth) of the authors', which takes them from the flags." placeholder:"FILE"`
}

const checkpointName = "checkpoint.safetensors"

func main() {
	f := new(flags)
	cli.Parse(f, "ecg", "Train a spiking recurrent network to name the waves of electrocardiograms, or evaluate a checkpoint.")
	cli.Run("ecg", f.run)
}

func (f *flags) run(ctx context.Context) error {
	if f.Eval && f.Checkpoint == "" {
		return errors.New("-eval needs a -checkpoint FILE")
	}
	if !f.Eval && f.Checkpoint != "" {
		return errors.New("-checkpoint is for -eval; to go on training from the one in -out, use -resume")
	}
	if f.Epochs == 0 {
		f.Epochs = 60
		if f.Data != "" {
			f.Epochs = 400
		}
	}
	if !(f.Initial >= 0) {
		return errors.Errorf("-initial is %v, want at least 0", f.Initial)
	}
	if f.Halve < 1 || f.Epochs < 0 || f.Records < 3 {
		return errors.Errorf("-halve is %d, -epochs %d, -records %d: want at least 1, 0 and 3", f.Halve, f.Epochs, f.Records)
	}
	if err := cli.OutputDir(f.Out); err != nil {
		return err
	}
	train, test, name, err := f.records(ctx)
	if err != nil {
		return err
	}
	if f.Eval {
		return f.evaluate(ctx, test, name)
	}
	return f.train(ctx, train, test, name)
}

// metrics are what a run leaves in metrics.json. Accuracies count the steps that the loss
// counts, from the 11th on.
type metrics struct {
	TestAccuracy   float64   `json:"test_accuracy"`
	ValAccuracy    float64   `json:"val_accuracy,omitempty"`
	TrainAccuracy  float64   `json:"train_accuracy,omitempty"`
	Loss           float64   `json:"loss"` // on the test set, nats per step
	TrainLoss      float64   `json:"train_loss,omitempty"`
	ValLoss        float64   `json:"val_loss,omitempty"`
	FiringRate     float64   `json:"firing_rate"` // spikes per neuron and step, test set
	LayerRates     []float64 `json:"layer_rates"` // of the hidden layer and the readout
	Seconds        float64   `json:"seconds"`
	SecondsPerStep float64   `json:"seconds_per_step,omitempty"`
	Epochs         int       `json:"epochs,omitempty"`
	BestEpoch      int       `json:"best_epoch,omitempty"`
	Seed           uint64    `json:"seed"`
	InitialState   string    `json:"initial_state"`
	Data           string    `json:"data"`
	Checkpoint     string    `json:"checkpoint,omitempty"`
	Network        any       `json:"network"`
}

func (f *flags) metrics(net *models.Network, r *models.Report, name string) metrics {
	return metrics{
		TestAccuracy: r.Accuracy, Loss: r.Loss, FiringRate: r.FiringRate, LayerRates: r.LayerRates,
		Seconds: r.Seconds, Seed: f.Seed, Data: name, Network: net.Config(),
		InitialState: net.Config().Hidden[0].Initial.String(),
	}
}

func (f *flags) evaluate(ctx context.Context, test *data.Records, name string) error {
	net, missing, err := f.load(f.Checkpoint)
	if err != nil {
		return err
	}
	for _, p := range missing {
		fmt.Printf("%s has no %s: 20 ms\n", f.Checkpoint, p)
	}
	r, err := net.Evaluate(ctx, test, models.Evaluation{Seed: f.Seed})
	if err != nil {
		return err
	}
	fmt.Printf("%d test records of the %s\n", r.Examples, name)
	report(r)
	m := f.metrics(net, r, name)
	m.Checkpoint = f.Checkpoint
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	if err := drawNetwork(f.Out, net, test, r); err != nil {
		return err
	}
	fmt.Println("metrics and figures are in", f.Out)
	return nil
}

func report(r *models.Report) {
	fmt.Printf("test accuracy %.4f   loss %.4f   firing rate %.3f (hidden %.3f, readout %.3f)\n",
		r.Accuracy, r.Loss, r.FiringRate, r.LayerRates[0], r.LayerRates[1])
}

func (f *flags) train(ctx context.Context, train, test *data.Records, name string) error {
	start := time.Now()
	c, err := f.network()
	if err != nil {
		return err
	}
	net, err := models.NewSRNN(gorgonia.NewGraph(), c)
	if err != nil {
		return err
	}
	path := filepath.Join(f.Out, checkpointName)
	var bar *cli.Progress
	fit := models.Fit{
		Epochs: f.Epochs, Batch: f.Batch, Seed: f.Seed,
		Progress: func(p models.Progress) {
			text := fmt.Sprintf("epoch %d/%d  loss %.3f  accuracy %.3f", p.Epoch, p.Epochs, p.Loss, p.Accuracy)
			if p.Last != nil {
				text += fmt.Sprintf("  validation %.3f", p.Last.ValAccuracy)
			}
			bar.Set((p.Epoch-1)*p.Steps+p.Step, text)
		},
		EpochEnd: func(t *models.Trainer, _ models.Epoch) error { return t.Save(path) },
	}
	steps := fit.StepsPerEpoch(train.Len())
	fit.Solver = f.solver(steps)
	trainer, err := net.NewTrainer(train, fit)
	if err != nil {
		return err
	}
	defer trainer.Close()
	if f.Resume {
		if err := trainer.Resume(path); err != nil {
			return err
		}
	}
	if !f.Resume {
		if err := cli.SetAside(path); err != nil {
			return err
		}
	}
	kept, held := trainer.Examples()
	fmt.Printf("%s: %d records to train on, %d to validate on, %d to test on\n", name, kept, held, test.Len())
	bar = cli.NewProgress(f.Epochs*steps, "training")
	bar.Set(len(trainer.History())*steps, "")
	err = trainer.Run(ctx)
	bar.Close()
	if err != nil {
		if errors.Is(err, context.Canceled) && trainer.Best() != nil {
			fmt.Printf("stopped after epoch %d; -resume goes on from %s\n", len(trainer.History()), path)
		}
		return err
	}

	r, err := net.Evaluate(ctx, test, models.Evaluation{Seed: f.Seed})
	if err != nil {
		return err
	}
	m := f.metrics(net, r, name)
	m.Seconds = time.Since(start).Seconds()
	history := trainer.History()
	var seconds float64
	for _, e := range history {
		seconds += e.Seconds
		m.Epochs = e.Epoch
	}
	if b := trainer.Best(); b != nil {
		m.BestEpoch, m.TrainAccuracy, m.TrainLoss, m.ValAccuracy, m.ValLoss = b.Epoch, b.Accuracy, b.Loss, b.ValAccuracy, b.ValLoss
		m.SecondsPerStep = seconds / float64(len(history)*b.Steps)
		fmt.Printf("epoch %d was the best of %d: validation accuracy %.4f\n", b.Epoch, len(history), b.ValAccuracy)
	}
	report(r)
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	if err := drawHistory(f.Out, history); err != nil {
		return err
	}
	if err := drawNetwork(f.Out, net, test, r); err != nil {
		return err
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return nil
}
