package hdf5

import (
	"encoding/binary"

	"github.com/pkg/errors"
)

// cursor takes fields off bytes, one after the other. Behind the end, all are zero, and err tells.
type cursor struct {
	b                      []byte
	at                     int
	offsetSize, lengthSize int
	what                   string
	short                  bool
}

// cursor is one at the start of b, which is described by what.
func (f *File) cursor(b []byte, what string) *cursor {
	return &cursor{b: b, offsetSize: f.offsetSize, lengthSize: f.lengthSize, what: what}
}

// err is an error if more was taken than there is.
func (c *cursor) err() error {
	if c.short {
		return errors.Errorf("%s has only %d bytes", c.what, len(c.b))
	}
	return nil
}

// left is the number of bytes that are left.
func (c *cursor) left() int { return len(c.b) - c.at }

// bytes takes n bytes.
func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > c.left() {
		c.short, c.at = true, len(c.b)
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at : c.at]
}

// skip passes over n bytes.
func (c *cursor) skip(n int) { c.bytes(n) }

// uint takes a little-endian number of n ≤ 8 bytes.
func (c *cursor) uint(n int) uint64 {
	if n > 8 {
		c.short = true
		return 0
	}
	var b [8]byte
	copy(b[:], c.bytes(n))
	return binary.LittleEndian.Uint64(b[:])
}

func (c *cursor) u8() int     { return int(c.uint(1)) }
func (c *cursor) u16() int    { return int(c.uint(2)) }
func (c *cursor) u32() uint64 { return c.uint(4) }

// length takes a number of the size of lengths.
func (c *cursor) length() uint64 { return c.uint(c.lengthSize) }

// offset takes an address: all ones are undefined.
func (c *cursor) offset() uint64 {
	a := c.uint(c.offsetSize)
	if c.offsetSize < 8 && a == 1<<(8*c.offsetSize)-1 || c.short {
		return undefined
	}
	return a
}
