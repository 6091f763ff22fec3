package hdf5

import (
	"github.com/pkg/errors"
)

// chunkTree1 is a B-tree of version 1 over chunks. Before each branch stands the key of the first chunk below it: its
// size, the filters that were left out, and the place of its first element.
type chunkTree1 struct {
	f     *File
	root  uint64
	chunk []uint64
}

// find goes down to the last key that is not beyond the place.
func (t *chunkTree1) find(place []uint64) (stored, error) {
	f := t.f
	if t.root == undefined {
		return absent, nil
	}
	at, height := t.root, -1
	key := uint64(8 + 8*(len(place)+1))
	each := key + uint64(f.offsetSize)
	for {
		head, err := f.block(at, 8, "TREE", "B-tree of chunks")
		if err != nil {
			return absent, err
		}
		kind, level, n := head.u8(), head.u8(), head.u16()
		if kind != 1 || height >= 0 && level != height || level > maxTreeDepth {
			return absent, errors.Errorf("offset %d: B-tree of kind %d and height %d, want kind 1 and height %d", f.offset(at), kind, level, height)
		}
		at += 8 + 2*uint64(f.offsetSize)
		low, high := 0, n // the last key that is not beyond the place is before high
		for low < high {
			middle := (low + high) / 2
			c, err := f.parse(at+uint64(middle)*each, key, "key of a B-tree of chunks")
			if err != nil {
				return absent, err
			}
			if c.skip(8); t.compare(place, c) < 0 {
				high = middle
			} else {
				low = middle + 1
			}
		}
		if low == 0 {
			return absent, nil
		}
		c, err := f.parse(at+uint64(low-1)*each, each, "branch of a B-tree of chunks")
		if err != nil {
			return absent, err
		}
		s := stored{size: c.u32(), mask: c.u32()}
		order := t.compare(place, c)
		c.skip(8) // of the size of elements
		s.address = c.offset()
		switch {
		case level > 0:
			at, height = s.address, level-1
		case order != 0:
			return absent, nil
		default:
			return s, nil
		}
	}
}

// compare takes the place of a key and tells whether the place that is looked for is before or behind it.
func (t *chunkTree1) compare(place []uint64, c *cursor) int {
	order := 0
	for i, p := range place {
		if q := c.uint(8); order == 0 && p*t.chunk[i] != q {
			order = 1
			if p*t.chunk[i] < q {
				order = -1
			}
		}
	}
	return order
}

// chunkTree2 is a B-tree of version 2 over chunks.
type chunkTree2 struct {
	f       *File
	address uint64
	size    uint64 // of a chunk that is not filtered
	rank    int
}

func (t *chunkTree2) find(place []uint64) (stored, error) {
	if t.address == undefined {
		return absent, nil
	}
	tree, err := t.f.btree2(t.address)
	if err != nil {
		return absent, err
	}
	before := tree.record - 8*t.rank // bytes before the place
	width := before - t.f.offsetSize - 4
	filtered := tree.kind == 11
	switch {
	case filtered && (width < 1 || width > 8), tree.kind == 10 && before != t.f.offsetSize, tree.kind != 10 && !filtered:
		return absent, errors.Errorf("offset %d: B-tree of kind %d with records of %d bytes for chunks", t.f.offset(t.address), tree.kind, tree.record)
	}
	r, err := tree.find(func(r *cursor) int {
		r.skip(before)
		for _, p := range place {
			if q := r.uint(8); p < q {
				return -1
			} else if p > q {
				return 1
			}
		}
		return 0
	})
	if err != nil || r == nil {
		return absent, err
	}
	s := stored{address: r.offset(), size: t.size}
	if filtered {
		s.size, s.mask = r.uint(width), r.u32()
	}
	return s, r.err()
}
