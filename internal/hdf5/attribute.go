package hdf5

import (
	"bytes"

	"github.com/pkg/errors"
)

// Attribute is a value that a dataset or a group has beside its data.
type Attribute struct {
	f    *File
	typ  *Type
	data []byte
}

// Attribute returns the attribute of a name, nil if there is none.
func (d *Dataset) Attribute(name string) (*Attribute, error) {
	a, err := d.f.attribute(d.object, name, d.work())
	return a, errors.Wrapf(err, "%s: attribute %s", d.path, name)
}

// Text is the first text of the attribute; ok is false where it is none.
func (a *Attribute) Text() (text string, ok bool) {
	if a.typ.Class == Sequence && a.typ.text {
		c := a.f.cursor(a.data, "text")
		n, address, id := c.u32(), c.offset(), c.u32()
		if n == 0 || n > maxName || c.err() != nil {
			return "", n == 0 && c.err() == nil
		}
		e, err := a.f.heapObject(address, uint32(id))
		if err != nil || e.size < n {
			return "", false
		}
		b, err := a.f.read(e.address, n, "text")
		return textOf(b), err == nil
	}
	if a.typ.Class != String {
		return "", false
	}
	return textOf(a.data[:min(a.typ.Size, len(a.data))]), true
}

// textOf is a text up to the zero bytes that fill it up.
func textOf(b []byte) string {
	before, _, _ := bytes.Cut(b, []byte{0})
	return string(before)
}

// Float is the first number of the attribute; ok is false where there is none.
func (a *Attribute) Float() (v float64, ok bool) {
	if !a.typ.Number() || len(a.data) < a.typ.Size {
		return 0, false
	}
	convert, err := converter[float64](a.typ)
	if err != nil {
		return 0, false
	}
	var out [1]float64
	_, err = convert(out[:], a.data[:a.typ.Size])
	return out[0], err == nil
}

// Fill is the value of elements that have not been written, as the dataset declares it; ok is false where it declares
// none, or holds something else than numbers.
func (d *Dataset) Fill() (v float64, ok bool) {
	if d.fill == nil || !d.typ.Number() {
		return 0, false
	}
	return (&Attribute{d.f, d.typ, d.fill}).Float()
}

// attribute looks for the attribute of a name in the object header, and in the heap where many attributes are.
func (f *File) attribute(o *object, name string, w *work) (*Attribute, error) {
	var found *Attribute
	err := f.messages(o.address, w, func(kind int) bool { return kind == messageAttribute && found == nil }, func(m message) error {
		if m.shared {
			return nil // attributes themselves are shared by no writer that is known
		}
		a, err := f.parseAttribute(m.body, name, w)
		found = a
		return err
	})
	if err != nil || found != nil {
		return found, err
	}
	m, ok := o.messages[messageAttributes]
	if !ok {
		return nil, nil
	}
	c := f.cursor(m.body, "attribute information")
	c.skip(1)
	if c.u8()&1 != 0 {
		c.skip(2)
	}
	heap, names := c.offset(), c.offset()
	if err := c.err(); err != nil || heap == undefined || names == undefined {
		return nil, err
	}
	h, err := f.fractalHeap(heap, w)
	if err != nil {
		return nil, err
	}
	err = f.eachRecord(names, w, func(kind int, r *cursor) (bool, error) {
		if kind != 8 {
			return false, errors.Errorf("a B-tree of kind %d for attributes, want 8", kind)
		}
		id, flags := r.bytes(8), r.u8()
		if flags&2 != 0 {
			return true, nil
		}
		b, err := h.get(id)
		if err != nil {
			return false, err
		}
		found, err = f.parseAttribute(b, name, w)
		return found == nil, err
	})
	return found, err
}

// parseAttribute reads an attribute message; nil if it has another name.
func (f *File) parseAttribute(body []byte, name string, w *work) (*Attribute, error) {
	c := f.cursor(body, "attribute")
	version, flags := c.u8(), c.u8()
	nameBytes, typeBytes, spaceBytes := c.u16(), c.u16(), c.u16()
	if version == 3 {
		c.skip(1)
	}
	if version < 1 || version > 3 {
		return nil, errors.Errorf("version %d, want 1 to 3", version)
	}
	part := func(n int) []byte {
		if version == 1 {
			return c.bytes((n + 7) / 8 * 8)
		}
		return c.bytes(n)
	}
	if textOf(part(nameBytes)) != name {
		return nil, c.err()
	}
	typeBody := part(typeBytes)
	part(spaceBytes)
	if err := c.err(); err != nil {
		return nil, err
	}
	var err error
	if version > 1 && flags&1 != 0 {
		if typeBody, err = f.sharedMessage(typeBody, messageType, w); err != nil {
			return nil, err
		}
	}
	t, err := f.parseType(typeBody)
	if err != nil {
		return nil, err
	}
	return &Attribute{f, t, c.bytes(c.left())}, nil
}
