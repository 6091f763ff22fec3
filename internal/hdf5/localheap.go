package hdf5

import (
	"bytes"

	"github.com/pkg/errors"
)

// localHeap has the names of links of an old group.
type localHeap struct {
	f    *File
	data extent
}

func (f *File) localHeap(address uint64) (*localHeap, error) {
	c, err := f.block(address, uint64(8+2*f.lengthSize+f.offsetSize), "HEAP", "local heap")
	if err != nil {
		return nil, err
	}
	c.skip(4)
	size := c.length()
	c.length() // of the free list
	h := &localHeap{f, extent{c.offset(), size}}
	return h, f.within(h.data.address, size, "data of a local heap")
}

// maxName bounds the bytes of a name or of a soft link.
const maxName = 1 << 16

// text is the text at an offset in the heap, up to a zero byte.
func (h *localHeap) text(at uint64) (string, error) {
	if at > h.data.size {
		return "", errors.Errorf("a name at %d of a local heap of %d bytes", at, h.data.size)
	}
	var name []byte
	for end := min(h.data.size, at+maxName); at < end; {
		piece, err := h.f.read(h.data.address+at, min(64, end-at), "name")
		if err != nil {
			return "", err
		}
		if i := bytes.IndexByte(piece, 0); i >= 0 {
			return string(append(name, piece[:i]...)), nil
		}
		name = append(name, piece...)
		at += uint64(len(piece))
	}
	return "", errors.Errorf("offset %d: a name without an end", h.f.offset(h.data.address))
}
