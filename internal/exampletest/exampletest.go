// Package exampletest is what the tests of the example programs share.
package exampletest

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/examples/cli"
)

// Parse parses a program's command line into its flags, and keeps what it prints out of the test's
// output.
func Parse[F any](t *testing.T, name string, args ...string) *F {
	t.Helper()
	f := new(F)
	if err := cli.ParseArgs(f, name, "", args, io.Discard); err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = null, null
	t.Cleanup(func() { os.Stdout, os.Stderr = out, errs; null.Close() })
	return f
}

// Metrics reads the metrics.json that a program has left in a folder.
func Metrics(t *testing.T, dir string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
