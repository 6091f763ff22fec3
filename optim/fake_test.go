package optim_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// param is a gorgonia.ValueGrad without a graph.
type param struct {
	name        string
	value, grad gorgonia.Value
}

func (p *param) Name() string                  { return p.name }
func (p *param) Value() gorgonia.Value         { return p.value }
func (p *param) Grad() (gorgonia.Value, error) { return p.grad, nil }

// vector is a parameter of float64; its value and gradient are kept by reference.
func vector(name string, value, grad []float64) *param {
	return &param{name, dense(value), dense(grad)}
}

func dense(x []float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))
}

func model(params ...*param) []gorgonia.ValueGrad {
	var out []gorgonia.ValueGrad
	for _, p := range params {
		out = append(out, p)
	}
	return out
}

func step(t *testing.T, s gorgonia.Solver, params ...*param) {
	t.Helper()
	if err := s.Step(model(params...)); err != nil {
		t.Fatal(err)
	}
}

func wantValues(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// wantError checks that err contains all the fragments.
func wantError(t *testing.T, err error, fragments ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one about %q", fragments)
		return
	}
	for _, f := range fragments {
		if !strings.Contains(err.Error(), f) {
			t.Errorf("error %q does not contain %q", err, f)
		}
	}
}
