// Smnist trains the spiking recurrent networks of Yin, Corradi & Bohté 2020 and 2021 to name digits that
// they see a few pixels at a time (sequential MNIST, S-MNIST, and with permuted pixels PS-MNIST), or
// evaluates a checkpoint of them.
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
	Data       string  `help:"Folder with the files of MNIST, plain or .gz, or 'mnist' to download them. Without train-*, the test images are divided: 8,000 for training, 2,000 for testing. Without -data, digits are drawn from the seed." placeholder:"DIR"`
	Images     int     `help:"Digits to draw for training; a quarter as many for testing." default:"2000"`
	Arch       string  `help:"Network and coding: 2021 (windows of 8 pixels, 64r-256r-256-10), 2020 (80 receptive fields, 256r-128r-10) or small (32r-64r-10, every fourth window). Default: 2021 with -data, small without." placeholder:"NAME"`
	Permute    bool    `help:"Permute the pixels, by one permutation for all images: PS-MNIST."`
	Window     int     `help:"Pixels that a step sees. Default: of the architecture." placeholder:"N"`
	Stride     int     `help:"Pixels from one step to the next. Default: of the architecture." placeholder:"N"`
	Epochs     int     `help:"Epochs to train." default:"40"`
	Batch      int     `help:"Images in a training step. Default: 20 for small, 32 for the others." placeholder:"N"`
	LR         float64 `name:"lr" help:"Learning rate of Adam; twice as much for membrane time constants, three times for those of the adaptation. Default: 0.01 for small, 0.002 for the others." placeholder:"RATE"`
	Halve      int     `help:"Epochs after which all rates are halved, again and again." default:"15"`
	Count      float64 `help:"What a spike of the readout counts in the loss while training. With the paper's 1, softmax of some hundred spikes is all but certain, and gradients jump." default:"1"`
	Clip       float64 `help:"Largest norm of the gradient of all parameters together; a larger one is scaled down to it: now and then it is a thousand times as large as usual. 0: any is taken." default:"50"`
	TauAdp     float64 `help:"Mean of the adaptation time constants at the beginning, ms. Default: of the architecture, 700 (small: 200). The authors' program for PS-MNIST has 200." placeholder:"MS"`
	Initial    float64 `help:"Each batch starts at u0 = S0 = U(0, this), and η0 = b0. Default: of the architecture, 1 (small: 0.01)." placeholder:"U"`
	Surrogate  string  `help:"Surrogate derivative of the spike. Default: of the architecture, multi_gaussian or gaussian." placeholder:"NAME"`
	Seed       uint64  `help:"Of the digits drawn, the division of the images, the weights, the order of the images and the initial states. The same seed gives the same run." default:"1"`
	Out        string  `help:"Folder for metrics.json, checkpoint.safetensors and the figures." default:"out/smnist" placeholder:"DIR"`
	Resume     bool    `help:"Go on from the checkpoint in the -out folder."`
	Eval       bool    `help:"Only evaluate the -checkpoint on the test images."`
	Checkpoint string  `help:"Checkpoint to evaluate: ours, or a PyTorch file (.pth) of the authors'." placeholder:"FILE"`
	N          int     `help:"Test images to evaluate on, from the first. Default: all." placeholder:"N"`
}

const checkpointName = "checkpoint.safetensors"

func main() {
	f := new(flags)
	cli.Parse(f, "smnist", "Train a spiking recurrent network to name digits that it sees pixel by pixel, or evaluate a checkpoint.")
	cli.Run("smnist", f.run)
}

func (f *flags) run(ctx context.Context) error {
	if f.Eval && f.Checkpoint == "" {
		return errors.New("-eval needs a -checkpoint FILE")
	}
	if !f.Eval && f.Checkpoint != "" {
		return errors.New("-checkpoint is for -eval; to go on training from the one in -out, use -resume")
	}
	if !f.Eval && f.N != 0 {
		return errors.New("-n is for -eval")
	}
	if f.Halve < 1 || f.Epochs < 0 || f.Images < 40 || f.N < 0 {
		return errors.Errorf("-halve is %d, -epochs %d, -images %d, -n %d: want at least 1, 0, 40 and 0", f.Halve, f.Epochs, f.Images, f.N)
	}
	if !(f.Count > 0) || !(f.Clip >= 0) {
		return errors.Errorf("-count is %v, -clip %v: want positive numbers", f.Count, f.Clip)
	}
	if !(f.TauAdp >= 0) || !(f.Initial >= 0) {
		return errors.Errorf("-tau-adp is %v, -initial %v: want positive numbers", f.TauAdp, f.Initial)
	}
	if err := cli.OutputDir(f.Out); err != nil {
		return err
	}
	if err := f.fetch(ctx); err != nil {
		return err
	}
	if f.Eval {
		return f.evaluate(ctx)
	}
	return f.train(ctx)
}

