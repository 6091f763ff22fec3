package hdf5

import (
	"slices"

	"github.com/pkg/errors"
)

// raw calls visit for the bytes of the n elements from the first, in pieces: at is the element, counted from the
// first, that a piece starts with. Pieces are not to be kept nor changed, and come in any order.
func (d *Dataset) raw(first, n uint64, visit func(at uint64, b []byte) error) error {
	if first > d.len || n > d.len-first {
		return errors.Errorf("elements %d to %d of %d", first, first+n, d.len)
	}
	if n == 0 {
		return nil
	}
	if err := supported(d.filters); err != nil && d.layout.kind == layoutChunked {
		return err
	}
	switch {
	case d.layout.kind == layoutCompact:
		return d.compact(first, n, 0, visit)
	case d.layout.kind == layoutChunked:
		return d.rawChunks(boxOf(d.dims, first, first+n-1), n, d.flat(first, n), visit)
	}
	return d.contiguous(first, n, 0, visit)
}

// contiguous visits n elements of contiguous data from the first, which stand at a place among those that are asked for.
func (d *Dataset) contiguous(first, n, to uint64, visit func(at uint64, b []byte) error) error {
	size := uint64(d.typ.Size)
	if d.layout.address == undefined {
		return d.filled(first, n, to, visit)
	}
	if err := d.f.within(d.layout.address, d.len*size, "data"); err != nil {
		return err
	}
	piece := max(pieceBytes/size, 1)
	b := make([]byte, min(piece, n)*size)
	for at := uint64(0); at < n; at += piece {
		p := b[:min(piece, n-at)*size]
		if err := d.f.readInto(p, d.layout.address+(first+at)*size, "data"); err != nil {
			return err
		}
		if err := visit(to+at, p); err != nil {
			return err
		}
	}
	return nil
}

// pieceBytes is how much is read of contiguous data at once.
const pieceBytes = 1 << 16

// filled visits n elements from the first that have never been written.
func (d *Dataset) filled(first, n, to uint64, visit func(at uint64, b []byte) error) error {
	size := uint64(d.typ.Size)
	piece := max(pieceBytes/size, 1)
	b := make([]byte, min(piece, n)*size)
	for at := uint64(0); at < n; at += piece {
		p := b[:min(piece, n-at)*size]
		if len(d.fill) > 0 && d.typ.Class != Sequence {
			// Elements that are arrays have a fill value of as many numbers.
			start := int((first + at) * size % uint64(len(d.fill)))
			for i := range p {
				p[i] = d.fill[(start+i)%len(d.fill)]
			}
		}
		if err := visit(to+at, p); err != nil {
			return err
		}
	}
	return nil
}

// box is a part of an extent: from low to high, which is not in it.
type box struct{ low, high []uint64 }

// rawBox calls visit for the bytes of the elements of a box, as raw does.
func (d *Dataset) rawBox(b box, visit func(at uint64, b []byte) error) error {
	n := uint64(1)
	for i := range b.low {
		if b.low[i] >= b.high[i] || b.high[i] > d.dims[i] {
			return errors.Errorf("elements %d to %d of dimension %d, which has %d", b.low[i], b.high[i], i, d.dims[i])
		}
		n *= b.high[i] - b.low[i]
	}
	asked := b.whole()
	if d.layout.kind == layoutChunked {
		if err := supported(d.filters); err != nil {
			return err
		}
		return d.rawChunks(b, n, asked, visit)
	}
	last := len(b.low) - 1
	for at := slices.Clone(b.low); ; {
		_, n, to := asked(at, b.high[last]-b.low[last])
		first := number(at, d.dims)
		piece := d.contiguous
		if d.layout.kind == layoutCompact {
			piece = d.compact
		}
		err := piece(first, n, to, visit)
		if err != nil || !b.next(at, last) {
			return err
		}
	}
}

// compact visits n elements from the first of data in the object header.
func (d *Dataset) compact(first, n, to uint64, visit func(at uint64, b []byte) error) error {
	size := uint64(d.typ.Size)
	if uint64(len(d.layout.data)) < d.len*size {
		return errors.Errorf("has %d bytes for %d elements of %d", len(d.layout.data), d.len, size)
	}
	return visit(to, d.layout.data[first*size:(first+n)*size])
}

// boxOf is the smallest box with all elements from the first to the last, counted in rows.
func boxOf(dims []uint64, first, last uint64) box {
	b := box{make([]uint64, len(dims)), make([]uint64, len(dims))}
	for i := len(dims) - 1; i >= 0; i-- {
		b.low[i], b.high[i] = first%dims[i], last%dims[i]+1
		first, last = first/dims[i], last/dims[i]
		if first != last { // everything below is in it
			for k := i; k < len(dims); k++ {
				b.low[k], b.high[k] = 0, dims[k]
			}
		}
	}
	return b
}

