package hdf5

import (
	"bytes"
	"compress/bzip2"
	"compress/zlib"
	"fmt"
	"io"
	"sync"

	"github.com/pkg/errors"
)

// filter is one that the chunks of a dataset went through.
type filter struct {
	id     int
	name   string
	values []uint64
}

// Filters that are read.
const (
	filterDeflate    = 1
	filterShuffle    = 2
	filterFletcher32 = 3
	filterBzip2      = 307
	filterLZF        = 32000
)

// filterNames are the filters that are refused by a name that a file need not have.
var filterNames = map[int]string{
	4: "SZIP", 5: "N-bit", 6: "scale-offset", 305: "LZO", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle",
	32013: "ZFP", 32015: "Zstandard", 32017: "SZ", 32026: "Blosc2",
}

// String is what the filter is called.
func (f filter) String() string {
	if n := filterNames[f.id]; n != "" {
		return n
	}
	return fmt.Sprintf("%d %s", f.id, quote(f.name))
}

// parseFilters reads a filter pipeline message.
func (f *File) parseFilters(body []byte) ([]filter, error) {
	if body == nil {
		return nil, nil
	}
	c := f.cursor(body, "filters")
	version, n := c.u8(), c.u8()
	if version < 1 || version > 2 || n > 32 {
		return nil, errors.Errorf("%d filters of version %d, want version 1 or 2 and at most 32 filters", n, version)
	}
	if version == 1 {
		c.skip(6)
	}
	all := make([]filter, n)
	for i := range all {
		id, name := c.u16(), 0
		if version == 1 || id >= 256 {
			name = c.u16()
		}
		c.skip(2)
		values := c.u16()
		if version == 1 {
			name = (name + 7) / 8 * 8
		}
		all[i] = filter{id: id, name: string(bytes.TrimRight(c.bytes(name), "\x00"))}
		for range values {
			if c.short {
				break
			}
			all[i].values = append(all[i].values, c.u32())
		}
		if version == 1 && values%2 == 1 {
			c.skip(4)
		}
	}
	return all, c.err()
}

// supported reports an error that names the first filter that is not read.
func supported(filters []filter) error {
	for _, f := range filters {
		switch f.id {
		case filterDeflate, filterShuffle, filterFletcher32, filterBzip2, filterLZF:
		default:
			return errors.Errorf("is compressed by the filter %v, want deflate (gzip), bzip2, LZF, shuffle or Fletcher-32", f)
		}
	}
	return nil
}

// decode takes a chunk of so many bytes back through the filters, without those of the mask.
func decode(b []byte, filters []filter, mask, size uint64, element int) (out []byte, err error) {
	most := size + size/1000 + 64 // with checksums, and what compression that does not help adds
	for i := len(filters) - 1; i >= 0; i-- {
		if mask>>i&1 != 0 {
			continue
		}
		switch filters[i].id {
		case filterDeflate:
			b, err = inflate(b, most)
		case filterBzip2:
			b, err = expand(bzip2.NewReader(bytes.NewReader(b)), uint64(len(b)), most, "bzip2")
		case filterLZF:
			b, err = lzf(b, most)
		case filterFletcher32:
			b, err = fletcher32(b)
		case filterShuffle:
			width := uint64(element)
			if len(filters[i].values) > 0 {
				width = filters[i].values[0]
			}
			b = unshuffle(b, width)
		default:
			err = supported(filters[i : i+1])
		}
		if err != nil {
			return nil, err
		}
	}
	if uint64(len(b)) != size {
		return nil, errors.Errorf("has %d bytes, want %d", len(b), size)
	}
	return b, nil
}

// inflaters are kept for later chunks: one takes more memory than most chunks.
var inflaters sync.Pool

// inflate gives at most so many bytes. More than that is an error, so that small files do not grow without end.
func inflate(b []byte, most uint64) ([]byte, error) {
	r, ok := inflaters.Get().(io.Reader)
	var err error
	if ok {
		err = r.(zlib.Resetter).Reset(bytes.NewReader(b), nil)
	} else {
		r, err = zlib.NewReader(bytes.NewReader(b))
	}
	if err != nil {
		return nil, errors.Wrap(err, "deflate")
	}
	defer inflaters.Put(r)
	// Deflate is at best 1032:1.
	return expand(r, 1100*uint64(len(b)), most, "deflate")
}

// expand reads at most so many bytes, and expects some. More is an error.
func expand(r io.Reader, expected, most uint64, name string) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(int(min(most+1, expected)) + bytes.MinRead)
	n, err := out.ReadFrom(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, errors.Wrap(err, name)
	}
	if uint64(n) > most {
		return nil, errors.Errorf("%s: gives more than the %d bytes of a chunk", name, most)
	}
	return out.Bytes(), nil
}

// unshuffle puts the bytes of numbers of a width together again. What is left over stands at the end as it is.
func unshuffle(b []byte, width uint64) []byte {
	if width < 2 || width > uint64(len(b)) {
		return b
	}
	w := int(width)
	n := len(b) / w
	out := make([]byte, len(b))
	copy(out[n*w:], b[n*w:])
	for k := range w {
		plane := b[k*n : (k+1)*n]
		for i, v := range plane {
			out[i*w+k] = v
		}
	}
	return out
}

// fletcher32 checks the sum that stands behind the bytes, and takes it off.
func fletcher32(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, errors.Errorf("Fletcher-32: a sum in %d bytes", len(b))
	}
	data, want := b[:len(b)-4], b[len(b)-4:]
	var s1, s2 uint32
	// Sums of pairs of bytes, the first of a pair being the high one, modulo 2¹⁶ − 1.
	for i := 0; i+1 < len(data); i += 2 {
		s1 = (s1 + uint32(data[i])<<8 + uint32(data[i+1])) % 65535
		s2 = (s2 + s1) % 65535
	}
	if len(data)%2 == 1 {
		s1 = (s1 + uint32(data[len(data)-1])<<8) % 65535
		s2 = (s2 + s1) % 65535
	}
	got := s2<<16 | s1
	stored := uint32(want[0]) | uint32(want[1])<<8 | uint32(want[2])<<16 | uint32(want[3])<<24
	// Before version 1.6.3, the library swapped the bytes of both halves on some machines.
	swapped := got>>8&0x00ff00ff | got<<8&0xff00ff00
	if !sameSum(got, stored) && !sameSum(swapped, stored) {
		return nil, errors.Errorf("Fletcher-32: the sum is %#08x, want %#08x: the data are damaged", got, stored)
	}
	return data, nil
}

// sameSum compares sums, in which 0 and 2¹⁶ − 1 are the same.
func sameSum(a, b uint32) bool {
	return a>>16%65535 == b>>16%65535 && a&0xffff%65535 == b&0xffff%65535
}
