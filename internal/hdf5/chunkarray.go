package hdf5

import (
	"math/bits"

	"github.com/pkg/errors"
)

// singleChunk is the index of data in one chunk.
type singleChunk stored

func (s singleChunk) find(place []uint64) (stored, error) {
	for _, p := range place {
		if p != 0 {
			return absent, nil
		}
	}
	return stored(s), nil
}

// implicitChunks are one behind the other, without filters.
type implicitChunks struct {
	address, size uint64
	grid          grid
}

func (s *implicitChunks) find(place []uint64) (stored, error) {
	n, err := s.grid.number(place)
	if err != nil || s.address == undefined {
		return absent, err
	}
	high, low := bits.Mul64(n, s.size)
	if high != 0 || s.address+low < low {
		return absent, errors.Errorf("chunk %d of %d bytes is beyond any file", n, s.size)
	}
	return stored{address: s.address + low, size: s.size}, nil
}

// element is how an array of chunks has each of them.
type element struct {
	f        *File
	filtered bool
	bytes    int
	size     uint64 // of a chunk that is not filtered
}

// read reads the element at an address.
func (e element) read(address uint64) (stored, error) {
	c, err := e.f.parse(address, uint64(e.bytes), "chunk in an array")
	if err != nil {
		return absent, err
	}
	s := stored{address: c.offset(), size: e.size}
	if e.filtered {
		s.size, s.mask = c.uint(e.bytes-e.f.offsetSize-4), c.u32()
	}
	return s, c.err()
}

// check reports an error if the bytes of an element do not fit its fields.
func (e element) check() error {
	want := e.f.offsetSize
	if e.filtered {
		want += 4
		if e.bytes > want && e.bytes <= want+8 {
			return nil
		}
	} else if e.bytes == want {
		return nil
	}
	return errors.Errorf("an array of chunks with %d bytes each", e.bytes)
}

// fixedArray is the index of chunks of data that cannot grow without end.
type fixedArray struct {
	f             *File
	address, size uint64
	grid          grid
}

func (a *fixedArray) find(place []uint64) (stored, error) {
	f := a.f
	n, err := a.grid.number(place)
	if err != nil || a.address == undefined {
		return absent, err
	}
	c, err := f.block(a.address, uint64(4+1+1+1+1+f.lengthSize+f.offsetSize), "FAHD", "array of chunks")
	if err != nil {
		return absent, err
	}
	version := c.u8()
	e := element{f: f, filtered: c.u8() == 1, bytes: c.u8(), size: a.size}
	pageBits, count, block := c.u8(), c.length(), c.offset()
	switch {
	case version != 0 || pageBits > 62:
		return absent, errors.Errorf("offset %d: array of chunks of version %d with pages of 2^%d", f.offset(a.address), version, pageBits)
	case n >= count:
		return absent, errors.Errorf("offset %d: array of %d chunks has no chunk %d", f.offset(a.address), count, n)
	case block == undefined:
		return absent, nil
	}
	if err := e.check(); err != nil {
		return absent, err
	}
	prefix := uint64(4 + 1 + 1 + f.offsetSize)
	if _, err := f.block(block, prefix, "FADB", "block of an array of chunks"); err != nil {
		return absent, err
	}
	return e.paged(block+prefix, n, count, uint64(1)<<pageBits, true)
}

// paged reads element n of count that start at an address, in pages with a checksum each if they are more than
// fit on one. A bitmap before them may tell which pages have been written.
func (e element) paged(at, n, count, page uint64, bitmap bool) (stored, error) {
	bytes := uint64(e.bytes)
	if count > e.f.size/bytes+1 {
		return absent, errors.Errorf("an array of %d chunks is beyond the end of the file", count)
	}
	if count <= page {
		return e.read(at + n*bytes)
	}
	pages := (count-1)/page + 1
	number := n / page
	if bitmap {
		b, err := e.f.read(at+number/8, 1, "pages of an array of chunks")
		if err != nil {
			return absent, err
		}
		if b[0]&(0x80>>(number%8)) == 0 {
			return absent, nil
		}
		at += (pages + 7) / 8
	}
	at += 4 // checksum
	return e.read(at + number*(page*bytes+4) + n%page*bytes)
}

// extensibleArray is the index of chunks of data that can grow without end in one dimension: the first chunks are
// in its index block, the next in data blocks that double in size, the others in data blocks of secondary blocks.
type extensibleArray struct {
	f             *File
	address, size uint64
	grid          grid
}

// arrayShape is what the header of an extensible array says.
type arrayShape struct {
	element
	numberBytes         int
	inIndex             uint64 // elements in the index block
	blockMin, pointsMin uint64 // the least elements of a data block, data blocks of a secondary block
	page                uint64
	index               uint64
}

