package hdf5

import (
	"io"
	"math"
	"sync"

	"github.com/pkg/errors"
)

// File is an HDF5 file that is open for reading. All methods are safe for concurrent calls.
type File struct {
	r    io.ReaderAt
	base int64  // where the superblock is: addresses count from there
	size uint64 // bytes from base to the end

	offsetSize, lengthSize int
	root                   uint64 // address of the root group's object header
	extension              uint64 // of the superblock's extension, undefined without

	pages pageCache

	mu        sync.Mutex
	heaps     map[uint64]*collection // global heap collections that have been indexed
	heapBytes uint64                 // of all collections that have been indexed
}

// undefined is the address of what is not there.
const undefined = math.MaxUint64

// Open opens a file of the given size in bytes. It reads the superblock only.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, heaps: map[uint64]*collection{}}
	if err := f.readSuperblock(size); err != nil {
		return nil, err
	}
	return f, nil
}

// Size is the number of bytes of the file, without what is before its superblock.
func (f *File) Size() int64 { return int64(f.size) }

// within reports an error unless the file has n bytes at an address.
func (f *File) within(address, n uint64, what string) error {
	if address == undefined {
		return errors.Errorf("%s is nowhere in the file", what)
	}
	if address > f.size || n > f.size-address {
		return errors.Errorf("offset %d: %s has %d bytes, but the file ends at %d: it is cut or broken", f.offset(address), what, n, uint64(f.base)+f.size)
	}
	return nil
}

// offset is where an address is in the file, for messages.
func (f *File) offset(address uint64) uint64 { return uint64(f.base) + address }

// read reads n bytes at an address.
func (f *File) read(address, n uint64, what string) ([]byte, error) {
	if err := f.within(address, n, what); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	return b, f.readInto(b, address, what)
}

// readInto fills b with the bytes at an address.
func (f *File) readInto(b []byte, address uint64, what string) error {
	if err := f.within(address, uint64(len(b)), what); err != nil {
		return err
	}
	if len(b) <= fewBytes {
		return errors.Wrapf(f.pages.read(f.r, b, f.base+int64(address)), "offset %d: %s", f.offset(address), what)
	}
	n, err := f.r.ReadAt(b, f.base+int64(address))
	if n == len(b) {
		return nil
	}
	return errors.Wrapf(err, "offset %d: %s", f.offset(address), what)
}

// parse reads n bytes at an address, and gives a cursor at their start.
func (f *File) parse(address, n uint64, what string) (*cursor, error) {
	b, err := f.read(address, n, what)
	return f.cursor(b, what), err
}

// block reads n bytes at an address that start with a signature of four letters, and gives a cursor behind it.
func (f *File) block(address, n uint64, signature, what string) (*cursor, error) {
	c, err := f.parse(address, n, what)
	if err != nil {
		return nil, err
	}
	if got := string(c.bytes(4)); got != signature {
		return nil, errors.Errorf("offset %d: %s starts with %q, want %q", f.offset(address), what, got, signature)
	}
	return c, nil
}
