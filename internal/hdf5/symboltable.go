package hdf5

import "github.com/pkg/errors"

// symbols is a walk over the links of an old group: a B-tree of version 1 over nodes of symbols.
type symbols struct {
	f     *File
	w     *work
	heap  *localHeap
	visit func(link) (bool, error)
}

// oldLinks visits the links of the group with a symbol table message.
func (f *File) oldLinks(body []byte, w *work, visit func(link) (bool, error)) error {
	c := f.cursor(body, "symbol table")
	tree, heap := c.offset(), c.offset()
	if err := c.err(); err != nil {
		return err
	}
	h, err := f.localHeap(heap)
	if err != nil {
		return err
	}
	_, err = (&symbols{f, w, h, visit}).walk(tree, -1)
	return err
}

// walk visits the links below a node of the B-tree of a height; −1: of any.
func (s *symbols) walk(address uint64, height int) (more bool, err error) {
	f := s.f
	head, err := f.block(address, 8, "TREE", "B-tree of a group")
	if err != nil {
		return false, err
	}
	kind, level, n := head.u8(), head.u8(), head.u16()
	if kind != 0 || height >= 0 && level != height || level > maxTreeDepth {
		return false, errors.Errorf("offset %d: B-tree of kind %d and height %d, want kind 0 and height %d", f.offset(address), kind, level, height)
	}
	each := f.lengthSize + f.offsetSize
	if err := s.w.spend(uint64(8 + n*each)); err != nil {
		return false, err
	}
	c, err := f.parse(address+8+2*uint64(f.offsetSize), uint64(n*each), "B-tree of a group")
	if err != nil {
		return false, err
	}
	for range n {
		c.length()
		next := c.offset()
		if level > 0 {
			more, err = s.walk(next, level-1)
		} else {
			more, err = s.node(next)
		}
		if !more || err != nil {
			return false, err
		}
	}
	return true, nil
}

// node visits the links of a node of symbols.
func (s *symbols) node(address uint64) (more bool, err error) {
	f := s.f
	head, err := f.block(address, 8, "SNOD", "links of a group")
	if err != nil {
		return false, err
	}
	head.skip(2)
	n := head.u16()
	each := uint64(f.lengthSize + f.offsetSize + 24)
	if err := s.w.spend(8 + uint64(n)*each); err != nil {
		return false, err
	}
	c, err := f.parse(address+8, uint64(n)*each, "links of a group")
	if err != nil {
		return false, err
	}
	for range n {
		name := c.length() // as the library writes it; the format document has an offset
		l := link{address: c.offset()}
		kind := c.u32()
		c.skip(4)
		scratch := c.bytes(16)
		if l.name, err = s.text(name); err != nil {
			return false, err
		}
		if kind == 2 { // a soft link
			if l.soft, err = s.text(f.cursor(scratch, "soft link").u32()); err != nil {
				return false, err
			}
		}
		if more, err := s.visit(l); !more || err != nil {
			return false, err
		}
	}
	return true, nil
}

// text is a name, which is paid for: many links may share a long one.
func (s *symbols) text(at uint64) (string, error) {
	t, err := s.heap.text(at)
	if err != nil {
		return "", err
	}
	return t, s.w.spend(uint64(len(t)))
}