func (a *extensibleArray) shape() (s arrayShape, err error) {
	f := a.f
	c, err := f.block(a.address, uint64(4+8+6*f.lengthSize+f.offsetSize), "EAHD", "extensible array of chunks")
	if err != nil {
		return s, err
	}
	version := c.u8()
	s.element = element{f: f, filtered: c.u8() == 1, bytes: c.u8(), size: a.size}
	numberBits := c.u8()
	s.inIndex, s.blockMin, s.pointsMin = c.uint(1), c.uint(1), c.uint(1)
	pageBits := c.u8()
	for range 6 {
		c.length()
	}
	s.index = c.offset()
	s.numberBytes, s.page = (numberBits+7)/8, uint64(1)<<min(pageBits, 62)
	if version != 0 || bits.OnesCount64(s.blockMin) != 1 || bits.OnesCount64(s.pointsMin) != 1 || numberBits < 1 || numberBits > 64 || pageBits > 62 {
		return s, errors.Errorf("offset %d: extensible array of version %d, for numbers of %d bits, with at least %d elements in a block and %d blocks in another, and pages of 2^%d",
			f.offset(a.address), version, numberBits, s.blockMin, s.pointsMin, pageBits)
	}
	return s, s.check()
}

func (a *extensibleArray) find(place []uint64) (stored, error) {
	f := a.f
	n, err := a.grid.number(place)
	if err != nil || a.address == undefined {
		return absent, err
	}
	s, err := a.shape()
	if err != nil || s.index == undefined {
		return absent, err
	}
	at := s.index + uint64(4+1+1+f.offsetSize)
	if _, err := f.block(s.index, uint64(6+f.offsetSize), "EAIB", "index of an extensible array"); err != nil {
		return absent, err
	}
	if n < s.inIndex {
		return s.read(at + n*uint64(s.bytes))
	}
	at += s.inIndex * uint64(s.bytes)
	// Group g has 2^⌊g/2⌋ data blocks of blockMin · 2^⌈g/2⌉ elements each, so blockMin · 2^g elements.
	n -= s.inIndex
	group := bits.Len64(n/s.blockMin+1) - 1
	if group > 60 {
		return absent, errors.Errorf("an extensible array has no chunk %d", n)
	}
	n -= (uint64(1)<<group - 1) * s.blockMin
	block := blockPlace{elements: s.blockMin << ((group + 1) / 2), count: uint64(1) << (group / 2)}
	block.number, n = n/block.elements, n%block.elements
	// The first groups, with together 2·(pointsMin − 1) data blocks, are pointed to by the index block.
	direct := 2 * (bits.Len64(s.pointsMin) - 1)
	if group < direct {
		before := uint64(0)
		for g := range group {
			before += uint64(1) << (g / 2)
		}
		return s.block(at+(before+block.number)*uint64(f.offsetSize), n, block.elements)
	}
	at += (2*(s.pointsMin-1) + uint64(group-direct)) * uint64(f.offsetSize)
	return s.secondary(at, n, block)
}

// blockPlace is which data block of a group an element is in.
type blockPlace struct {
	elements, count, number uint64
}

// pointer reads the address at an address.
func (s *arrayShape) pointer(at uint64) (uint64, error) {
	c, err := s.f.parse(at, uint64(s.f.offsetSize), "block of an extensible array")
	if err != nil {
		return undefined, err
	}
	return c.offset(), nil
}

// secondary reads element n of a data block that a secondary block, whose address is at an address, points to.
func (s *arrayShape) secondary(at, n uint64, block blockPlace) (stored, error) {
	address, err := s.pointer(at)
	if err != nil || address == undefined {
		return absent, err
	}
	prefix := uint64(6 + s.f.offsetSize + s.numberBytes)
	if _, err := s.f.block(address, prefix, "EASB", "secondary block of an extensible array"); err != nil {
		return absent, err
	}
	at = address + prefix
	if block.elements > s.page { // a bitmap of the pages that have been written
		pages := block.elements / s.page
		bit := block.number*pages + n/s.page
		b, err := s.f.read(at+bit/8, 1, "pages of an extensible array")
		if err != nil {
			return absent, err
		}
		if b[0]&(0x80>>(bit%8)) == 0 {
			return absent, nil
		}
		at += block.count * ((pages + 7) / 8)
	}
	return s.block(at+block.number*uint64(s.f.offsetSize), n, block.elements)
}

// block reads element n of the data block whose address is at an address.
func (s *arrayShape) block(at, n, elements uint64) (stored, error) {
	address, err := s.pointer(at)
	if err != nil || address == undefined {
		return absent, err
	}
	prefix := uint64(6 + s.f.offsetSize + s.numberBytes)
	if _, err := s.f.block(address, prefix, "EADB", "block of an extensible array"); err != nil {
		return absent, err
	}
	return s.paged(address+prefix, n, elements, s.page, false)
}
