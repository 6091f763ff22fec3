package data

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"os"

	"github.com/pkg/errors"
	"github.com/scigolib/matlab"
)

// maxMAT bounds the bytes of a MAT file, and of what it inflates to. The QT Database needs 13 MB.
const maxMAT = 64 << 20

// openMAT reads a MATLAB v5 file. Errors name path and offset.
func openMAT(path string) (*matlab.MatFile, error) {
	raw, err := readBounded(path, maxMAT)
	if err != nil {
		return nil, errors.Wrap(err, "data: MAT file")
	}
	file, err := parseMAT(raw)
	return file, errors.Wrapf(err, "data: MAT file %s", path)
}

// readBounded reads a file of no more than limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, errors.Errorf("%s is larger than %d bytes", path, limit)
	}
	return raw, nil
}

// parseMAT hands the file to the library once its sizes are known to be honest: the library
// allocates what a tag declares, up to 2 GB, before it reads.
func parseMAT(raw []byte) (file *matlab.MatFile, err error) {
	if err := checkMAT(raw); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, errors.Errorf("broken: %v", p)
		}
	}()
	return matlab.Open(bytes.NewReader(raw))
}

// What checkMAT needs of the MAT-file format, level 5.
const (
	matHeader     = 128 // bytes: text to 124, version to 126, byte order
	matVersion    = 0x0100
	matTag        = 8 // bytes
	matMatrix     = 14
	matCompressed = 15
)

// checkMAT checks that each element of a MAT file lies within the file, and within the matrix
// that holds it, and that the compressed ones inflate to no more than maxMAT bytes in all.
func checkMAT(raw []byte) error {
	if len(raw) < matHeader {
		return errors.Errorf("has %d bytes, want a header of %d", len(raw), matHeader)
	}
	c := matChecker{budget: maxMAT}
	switch order := string(raw[126:128]); order {
	case "IM":
		c.order = binary.LittleEndian
	case "MI":
		c.order = binary.BigEndian
	default:
		return errors.Errorf("offset 126: byte order is %q, want \"IM\" or \"MI\"", order)
	}
	if v := c.order.Uint16(raw[124:]); v != matVersion {
		return errors.Errorf("offset 124: version is %#04x, want %#04x (MATLAB v5)", v, matVersion)
	}
	return c.elements(raw[matHeader:], matHeader, c.variable)
}

type matChecker struct {
	order  binary.ByteOrder
	budget int64 // bytes that may still be inflated
}

// elements walks over tagged elements up to the end of b, which begins at offset, and calls each.
func (c *matChecker) elements(b []byte, offset int, each func(kind uint32, b []byte, offset int) error) error {
	for at := 0; at < len(b); {
		if len(b)-at < matTag {
			return errors.Errorf("offset %d: %d bytes are left, want a tag of %d", offset+at, len(b)-at, matTag)
		}
		kind, size := c.order.Uint32(b[at:]), c.order.Uint32(b[at+4:])
		if small := kind >> 16; small > 0 && small <= 4 {
			at += matTag // the data is in the tag
			continue
		}
		at += matTag
		if int64(size) > int64(len(b)-at) {
			return errors.Errorf("offset %d: an element declares %d bytes, %d are left", offset+at-matTag, size, len(b)-at)
		}
		if err := each(kind, b[at:at+int(size)], offset+at); err != nil {
			return err
		}
		at += int(size)
		if kind != matMatrix && kind != matCompressed {
			at += (8 - int(size)%8) % 8
		}
	}
	return nil
}

// variable checks an element of the file.
func (c *matChecker) variable(kind uint32, b []byte, offset int) error {
	switch kind {
	case matMatrix:
		return c.elements(b, offset, nothing)
	case matCompressed:
		inflated, err := c.inflate(b)
		if err != nil {
			return errors.Wrapf(err, "offset %d: compressed element", offset)
		}
		err = c.elements(inflated, 0, func(kind uint32, b []byte, at int) error {
			if kind != matMatrix {
				return nil
			}
			return c.elements(b, at, nothing)
		})
		return errors.Wrapf(err, "offset %d: within the compressed element", offset)
	}
	return nil
}

func nothing(uint32, []byte, int) error { return nil }

// inflate decompresses b within the budget.
func (c *matChecker) inflate(b []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	inflated, err := io.ReadAll(io.LimitReader(z, c.budget+1))
	if err != nil {
		return nil, err
	}
	if c.budget -= int64(len(inflated)); c.budget < 0 {
		return nil, errors.Errorf("the file inflates to more than %d bytes", maxMAT)
	}
	return inflated, nil
}
