package tensorfile

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/pkg/errors"
)

// Array is a tensor that stays in its file and is read row by row. A row is what lies at one index of the first axis.
// Reading is safe for concurrent calls.
type Array struct {
	Name  string
	Shape []int
	DType string // of the elements, under the names of the safetensors format

	big    bool // elements are big-endian
	column bool // the first axis moves fastest

	r    io.ReaderAt            // has the elements from byte 0 on; nil while they are compressed
	load func() ([]byte, error) // reads all elements and compares their checksum; nil where there is none
	held []byte                 // the elements, once they are in memory
}

// FloatsAt makes an array of type F64 that another reader has: r gives its elements, little-endian, from byte 0 on.
// ByColumns is for one whose first axis moves fastest.
func FloatsAt(name string, shape []int, byColumns bool, r io.ReaderAt) *Array {
	return &Array{Name: name, Shape: shape, DType: "F64", column: byColumns, r: r}
}

// LoadFloats makes an array of type F64 whose first axis moves fastest, and which is read as a whole: load gives all
// elements, little-endian.
func LoadFloats(name string, shape []int, load func() ([]byte, error)) *Array {
	return &Array{Name: name, Shape: shape, DType: "F64", column: true, load: load}
}

// bytes is the size of the elements.
func (a *Array) bytes() int64 {
	n, _ := elements(a.Shape)
	return int64(n) * int64(dtypes[a.DType].size)
}

// strided tells that a row does not lie in one piece.
func (a *Array) strided() bool { return a.column && len(a.Shape) > 1 }

// Drop drops an axis of length 1.
func (a *Array) Drop(axis int) { a.Shape = slices.Delete(slices.Clone(a.Shape), axis, axis+1) }

// Hold takes the array into memory if it cannot be read row by row: if it is compressed, or its first axis moves
// fastest. It returns how many bytes that takes, and refuses to take more than limit.
func (a *Array) Hold(limit int64) (int64, error) {
	why := ""
	switch {
	case a.held != nil:
		return 0, nil
	case a.strided():
		why = "its first axis moves fastest (Fortran order, as in MATLAB)"
	case a.r == nil:
		why = "it is compressed"
	default:
		return 0, nil
	}
	if n := a.bytes(); n > limit {
		return 0, TooLarge(fmt.Sprintf("%s of shape %v would take %s of memory, since %s, want at most %s: "+
			"np.ascontiguousarray(a) saved by np.savez or np.save is read as it is needed", a.DType, a.Shape, size(n), why, size(limit)))
	}
	b, err := a.all()
	if err != nil {
		return 0, err
	}
	a.r, a.held = bytes.NewReader(b), b
	return int64(len(b)), nil
}

// TooLarge is an error of an array that would take more memory than it may.
type TooLarge string

// Error implements error.
func (e TooLarge) Error() string { return string(e) }

// size is a number of bytes as one reads it.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}

// all reads all elements as they are in the file. Where they are held, they are the array's own.
func (a *Array) all() ([]byte, error) {
	if a.held != nil {
		return a.held, nil
	}
	if a.load != nil {
		return a.load()
	}
	b := make([]byte, a.bytes())
	if _, err := io.ReadFull(io.NewSectionReader(a.r, 0, int64(len(b))), b); err != nil {
		return nil, errors.Wrap(err, "elements")
	}
	return b, nil
}

// Tensor reads the whole array. Its elements may be those that the array holds.
func (a *Array) Tensor() (Tensor, error) {
	raw, err := a.all()
	if err != nil {
		return Tensor{}, err
	}
	width := dtypes[a.DType].size
	if a.strided() {
		raw = gather(make([]byte, 0, len(raw)), raw, a.Shape, columnStrides(a.Shape), 0, width)
	}
	if a.big {
		if a.held != nil {
			raw = slices.Clone(raw)
		}
		swap(raw, width)
	}
	return NewTensor(a.Name, a.Shape, a.DType, raw)
}

// columnStrides are the strides of an array whose first axis moves fastest.
func columnStrides(shape []int) []int {
	strides, n := make([]int, len(shape)), 1
	for i, d := range shape {
		strides[i] = n
		n *= d
	}
	return strides
}

// gather appends the elements of a strided view, the last axis moving fastest.
func gather(to, from []byte, shape, stride []int, at, width int) []byte {
	n, _ := elements(shape)
	index := make([]int, len(shape))
	for range n {
		to = append(to, from[at*width:][:width]...)
		for axis := len(index) - 1; axis >= 0; axis-- {
			index[axis]++
			at += stride[axis]
			if index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
			at -= shape[axis] * stride[axis]
		}
	}
	return to
}

// swap turns the order of the bytes of each element.
func swap(raw []byte, width int) {
	if width > 1 {
		for i := 0; i < len(raw); i += width {
			slices.Reverse(raw[i : i+width])
		}
	}
}

// block is how many bytes are decoded at once.
const block = 1 << 18

var blocks = sync.Pool{New: func() any { return new([]byte) }}

// ReadRows decodes elements from the beginning of row i on, the last axis moving fastest, as [Decode] does. Where
// one is wrong, the error is an [ElementError] with its index in the whole array. Arrays need [Array.Hold] first.
func ReadRows[F Float](a *Array, i int, dst []F) error {
	if a.r == nil || a.strided() && a.held == nil {
		return errors.New("has to be held in memory first")
	}
	if len(a.Shape) == 0 {
		return errors.New("is a single number, and has no rows")
	}
	row, _ := elements(a.Shape[1:])
	if i < 0 || i > a.Shape[0] || len(dst) > (a.Shape[0]-i)*row {
		return errors.Errorf("%d elements from row %d on of an array of shape %v", len(dst), i, a.Shape)
	}
	buffer := blocks.Get().(*[]byte)
	defer blocks.Put(buffer)
	first, most := i*row, max(block/dtypes[a.DType].size, 1)
	if a.strided() {
		most = row
	}
	for from := 0; from < len(dst); from += most {
		part := dst[from:min(from+most, len(dst))]
		if err := a.read(buffer, first+from, len(part), row); err != nil {
			return err
		}
		if err := Decode(part, a.DType, *buffer); err != nil {
			if e, ok := err.(*ElementError); ok {
				return &ElementError{first + from + e.At, e.Problem}
			}
			return err
		}
	}
	return nil
}

// read reads n elements, little-endian, from one on; of arrays that are strided it is the beginning of a row.
func (a *Array) read(buffer *[]byte, from, n, row int) error {
	width := dtypes[a.DType].size
	if a.strided() {
		*buffer = gather((*buffer)[:0], a.held, a.Shape[1:], columnStrides(a.Shape)[1:], from/row, width)
	} else {
		*buffer = slices.Grow((*buffer)[:0], n*width)[:n*width]
		if k, err := a.r.ReadAt(*buffer, int64(from)*int64(width)); k < n*width {
			return errors.Wrapf(err, "elements %d to %d", from, from+n-1)
		}
	}
	if a.big {
		swap(*buffer, width)
	}
	return nil
}
