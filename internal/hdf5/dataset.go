package hdf5

import (
	"slices"
	"sync"

	"github.com/pkg/errors"
)

// Dataset is one of a file. All methods are safe for concurrent calls.
type Dataset struct {
	f       *File
	object  *object
	path    string
	typ     *Type
	space   *space
	layout  *layout
	filters []filter
	fill    []byte   // an element that has never been written, nil: zeros
	dims    []uint64 // the extent, and behind that the shape of elements that are arrays
	len     uint64   // the number of elements, each of an array counted
	work    func() *work

	mu     sync.Mutex
	chunks []cached // the last that were used, newest last
}

// Dataset opens the dataset at a path, as "spikes/times". Soft links are followed. The error is a [*NotFound] if the
// path leads to nothing. A dataset is opened whatever its type; its data are refused when they are read.
func (f *File) Dataset(path string) (*Dataset, error) {
	address, err := f.find(path)
	if err != nil {
		return nil, err
	}
	return f.dataset(address, path, f.work)
}

// dataset opens the dataset with the object header at an address. It and its attributes may take so much work.
func (f *File) dataset(address uint64, path string, work func() *work) (*Dataset, error) {
	w := work()
	o, err := f.object(address, w)
	if err != nil {
		return nil, errors.Wrap(err, quote(path))
	}
	if !o.isDataset() {
		return nil, errors.Errorf("%s is not a dataset", quote(path))
	}
	d := &Dataset{f: f, object: o, path: quote(path), work: work}
	if err := d.parse(w); err != nil {
		return nil, errors.Wrap(err, d.path)
	}
	return d, nil
}

// parse reads the messages of the object header.
func (d *Dataset) parse(w *work) error {
	bodies := map[int][]byte{}
	for _, kind := range []int{messageType, messageSpace, messageLayout, messageFilters, messageFill, messageOldFill} {
		b, err := d.f.body(d.object, kind, w)
		if err != nil {
			return err
		}
		bodies[kind] = b
	}
	var err error
	if d.typ, err = d.f.parseType(bodies[messageType]); err != nil {
		return err
	}
	if d.space, err = d.f.parseSpace(bodies[messageSpace]); err != nil {
		return err
	}
	element := d.typ.Size
	d.dims = slices.Clone(d.space.dims)
	for d.typ.Class == Array { // an array of numbers is as further dimensions are
		for _, n := range d.typ.Dims {
			d.dims = append(d.dims, uint64(n))
		}
		d.typ = d.typ.Base
	}
	if d.space.null {
		d.dims = append(d.dims, 0)
	}
	n, ok := product(append([]uint64{uint64(d.typ.Size)}, d.dims...)...)
	if !ok {
		return errors.Errorf("shape %v of %v has more than 2⁶³ bytes", d.dims, d.typ)
	}
	d.len = n / uint64(d.typ.Size)
	if d.object.has(messageExternal) {
		return errors.New("has its data in another file, which is not followed")
	}
	if d.layout, err = d.f.parseLayout(bodies[messageLayout], d.space, element); err != nil {
		return err
	}
	if d.filters, err = d.f.parseFilters(bodies[messageFilters]); err != nil {
		return err
	}
	if d.fill, err = d.f.parseFill(bodies[messageFill], bodies[messageOldFill]); err != nil {
		return err
	}
	if len(d.fill) != element {
		d.fill = nil
	}
	return nil
}

// parseFill finds the value of elements that have not been written, in a fill value message of the new or of the
// old kind. It is empty for none.
func (f *File) parseFill(body, old []byte) ([]byte, error) {
	if body == nil {
		if old == nil {
			return nil, nil
		}
		return fillBytes(f.cursor(old, "fill value"))
	}
	c := f.cursor(body, "fill value")
	version := c.u8()
	defined := false
	switch version {
	case 1, 2:
		c.skip(2)
		defined = c.u8() != 0 || version == 1
	case 3:
		defined = c.u8()&0x20 != 0
	default:
		return nil, errors.Errorf("fill value of version %d, want 1 to 3", version)
	}
	if !defined {
		return nil, c.err()
	}
	return fillBytes(c)
}

// fillBytes takes a value after its size, which is 0 or −1 for none.
func fillBytes(c *cursor) ([]byte, error) {
	n := int32(c.u32())
	if n <= 0 {
		return nil, c.err()
	}
	return c.bytes(int(n)), c.err()
}

// Path is the path that the dataset was opened by.
func (d *Dataset) Path() string { return d.path }

// Shape is the number of elements in each dimension. Where elements are arrays, their shape follows.
func (d *Dataset) Shape() []int {
	s := make([]int, len(d.dims))
	for i, n := range d.dims {
		s[i] = int(n)
	}
	return s
}

// Len is the number of elements.
func (d *Dataset) Len() int { return int(d.len) }

// Type is the type of the elements.
func (d *Dataset) Type() *Type { return d.typ }
