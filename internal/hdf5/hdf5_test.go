package hdf5

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// written returns the files that testdata/make.py has h5py and netCDF4 write, and what these read of them.
func written(t testing.TB) (files map[string][]byte, want map[string]map[string]contents) {
	t.Helper()
	z, err := zip.OpenReader("testdata/h5py.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files, want = map[string][]byte{}, map[string]map[string]contents{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutSuffix(f.Name, ".h5"); ok {
			files[name] = b
			continue
		}
		var c map[string]contents
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		want[strings.TrimSuffix(f.Name, ".json")] = c
	}
	return files, want
}

// contents are those of a dataset.
type contents struct {
	Shape     []int
	Numbers   []any // float64, or a text for what is not finite
	Sequences [][]float64
}

func open(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What h5py and netCDF4 write reads to what they read, whole and in parts.
func TestRead(t *testing.T) {
	files, want := written(t)
	for name, b := range files {
		t.Run(name, func(t *testing.T) {
			f := open(t, b)
			if len(want[name]) == 0 {
				t.Fatal("nothing to compare with")
			}
			for path, c := range want[name] {
				d, err := f.Dataset(path)
				if err != nil {
					t.Error(err)
					continue
				}
				if !slices.Equal(d.Shape(), c.Shape) {
					t.Errorf("%s: shape %v, want %v", path, d.Shape(), c.Shape)
				} else if c.Sequences != nil {
					compareSequences(t, d, c.Sequences)
				} else {
					compareNumbers(t, d, c.Numbers)
				}
			}
		})
	}
}

func compareNumbers(t *testing.T, d *Dataset, want []any) {
	t.Helper()
	for _, piece := range []int{len(want), 7, 1} {
		for first := 0; first < len(want); first += max(piece, 1) {
			got := make([]float64, min(piece, len(want)-first))
			if err := Read(d, first, got); err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				w, finite := want[first+i].(float64)
				if finite && (v != w || math.Signbit(v) != math.Signbit(w)) ||
					!finite && strings.ToLower(strings.TrimPrefix(fmt.Sprint(v), "+")) != want[first+i] {
					t.Fatalf("%s: element %d is %v, want %v", d.Path(), first+i, v, want[first+i])
				}
			}
		}
	}
}

func compareSequences(t *testing.T, d *Dataset, want [][]float64) {
	t.Helper()
	lengths := make([]int, len(want))
	if err := d.Lengths(0, lengths); err != nil {
		t.Fatal(err)
	}
	var got []float64
	for i, w := range want {
		var err error
		if got, err = ReadSequence(d, i, got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, w) || lengths[i] != len(w) {
			t.Errorf("%s: element %d is %v of length %d, want %v", d.Path(), i, got, lengths[i], w)
		}
	}
}
