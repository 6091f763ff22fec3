// Smnist trains the spiking recurrent networks of Yin, Corradi & Bohté 2020 and 2021 to name digits that
// they see a few pixels at a time (sequential MNIST, S-MNIST, and with permuted pixels PS-MNIST), or
// evaluates a checkpoint of them.
package main

import (
	"context"
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

type flags struct {
	Data       string   `help:"Folder with the files of MNIST or of a set in its form (Fashion-MNIST, KMNIST, QMNIST, EMNIST), plain or .gz, or 'mnist' to download them. Without train-*, the test images are divided: 8,000 for training, 2,000 for testing. Without -data, digits are drawn from the seed." placeholder:"DIR"`
	Set        string   `help:"Which of several sets of images in the folder: a word of their files' names or a folder's, such as letters." placeholder:"NAME"`
	FirstClass int      `help:"Label of the first class, 1 where labels count from 1, as those of EMNIST's letters." default:"0"`
	White      *float64 `help:"Number that stands for white in the files. Default: what their type and brightest pixel tell, usually 255." placeholder:"N"`
	Images     int      `help:"Digits to draw for training; a quarter as many for testing." default:"2000"`
	Arch       string   `help:"Network and coding: 2021 (windows of 8 pixels, 64r-256r-256-10), 2020 (80 receptive fields, 256r-128r-10) or small (32r-64r-10, every fourth window). Default: 2021 with -data, small without." placeholder:"NAME"`
	Permute    bool     `help:"Permute the pixels, by one permutation for all images: PS-MNIST."`
	Window     int      `help:"Pixels that a step sees. Default: of the architecture." placeholder:"N"`
	Stride     int      `help:"Pixels from one step to the next. Default: of the architecture." placeholder:"N"`
	Halve      int      `help:"Epochs after which all rates are halved, again and again." default:"15" eval:"no"`
	Count      float64  `help:"What a spike of the readout counts in the loss while training. With the paper's 1, softmax of some hundred spikes is all but certain, and gradients jump." default:"1" eval:"no"`
	Clip       float64  `help:"Largest norm of the gradient of all parameters together; a larger one is scaled down to it: now and then it is a thousand times as large as usual." default:"50" eval:"no"`
	NoClip     bool     `help:"Take gradients of any norm." eval:"no"`
	TauAdp     float64  `help:"Mean of the adaptation time constants at the beginning, ms. Default: of the architecture, 700 (small: 200). The authors' program for PS-MNIST has 200." placeholder:"MS" eval:"no"`
	Initial    float64  `help:"Each batch starts at u0 = S0 = U(0, this), and η0 = b0. Default: of the architecture, 1 (small: 0.01)." placeholder:"U" eval:"pth"`
	Surrogate  string   `help:"Surrogate derivative of the spike. Default: of the architecture, multi_gaussian or gaussian." placeholder:"NAME" eval:"pth"`
	N          *int     `help:"Test images to evaluate on, from the first. Default: all." placeholder:"N"`
	program.Training
	program.Evaluation
}

func main() {
	program.Main("smnist", "Train a spiking recurrent network to name digits that it sees pixel by pixel, or evaluate a checkpoint.", new(flags))
}

// Vars are the defaults and helps of the flags that all programs have.
func (*flags) Vars() map[string]string {
	return map[string]string{
		"epochs":          "40",
		"batch":           "20",
		"batch_help":      "Images in a training step. Default: 20 for small, 32 for the others. With -eval, images at a time, by default 250.",
		"lr_help":         "Learning rate of Adam; twice as much for membrane time constants, three times for those of the adaptation. Default: 0.01 for small, 0.002 for the others.",
		"seed_help":       "Of the digits drawn, the division of the images, the weights, the order of the images and the initial states. The same seed gives the same run.",
		"eval_help":       "Only evaluate the -checkpoint on the test images.",
		"checkpoint_help": "Checkpoint to evaluate: ours, or a PyTorch file (.pth) of the authors'.",
	}
}

// Complete fills in what the architecture decides, and checks the flags.
func (f *flags) Complete() error {
	arch := f.Arch
	if !f.Given("arch") {
		arch = "small"
		if f.Data != "" {
			arch = "2021"
		}
	}
	if err := f.settle(arch); err != nil {
		return err
	}
	switch {
	case f.Data == "" && (f.Set != "" || f.FirstClass != 0 || f.White != nil):
		return errors.New("-set, -first-class and -white are for -data")
	case !f.Eval && f.N != nil:
		return errors.New("-n is for -eval")
	case f.NoClip && f.Given("clip") && !f.Resume:
		return errors.Errorf("-clip is %v, and -no-clip takes gradients of any norm: want one of the two", f.Clip)
	}
	limits := []error{
		program.AtLeast("halve", f.Halve, 1), program.AtLeast("images", f.Images, 40), program.AtLeast("window", f.Window, 1),
		program.AtLeast("stride", f.Stride, 1), program.Positive("count", f.Count, "a number"), program.Positive("clip", f.Clip, "a norm"),
		program.Positive("tau-adp", f.TauAdp, "a time in ms"), program.NotNegative("initial", f.Initial, "a number"),
	}
	if f.White != nil {
		limits = append(limits, program.Positive("white", *f.White, "a number, such as 1 or 255,"))
	}
	if f.N != nil {
		limits = append(limits, program.AtLeast("n", *f.N, 1))
	}
	return program.Limits(limits...)
}

// Run trains and tests, or only tests.
func (f *flags) Run(ctx context.Context, r *program.Run) error {
	dir, err := program.FetchIf(ctx, f.Data, "mnist", "MNIST", data.MNISTSource())
	if err != nil {
		return err
	}
	r.On(f.kind())
	if f.Eval {
		return f.evaluate(ctx, r, dir)
	}
	images, test, name, err := f.images(dir, f.Seed)
	if err != nil {
		return err
	}
	t := f.task()
	t.Rows, t.Columns = images.Size()
	learning, err := f.learning(t, images.Classes())
	if err != nil {
		return err
	}
	sequences, err := t.sequences(images)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s: %v to test on\n", t, name, test)
	s := train.Settings{Batch: f.Batch, Share: .1, Select: train.Criterion{Number: "accuracy", Highest: true}}
	s.Solver = f.solver(s.Steps(images.Len()))
	s.Callbacks = []train.Callback{train.EpochEnd(func(*train.Trainer, train.Epoch) error { return r.JSON(taskName, t) })}
	trainer, err := program.Train(ctx, r, &f.Training, learning, sequences, s)
	if err != nil {
		return err
	}
	defer trainer.Close()
	return f.test(ctx, r, program.Test{Network: trainer.Network, Trainer: trainer, About: name}, t, test)
}

// evaluate tests a checkpoint.
func (f *flags) evaluate(ctx context.Context, r *program.Run, dir string) error {
	net, t, trained, err := f.load(r, f.Checkpoint)
	if err != nil {
		return err
	}
	f.FirstClass, f.White = t.FirstClass, &t.White
	images, name, err := f.testImages(dir, net.Params().Seed())
	if err != nil {
		return err
	}
	if rows, columns := images.Size(); t.Rows != 0 && (t.Rows != rows || t.Columns != columns) {
		return errors.Errorf("%s has learned images of %d×%d pixels, those of %s have %d×%d", f.Checkpoint, t.Rows, t.Columns, name, rows, columns)
	}
	if images, err = images.WithClasses(net.Model().(models.SRNN).Readout.Layer.Units); err != nil { // load sees to the type
		return errors.Wrapf(err, "%s knows other classes", f.Checkpoint)
	}
	if f.N != nil {
		if images, err = images.Head(*f.N); err != nil {
			return errors.Wrap(err, "-n")
		}
	}
	fmt.Printf("%s, %s: %v to test on\n", t, name, images)
	return f.test(ctx, r, program.Test{Network: net, Trained: trained, About: name}, t, images)
}

// metrics are what a run leaves in metrics.json beside what all programs do.
type metrics struct {
	Batch        int            `json:"batch,omitempty"`
	LearningRate float64        `json:"learning_rate,omitempty"`
	Halve        int            `json:"halve,omitempty"`
	Task         task           `json:"task"`
	InitialState string         `json:"initial_state"`
	Energy       *models.Energy `json:"energy"` // of one image, at the costs of 45 nm FP32
}

// evalBatch is how many images are evaluated at a time, unless -eval comes with -batch.
const evalBatch = 250

// test runs the network over the test images, and writes and draws what came out.
func (f *flags) test(ctx context.Context, r *program.Run, x program.Test, t task, images *data.Images) error {
	sequences, err := t.sequences(images)
	if err != nil {
		return err
	}
	net, m := x.Network, metrics{Task: t}
	x.Data, x.Seed, x.Batch, x.Checkpoint = sequences, f.Seed, evalBatch, f.Checkpoint
	if x.Trainer != nil {
		m.Batch, m.LearningRate, m.Halve = f.Batch, f.LR, f.Halve
	} else if f.Given("batch") {
		x.Batch = f.Batch
	}
	rep, err := r.Test(ctx, x,
		func(rep *train.Report) (_ any, err error) {
			c := net.Model().(models.SRNN) // load and learning see to it
			m.InitialState = c.Hidden[0].Initial.String()
			m.Energy, err = c.Energy(rep, models.EnergyFP32)
			return m, err
		})
	if err != nil {
		return err
	}
	fmt.Print(m.Energy)
	if err := r.Confusion(rep, classNames(images.Classes())); err != nil {
		return err
	}
	return drawDigit(ctx, r, net, t, sequences, 0)
}
