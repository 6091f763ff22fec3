package hdf5

import (
	"io"
	"sync"

	"github.com/pkg/errors"
)

const (
	pageSize = 4096
	pages    = 64

	// fewBytes is up to how many bytes are read through pages: what tells where things are is small, and close together.
	fewBytes = 256
)

// pageCache keeps pages of a file that small pieces were read from. Page k is in slot k modulo the number of slots.
type pageCache struct {
	mu    sync.Mutex
	slots [pages]struct {
		page  int64 // and 1 more, so that 0 is none
		bytes []byte
	}
}

// read fills b, which is small, with the bytes at an offset.
func (p *pageCache) read(r io.ReaderAt, b []byte, offset int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(b) > 0 {
		number := offset / pageSize
		slot := &p.slots[number%pages]
		if slot.page != number+1 {
			if slot.bytes == nil {
				slot.bytes = make([]byte, pageSize)
			}
			slot.page, slot.bytes = 0, slot.bytes[:pageSize]
			n, err := r.ReadAt(slot.bytes, number*pageSize)
			if err != nil && (err != io.EOF || n == 0) {
				return err
			}
			slot.page, slot.bytes = number+1, slot.bytes[:n]
		}
		within := int(offset % pageSize)
		if within >= len(slot.bytes) {
			return errors.New("the file ends before")
		}
		n := copy(b, slot.bytes[within:])
		b, offset = b[n:], offset+int64(n)
	}
	return nil
}
