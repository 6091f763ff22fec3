package hdf5

import (
	"math/bits"

	"github.com/pkg/errors"
)

// fractalHeap has the links, attributes or shared messages that are too many for an object header. Its managed
// objects are in direct blocks of doubling sizes, which a table of indirect blocks leads to.
type fractalHeap struct {
	f    *File
	w    *work
	huge uint64 // address of the B-tree of objects of their own

	offsetBytes, lengthBytes int // of the parts of an identifier
	width, start, maxDirect  uint64
	root                     uint64
	rows                     int // of the root, 0: it is a direct block
	heapBits                 int
}

// fractalHeap reads the header at an address.
func (f *File) fractalHeap(address uint64, w *work) (*fractalHeap, error) {
	c, err := f.block(address, uint64(4+1+2+2+1+4+12*f.lengthSize+3*f.offsetSize+2+2+2+2), "FRHP", "fractal heap")
	if err != nil {
		return nil, err
	}
	h := &fractalHeap{f: f, w: w}
	version := c.u8()
	c.u16() // bytes of an identifier
	filters := c.u16()
	c.skip(1)
	maxManaged := c.u32()
	c.length()
	h.huge = c.offset()
	c.length()
	c.offset()
	for range 8 {
		c.length()
	}
	h.width, h.start, h.maxDirect, h.heapBits = uint64(c.u16()), c.length(), c.length(), c.u16()
	c.u16()
	h.root, h.rows = c.offset(), c.u16()
	switch {
	case version != 0:
		return nil, errors.Errorf("offset %d: fractal heap of version %d, want 0", f.offset(address), version)
	case filters != 0:
		return nil, errors.Errorf("offset %d: a fractal heap that is compressed is not read", f.offset(address))
	case bits.OnesCount64(h.width) != 1 || bits.OnesCount64(h.start) != 1 || bits.OnesCount64(h.maxDirect) != 1,
		h.start > h.maxDirect, h.maxDirect > 1<<31, h.heapBits < 1 || h.heapBits > 64, maxManaged == 0:
		return nil, errors.Errorf("offset %d: fractal heap %d blocks wide, of %d to %d bytes and %d bits", f.offset(address), h.width, h.start, h.maxDirect, h.heapBits)
	}
	h.offsetBytes = (h.heapBits + 7) / 8
	h.lengthBytes = min((bits.Len64(h.maxDirect)-1+7)/8, (bits.Len64(maxManaged)-1)/8+1)
	return h, nil
}

// get reads the object of an identifier.
func (h *fractalHeap) get(id []byte) ([]byte, error) {
	c := h.f.cursor(id, "identifier in a fractal heap")
	head := c.u8()
	switch kind := head >> 4 & 3; kind {
	case 0:
		at, n := c.uint(h.offsetBytes), c.uint(h.lengthBytes)
		if err := c.err(); err != nil {
			return nil, err
		}
		return h.managed(at, n)
	case 1:
		return h.own(c)
	case 2:
		n := head&15 + 1
		if len(id) > 18 {
			n = (head&15)<<8 + c.u8() + 1
		}
		return c.bytes(n), c.err()
	default:
		return nil, errors.Errorf("an object of the unknown kind %d in a fractal heap", kind)
	}
}

// rowSize is the size of each block of a row.
func (h *fractalHeap) rowSize(row int) uint64 {
	if row == 0 {
		return h.start
	}
	return h.start << (row - 1)
}

// managed reads n bytes at an offset in the space of all blocks.
func (h *fractalHeap) managed(at, n uint64) ([]byte, error) {
	block, size, err := h.root, h.start, error(nil)
	if h.rows == 0 && (h.start > h.f.size || at >= h.start) {
		return nil, errors.Errorf("an object at %d of a fractal heap with one block of %d bytes", at, h.start)
	}
	if h.rows > 0 {
		if block, at, size, err = h.find(at); err != nil {
			return nil, err
		}
	}
	if at > size || n > size-at {
		return nil, errors.Errorf("an object of %d bytes at %d of a block of a fractal heap with %d", n, at, size)
	}
	if err := h.w.spend(n); err != nil {
		return nil, err
	}
	if _, err := h.f.block(block, 4, "FHDB", "block of a fractal heap"); err != nil {
		return nil, err
	}
	return h.f.read(block+at, n, "object of a fractal heap")
}

// find follows indirect blocks to the direct block with an offset: its address, the offset in it, its size.
func (h *fractalHeap) find(at uint64) (block, within, size uint64, err error) {
	f := h.f
	prefix := uint64(4 + 1 + f.offsetSize + h.offsetBytes)
	directRows := bits.Len64(h.maxDirect) - bits.Len64(h.start) + 2
	block, rows := h.root, h.rows
	for {
		if _, err := f.block(block, 4, "FHIB", "indirect block of a fractal heap"); err != nil {
			return 0, 0, 0, err
		}
		// A row starts at width · start · 2^(row−1).
		row := 0
		if first := h.width * h.start; at >= first {
			row = bits.Len64(at / first)
		}
		if row >= rows || row > 64-bits.Len64(h.start) {
			return 0, 0, 0, errors.Errorf("offset %d: an indirect block of %d rows has no offset %d", f.offset(block), rows, at)
		}
		size = h.rowSize(row)
		if row > 0 {
			at -= h.width * h.start << (row - 1)
		}
		column := at / size
		at %= size
		entry := uint64(row)*h.width + column
		c, err := f.parse(block+prefix+entry*uint64(f.offsetSize), uint64(f.offsetSize), "indirect block of a fractal heap")
		if err != nil {
			return 0, 0, 0, err
		}
		block = c.offset()
		if row < directRows {
			return block, at, size, nil
		}
		// The size of a block shrinks with each turn: it has fewer rows than the row it is in.
		rows = row - bits.Len64(h.width) + 1
	}
}

// own reads an object that has a place of its own in the file: the identifier is its number in a B-tree. Of one that is
// larger than any name, as an attribute with an array, it reads the start: its name and its first value are there.
func (h *fractalHeap) own(c *cursor) ([]byte, error) {
	id := c.uint(min(c.left(), 8))
	var found extent
	err := h.f.eachRecord(h.huge, h.w, func(kind int, r *cursor) (bool, error) {
		if kind != 1 {
			return false, errors.Errorf("large objects in a B-tree of kind %d are not read", kind)
		}
		e := extent{r.offset(), r.length()}
		if r.length() == id {
			found = e
		}
		return found.size == 0, r.err()
	})
	if err != nil {
		return nil, err
	}
	if found.size == 0 {
		return nil, errors.Errorf("a fractal heap has no large object %d", id)
	}
	n := min(found.size, 2*maxName)
	if err := h.w.spend(n); err != nil {
		return nil, err
	}
	return h.f.read(found.address, n, "large object")
}
