package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/shared"
	"gorgonia.org/tensor"
)

// Every reference case agrees to 1e-9 in double precision and to 2e-3 in single.
func TestCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Path(t, "golden"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference cases: %v", err)
	}
	for _, path := range files {
		c, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.Name, func(t *testing.T) {
			for dt, limit := range map[tensor.Dtype]float64{tensor.Float64: 1e-9, tensor.Float32: 2e-3} {
				diffs, err := c.Run(dt)
				if err != nil {
					t.Fatal(err)
				}
				if len(diffs) < 7 {
					t.Errorf("%v: only %d tensors were compared", dt, len(diffs))
				}
				for _, d := range diffs {
					if !(d.Rel <= limit) {
						t.Errorf("%v: %s is off by %.3g", dt, d.Tensor, d.Rel)
					}
				}
			}
		})
	}
}

// A case that expects something else fails.
func TestWrongCase(t *testing.T) {
	c, err := Read(shared.Path(t, "golden", "alif_recurrent.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.Grads["tau_m"].Data[2] *= 1 + 1e-6
	diffs, err := c.Run(tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	if w := Worst(diffs); w.Tensor != "grad.tau_m" || w.Rel < 1e-9 {
		t.Errorf("the worst is %+v, want grad.tau_m", w)
	}
}

func TestMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":     "x",
		"no kind":      `{"name": "a"}`,
		"short tensor": `{"name": "a", "kind": "li_sequence", "inputs": {"x": {"shape": [2], "data": [1]}}}`,
	} {
		path := filepath.Join(t.TempDir(), "case.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v, want one that names the file", name, err)
		}
	}
	for _, kind := range []string{"alif_sequence", "li_sequence", "srnn"} {
		if _, err := (&Case{Name: "empty", Kind: kind}).Run(tensor.Float64); err == nil {
			t.Errorf("an empty %s: want an error", kind)
		}
	}
}
