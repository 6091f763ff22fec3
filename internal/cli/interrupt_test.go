//go:build !windows

package cli

import (
	"bufio"
	"bytes"
	"os"
	"testing"
)

// Windows has no interrupt that one process could send to another.
func TestProgramInterrupted(t *testing.T) {
	var stderr bytes.Buffer
	c := program()
	c.Stderr = &stderr
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != 130 || stderr.String() != "ecg: interrupted\n" {
		t.Errorf("%v, stderr %q; want status 130", err, stderr.String())
	}
}
