package data

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/tensorfile"
)

// imageArray is an array of pixels or of labels in a file: an [idxFile], or one of NumPy.
type imageArray interface {
	io.Closer

	// shape is the length of each dimension, at least one.
	shape() []int

	// numbers is the type of the elements, as the IDX format has it.
	numbers() byte

	// bytes reads the elements of an array of bytes, once.
	bytes() ([]byte, error)

	// each calls f for each element, once, until f returns an error.
	each(f func(i int, v float64) error) error

	// place tells where element i is.
	place(i int) string
}

// imageSource is where an array is: a file and, of .npz files, the name of the array.
type imageSource struct{ path, array string }

func (s imageSource) String() string {
	if s.array == "" {
		return s.path
	}
	return s.path + ": " + s.array
}

// open opens the array.
func (s imageSource) open() (imageArray, error) {
	if isNumPy(s.path) {
		return openNumPy(s)
	}
	return openIDX(s.path)
}

// isNumPy reports whether the name of a file is one of NumPy's.
func isNumPy(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".npz" || ext == ".npy"
}

// numPy is an array of a .npy or .npz file.
type numPy struct {
	*tensorfile.File
	a    *tensorfile.Array
	kind byte
}

// numPyKinds are the types of IDX files that are treated as those of NumPy.
var numPyKinds = map[string]byte{
	"U8": idxUint8, "I8": idxInt8, "I16": idxInt16, "U16": idxInt16, "I32": idxInt32, "U32": idxInt32, "I64": idxInt32, "U64": idxInt32,
	"F16": idxFloat32, "BF16": idxFloat32, "F32": idxFloat32, "F64": idxFloat64, "BOOL": idxFloat32,
}

func openNumPy(s imageSource) (_ imageArray, err error) {
	f, err := tensorfile.Open(s.path, 0)
	if err != nil {
		return nil, barePath(err, s.path)
	}
	if s.array == "" {
		if len(f.Names()) != 1 {
			f.Close()
			return nil, errors.Errorf("has the arrays %s, want one", list(f.Names()))
		}
		s.array = f.Names()[0]
	}
	a, err := f.Array(s.array)
	if err != nil {
		f.Close()
		return nil, barePath(err, s.path)
	}
	for axis := len(a.Shape) - 1; axis > 0 && len(a.Shape) == 4; axis -= 2 { // the one channel of grey images is last or second
		if a.Shape[axis] == 1 {
			a.Drop(axis)
		}
	}
	n := &numPy{f, a, numPyKinds[a.DType]}
	if idxSize(n.kind) == 0 || len(a.Shape) == 0 || slices.Contains(a.Shape, 0) {
		f.Close()
		return nil, errors.Errorf("has elements of type %s and shape %v, want real numbers, and at least one", a.DType, a.Shape)
	}
	return n, nil
}

// barePath takes the path off the beginning of an error.
func barePath(err error, path string) error {
	if rest, ok := strings.CutPrefix(err.Error(), path+": "); ok {
		return errors.New(rest)
	}
	return err
}

func (n *numPy) shape() []int       { return n.a.Shape }
func (n *numPy) numbers() byte      { return n.kind }
func (n *numPy) place(i int) string { return fmt.Sprintf("element %d", i) }

func (n *numPy) bytes() ([]byte, error) {
	t, err := n.a.Tensor()
	return t.Raw(), err
}

func (n *numPy) each(f func(i int, v float64) error) error {
	if _, err := n.a.Hold(math.MaxInt64); err != nil {
		return err
	}
	row := 1
	for _, d := range n.a.Shape[1:] {
		row *= d
	}
	rows := max(1, (1<<15)/row)
	values := make([]float64, rows*row)
	for first := 0; first < n.a.Shape[0]; first += rows {
		values = values[:min(rows, n.a.Shape[0]-first)*row]
		if err := tensorfile.ReadRows(n.a, first, values); err != nil {
			return err
		}
		for i, v := range values {
			if err := f(first*row+i, v); err != nil {
				return err
			}
		}
	}
	return nil
}
