package hdf5

import (
	"math/bits"

	"github.com/pkg/errors"
)

// Kinds of layouts.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
)

// layout is how the data of a dataset are kept.
type layout struct {
	kind    int
	data    []byte // compact
	address uint64 // contiguous
	chunk   []uint64
	index   chunkIndex
	bare    bool // chunks that reach beyond the extent are not filtered
}

// chunkIndex finds chunks by their place, counted in chunks in each dimension.
type chunkIndex interface {
	find(place []uint64) (stored, error)
}

// stored is where a chunk is in the file. An undefined address means that it has never been written.
type stored struct {
	address, size uint64
	mask          uint64 // of filters that were left out
}

var absent = stored{address: undefined}

// parseLayout reads a layout message of a dataset with the extent, whose elements have so many bytes.
func (f *File) parseLayout(body []byte, s *space, element int) (*layout, error) {
	c := f.cursor(body, "layout")
	version := c.u8()
	var l *layout
	var err error
	switch version {
	case 1, 2:
		l, err = f.layout1(c, s, element)
	case 3, 4, 5:
		l = &layout{kind: c.u8()}
		switch l.kind {
		case layoutCompact:
			l.data = c.bytes(c.u16())
		case layoutContiguous:
			l.address = c.offset()
		case layoutChunked:
			if version == 3 {
				rank := c.u8()
				address := c.offset()
				err = f.layoutChunks1(l, c, s, element, rank, address)
			} else {
				err = f.layoutChunks4(l, c, s, element)
			}
		case 3:
			err = errors.New("is virtual: its data are in other datasets, which are not followed")
		default:
			err = errors.Errorf("layout of the unknown kind %d", l.kind)
		}
	default:
		return nil, errors.Errorf("layout of version %d, want 1 to 5", version)
	}
	if err != nil {
		return nil, err
	}
	return l, c.err()
}

// layout1 reads the rest of a message of version 1 or 2.
func (f *File) layout1(c *cursor, s *space, element int) (*layout, error) {
	rank := c.u8()
	l := &layout{kind: c.u8(), address: undefined}
	c.skip(5)
	switch l.kind {
	case layoutCompact:
		c.skip(4 * rank)
		l.data = c.bytes(int(min(c.u32(), uint64(len(c.b)))))
	case layoutContiguous:
		l.address = c.offset()
	case layoutChunked:
		address := c.offset()
		return l, f.layoutChunks1(l, c, s, element, rank, address)
	default:
		return nil, errors.Errorf("layout of the unknown kind %d", l.kind)
	}
	return l, nil
}

// layoutChunks1 reads the sizes of chunks that a B-tree of version 1 indexes.
func (f *File) layoutChunks1(l *layout, c *cursor, s *space, element, rank int, address uint64) error {
	if err := l.chunkSizes(c, s, element, rank, 4); err != nil {
		return err
	}
	l.index = &chunkTree1{f: f, root: address, chunk: l.chunk}
	return nil
}

// chunkSizes reads the sizes of chunks. The last is that of an element.
func (l *layout) chunkSizes(c *cursor, s *space, element, rank, width int) error {
	if rank != len(s.dims)+1 {
		return errors.Errorf("chunks of %d dimensions in data of %d", rank-1, len(s.dims))
	}
	for i := range rank - 1 {
		n := c.uint(width)
		if n == 0 {
			return errors.Errorf("chunks of size 0 in dimension %d", i)
		}
		l.chunk = append(l.chunk, n)
	}
	if n := c.uint(width); n != uint64(element) {
		return errors.Errorf("chunks with elements of %d bytes, want %d", n, element)
	}
	if n, ok := product(append([]uint64{uint64(element)}, l.chunk...)...); !ok || n > 1<<40 {
		return errors.Errorf("chunks of shape %v", l.chunk)
	}
	return c.err()
}

// layoutChunks4 reads the sizes and the index of chunks of version 4.
func (f *File) layoutChunks4(l *layout, c *cursor, s *space, element int) error {
	flags, rank, width := c.u8(), c.u8(), c.u8()
	if width < 1 || width > 8 {
		return errors.Errorf("sizes of chunks in %d bytes", width)
	}
	if err := l.chunkSizes(c, s, element, rank, width); err != nil {
		return err
	}
	l.bare = flags&1 != 0
	size, _ := product(append([]uint64{uint64(element)}, l.chunk...)...)
	switch kind := c.u8(); kind {
	case 1:
		one := stored{size: size}
		if flags&2 != 0 {
			one.size, one.mask = c.length(), c.u32()
		}
		one.address = c.offset()
		l.index = singleChunk(one)
	case 2:
		l.index = &implicitChunks{c.offset(), size, l.grid(s, -1)}
	case 3:
		c.skip(1)
		l.index = &fixedArray{f: f, address: c.offset(), size: size, grid: l.grid(s, -1)}
	case 4:
		c.skip(5)
		endless := -1
		for i, n := range s.most {
			if n == undefined {
				endless = i
			}
		}
		if endless < 0 {
			return errors.New("chunks in an extensible array, but no dimension can grow without end")
		}
		l.index = &extensibleArray{f: f, address: c.offset(), size: size, grid: l.grid(s, endless)}
	case 5:
		c.skip(6)
		l.index = &chunkTree2{f: f, address: c.offset(), size: size, rank: rank - 1}
	default:
		return errors.Errorf("chunks in an index of the unknown kind %d", kind)
	}
	return nil
}

// grid numbers the places of chunks in rows, up to the greatest extent.
type grid struct {
	counts []uint64 // of chunks in each dimension
	first  int      // a dimension that changes slowest whatever its place, −1: none
}

func (l *layout) grid(s *space, first int) grid {
	g := grid{first: first}
	for i, n := range s.most {
		g.counts = append(g.counts, (n-1)/l.chunk[i]+1)
	}
	return g
}

// number is that of a place.
func (g grid) number(place []uint64) (uint64, error) {
	n := uint64(0)
	add := func(i int) bool {
		high, low := bits.Mul64(n, g.counts[i])
		n = low + place[i]
		return high == 0 && n >= low
	}
	ok := g.first < 0 || func() bool { n = place[g.first]; return true }()
	for i := range place {
		ok = ok && (i == g.first || add(i))
	}
	if !ok {
		return 0, errors.Errorf("chunk %v has no number", place)
	}
	return n, nil
}
