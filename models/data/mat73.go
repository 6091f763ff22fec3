package data

import (
	"io"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/hdf5"
	"github.com/srnn-go/srnn/internal/matfile"
)

// matArray is an array of numbers of a MAT-file. The first index moves fastest.
type matArray interface {
	// Len is the number of numbers.
	Len() int

	// Exact reports whether the file is known to hold them all.
	Exact() bool

	// Each calls f for each number.
	Each(f func(i int, v float64) error) error
}

// findVolumes finds variables of a MAT-file of any version.
func findVolumes(r io.ReaderAt, size int64, names ...string) (found []volume, err error) {
	if !matfile.Is73(r) {
		arrays, err := matfile.Find(r, size, names...)
		for _, a := range arrays {
			found = append(found, volume{a, a.Name, a.Shape})
		}
		return found, err
	}
	f, err := hdf5.Open(r, size)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		v, err := f.Variable(name)
		var missing *hdf5.NotFound
		switch {
		case errors.As(err, &missing):
			return nil, errors.Errorf("has no array %s; it has %s", name, list(f.List()))
		case err != nil:
			return nil, err
		case !v.Type().Number() || v.Class == "char":
			return nil, errors.Errorf("variable %q is of class %s, want an array of real numbers", name, v.Class)
		case v.Len()/deflateRatio > int(size):
			return nil, errors.Errorf("variable %q has shape %v, which is more than a file of %d bytes holds", name, v.Dims, size)
		}
		found = append(found, volume{array73{v}, name, v.Dims})
	}
	return found, nil
}

// array73 is an array of a file of MATLAB 7.3.
type array73 struct{ *hdf5.Variable }

// Exact implements matArray: chunks are compressed.
func (array73) Exact() bool { return false }

// Each implements matArray.
func (a array73) Each(f func(i int, v float64) error) error {
	values := make([]float64, 1<<15)
	for first, n := 0, a.Len(); first < n; first += len(values) {
		values = values[:min(len(values), n-first)]
		if err := hdf5.Read(a.Dataset, first, values); err != nil {
			return err
		}
		for i, v := range values {
			if err := f(first+i, v); err != nil {
				return err
			}
		}
	}
	return nil
}
