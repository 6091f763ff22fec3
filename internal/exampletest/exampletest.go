// Package exampletest is what the tests of the example programs share.
package exampletest

import (
	"context"
	"encoding/json"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Run runs a program with a command line, and keeps what it prints out of the test's output.
func Run(t *testing.T, ctx context.Context, name string, p program.Program, args ...string) error {
	t.Helper()
	quiet(t)
	return program.Start(ctx, name, "", p, args, io.Discard)
}

// quiet has nothing printed until the test ends.
func quiet(t *testing.T) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = null, null
	t.Cleanup(func() { os.Stdout, os.Stderr = out, errs; null.Close() })
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

// Figures reports an error unless a program has left PNG files of these names in a folder, each at least
// so many pixels wide.
func Figures(t *testing.T, dir string, width int, names ...string) {
	t.Helper()
	for _, name := range names {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if img, err := png.Decode(file); err != nil || img.Bounds().Dx() < width {
			t.Errorf("%s: %v", name, err)
		}
		file.Close()
	}
}

// OtherNetwork leaves a file of a network that none of the programs has.
func OtherNetwork(t *testing.T, path string) {
	t.Helper()
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	net, err := train.NewNetwork(train.Task[*models.Output]{
		Model: models.SRNN{In: 2, Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}}},
		Loss:  models.LastStep{},
	}, p, train.Spec{Steps: 1, Features: 2, Classes: 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Save(path); err != nil {
		t.Fatal(err)
	}
}