// span tells which elements of a row, from a place in the extent on, are asked for: how many there are to skip, how
// many follow, and where the first of them stands among all that are asked for.
type span func(place []uint64, row uint64) (skip, n, at uint64)

// flat is the span of n elements from the first, counted in rows.
func (d *Dataset) flat(first, n uint64) span {
	return func(place []uint64, row uint64) (skip, count, at uint64) {
		start := number(place, d.dims)
		from, end := max(start, first), min(start+row, first+n)
		return from - start, max(from, end) - from, from - first
	}
}

// whole is the span of all elements of a box.
func (b box) whole() span {
	sizes, within := make([]uint64, len(b.low)), make([]uint64, len(b.low))
	for i := range sizes {
		sizes[i] = b.high[i] - b.low[i]
	}
	return func(place []uint64, row uint64) (skip, count, at uint64) {
		for i := range within {
			within[i] = place[i] - b.low[i]
		}
		return 0, row, number(within, sizes)
	}
}

// number is that of a place in an extent, counted in rows.
func number(place, dims []uint64) (n uint64) {
	for i, p := range place {
		n = n*dims[i] + p
	}
	return n
}

// next is the place behind another in a box, in the order of rows; ok is false behind the last. Only the given number
// of dimensions move.
func (b box) next(place []uint64, moving int) (ok bool) {
	for i := moving - 1; i >= 0; i-- {
		if place[i]++; place[i] < b.high[i] {
			return true
		}
		place[i] = b.low[i]
	}
	return false
}

// rawChunks visits the n elements that the span tells of a box of chunked data. It reads each chunk once.
func (d *Dataset) rawChunks(all box, n uint64, asked span, visit func(at uint64, b []byte) error) error {
	rank := len(d.space.dims)
	if rank == 0 {
		return errors.New("has chunks, but no dimensions")
	}
	chunks := box{make([]uint64, rank), make([]uint64, rank)}
	count := uint64(1)
	for i := range rank {
		chunks.low[i], chunks.high[i] = all.low[i]/d.layout.chunk[i], (all.high[i]-1)/d.layout.chunk[i]+1
		if count, _ = product(count, chunks.high[i]-chunks.low[i]); count == 0 {
			return errors.New("has more than 2⁶³ chunks")
		}
	}
	size, bytes := d.chunkBytes(), n*uint64(d.typ.Size)
	if most := max(maxChunk, d.f.size, bytes); size > most {
		return errors.Errorf("has chunks of %d bytes, want at most %d: rewrite it in smaller ones", size, most)
	}
	if count > max(maxInflated, 4*bytes)/size+4 {
		return errors.Errorf("has to read %d chunks of %d bytes for %d: rewrite it in chunks that hold whole rows", count, size, bytes)
	}
	place := slices.Clone(chunks.low)
	for {
		if err := d.rawChunk(place, all, asked, visit); err != nil {
			return err
		}
		if !chunks.next(place, rank) {
			return nil
		}
	}
}

// rawChunk visits the elements of the chunk at a place that the span tells of a box.
func (d *Dataset) rawChunk(place []uint64, all box, asked span, visit func(at uint64, b []byte) error) error {
	data, err := d.chunk(place)
	if err != nil {
		return err
	}
	rank := len(d.dims)
	shape, origin, within := make([]uint64, rank), make([]uint64, rank), make([]uint64, rank)
	part := box{make([]uint64, rank), make([]uint64, rank)}
	for i := range rank {
		shape[i] = d.dims[i] // arrays are in chunks as a whole
		if i < len(place) {
			shape[i], origin[i] = d.layout.chunk[i], place[i]*d.layout.chunk[i]
		}
		part.low[i], part.high[i] = max(all.low[i], origin[i]), min(all.high[i], origin[i]+shape[i])
	}
	last := rank - 1
	size := uint64(d.typ.Size)
	for at := slices.Clone(part.low); ; {
		skip, n, to := asked(at, part.high[last]-part.low[last])
		if n > 0 && data == nil {
			err = d.filled(number(at, d.dims)+skip, n, to, visit)
		} else if n > 0 {
			for i := range within {
				within[i] = at[i] - origin[i]
			}
			from := (number(within, shape) + skip) * size
			err = visit(to, data[from:from+n*size])
		}
		if err != nil || !part.next(at, last) {
			return err
		}
	}
}
