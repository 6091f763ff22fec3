package hdf5

import (
	"slices"

	"github.com/pkg/errors"
)

// collection is a global heap collection, where sequences are kept, with an index of its objects.
type collection struct {
	size    uint64
	objects []heapObject // by id
}

// heapObject is where an object starts, counted from the collection's start.
type heapObject struct {
	id uint16
	at uint32
}

// maxCollection bounds the bytes of a collection.
const maxCollection = 1<<32 - 1

// heapObject finds an object in the collection at an address: its bytes.
func (f *File) heapObject(address uint64, id uint32) (extent, error) {
	c, err := f.collection(address)
	if err != nil {
		return extent{}, err
	}
	i, found := slices.BinarySearchFunc(c.objects, id, func(o heapObject, id uint32) int { return int(o.id) - int(id) })
	if !found || id > 1<<16-1 {
		return extent{}, errors.Errorf("offset %d: the global heap has no object %d", f.offset(address), id)
	}
	head, err := f.heapObjectAt(address, c.size, uint64(c.objects[i].at))
	return head.extent, err
}

// objectHead is what precedes the bytes of an object in a global heap.
type objectHead struct {
	extent
	id uint16
}

// heapObjectAt reads what precedes an object.
func (f *File) heapObjectAt(address, size, at uint64) (objectHead, error) {
	prefix := f.heapPrefix()
	c, err := f.parse(address+at, prefix, "object of a global heap")
	if err != nil {
		return objectHead{}, err
	}
	id := uint16(c.u16())
	c.skip(6)
	n := c.length()
	if id != 0 && n > size-at-prefix {
		return objectHead{}, errors.Errorf("offset %d: an object of %d bytes in a global heap that has %d left", f.offset(address+at), n, size-at-prefix)
	}
	return objectHead{extent{address + at + prefix, n}, id}, nil
}

// heapPrefix is the number of bytes before the objects of a collection, and before each object.
func (f *File) heapPrefix() uint64 { return uint64(8+f.lengthSize+7) / 8 * 8 }

// collection returns the index of the collection at an address. It is made once. Collections do not overlap, so
// that all of them have no more bytes than the file, and the indices at most half as many.
func (f *File) collection(address uint64) (*collection, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.heaps[address]; c != nil {
		return c, nil
	}
	head, err := f.block(address, uint64(8+f.lengthSize), "GCOL", "global heap")
	if err != nil {
		return nil, err
	}
	head.skip(4)
	c := &collection{size: head.length()}
	if err := f.within(address, c.size, "global heap"); err != nil {
		return nil, err
	}
	if c.size > maxCollection {
		return nil, errors.Errorf("offset %d: a global heap of %d bytes, want at most %d", f.offset(address), c.size, uint64(maxCollection))
	}
	if f.heapBytes+max(c.size, 64) > f.size {
		return nil, errors.Errorf("offset %d: a global heap overlaps others", f.offset(address))
	}
	if err := f.indexHeap(c, address); err != nil {
		return nil, err
	}
	f.heaps[address] = c
	f.heapBytes += max(c.size, 64)
	return c, nil
}

// indexHeap walks over the objects of a collection.
func (f *File) indexHeap(c *collection, address uint64) error {
	prefix := f.heapPrefix()
	ordered := true
	for at := prefix; at <= c.size && c.size-at >= prefix; {
		o, err := f.heapObjectAt(address, c.size, at)
		if err != nil {
			return err
		}
		if o.id == 0 { // the rest is free
			break
		}
		n := len(c.objects)
		ordered = ordered && (n == 0 || c.objects[n-1].id < o.id)
		c.objects = append(c.objects, heapObject{o.id, uint32(at)})
		at += prefix + (o.size+7)/8*8
	}
	if !ordered {
		slices.SortStableFunc(c.objects, func(a, b heapObject) int { return int(a.id) - int(b.id) })
		for i := range c.objects[1:] {
			if c.objects[i].id == c.objects[i+1].id {
				return errors.Errorf("offset %d: the global heap has two objects %d", f.offset(address), c.objects[i].id)
			}
		}
	}
	c.objects = slices.Clip(c.objects)
	return nil
}
