package train_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Parameters that were saved and loaded again are the same, in both precisions. Where a file does not
// fit, nothing changes.
func TestSaveParams(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		declare := func(seed uint64, last string) *graph.Params {
			p, err := graph.NewParams(gorgonia.NewGraph(), dt, seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"a.w", "b.w", last} {
				if _, err := p.Declare(name, "weight", graph.Normal{Std: 1}, 2, 3); err != nil {
					t.Fatal(err)
				}
			}
			return p
		}
		values := func(p *graph.Params) (all []float64) {
			for _, q := range p.All() {
				all = append(all, q.Values()...)
			}
			return all
		}
		path := filepath.Join(t.TempDir(), "p.safetensors")
		saved := declare(1, "c.w")
		if err := train.SaveParams(path, saved, map[string]string{"epoch": "3"}); err != nil {
			t.Fatal(err)
		}
		loaded := declare(2, "c.w")
		meta, err := train.LoadParams(path, loaded)
		if err != nil || meta["epoch"] != "3" || !slices.Equal(values(loaded), values(saved)) {
			t.Errorf("%v: loaded %v with metadata %v, error %v, want %v", dt, values(loaded), meta, err, values(saved))
		}
		other := declare(3, "d.w")
		before := values(other)
		if _, err := train.LoadParams(path, other); err == nil || !strings.Contains(err.Error(), "c.w") || !strings.Contains(err.Error(), path) {
			t.Errorf("error is %v, want one with the tensor and the file", err)
		}
		if !slices.Equal(values(other), before) {
			t.Error("a file that does not fit has changed the parameters")
		}
	}
	if _, err := train.LoadParams(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("no error for a file that is not there")
	}
}
