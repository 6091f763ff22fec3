package program_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/program"
)

// stepper is a program whose epochs are called iterations.
type stepper struct {
	ran int
	program.Training
}

func (*stepper) Vars() map[string]string {
	return map[string]string{"epochs_name": "iterations", "epochs": "7", "epochs_help": "Iterations of training.", "iterations_fixed": "the rate falls over them"}
}

func (s *stepper) Run(_ context.Context, r *program.Run) error {
	s.ran = s.Epochs
	return r.Begin()
}

// Epochs may have another name, on the command line, in messages and in the record, and then there may be none.
func TestIterations(t *testing.T) {
	dir := t.TempDir()
	start := func(args ...string) (*stepper, error) {
		s := new(stepper)
		return s, program.Start(t.Context(), "stepper", "Try.", s, append(args, "-out", dir), io.Discard)
	}
	for args, want := range map[string]int{"": 7, "-iterations 0": 0, "-iterations=3": 3, "--iterations 4": 4} {
		if s, err := start(strings.Fields(args)...); err != nil || s.ran != want || s.Given("iterations") != (args != "") {
			t.Errorf("%q: %d iterations, %v, want %d", args, s.ran, err, want)
		}
	}
	if _, err := start("-iterations", "5"); err != nil {
		t.Fatal(err)
	}
	if s, err := start("-resume"); err != nil || s.ran != 5 {
		t.Errorf("resumed, there are %d iterations, %v, want 5", s.ran, err)
	}
	for args, want := range map[string]string{
		"-iterations -1":        "-iterations is -1",
		"-epochs 3":             "unknown flag",
		"-resume -iterations 6": "the run has 5, 6 asked for, but the rate falls over them",
	} {
		if _, err := start(strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", args, err, want)
		}
	}
	var help bytes.Buffer
	err := program.Start(t.Context(), "stepper", "Try.", new(stepper), []string{"-help"}, &help)
	if !errors.Is(err, cli.ErrHelp) || !strings.Contains(help.String(), "--iterations=7") || strings.Contains(help.String(), "--epochs") {
		t.Errorf("the help is %v:\n%s", err, help.String())
	}
}
