package data

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/hdf5"
	"github.com/srnn-go/srnn/internal/matfile"
	"github.com/srnn-go/srnn/internal/tensorfile"
)

// arrayFile is an open file of arrays.
type arrayFile interface {
	io.Closer

	// Names are the names of the arrays.
	Names() []string

	// Has tells whether there is an array of a name.
	Has(name string) bool

	// Array finds an array. The error names the path.
	Array(name string) (*tensorfile.Array, error)
}

// openArrays opens a file of arrays, whichever the content says it is. What has to be held in memory as a whole may
// have so many bytes.
func openArrays(path string, memory int64) (arrayFile, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	switch container, err := containerOf(f, size); {
	case err != nil:
		f.Close()
		return nil, errors.Wrap(err, path)
	case container == inHDF5 || container == inMAT73:
		h, err := hdf5.Open(f, size)
		if err != nil {
			f.Close()
			return nil, errors.Wrap(err, path)
		}
		return &hdf5Arrays{f, h, container == inMAT73}, nil
	case container == inMAT || strings.EqualFold(filepath.Ext(path), ".mat"): // level 4 does not say what it is
		return &matArrays{f, size}, nil
	}
	f.Close()
	return tensorfile.Open(path, memory)
}

// container is what arrays are in.
type container int

const (
	inTensorfile container = iota
	inHDF5
	inMAT73
	inMAT
)

// containerOf looks at the beginning of a file, and behind user blocks.
func containerOf(r io.ReaderAt, size int64) (container, error) {
	if matfile.Is73(r) {
		return inMAT73, nil
	}
	start := make([]byte, 8)
	for at := int64(0); at+8 <= size; at = max(512, 2*at) {
		if _, err := r.ReadAt(start, at); err != nil {
			return 0, err
		}
		if string(start) == "\x89HDF\r\n\x1a\n" {
			return inHDF5, nil
		}
		if at == 0 && string(start[:7]) == "MATLAB " {
			return inMAT, nil
		}
	}
	return inTensorfile, nil
}

// hdf5Arrays are those of an HDF5 file or of one of MATLAB 7.3.
type hdf5Arrays struct {
	*os.File
	h      *hdf5.File
	matlab bool
}

// Names implements arrayFile.
func (f *hdf5Arrays) Names() []string { return f.h.List() }

// Has implements arrayFile.
func (f *hdf5Arrays) Has(name string) bool {
	_, err := f.h.Dataset(name)
	var missing *hdf5.NotFound
	return !errors.As(err, &missing)
}

// Array implements arrayFile.
func (f *hdf5Arrays) Array(name string) (*tensorfile.Array, error) {
	if !f.Has(name) {
		return nil, errors.Errorf("%s has no array %.80q; it has %s", f.Name(), name, list(f.h.List()))
	}
	a, err := f.array(name)
	return a, errors.Wrapf(err, "%s: array %.80q", f.Name(), name)
}

func (f *hdf5Arrays) array(name string) (*tensorfile.Array, error) {
	d, err := f.h.Dataset(name)
	if err != nil {
		return nil, err
	}
	v, err := d.Variable()
	switch {
	case err != nil:
		return nil, err
	case !v.Type().Number() || v.Class == "char":
		return nil, errors.Errorf("holds %v, want numbers; OpenSpikes reads spike trains", v.Type())
	case int64(v.Len()/deflateRatio) > f.h.Size():
		return nil, errors.Errorf("has shape %v, which is more than a file of %d bytes holds", v.Dims, f.h.Size())
	}
	if err := unpacked(d); err != nil {
		return nil, err
	}
	if f.matlab {
		return tensorfile.FloatsAt(name, v.Dims, true, hdf5Floats{v.Dataset}), nil
	}
	return tensorfile.FloatsAt(name, d.Shape(), false, hdf5Floats{d}), nil
}

// hdf5Floats gives the elements of a dataset as 64-bit floats.
type hdf5Floats struct{ *hdf5.Dataset }

// ReadAt implements io.ReaderAt for whole elements.
func (d hdf5Floats) ReadAt(p []byte, at int64) (int, error) {
	values := make([]float64, min(len(p)/8, 1<<15))
	for done := 0; done < len(p)/8; done += len(values) {
		values = values[:min(len(values), len(p)/8-done)]
		if err := hdf5.Read(d.Dataset, int(at/8)+done, values); err != nil {
			return 8 * done, err
		}
		for i, v := range values {
			binary.LittleEndian.PutUint64(p[8*(done+i):], math.Float64bits(v))
		}
	}
	return len(p), nil
}

// matArrays are those of a MAT-file of level 4 or 5.
type matArrays struct {
	*os.File
	size int64
}

// Names implements arrayFile: such a file is searched by name.
func (f *matArrays) Names() []string { return nil }

// Has implements arrayFile.
func (f *matArrays) Has(name string) bool {
	_, err := matfile.Find(f, f.size, name)
	var missing *matfile.NotFound
	return !errors.As(err, &missing)
}

// Array implements arrayFile.
func (f *matArrays) Array(name string) (*tensorfile.Array, error) {
	found, err := matfile.Find(f, f.size, name)
	if err != nil {
		return nil, errors.Wrap(err, f.Name())
	}
	a := found[0]
	return tensorfile.LoadFloats(name, a.Shape, func() ([]byte, error) {
		if err := (volume{a, a.Name, a.Shape}).check(); err != nil {
			return nil, err
		}
		b := make([]byte, 8*a.Len())
		return b, a.Each(func(i int, v float64) error {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(v))
			return nil
		})
	}), nil
}

// matlab tells whether the arrays are MATLAB's.
func matlab(f arrayFile) bool {
	h, ok := f.(*hdf5Arrays)
	_, old := f.(*matArrays)
	return old || ok && h.matlab
}
