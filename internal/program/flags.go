package program

import (
	"maps"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
)

// Folder are the flags of a program that leaves results in a folder. A program embeds it, or [Training]. Their
// defaults and helps are those of all programs, but for what a [Varier] says.
type Folder struct {
	Out string `help:"${out_help}" default:"${out}" placeholder:"DIR" change:"-"`

	given map[string]bool
}

// Given says whether a flag, by its name on the command line, was given there, or is one of the run that is
// resumed. Without it, a default that depends on other flags has its place in [Completer].
func (f *Folder) Given(flag string) bool { return f.given[flag] }

// hasFolder is what embeds a Folder.
type hasFolder interface{ folder() *Folder }

func (f *Folder) folder() *Folder { return f }

// Training are the flags of a program that trains. With -resume, the number of epochs and the patience may be
// others than the run began with, unless a [Varier] says why not.
type Training struct {
	Epochs   int     `help:"${epochs_help}" default:"${epochs}" change:"yes" eval:"no"`
	Batch    int     `help:"${batch_help}" default:"${batch}"`
	LR       float64 `name:"lr" help:"${lr_help}" default:"${lr}" eval:"no"`
	Patience *int    `help:"${patience_help}" placeholder:"N" change:"yes" eval:"no"`
	Seed     uint64  `help:"${seed_help}" default:"${seed}"`
	Folder
	Resume bool `help:"${resume_help}" change:"-"`

	epochs string // what they are called
	least  int    // of them
}

func (t *Training) training() *Training { return t }

// check is that of the numbers, once all are filled in.
func (t *Training) check() error {
	var patience error
	if t.Patience != nil {
		patience = AtLeast("patience", *t.Patience, 1)
	}
	return Limits(AtLeast(t.epochs, t.Epochs, t.least), AtLeast("batch", t.Batch, 1), Positive("lr", t.LR, "a rate"), patience)
}

// Evaluation are the flags of a program that also evaluates a checkpoint without training. Unless -out says
// where, its results go into a folder of their own beside that of a training.
type Evaluation struct {
	Eval       bool   `help:"${eval_help}" change:"-"`
	Checkpoint string `help:"${checkpoint_help}" placeholder:"FILE" change:"-"`
}

func (e *Evaluation) evaluation() *Evaluation { return e }

// refuse finds flags that were given, and that an evaluation would pass over: those with the tag eval:"no", which
// are for training, and those with eval:"pth", which say of PyTorch's files what a checkpoint of ours says itself.
//
// Those with eval:"data" say what neither says of its inputs, see [Run.Origin] and [Run.Recognise].
func (e *Evaluation) refuse(settings []cli.Setting) error {
	for _, s := range settings {
		switch tag := s.Tag("eval"); {
		case !e.Eval || !s.Given:
		case tag == "no":
			return errors.Errorf("-%s is for training, and -eval only evaluates", s.Name)
		case tag == "pth" && !Torch(e.Checkpoint):
			return errors.Errorf("-%s is for files of PyTorch: %s says itself what its network is", s.Name, e.Checkpoint)
		}
	}
	return nil
}

// check is that of what goes together.
func (e *Evaluation) check(resume bool) error {
	switch {
	case e.Eval && e.Checkpoint == "":
		return errors.New("-eval needs a -checkpoint FILE")
	case !e.Eval && e.Checkpoint != "":
		return errors.New("-checkpoint is for -eval; to go on training from where the run in -out stopped, use -resume")
	case e.Eval && resume:
		return errors.New("-eval only evaluates, and -resume goes on training: want one of them")
	}
	return nil
}

// variables are what the tags of the flags above stand for, in a program with this name.
func variables(name string, p Program) map[string]string {
	vars := map[string]string{
		"out":             "out/" + name,
		"out_help":        "Folder for results, checkpoints and figures.",
		"epochs":          "20",
		"epochs_name":     "epochs",
		"epochs_help":     "Epochs to train.",
		"batch":           "64",
		"batch_help":      "Examples in a training step.",
		"lr":              "0.01",
		"lr_help":         "Learning rate at the beginning.",
		"patience_help":   "Epochs without a better validation after which the training ends. Default: it goes on to the last epoch.",
		"seed":            "1",
		"seed_help":       "Of all that is random. The same seed gives the same run.",
		"resume_help":     "Go on from where the run in the -out folder stopped, with the flags that it was begun with.",
		"eval_help":       "Only evaluate the -checkpoint on the test set.",
		"checkpoint_help": "Checkpoint to evaluate.",
	}
	if v, ok := p.(Varier); ok {
		maps.Copy(vars, v.Vars())
	}
	return vars
}
