package hdf5

import "github.com/pkg/errors"

// sequence finds element i of a dataset of sequences: how many numbers it has, and where they are. The other
// sequences are not looked at.
func (d *Dataset) sequence(i int) (n int, data extent, err error) {
	c, err := d.element(i)
	if err != nil {
		return 0, extent{}, err
	}
	count, address, id := c.u32(), c.offset(), c.u32()
	if count == 0 || address == 0 && id == 0 {
		if count != 0 {
			err = errors.Errorf("a sequence of %d numbers that is nowhere", count)
		}
		return 0, extent{}, err
	}
	if data, err = d.f.heapObject(address, uint32(id)); err != nil {
		return 0, extent{}, err
	}
	if need := count * uint64(d.typ.Base.Size); data.size < need {
		return 0, extent{}, errors.Errorf("a sequence of %d %v in %d bytes", count, d.typ.Base, data.size)
	}
	return int(count), data, d.f.within(data.address, data.size, "sequence")
}

// element reads the bytes of element i.
func (d *Dataset) element(i int) (*cursor, error) {
	if i < 0 || uint64(i) >= d.len {
		return nil, errors.Errorf("there is no element %d of %d", i, d.len)
	}
	var element []byte
	err := d.raw(uint64(i), 1, func(_ uint64, b []byte) error {
		element = append([]byte{}, b...)
		return nil
	})
	return d.f.cursor(element, "element"), err
}

// Lengths tells how many numbers the elements from the first have, of a dataset of sequences. It does not look at
// the sequences themselves.
func (d *Dataset) Lengths(first int, into []int) error {
	err := func() error {
		if d.typ.Class != Sequence {
			return errors.Errorf("holds %v, want sequences", d.typ)
		}
		if first < 0 {
			return errors.Errorf("there is no element %d", first)
		}
		return d.raw(uint64(first), uint64(len(into)), func(at uint64, b []byte) error {
			for c := d.f.cursor(b, "sequences"); c.left() > 0; at++ {
				into[at] = int(c.u32())
				c.skip(d.typ.Size - 4)
			}
			return nil
		})
	}()
	return errors.Wrap(err, d.path)
}

// Referenced opens the dataset that element i refers to, of a dataset of object references: a cell array of MATLAB is
// one.
func (d *Dataset) Referenced(i int) (*Dataset, error) {
	if d.typ.Class != Reference || !d.typ.object {
		return nil, errors.Errorf("%s: holds %v, want references to objects", d.path, d.typ)
	}
	c, err := d.element(i)
	if err != nil {
		return nil, errors.Wrap(err, d.path)
	}
	address := c.offset()
	if address == 0 || address == undefined {
		return nil, errors.Errorf("%s: element %d refers to nothing", d.path, i)
	}
	// There may be as many as examples, each of which is looked at: small ones.
	r, err := d.f.dataset(address, "what it refers to", func() *work { return &work{1 << 16} })
	return r, errors.Wrapf(err, "%s: element %d", d.path, i)
}
