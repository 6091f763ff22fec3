// Verify runs reference cases through the public API, inside a Gorgonia graph, with gradients
// from gorgonia.Grad, and says of each whether every value and every gradient agrees.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/golden"
	"gorgonia.org/tensor"
)

type flags struct {
	Dtype string   `help:"float64, where everything must agree to 1e-9, or float32, to 2e-3." default:"float64"`
	Files []string `arg:"" help:"Reference cases, JSON." placeholder:"FILE"`
}

func main() {
	f := new(flags)
	cli.Parse(f, "verify", "Run reference cases of spiking networks, values and gradients.")
	cli.Run("verify", func(context.Context) error { return f.run(os.Stdout) })
}

func (f *flags) run(w io.Writer) error {
	dt, limit := tensor.Float64, 1e-9
	switch f.Dtype {
	case "float64":
	case "float32":
		dt, limit = tensor.Float32, 2e-3
	default:
		return errors.Errorf("-dtype is %q, want float64 or float32", f.Dtype)
	}
	failed := 0
	for _, path := range f.Files {
		if !verify(w, path, dt, limit) {
			failed++
		}
	}
	if failed > 0 {
		return errors.Errorf("%d of %d cases failed", failed, len(f.Files))
	}
	return nil
}

// verify runs one case and prints its line.
func verify(w io.Writer, path string, dt tensor.Dtype, limit float64) bool {
	c, err := golden.Read(path)
	if err != nil {
		fmt.Fprintf(w, "FAIL %s %v\n", path, err)
		return false
	}
	diffs, err := c.Run(dt)
	if err != nil {
		fmt.Fprintf(w, "FAIL %s %v\n", c.Name, err)
		return false
	}
	worst := golden.Worst(diffs)
	if !(worst.Rel <= limit) {
		fmt.Fprintf(w, "FAIL %s %s max_rel=%.3g\n", c.Name, worst.Tensor, worst.Rel)
		return false
	}
	fmt.Fprintf(w, "PASS %s max_rel=%.3g\n", c.Name, worst.Rel)
	return true
}
