package data

import (
	"archive/zip"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
)

// arraysFile unpacks a file of testdata/arrays.zip, which arrays.py has made.
func arraysFile(t *testing.T, name string) string {
	t.Helper()
	archive, err := zip.OpenReader("testdata/arrays.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	f, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, name, raw)
}

// x[i, t, f] is 8 i + 2 t + f + .5, and labels count from 1, as h5py and MATLAB save them.
func TestArraysOfOtherFiles(t *testing.T) {
	for name, o := range map[string]ArrayOptions{
		"h5py.h5": {X: "train/x", Y: "train/y", FirstClass: 1},
		"user.h5": {X: "train/x", Y: "train/y", FirstClass: 1},
		"v6.mat":  {FirstClass: 1},
		"v7.mat":  {FirstClass: 1},
		"v73.mat": {FirstClass: 1},
	} {
		a, err := ReadArrays(arraysFile(t, name), o)
		if err != nil {
			t.Error(err)
			continue
		}
		defer a.Close()
		lengths := []int{4, 4, 4}
		if o.X == "" {
			lengths = []int{4, 1, 3}
		}
		for i, class := range []int{2, 0, 1} {
			e, err := train.ReadExample(a, i)
			if err != nil {
				t.Fatal(name, err)
			}
			if e.Classes[0] != class || e.Steps != lengths[i] {
				t.Errorf("%s: example %d has class %d and %d steps", name, i, e.Classes[0], e.Steps)
			}
			for k := range 2 * e.Steps {
				if want := float32(8*i+k) + .5; e.X[k] != want {
					t.Errorf("%s: example %d, element %d is %v, want %v", name, i, k, e.X[k], want)
				}
			}
		}
	}
}

// MATLAB keeps no last dimension of 1.
func TestArraysOfMATLABWithOneFeature(t *testing.T) {
	for _, name := range []string{"v6.mat", "v7.mat", "v73.mat"} {
		a, err := ReadArrays(arraysFile(t, name), ArrayOptions{X: "flat", FirstClass: 1})
		if err != nil {
			t.Error(err)
			continue
		}
		defer a.Close()
		e, err := train.ReadExample(a, 2)
		if err != nil || a.Spec().Features != 1 || fmt.Sprint(e.X[:3]) != "[16.5 18.5 20.5]" {
			t.Error(name, a.Spec(), e, err)
		}
	}
}

func TestArraysOfOtherFilesRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ArrayOptions
		want string
	}{
		{"h5py.h5", ArrayOptions{}, `no array "x"; it has train/packed, train/words, train/x, train/y: ArrayOptions.X names it`},
		{"h5py.h5", ArrayOptions{X: "train/words", Y: "train/y"}, "strings, want numbers"},
		{"h5py.h5", ArrayOptions{X: "train/packed", Y: "train/y"}, "numbers are packed"},
		{"h5py.h5", ArrayOptions{X: "train", Y: "train/y"}, "train"},
		{"v7.mat", ArrayOptions{Y: "z"}, `no variable z; it has "x"`},
		{"v73.mat", ArrayOptions{Y: "z"}, `no array "z"; it has flat, lengths, x, y`},
		{"v7.mat", ArrayOptions{FirstClass: 1, Memory: 100}, "would take"},
		{"v73.mat", ArrayOptions{FirstClass: 1, Memory: 100}, "would take"},
	} {
		a, err := ReadArrays(arraysFile(t, c.name), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v and error %v, want %s", c.name, a, err, c.want)
		}
	}
	if _, err := ReadNPY(arraysFile(t, "v6.mat"), arraysFile(t, "v6.mat"), ArrayOptions{}); err == nil {
		t.Error("a MAT-file was taken for one array")
	}
}

// The tensors of a checkpoint are named by their paths, where others are read without.
func TestArraysPTHByPath(t *testing.T) {
	f, err := openArrays(filepath.Join("..", "..", "internal", "tensorfile", "testdata", "nested.pth"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, has := range map[string]bool{"0.weight": true, `state_dict["0.weight"]`: true, "accuracy": true, "state_dict": false, "": false, "..": false} {
		a, err := f.Array(name)
		if f.Has(name) != has || (err == nil) != has || has && a.DType != "F32" {
			t.Errorf("%q: %v, %v", name, a, err)
		}
	}
}
