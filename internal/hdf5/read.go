package hdf5

import (
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
	size := uint64(d.typ.Size)
	switch {
	case d.layout.kind == layoutCompact:
		if uint64(len(d.layout.data)) < d.len*size {
			return errors.Errorf("has %d bytes for %d elements of %d", len(d.layout.data), d.len, size)
		}
		return visit(0, d.layout.data[first*size:(first+n)*size])
	case d.layout.kind == layoutChunked:
		return d.rawChunks(first, n, visit)
	case d.layout.address == undefined:
		return d.filled(first, first, n, visit)
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
		if err := visit(at, p); err != nil {
			return err
		}
	}
	return nil
}

// pieceBytes is how much is read of contiguous data at once.
const pieceBytes = 1 << 16

// filled visits n elements from a position that have never been written.
func (d *Dataset) filled(first, from, n uint64, visit func(at uint64, b []byte) error) error {
	size := uint64(d.typ.Size)
	piece := max(pieceBytes/size, 1)
	b := make([]byte, min(piece, n)*size)
	for at := from; at < from+n; at += piece {
		p := b[:min(piece, from+n-at)*size]
		if len(d.fill) > 0 && d.typ.Class != Sequence {
			// Elements that are arrays have a fill value of as many numbers.
			start := int(at * size % uint64(len(d.fill)))
			for i := range p {
				p[i] = d.fill[(start+i)%len(d.fill)]
			}
		}
		if err := visit(at-first, p); err != nil {
			return err
		}
	}
	return nil
}

// box is a part of an extent: from low to high, which is not in it.
type box struct{ low, high []uint64 }

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

// rawChunks is raw for chunked data. It reads each chunk once.
func (d *Dataset) rawChunks(first, n uint64, visit func(at uint64, b []byte) error) error {
	all := boxOf(d.dims, first, first+n-1)
	rank := len(d.space.dims)
	if rank == 0 {
		return errors.New("has chunks, but no dimensions")
	}
	place, low, high := make([]uint64, rank), make([]uint64, rank), make([]uint64, rank)
	chunks := uint64(1)
	for i := range rank {
		low[i], high[i] = all.low[i]/d.layout.chunk[i], (all.high[i]-1)/d.layout.chunk[i]+1
		place[i] = low[i]
		if chunks, _ = product(chunks, high[i]-low[i]); chunks == 0 {
			return errors.New("has more than 2⁶³ chunks")
		}
	}
	bytes := d.chunkBytes()
	asked := n * uint64(d.typ.Size)
	if most := max(maxChunk, d.f.size, asked); bytes > most {
		return errors.Errorf("has chunks of %d bytes, want at most %d: rewrite it in smaller ones", bytes, most)
	}
	if chunks > max(maxInflated, 4*asked)/bytes+4 {
		return errors.Errorf("has to read %d chunks of %d bytes for %d: rewrite it in chunks that hold whole rows", chunks, bytes, asked)
	}
	for {
		if err := d.rawChunk(place, all, first, n, visit); err != nil {
			return err
		}
		i := rank - 1
		for ; i >= 0; i-- {
			if place[i]++; place[i] < high[i] {
				break
			}
			place[i] = low[i]
		}
		if i < 0 {
			return nil
		}
	}
}

// rawChunk visits the elements of the chunk at a place that are among the n from the first, all of which are in a box.
func (d *Dataset) rawChunk(place []uint64, all box, first, n uint64, visit func(at uint64, b []byte) error) error {
	data, err := d.chunk(place)
	if err != nil {
		return err
	}
	rank := len(d.dims)
	shape, origin := make([]uint64, rank), make([]uint64, rank)
	part, at := box{make([]uint64, rank), make([]uint64, rank)}, make([]uint64, rank)
	for i := range rank {
		shape[i] = d.dims[i] // arrays are in chunks as a whole
		if i < len(place) {
			shape[i], origin[i] = d.layout.chunk[i], place[i]*d.layout.chunk[i]
		}
		part.low[i], part.high[i] = max(all.low[i], origin[i]), min(all.high[i], origin[i]+shape[i])
		at[i] = part.low[i]
	}
	last := rank - 1
	for {
		start, within := uint64(0), uint64(0) // in the extent, in the chunk
		for i := range rank {
			start = start*d.dims[i] + at[i]
			within = within*shape[i] + at[i] - origin[i]
		}
		// A row: the part of it that is asked for.
		from, end := max(start, first), min(start+part.high[last]-part.low[last], first+n)
		if from < end {
			if err := d.row(data, within+from-start, from, end, first, visit); err != nil {
				return err
			}
		}
		i := last - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < part.high[i] {
				break
			}
			at[i] = part.low[i]
		}
		if i < 0 {
			return nil
		}
	}
}

// row visits the elements from one to another, which are in a row of a chunk.
func (d *Dataset) row(data []byte, within, from, end, first uint64, visit func(at uint64, b []byte) error) error {
	if data == nil {
		return d.filled(first, from, end-from, visit)
	}
	size := uint64(d.typ.Size)
	return visit(from-first, data[within*size:(within+end-from)*size])
}
