package hdf5

import (
	"bytes"

	"github.com/pkg/errors"
)

var signature = []byte("\x89HDF\r\n\x1a\n")

// readSuperblock looks for the superblock at the start of the file and behind a user block of 512 bytes or a
// doubling of it. Addresses count from where it is, whatever the base address in it says: bytes may have been
// put in front of a file.
func (f *File) readSuperblock(size int64) error {
	for at := int64(0); at+8 <= size; at = max(512, 2*at) {
		f.base, f.size = at, uint64(size-at)
		var head [8]byte
		if err := f.readInto(head[:], 0, "superblock"); err != nil {
			return err
		}
		if bytes.Equal(head[:], signature) {
			return f.parseSuperblock()
		}
	}
	return errors.Errorf("is not an HDF5 file: %d bytes without its signature", size)
}

// parseSuperblock reads the superblock at base.
func (f *File) parseSuperblock() error {
	f.offsetSize, f.lengthSize = 8, 8
	const most = 24 + 4 + 4*8 + 40 // of version 1
	c, err := f.parse(0, min(f.size, most), "superblock")
	if err != nil {
		return err
	}
	c.skip(8)
	version := c.u8()
	if version > 3 {
		return errors.Errorf("offset %d: superblock of version %d, want 0 to 3", f.base, version)
	}
	if version < 2 {
		c.skip(4)
	}
	f.offsetSize, f.lengthSize = c.u8(), c.u8()
	for _, n := range []int{f.offsetSize, f.lengthSize} {
		if n != 2 && n != 4 && n != 8 {
			return errors.Errorf("offset %d: superblock with numbers of %d bytes, want 2, 4 or 8", f.base, n)
		}
	}
	c.offsetSize, c.lengthSize = f.offsetSize, f.lengthSize
	f.extension = undefined
	var base, end uint64
	if version < 2 {
		c.skip(1 + 2 + 2 + 4)
		if version == 1 {
			c.skip(4)
		}
		base = c.offset()
		c.offset() // of free space
		end = c.offset()
		c.offset() // of the driver's information
		c.length() // of the root's name
		f.root = c.offset()
	} else {
		c.skip(1)
		base, f.extension, end, f.root = c.offset(), c.offset(), c.offset(), c.offset()
	}
	if err := c.err(); err != nil {
		return err
	}
	// The end counts from the start of the file, user block included.
	if end -= base; end > f.size {
		return errors.Errorf("has %d bytes, but its superblock says %d: it is cut or broken", uint64(f.base)+f.size, uint64(f.base)+end)
	}
	return nil
}
