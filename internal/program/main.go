package program

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
)

// Program is a pointer to a struct of flags that embeds [Folder] or [Training].
type Program interface {
	// Run does what the program is for. Its flags are filled in and checked, and the folder is its own.
	Run(ctx context.Context, r *Run) error

	hasFolder
}

// Varier is implemented by a [Program] whose common flags have other defaults or helps. Vars gives them by the
// name of a flag: "epochs" is its default and "epochs_help" its help. "epochs_fixed" is the reason why
// -resume cannot change it, such as that the learning rate falls to zero over the epochs. Where "epochs_name" is
// another word, as "iterations", that is what the flag is called, "iterations_fixed" such a reason, and 0 of them
// train nothing.
type Varier interface{ Vars() map[string]string }

// Completer is implemented by a [Program] some of whose defaults depend on other flags, or whose flags must
// be checked. Complete fills in what was not given, see [Folder.Given], and checks all. It does nothing
// else: it comes before the folder is made. [ErrDone] as its error ends the program without a run.
type Completer interface{ Complete() error }

// ErrDone is what [Completer] returns where all that was asked for is done, such as a list that is printed.
var ErrDone = errors.New("done")

// Main runs a program from its command line, and ends it as [cli.Run] does.
func Main(name, about string, p Program) {
	command := commandOf(name, about, p)
	settings := command.MustParse(p)
	cli.Run(name, func(ctx context.Context) error { return start(ctx, command, p, settings) })
}

// Start is [Main] for the given arguments, without the program's name. It returns the program's error, or what
// is wrong with the arguments; after it has written help to stdout, [cli.ErrHelp].
func Start(ctx context.Context, name, about string, p Program, args []string, stdout io.Writer) error {
	command := commandOf(name, about, p)
	settings, err := command.Parse(p, args, stdout)
	if err != nil {
		return err
	}
	return start(ctx, command, p, settings)
}

// commandOf is the command line of a program.
func commandOf(name, about string, p Program) cli.Command {
	vars := variables(name, p)
	c := cli.Command{Name: name, About: about, Vars: vars, Names: map[string]string{"epochs": vars["epochs_name"]}}
	if t, ok := p.(interface{ training() *Training }); ok {
		t.training().epochs, t.training().least = vars["epochs_name"], 1
		if vars["epochs_name"] != "epochs" {
			t.training().least = 0
		}
	}
	return c
}

// start runs a program whose flags are parsed.
func start(ctx context.Context, c cli.Command, p Program, settings []cli.Setting) error {
	f := p.folder()
	f.given = map[string]bool{}
	for _, s := range settings {
		f.given[s.Name] = s.Given
	}
	resume, evaluate := false, false
	if t, ok := p.(interface{ training() *Training }); ok {
		resume = t.training().Resume
	}
	if e, ok := p.(interface{ evaluation() *Evaluation }); ok {
		if err := e.evaluation().check(resume); err != nil {
			return err
		}
		if err := e.evaluation().refuse(settings); err != nil {
			return err
		}
		if evaluate = e.evaluation().Eval; evaluate && !f.given["out"] {
			f.Out += "-eval"
		}
	}
	var r *Run
	var err error
	if resume {
		if r, err = openRun(c.Name, f.Out, settings, f.given); err != nil {
			return errors.Wrap(err, "-resume")
		}
		defer r.close()
	}
	if err := complete(p); errors.Is(err, ErrDone) {
		return nil
	} else if err != nil {
		return err
	}
	if resume {
		err = r.compare(c.Vars)
	} else if r, err = newRun(c.Name, f.Out, settings, evaluate); err == nil {
		defer r.close()
	}
	if err != nil {
		return err
	}
	if err := p.Run(ctx, r); err != nil {
		return err
	}
	r.say()
	return nil
}

// complete fills in and checks the flags.
func complete(p Program) error {
	if c, ok := p.(Completer); ok {
		if err := c.Complete(); err != nil {
			return err
		}
	}
	if t, ok := p.(interface{ training() *Training }); ok {
		return t.training().check()
	}
	return nil
}

// say tells where the results are.
func (r *Run) say() {
	switch {
	case !r.begun:
	case r.record.Evaluation || !exists(r.Path(CheckpointName)):
		fmt.Println("metrics and figures are in", r.dir)
	default:
		fmt.Println("metrics, checkpoint and figures are in", r.dir)
	}
}
