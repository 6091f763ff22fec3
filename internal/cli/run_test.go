package cli

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/pkg/errors"
)

func TestRunStatus(t *testing.T) {
	waiting := func(then error) func(context.Context) error {
		return func(ctx context.Context) error {
			<-ctx.Done()
			return then
		}
	}
	forever := make(chan struct{})
	defer close(forever)
	tests := []struct {
		name    string
		main    func(context.Context) error
		signals int
		status  int
		stderr  string
	}{
		{"success", func(context.Context) error { return nil }, 0, 0, ""},
		{"error", func(context.Context) error { return errors.New("no data") }, 0, 1, "ecg: no data\n"},
		{"cancelled otherwise", func(context.Context) error { return context.Canceled }, 0, 1, "ecg: context canceled\n"},
		{"saved", waiting(nil), 1, 0, ""},
		{"interrupted", waiting(errors.Wrap(context.Canceled, "epoch 3")), 1, 130, "ecg: interrupted\n"},
		{"not saved", waiting(errors.New("disk full")), 1, 1, "ecg: disk full\n"},
		{"nobody reads", func(context.Context) error { return errors.Wrap(broken(os.Stdout.Name()), "list") }, 0, 0, ""},
		{"broken otherwise", func(context.Context) error { return broken("a") }, 0, 1, "ecg: write a: broken pipe\n"},
		{"hanging", func(context.Context) error { <-forever; return nil }, 2, 130, "\necg: interrupted\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			signals := make(chan os.Signal, 2)
			for range test.signals {
				signals <- os.Interrupt
			}
			var stderr bytes.Buffer
			if got := run("ecg", test.main, signals, &stderr); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if got := stderr.String(); got != test.stderr {
				t.Errorf("stderr %q, want %q", got, test.stderr)
			}
		})
	}
}

// broken is the error of a write to the name of a pipe that nobody reads.
func broken(name string) error { return &fs.PathError{Op: "write", Path: name, Err: syscall.EPIPE} }

// TestMain makes the test binary a program of its own where a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv("CLI_TEST_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	var flags testFlags
	Parse(&flags, "ecg", "Train.")
	Run("ecg", func(ctx context.Context) error {
		if flags.Eval {
			return nil
		}
		fmt.Println("started")
		<-ctx.Done()
		return ctx.Err()
	})
}

func program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "CLI_TEST_PROGRAM=1")
	return c
}

func TestProgram(t *testing.T) {
	tests := []struct {
		arg            string
		status         int
		stdout, stderr string
	}{
		{"-eval", 0, "", ""},
		{"-help", 0, "Usage: ecg", ""},
		{"-foo", 2, "", "ecg: unknown flag --foo\nRun 'ecg -help' for the flags.\n"},
	}
	for _, test := range tests {
		var stdout, stderr bytes.Buffer
		c := program(test.arg)
		c.Stdout, c.Stderr = &stdout, &stderr
		// A status other than 0 is an error, too; the status itself is checked.
		if err := c.Run(); c.ProcessState == nil {
			t.Fatal(err)
		}
		if got := c.ProcessState.ExitCode(); got != test.status {
			t.Errorf("%s: status %d, want %d", test.arg, got, test.status)
		}
		if !strings.HasPrefix(stdout.String(), test.stdout) || stderr.String() != test.stderr {
			t.Errorf("%s: stdout %q, stderr %q", test.arg, stdout.String(), stderr.String())
		}
	}
}
