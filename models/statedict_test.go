package models_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models"
)

// TestReadStateDictOfModule reads published weights that are whole modules: the S-MNIST network
// of 64, 256 and 256 neurons, and that for SHD of 128 and 128.
func TestReadStateDictOfModule(t *testing.T) {
	for file, want := range map[string]map[string][]int{
		"smnist_98.21.pth": {
			"i2h.weight": {64, 8}, "i2h.bias": {64}, "h2h.weight": {64, 64}, "h2h.bias": {64},
			"h2d.weight": {256, 64}, "h2d.bias": {256}, "d2d.weight": {256, 256}, "d2d.bias": {256},
			"dense1.weight": {256, 256}, "dense1.bias": {256},
			"d2o.weight": {10, 256}, "d2o.bias": {10},
			"tau_adp_r1": {64}, "tau_adp_r2": {256}, "tau_adp_d1": {256}, "tau_adp_o": {10},
			"tau_m_r1": {64}, "tau_m_r2": {256}, "tau_m_d1": {256}, "tau_m_o": {10},
		},
		"shd_90.7_4ms.pth": {
			"i_2_h1.weight": {128, 700}, "i_2_h1.bias": {128}, "h1_2_h1.weight": {128, 128}, "h1_2_h1.bias": {128},
			"h1_2_h2.weight": {128, 128}, "h1_2_h2.bias": {128}, "h2_2_h2.weight": {128, 128}, "h2_2_h2.bias": {128},
			"h2o.weight": {20, 128}, "h2o.bias": {20},
			"tau_adp_h1": {128}, "tau_adp_h2": {128}, "tau_adp_o": {20},
			"tau_m_h1": {128}, "tau_m_h2": {128}, "tau_m_o": {20},
		},
	} {
		t.Run(file, func(t *testing.T) {
			s, err := models.ReadStateDict(shared.Path(t, "data", "checkpoints", file))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]int{}
			for name, tensor := range s {
				got[name] = tensor.Shape
				n := 1
				for _, d := range tensor.Shape {
					n *= d
				}
				if values, err := tensor.Float64s(); err != nil || len(values) != n {
					t.Errorf("%s: shape %v with %d values, %v", name, tensor.Shape, len(values), err)
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadStateDictRejects(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pth")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		empty:                             "not a PyTorch checkpoint",
		filepath.Join(dir, "nowhere.pth"): "nowhere.pth",
		dir:                               "not a regular file",
	} {
		s, err := models.ReadStateDict(path)
		if err == nil || !strings.Contains(err.Error(), want) || s != nil {
			t.Errorf("%s: %v, %v, want an error with %q", path, s, err, want)
		}
	}
}
