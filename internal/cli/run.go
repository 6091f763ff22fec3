package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/pkg/errors"
)

// Run runs the program called name. The first Ctrl-C or SIGTERM cancels the context, so that main
// can save its work and return; a second one ends the program at once.
//
// Where main returns nil, so does Run, after an interruption too. Otherwise Run ends the program:
// with "name: interrupted" on stderr and status 130 if it was interrupted and main's error is
// [context.Canceled], wrapped or not; with "name: error" and status 1 for any other error.
//
// Where nobody reads the program's output any more, as after "program | head", main goes on to its end:
// what it prints is lost, what it computes is not, and status is 0 also where main returns the error of
// such a write.
func Run(name string, main func(ctx context.Context) error) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// Without this, Go ends a program that writes into a closed standard output.
	signal.Ignore(syscall.SIGPIPE)
	status := run(name, main, signals, os.Stderr)
	signal.Stop(signals)
	if status != 0 {
		os.Exit(status)
	}
}

// run returns the exit status; after a second signal without waiting for main.
func run(name string, main func(context.Context) error, signals <-chan os.Signal, stderr io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- main(ctx) }()

	interrupted := false
	for {
		select {
		case err := <-result:
			switch {
			case err == nil || unread(err):
				return 0
			case interrupted && errors.Is(err, context.Canceled):
				fmt.Fprintf(stderr, "%s: interrupted\n", name)
				return statusInterrupted
			}
			fmt.Fprintf(stderr, "%s: %v\n", name, err)
			return statusError
		case <-signals:
			if interrupted {
				// main had no chance to end its progress bar's line.
				fmt.Fprintf(stderr, "\n%s: interrupted\n", name)
				return statusInterrupted
			}
			interrupted = true
			cancel()
		}
	}
}

// unread says whether an error is that nobody reads the standard output.
func unread(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && write.Op == "write" && write.Path == os.Stdout.Name() && errors.Is(write, syscall.EPIPE)
}
