package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/pkg/errors"
)

// The types of the elements of an IDX file, by the third byte. All have the most significant byte first.
const (
	idxUint8   = 0x08
	idxInt8    = 0x09
	idxInt16   = 0x0b
	idxInt32   = 0x0c
	idxFloat32 = 0x0d
	idxFloat64 = 0x0e
)

// idxSize is the number of bytes of an element, 0 for a type that there is not.
func idxSize(kind byte) int {
	switch kind {
	case idxUint8, idxInt8:
		return 1
	case idxInt16:
		return 2
	case idxInt32, idxFloat32:
		return 4
	case idxFloat64:
		return 8
	}
	return 0
}

// idxValue is the element at the beginning of b.
func idxValue(kind byte, b []byte) float64 {
	switch kind {
	case idxUint8:
		return float64(b[0])
	case idxInt8:
		return float64(int8(b[0]))
	case idxInt16:
		return float64(int16(binary.BigEndian.Uint16(b)))
	case idxInt32:
		return float64(int32(binary.BigEndian.Uint32(b)))
	case idxFloat32:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

// idxFile is an IDX file whose header has been read: two bytes of zero, the type of the elements, the number
// of dimensions, and the dimensions with four bytes each.
type idxFile struct {
	io.Closer
	r    io.Reader // at the first element
	kind byte
	dims []int
	size int64 // bytes of all elements, which the file is known to hold, or a small number
}

// header is the length of the header.
func (x *idxFile) header() int64 { return 4 + 4*int64(len(x.dims)) }

// count is the number of elements.
func (x *idxFile) count() int { return int(x.size) / idxSize(x.kind) }

func (x *idxFile) shape() []int  { return x.dims }
func (x *idxFile) numbers() byte { return x.kind }

func (x *idxFile) place(i int) string {
	return fmt.Sprintf("offset %d", x.header()+int64(i)*int64(idxSize(x.kind)))
}

// openIDX opens an IDX file, plain or compressed by gzip, and sees to it that it holds what its header says.
func openIDX(path string) (*idxFile, error) {
	x, packed, length, err := idxHeader(path)
	if err != nil {
		return nil, err
	}
	if err := x.check(path, packed, length); err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

// check compares a header with the length of its file.
func (x *idxFile) check(path string, packed bool, length int64) error {
	switch end := x.header() + x.size; {
	case packed && x.size/deflateRatio > length:
		return errors.Errorf("a gzip file of %d bytes cannot hold the %d elements of shape %v", length, x.count(), x.dims)
	case packed && x.memory() > trusted:
		return x.scan(path)
	case packed || length == end:
		return nil
	case length < end:
		return errors.Errorf("offset %d: the file ends, but the elements of shape %v end at %d", length, x.dims, end)
	default:
		return errors.Errorf("offset %d: the file goes on after the elements of shape %v", end, x.dims)
	}
}

// memory is how many bytes the elements will take: images of bytes stay bytes, all else has four.
func (x *idxFile) memory() int64 {
	if x.kind == idxUint8 && len(x.dims) == 3 {
		return x.size
	}
	return 4 * int64(x.count())
}

// deflateRatio is the most that deflate makes of a byte.
const deflateRatio = 1032

// scan reads a compressed file once without keeping it, so that nothing is taken for what it does not hold.
func (x *idxFile) scan(path string) error {
	again, _, _, err := idxHeader(path)
	if err != nil {
		return err
	}
	defer again.Close()
	n, err := io.CopyN(io.Discard, again.r, x.size)
	if err != nil {
		return x.cut(n, err)
	}
	return again.end()
}

// cut is the error of a file that ends after n bytes of its elements.
func (x *idxFile) cut(n int64, err error) error {
	at := x.header() + n
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.Wrapf(err, "offset %d: the file ends, but the elements of shape %v end at %d", at, x.dims, x.header()+x.size)
	}
	return errors.Wrapf(err, "offset %d", at)
}

// end sees to it that the file ends where its elements do.
func (x *idxFile) end() error {
	switch n, err := io.ReadFull(x.r, make([]byte, 1)); {
	case n > 0:
		return errors.Errorf("offset %d: the file goes on after the elements of shape %v", x.header()+x.size, x.dims)
	case err != io.EOF:
		return errors.Wrapf(err, "offset %d", x.header()+x.size)
	}
	return nil
}

// idxHeader opens a file of a length and reads its header.
func idxHeader(path string) (x *idxFile, packed bool, length int64, err error) {
	file, length, err := openRegular(path)
	if err != nil {
		return nil, false, 0, err
	}
	x = &idxFile{Closer: file}
	if packed, err = x.read(file); err != nil {
		file.Close()
		return nil, false, 0, err
	}
	return x, packed, length, nil
}

func (x *idxFile) read(file *os.File) (packed bool, err error) {
	if x.r, packed, err = uncompressed(bufio.NewReaderSize(file, 1<<16)); err != nil {
		return packed, err
	}
	var b [4]byte
	if n, err := io.ReadFull(x.r, b[:]); err != nil {
		return packed, errors.Wrapf(err, "offset %d: the file ends within its magic number", n)
	}
	x.kind = b[2]
	if b[0] != 0 || b[1] != 0 || idxSize(x.kind) == 0 || b[3] == 0 {
		return packed, errors.Errorf("offset 0: is no IDX file: magic number is %#08x, want 0x0000TTDD with a type and a number of dimensions",
			binary.BigEndian.Uint32(b[:]))
	}
	x.dims = make([]int, b[3])
	x.size = int64(idxSize(x.kind))
	for i := range x.dims {
		if n, err := io.ReadFull(x.r, b[:]); err != nil {
			return packed, errors.Wrapf(err, "offset %d: the header has %d bytes", 4+4*i+n, x.header())
		}
		d := int64(binary.BigEndian.Uint32(b[:]))
		if d == 0 || x.size > math.MaxInt64/16/d {
			return packed, errors.Errorf("offset %d: dimension %d is %d, want at least 1, and no more elements than can be", 4+4*i, i, d)
		}
		x.dims[i] = int(d)
		x.size *= d
	}
	return packed, nil
}

// bytes reads the elements of a file of bytes.
func (x *idxFile) bytes() ([]byte, error) {
	b := make([]byte, x.size)
	if n, err := io.ReadFull(x.r, b); err != nil {
		return nil, x.cut(int64(n), err)
	}
	return b, x.end()
}

// each calls f for each element, until f returns an error.
func (x *idxFile) each(f func(i int, v float64) error) error {
	size := idxSize(x.kind)
	buffer := make([]byte, 1<<15)
	for i, n := 0, x.count(); i < n; {
		b := buffer[:min(len(buffer), (n-i)*size)]
		if got, err := io.ReadFull(x.r, b); err != nil {
			return x.cut(int64(i*size+got), err)
		}
		for ; len(b) > 0; b = b[size:] {
			if err := f(i, idxValue(x.kind, b)); err != nil {
				return err
			}
			i++
		}
	}
	return x.end()
}

// compressions are what compressed files begin with that are not read.
var compressions = []struct {
	name  string
	start []byte
}{
	{"xz", []byte("\xfd7zXZ\x00")}, {"bzip2", []byte("BZh")}, {"zip", []byte("PK\x03\x04")}, {"zstd", []byte("\x28\xb5\x2f\xfd")},
	{"7z", []byte("7z\xbc\xaf\x27\x1c")},
}

// uncompressed reads through gzip where the content begins as gzip does.
func uncompressed(r *bufio.Reader) (_ io.Reader, packed bool, err error) {
	start, err := r.Peek(6)
	if err != nil && len(start) < 2 {
		return r, false, nil // too short a file is an error of its header
	}
	for _, c := range compressions {
		if bytes.HasPrefix(start, c.start) {
			return nil, true, errors.Errorf("is compressed by %s: unpack it first; only gzip is read as it is", c.name)
		}
	}
	if start[0] != 0x1f || start[1] != 0x8b {
		return r, false, nil
	}
	z, err := gzip.NewReader(r)
	return z, true, errors.Wrap(err, "gzip")
}
