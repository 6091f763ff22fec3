package models_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
)

// weightsOf writes a file of weights of one element, whose value is their place.
func weightsOf(t *testing.T, names ...string) string {
	t.Helper()
	var tensors []tensorfile.Tensor
	for i, name := range names {
		tensors = append(tensors, tensorfile.FromFloats(name, []int{1}, []float64{float64(i)}))
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := tensorfile.WriteSafetensors(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// valuesOf are the elements of weightsOf by name.
func valuesOf(t *testing.T, s models.StateDict) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for name, x := range s {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		out[name] = v[0]
	}
	return out
}

func TestReadStateDictRenames(t *testing.T) {
	path := weightsOf(t, "module._orig_mod.a.weight", "module._orig_mod.b.weight", "n_averaged")
	for name, c := range map[string]struct {
		options []models.ReadOption
		want    map[string]float64
		err     string
	}{
		"as it is":   {nil, map[string]float64{"module._orig_mod.a.weight": 0, "module._orig_mod.b.weight": 1, "n_averaged": 2}, ""},
		"the whole":  {[]models.ReadOption{models.At(".")}, map[string]float64{"module._orig_mod.a.weight": 0, "module._orig_mod.b.weight": 1, "n_averaged": 2}, ""},
		"two rules":  {[]models.ReadOption{models.Strip("module."), models.Strip("_orig_mod.")}, map[string]float64{"a.weight": 0, "b.weight": 1, "n_averaged": 2}, ""},
		"renamed":    {[]models.ReadOption{models.Rename("module._orig_mod.a.", "in.")}, map[string]float64{"in.weight": 0, "module._orig_mod.b.weight": 1, "n_averaged": 2}, ""},
		"none":       {[]models.ReadOption{models.Strip("model.")}, nil, `no tensor's name has the prefix "model."; there are module._orig_mod.a.weight, `},
		"two of one": {[]models.ReadOption{models.Rename("module._orig_mod.a.", "x."), models.Rename("module._orig_mod.b.", "x.")}, nil, `two tensors are named "x.weight"`},
		"no path":    {[]models.ReadOption{models.At("state")}, nil, "the file is one collection of tensors"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := models.ReadStateDict(path, c.options...)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || s != nil || !strings.Contains(err.Error(), path) {
					t.Errorf("%v, %v, want an error with %q", s, err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, valuesOf(t, s)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	wanted := []string{"a.weight", "b.weight", "tau"}
	for name, c := range map[string]struct {
		names []string
		want  string // or what the error says
		bad   bool
	}{
		"none":                   {[]string{"a.weight", "b.weight", "tau"}, "", false},
		"one":                    {[]string{"module.a.weight", "module.b.weight", "module.tau", "n_averaged"}, "module.", false},
		"two":                    {[]string{"module._orig_mod.a.weight", "module._orig_mod.b.weight"}, "module._orig_mod.", false},
		"any":                    {[]string{"net.snn.a.weight", "net.snn.tau"}, "net.snn.", false},
		"some have it":           {[]string{"model.a.weight", "model.b.weight", "tau"}, "model.", false},
		"an average beside them": {[]string{"a.weight", "b.weight", "ema.a.weight", "ema.b.weight"}, "", false},
		"no point before":        {[]string{"xa.weight", "xb.weight"}, "", false},
		"nothing":                {nil, "", false},
		"two that fit":           {[]string{"student.a.weight", "teacher.a.weight"}, `the prefix "student." and with "teacher."`, true},
	} {
		s := models.StateDict{}
		for _, n := range c.names {
			s[n] = models.StateTensor{}
		}
		got, err := s.Prefix(wanted...)
		if c.bad != (err != nil) || !c.bad && got != c.want || c.bad && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}

func TestInspect(t *testing.T) {
	path := weightsOf(t, "a", "b")
	got, err := models.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	want := models.Contents{Default: ".", Collections: []models.Collection{{Path: ".", Kind: "dict", Tensors: []models.TensorInfo{
		{Name: "a", Shape: []int{1}, DType: "F64"}, {Name: "b", Shape: []int{1}, DType: "F64"}}}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := models.Inspect(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there")
	}
}
