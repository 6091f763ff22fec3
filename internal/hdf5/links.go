package hdf5

import "github.com/pkg/errors"

// link is what a group calls an object.
type link struct {
	name    string
	address uint64 // of the object
	soft    string // path of another link
	outside bool   // it leads to another file, or is of a kind that is not known
}

// eachLink calls visit for the links of a group, until it returns false.
func (f *File) eachLink(o *object, w *work, visit func(link) (more bool, err error)) error {
	if m, ok := o.messages[messageSymbolTable]; ok {
		return f.oldLinks(m.body, w, visit)
	}
	stop := errors.New("enough")
	err := f.messages(o.address, w, func(kind int) bool { return kind == messageLink }, func(m message) error {
		l, err := f.parseLink(m.body)
		if err != nil {
			return err
		}
		if more, err := visit(l); err != nil || more {
			return err
		}
		return stop
	})
	if err != nil && errors.Cause(err) == stop {
		return nil
	}
	if m, ok := o.messages[messageLinkInfo]; ok && err == nil {
		return f.denseLinks(m.body, w, visit)
	}
	return err
}

// denseLinks visits the links that are kept in a fractal heap, if there are any.
func (f *File) denseLinks(body []byte, w *work, visit func(link) (bool, error)) error {
	c := f.cursor(body, "link information")
	c.skip(1)
	if flags := c.u8(); flags&1 != 0 {
		c.skip(8) // the greatest order of creation
	}
	heap, names := c.offset(), c.offset()
	if err := c.err(); err != nil || heap == undefined || names == undefined {
		return err
	}
	h, err := f.fractalHeap(heap, w)
	if err != nil {
		return err
	}
	return f.eachRecord(names, w, func(kind int, r *cursor) (bool, error) {
		if kind != 5 {
			return false, errors.Errorf("a B-tree of kind %d for links, want 5", kind)
		}
		r.skip(4) // hash of the name
		b, err := h.get(r.bytes(r.left()))
		if err != nil {
			return false, err
		}
		l, err := f.parseLink(b)
		if err != nil {
			return false, err
		}
		return visit(l)
	})
}

// parseLink reads a link message.
func (f *File) parseLink(body []byte) (link, error) {
	c := f.cursor(body, "link")
	version, flags := c.u8(), c.u8()
	if version != 1 {
		return link{}, errors.Errorf("link of version %d, want 1", version)
	}
	kind := 0
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.skip(8) // order of creation
	}
	if flags&16 != 0 {
		c.skip(1) // character set
	}
	n := c.uint(1 << (flags & 3))
	if n > uint64(c.left()) {
		return link{}, errors.Errorf("link with a name of %d bytes, but only %d are left", n, c.left())
	}
	l := link{name: string(c.bytes(int(n)))}
	switch kind {
	case 0:
		l.address = c.offset()
	case 1:
		l.soft = string(c.bytes(c.u16()))
	default:
		l.outside = true
	}
	return l, c.err()
}