// metrics are what a run leaves in metrics.json.
type metrics struct {
	TestAccuracy       float64        `json:"test_accuracy"`
	ValAccuracy        float64        `json:"val_accuracy,omitempty"`
	TrainAccuracy      float64        `json:"train_accuracy,omitempty"`
	Loss               float64        `json:"loss"` // on the test images, nats
	TrainLoss          float64        `json:"train_loss,omitempty"`
	ValLoss            float64        `json:"val_loss,omitempty"`
	FiringRate         float64        `json:"firing_rate"`           // spikes per neuron and step, test images
	FiringRatePerLayer []float64      `json:"firing_rate_per_layer"` // of the hidden layers and the readout
	Images             int            `json:"images"`                // tested on
	Seconds            float64        `json:"seconds"`
	SecondsPerStep     float64        `json:"seconds_per_step,omitempty"` // of the solver
	Epochs             int            `json:"epochs,omitempty"`
	BestEpoch          int            `json:"best_epoch,omitempty"`
	Batch              int            `json:"batch,omitempty"`
	LearningRate       float64        `json:"learning_rate,omitempty"`
	Halve              int            `json:"halve,omitempty"`
	Seed               uint64         `json:"seed"`
	Task               task           `json:"task"`
	Data               string         `json:"data"`
	InitialState       string         `json:"initial_state"`
	Checkpoint         string         `json:"checkpoint,omitempty"`
	Energy             *models.Energy `json:"energy"` // of one image, at the costs of 45 nm FP32
	Network            models.SRNN    `json:"network"`
}

// test evaluates a network and draws what it does.
func (f *flags) test(ctx context.Context, net *models.Network, t task, images *data.Images) (metrics, error) {
	sequences, err := t.sequences(images)
	if err != nil {
		return metrics{}, err
	}
	bar := cli.NewProgress(images.Len(), "testing")
	r, err := net.Evaluate(ctx, sequences, models.Evaluation{Seed: f.Seed, Batch: evalBatch, Progress: func(done, _ int) { bar.Set(done, "") }})
	bar.Close()
	if err != nil {
		return metrics{}, err
	}
	fmt.Printf("test accuracy %.4f   loss %.4f   firing rate %.4f, by layer", r.Accuracy, r.Loss, r.FiringRate)
	for _, rate := range r.LayerRates {
		fmt.Printf(" %.4f", rate)
	}
	fmt.Println()
	energy, err := net.Energy(r, models.EnergyFP32)
	if err != nil {
		return metrics{}, err
	}
	fmt.Print(energy)
	if err := drawTest(f.Out, net, t, sequences, r); err != nil {
		return metrics{}, err
	}
	return metrics{
		TestAccuracy: r.Accuracy, Loss: r.Loss, FiringRate: r.FiringRate, FiringRatePerLayer: r.LayerRates,
		Images: r.Examples, Seconds: r.Seconds, Seed: f.Seed, Task: t, Energy: energy,
		Network: net.Config(), InitialState: net.Config().Hidden[0].Initial.String(),
	}, nil
}

// evalBatch is how many images are evaluated at a time.
const evalBatch = 250

func (f *flags) evaluate(ctx context.Context) error {
	net, t, err := f.load(f.Checkpoint)
	if err != nil {
		return err
	}
	images, name, err := f.testImages(net.Config().Seed)
	if err != nil {
		return err
	}
	if f.N > 0 {
		if images, err = images.Head(f.N); err != nil {
			return errors.Wrap(err, "-n")
		}
	}
	fmt.Printf("%s, %s: %d images\n", t, name, images.Len())
	m, err := f.test(ctx, net, t, images)
	if err != nil {
		return err
	}
	m.Data, m.Checkpoint = name, f.Checkpoint
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	fmt.Println("metrics and figures are in", f.Out)
	return nil
}

func (f *flags) train(ctx context.Context) error {
	start := time.Now()
	t, err := f.task()
	if err != nil {
		return err
	}
	images, test, name, err := f.images(f.Seed)
	if err != nil {
		return err
	}
	c, err := f.network(t)
	if err != nil {
		return err
	}
	net, err := models.NewSRNN(gorgonia.NewGraph(), c)
	if err != nil {
		return err
	}
	train, err := t.sequences(images)
	if err != nil {
		return err
	}
	if f.LR == 0 {
		f.LR = architectures[t.Arch].rate
	}
	if f.Batch == 0 {
		f.Batch = architectures[t.Arch].batch
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
		if _, err := f.readTask(path); err != nil {
			return err
		}
		if err := trainer.Resume(path); err != nil {
			return err
		}
	} else if err := cli.SetAside(path); err != nil {
		return err
	}
	if err := t.write(f.Out); err != nil {
		return err
	}
	kept, held := trainer.Examples()
	fmt.Printf("%s, %s: %d images to train on, %d to choose the best epoch on, %d to test on\n", t, name, kept, held, test.Len())
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

	history := trainer.History()
	if b := trainer.Best(); b != nil {
		fmt.Printf("epoch %d was the best of %d: validation accuracy %.4f\n", b.Epoch, len(history), b.ValAccuracy)
	}
	m, err := f.test(ctx, net, t, test)
	if err != nil {
		return err
	}
	m.Data, m.Batch, m.LearningRate, m.Halve = name, f.Batch, f.LR, f.Halve
	m.Seconds = time.Since(start).Seconds()
	var seconds float64
	for _, e := range history {
		seconds += e.Seconds
		m.Epochs = e.Epoch
	}
	if b := trainer.Best(); b != nil {
		m.BestEpoch, m.TrainAccuracy, m.TrainLoss, m.ValAccuracy, m.ValLoss = b.Epoch, b.Accuracy, b.Loss, b.ValAccuracy, b.ValLoss
		m.SecondsPerStep = seconds / float64(len(history)*b.Steps)
	}
	if err := cli.WriteJSON(filepath.Join(f.Out, "metrics.json"), m); err != nil {
		return err
	}
	if err := drawHistory(f.Out, history); err != nil {
		return err
	}
	fmt.Println("metrics, checkpoint and figures are in", f.Out)
	return nil
}
