package program

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/models"
)

func TestTorch(t *testing.T) {
	for path, want := range map[string]bool{"a.pth": true, "a.pt": true, "b/a.ckpt": true, "a.pth.tar": true, "a.safetensors": false, "a": false} {
		if got := Torch(filepath.FromSlash(path)); got != want {
			t.Errorf("%s: %t, want %t", path, got, want)
		}
	}
}

func TestHolding(t *testing.T) {
	collection := func(path string, names ...string) models.Collection {
		c := models.Collection{Path: path}
		for _, n := range names {
			c.Tensors = append(c.Tensors, models.TensorInfo{Name: n})
		}
		return c
	}
	wanted := []string{"i2h.weight", "h2h.weight", "tau"}
	for want, in := range map[string][]models.Collection{
		"snn":   {collection("encoder", "a.weight"), collection("snn", "module.i2h.weight", "module.h2h.weight"), collection("old", "tau")},
		"first": {collection("first", wanted...), collection("other", "b")},
		"":      {collection("student", wanted...), collection("teacher", wanted...)},
	} {
		if got := holding(models.Contents{Collections: in}, slices.Clone(wanted)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
