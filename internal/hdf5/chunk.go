package hdf5

import "github.com/pkg/errors"

// cached is a chunk that has been read.
type cached struct {
	number uint64
	data   []byte // nil: has never been written
}

const (
	// maxCached bounds the bytes of the chunks that a dataset keeps, except for the last.
	maxCached = 4 << 20

	// maxChunk bounds the bytes of a chunk that is read for less than itself, in files that are not as large.
	maxChunk = 16 << 20

	// maxInflated bounds the bytes of all chunks that are read for a few elements.
	maxInflated = 1 << 30
)

// chunkBytes is the number of bytes of a chunk before compression.
func (d *Dataset) chunkBytes() uint64 {
	n, _ := product(append([]uint64{d.elementBytes()}, d.layout.chunk...)...)
	return n
}

// elementBytes is the number of bytes of an element of the extent, which may be an array.
func (d *Dataset) elementBytes() uint64 {
	n, _ := product(append([]uint64{uint64(d.typ.Size)}, d.dims[min(len(d.space.dims), len(d.dims)):]...)...)
	return n
}

// chunk returns the bytes of the chunk at a place, nil if it has never been written. They are not to be changed.
func (d *Dataset) chunk(place []uint64) ([]byte, error) {
	number := uint64(0) // among those of the extent
	for i, p := range place {
		number = number*((d.space.dims[i]-1)/d.layout.chunk[i]+1) + p
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, c := range d.chunks {
		if c.number == number {
			copy(d.chunks[i:], d.chunks[i+1:])
			d.chunks[len(d.chunks)-1] = c
			return c.data, nil
		}
	}
	held := int(d.chunkBytes())
	for _, c := range d.chunks {
		held += len(c.data)
	}
	for len(d.chunks) > 0 && (held > maxCached || len(d.chunks) >= 64) {
		held -= len(d.chunks[0].data)
		d.chunks[0] = cached{}
		d.chunks = d.chunks[1:]
	}
	data, err := d.readChunk(place)
	if err != nil {
		return nil, errors.Wrapf(err, "chunk %v", place)
	}
	d.chunks = append(d.chunks, cached{number, data})
	return data, nil
}

// readChunk reads the chunk at a place.
func (d *Dataset) readChunk(place []uint64) ([]byte, error) {
	s, err := d.layout.index.find(place)
	if err != nil || s.address == undefined {
		return nil, err
	}
	size := d.chunkBytes()
	filters := d.filters
	if d.layout.bare && d.edge(place) {
		filters = nil
	}
	if len(filters) == 0 && s.size != size || s.size > size+size/8+1<<12 {
		return nil, errors.Errorf("has %d bytes in the file, and %d before compression", s.size, size)
	}
	b, err := d.f.read(s.address, s.size, "chunk")
	if err != nil {
		return nil, err
	}
	return decode(b, filters, s.mask, size, int(d.elementBytes()))
}

// edge reports whether the chunk at a place reaches beyond the extent.
func (d *Dataset) edge(place []uint64) bool {
	for i, p := range place {
		if (p+1)*d.layout.chunk[i] > d.space.dims[i] {
			return true
		}
	}
	return false
}
