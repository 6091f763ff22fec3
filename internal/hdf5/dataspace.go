package hdf5

import (
	"math"

	"github.com/pkg/errors"
)

// maxRank is the greatest number of dimensions that HDF5 allows.
const maxRank = 32

// space is the extent of a dataset.
type space struct {
	dims, most []uint64 // most: up to which it can grow, undefined for without end
	null       bool     // it has no elements, and no shape
}

// parseSpace reads a dataspace message.
func (f *File) parseSpace(body []byte) (*space, error) {
	c := f.cursor(body, "dataspace")
	version, rank, flags := c.u8(), c.u8(), c.u8()
	s := &space{}
	switch version {
	case 1:
		c.skip(5)
	case 2:
		s.null = c.u8() == 2
	default:
		return nil, errors.Errorf("dataspace of version %d, want 1 or 2", version)
	}
	if rank > maxRank {
		return nil, errors.Errorf("dataspace of %d dimensions, want at most %d", rank, maxRank)
	}
	for range rank {
		s.dims = append(s.dims, c.length())
	}
	s.most = append([]uint64{}, s.dims...)
	if flags&1 != 0 {
		for i := range s.most {
			if s.most[i] = c.length(); s.most[i] == 1<<(8*c.lengthSize)-1 {
				s.most[i] = undefined
			}
			if s.most[i] < s.dims[i] {
				return nil, errors.Errorf("dimension %d of the dataspace is %d, and at most %d", i, s.dims[i], s.most[i])
			}
		}
	}
	return s, c.err()
}

// product multiplies sizes, and reports whether the product is at most 2⁶³ − 1.
func product(sizes ...uint64) (uint64, bool) {
	p := uint64(1)
	for _, n := range sizes {
		if n == 0 {
			return 0, true
		}
	}
	for _, n := range sizes {
		if p > math.MaxInt64/n {
			return 0, false
		}
		p *= n
	}
	return p, true
}
