package data

import (
	"encoding/binary"

	"github.com/pkg/errors"
)

// flatTable is a table of a FlatBuffer, of which nothing is read that lies outside of the buffer.
type flatTable struct {
	buffer []byte
	at     int64 // of the table
	vtable int64
	fields int // that the vtable has
}

// newFlatBuffer finds the root table of a buffer of a kind, which is four characters. The buffer begins with its size.
func newFlatBuffer(b []byte, kind string) (flatTable, error) {
	t := flatTable{buffer: b}
	size, err := t.uint32(0)
	if err != nil {
		return t, err
	}
	if int64(size) != int64(len(b))-4 {
		return t, errors.Errorf("a buffer of %d bytes says that it has %d", len(b)-4, size)
	}
	if len(b) < 12 || string(b[8:12]) != kind {
		return t, errors.Errorf("a buffer is not of the kind %s", kind)
	}
	root, err := t.uint32(4)
	if err != nil {
		return t, err
	}
	t.at = 4 + int64(root)
	back, err := t.uint32(t.at)
	if err != nil {
		return t, err
	}
	t.vtable = t.at - int64(int32(back))
	length, err := t.bytes(t.vtable, 2)
	if err != nil {
		return t, err
	}
	n := binary.LittleEndian.Uint16(length)
	if n < 4 || n%2 != 0 {
		return t, errors.Errorf("a table of fields has %d bytes", n)
	}
	if _, err := t.bytes(t.vtable, int64(n)); err != nil {
		return t, err
	}
	t.fields = int(n-4) / 2
	return t, nil
}

// bytes are n bytes at a place.
func (t *flatTable) bytes(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > int64(len(t.buffer)) || n > int64(len(t.buffer))-at {
		return nil, errors.Errorf("a buffer of %d bytes refers to %d bytes at %d", len(t.buffer), n, at)
	}
	return t.buffer[at : at+n], nil
}

func (t *flatTable) uint32(at int64) (uint32, error) {
	b, err := t.bytes(at, 4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// field is where field i is, and false where the table has none.
func (t *flatTable) field(i int) (int64, bool, error) {
	if i >= t.fields {
		return 0, false, nil
	}
	b, err := t.bytes(t.vtable+4+2*int64(i), 2)
	if err != nil {
		return 0, false, err
	}
	offset := binary.LittleEndian.Uint16(b)
	return t.at + int64(offset), offset != 0, nil
}

// number is a whole number of 4 or 8 bytes, or what stands for it where the table has none.
func (t *flatTable) number(i int, size int64, otherwise int64) (int64, error) {
	at, ok, err := t.field(i)
	if err != nil || !ok {
		return otherwise, err
	}
	b, err := t.bytes(at, size)
	if err != nil {
		return 0, err
	}
	if size == 4 {
		return int64(int32(binary.LittleEndian.Uint32(b))), nil
	}
	return int64(binary.LittleEndian.Uint64(b)), nil
}

// vector are the bytes of a vector whose elements have so many each, such as a string's; none where there is no vector.
func (t *flatTable) vector(i int, size int64) ([]byte, error) {
	at, ok, err := t.field(i)
	if err != nil || !ok {
		return nil, err
	}
	offset, err := t.uint32(at)
	if err != nil {
		return nil, err
	}
	at += int64(offset)
	n, err := t.uint32(at)
	if err != nil {
		return nil, err
	}
	return t.bytes(at+4, int64(n)*size)
}
