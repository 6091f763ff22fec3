package data

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math"
	"os"
	"strings"

	"github.com/pkg/errors"
	"github.com/scigolib/hdf5"
)

// maxHDF5 bounds the bytes of an HDF5 file. What is read of one takes about three times its size.
const maxHDF5 = 4 << 30

// hdf5File is an open HDF5 file whose structure has been checked.
type hdf5File struct {
	raw     *os.File
	file    *hdf5.File
	checker *hdf5Checker
}

// openHDF5 opens a file with the library once all that the library walks over is known to be sound:
// it allocates what the file declares, follows addresses without end where they form a circle, and
// panics on some broken files.
func openHDF5(path string) (h *hdf5File, err error) {
	raw, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = errors.Errorf("broken: %v", p)
		}
		if err != nil {
			raw.Close()
		}
	}()
	info, err := raw.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxHDF5 {
		return nil, errors.Errorf("has %d bytes, want a regular file of at most %d", info.Size(), int64(maxHDF5))
	}
	c := &hdf5Checker{r: raw, size: uint64(info.Size()), objects: map[uint64]bool{}, datasets: map[string]*hdf5Dataset{}}
	if err := c.check(); err != nil {
		return nil, err
	}
	file, err := hdf5.Open(path)
	if err != nil {
		return nil, err
	}
	return &hdf5File{raw, file, c}, nil
}

func (h *hdf5File) close() error {
	err := h.file.Close()
	if e := h.raw.Close(); err == nil {
		err = e
	}
	return err
}

// find looks for a dataset of one dimension, by its path without the leading slash.
func (h *hdf5File) find(path string) (*hdf5Dataset, *hdf5.Dataset, error) {
	checked, ok := h.checker.datasets[path]
	if !ok {
		return nil, nil, errors.Errorf("has no dataset %s", path)
	}
	var found *hdf5.Dataset
	h.file.Walk(func(name string, o hdf5.Object) {
		if d, ok := o.(*hdf5.Dataset); ok && strings.TrimPrefix(name, "/") == path {
			found = d
		}
	})
	if found == nil || found.Address() != checked.address {
		return nil, nil, errors.Errorf("%s: the HDF5 library does not find what is at offset %d", path, checked.address)
	}
	return checked, found, nil
}

// integers reads a dataset of integers.
func (h *hdf5File) integers(path string) (out []int, err error) {
	defer recoverInto(&err, path)
	checked, d, err := h.find(path)
	if err != nil {
		return nil, err
	}
	if err := h.checker.integers(checked); err != nil {
		return nil, errors.Wrap(err, path)
	}
	values, err := d.Read()
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	if uint64(len(values)) != checked.elements {
		return nil, errors.Errorf("%s: the HDF5 library reads %d values of %d", path, len(values), checked.elements)
	}
	for i, v := range values {
		if v != math.Trunc(v) || math.Abs(v) > 1<<52 {
			return nil, errors.Errorf("%s[%d] is %v, want a whole number", path, i, v)
		}
		out = append(out, int(v))
	}
	return out, nil
}

// ragged reads a dataset of sequences, each as its bytes, whose elements have the given type.
func (h *hdf5File) ragged(path string, element hdf5Element) (out [][]byte, err error) {
	defer recoverInto(&err, path)
	checked, d, err := h.find(path)
	if err != nil {
		return nil, err
	}
	lengths, err := h.checker.ragged(checked, element)
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	if out, err = d.ReadVLenBytes(); err != nil {
		return nil, errors.Wrap(err, path)
	}
	if len(out) != len(lengths) {
		return nil, errors.Errorf("%s: the HDF5 library reads %d sequences of %d", path, len(out), len(lengths))
	}
	for i, b := range out {
		if len(b) != lengths[i] {
			return nil, errors.Errorf("%s[%d]: the HDF5 library reads %d bytes of %d", path, i, len(b), lengths[i])
		}
	}
	return out, nil
}

func recoverInto(err *error, path string) {
	if p := recover(); p != nil {
		*err = errors.Errorf("%s: broken: %v", path, p)
	}
}

// hdf5Element is a type of the elements of sequences.
type hdf5Element struct {
	name string
	size int
	is   func(t []byte) bool // whether a datatype message is of this type
}

var (
	float16Element = hdf5Element{"little-endian 16-bit floats", 2, func(t []byte) bool {
		// A float in IEEE 754: mantissa of 10 bits, with a leading 1 that is not stored, exponent of 5.
		return len(t) >= 20 && t[0]&15 == 1 && t[1] == 0x20 && t[2] == 15 && bytes.Equal(t[4:20],
			[]byte{2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0})
	}}
	uint16Element = hdf5Element{"little-endian unsigned 16-bit integers", 2, func(t []byte) bool {
		return len(t) >= 12 && t[0]&15 == 0 && t[1] == 0 && bytes.Equal(t[4:12], []byte{2, 0, 0, 0, 0, 0, 16, 0})
	}}
)

// hdf5Dataset is what a file says of a dataset.
type hdf5Dataset struct {
	address  uint64
	rank     int
	elements uint64 // of the first dimension
	datatype []byte // the message
	layout   []byte
	filters  []byte // nil without
}

// hdf5Checker walks over the parts of a file, as the HDF5 File Format Specification describes them,
// that the library walks over. Only files with addresses and lengths of 8 bytes, groups with few
// links and few attributes, and the other things that h5py and PyTables write by default are known to it.
type hdf5Checker struct {
	r        io.ReaderAt
	size     uint64
	objects  map[uint64]bool // the addresses of all object headers and index nodes
	datasets map[string]*hdf5Dataset
	depth    int
	spent    uint64 // bytes of object headers and indices
}

const (
	maxHDF5Depth = 32
	maxHDF5Spent = 64 << 20
	undefined    = math.MaxUint64 // address of what is not there
)

// bytes reads n bytes at an address.
func (c *hdf5Checker) bytes(address, n uint64, what string) ([]byte, error) {
	if address > c.size || n > c.size-address {
		return nil, errors.Errorf("offset %d: %s has %d bytes, but the file ends at %d: it is cut or broken", address, what, n, c.size)
	}
	b := make([]byte, n)
	_, err := c.r.ReadAt(b, int64(address))
	return b, errors.Wrapf(err, "offset %d: %s", address, what)
}

// index is bytes for what tells where things are, of which there may be only so much.
func (c *hdf5Checker) index(address, n uint64, what string) ([]byte, error) {
	if c.spent += n; c.spent > maxHDF5Spent {
		return nil, errors.Errorf("offset %d: %s: there are more than %d bytes of headers", address, what, maxHDF5Spent)
	}
	return c.bytes(address, n, what)
}

// visit marks an object, which may be reached on one way only.
func (c *hdf5Checker) visit(address uint64, what string) error {
	if c.objects[address] {
		return errors.Errorf("offset %d: %s is reached twice", address, what)
	}
	c.objects[address] = true
	return nil
}

var little = binary.LittleEndian

func (c *hdf5Checker) check() error {
	b, err := c.bytes(0, 48, "superblock")
	if err != nil {
		return err
	}
	if string(b[:8]) != "\x89HDF\r\n\x1a\n" {
		return errors.New("offset 0: is not an HDF5 file")
	}
	sizes, base, end, root := b[9:11], b[12:], b[28:], b[36:]
	switch b[8] {
	case 0:
		if b, err = c.bytes(0, 96, "superblock"); err != nil {
			return err
		}
		sizes, base, end, root = b[13:15], b[24:], b[40:], b[64:]
	case 2, 3:
	default:
		return errors.Errorf("offset 8: the superblock has version %d, want 0, 2 or 3", b[8])
	}
	if sizes[0] != 8 || sizes[1] != 8 {
		return errors.Errorf("the superblock has addresses of %d and lengths of %d bytes, want 8", sizes[0], sizes[1])
	}
	if v := little.Uint64(base); v != 0 {
		return errors.Errorf("the superblock has the base address %d, want 0", v)
	}
	if v := little.Uint64(end); v > c.size {
		return errors.Errorf("is cut: it has %d bytes, its superblock tells of %d", c.size, v)
	}
	address := little.Uint64(root)
	if b[8] == 0 {
		// The library takes the group from here where its header does not tell.
		if cached := [2]uint64{little.Uint64(b[80:]), little.Uint64(b[88:])}; cached != [2]uint64{} {
			return c.object(address, "", &cached)
		}
	}
	return c.object(address, "", nil)
}

// hdf5Message is a message of an object header.
type hdf5Message struct {
	kind, flags int
	data        []byte
}

// The kinds of messages.
const (
	hdf5Dataspace    = 1
	hdf5LinkInfo     = 2
	hdf5Datatype     = 3
	hdf5Link         = 6
	hdf5Layout       = 8
	hdf5Filters      = 11
	hdf5Reserved     = 15
	hdf5Continuation = 16
	hdf5SymbolTable  = 17
)

// messages reads the object header at an address.
func (c *hdf5Checker) messages(address uint64) (out []hdf5Message, err error) {
	b, err := c.index(address, 16, "object header")
	if err != nil {
		return nil, err
	}
	type block struct{ address, size uint64 }
	var next []block
	header, prefix, suffix := uint64(8), uint64(0), uint64(0) // bytes: of a message, before and after those of a block
	switch {
	case string(b[:4]) == "OHDR" && b[4] == 2:
		flags := b[5]
		at := address + 6
		if flags&0x20 != 0 {
			at += 16 // times
		}
		if flags&0x10 != 0 {
			at += 4 // limits of attributes
		}
		if b, err = c.index(at, 8, "object header"); err != nil {
			return nil, err
		}
		width := uint64(1) << (flags & 3)
		next = []block{{at + width, little.Uint64(b) << (64 - 8*width) >> (64 - 8*width)}}
		header, prefix, suffix = 4, 4, 4
		if flags&4 != 0 {
			header = 6
		}
	case b[0] == 1 && b[1] == 0:
		next = []block{{address + 16, uint64(little.Uint32(b[8:]))}}
	default:
		return nil, errors.Errorf("offset %d: there is no object header of version 1 or 2", address)
	}
	for first := true; len(next) > 0; first = false {
		part := next[0]
		next = next[1:]
		if !first {
			if err := c.visit(part.address, "object header continuation"); err != nil {
				return nil, err
			}
			if part.size < prefix+suffix {
				return nil, errors.Errorf("offset %d: an object header continuation has %d bytes", part.address, part.size)
			}
		}
		b, err := c.index(part.address, part.size, "object header")
		if err != nil {
			return nil, err
		}
		if !first {
			if prefix > 0 && string(b[:4]) != "OCHK" {
				return nil, errors.Errorf("offset %d: an object header continuation does not begin with OCHK", part.address)
			}
			b = b[prefix : part.size-suffix]
		}
		for uint64(len(b)) >= header {
			m := hdf5Message{kind: int(b[0]), flags: int(b[3])}
			size := uint64(little.Uint16(b[1:]))
			if header == 8 {
				m.kind, m.flags, size = int(little.Uint16(b)), int(b[4]), uint64(little.Uint16(b[2:]))
			}
			if size > uint64(len(b))-header {
				return nil, errors.Errorf("offset %d: a message of %d bytes goes beyond the object header", part.address, size)
			}
			m.data = b[header : header+size]
			b = b[header+size:]
			if header == 8 && size%8 != 0 {
				b = b[min(8-size%8, uint64(len(b))):]
			}
			out = append(out, m)
			if m.kind == hdf5Continuation && size > 0 {
				if size < 16 {
					return nil, errors.Errorf("offset %d: a continuation message has %d bytes, want 16", part.address, size)
				}
				next = append(next, block{little.Uint64(m.data), little.Uint64(m.data[8:])})
			}
		}
	}
	return out, nil
}

// object checks a group or dataset and all that is in it. Cached are the addresses of a group's B-tree
// and heap as its parent knows them.
func (c *hdf5Checker) object(address uint64, path string, cached *[2]uint64) error {
	if err := c.visit(address, "object /"+path); err != nil {
		return err
	}
	if c.depth++; c.depth > maxHDF5Depth {
		return errors.Errorf("offset %d: groups are nested %d deep", address, c.depth)
	}
	defer func() { c.depth-- }()
	messages, err := c.messages(address)
	if err != nil {
		return err
	}
	var table *[2]uint64
	var d hdf5Dataset
	for _, m := range messages {
		switch m.kind {
		case hdf5Reserved:
			// The library takes it for attributes in a fractal heap, which have kind 21.
			return errors.Errorf("offset %d: /%s has a message of kind %d, which is not supported", address, path, m.kind)
		case hdf5LinkInfo:
			if denseLinks(m.data) {
				return errors.Errorf("offset %d: /%s keeps its links in a fractal heap, which is not supported", address, path)
			}
		case hdf5Link:
			if err := c.link(m.data, address, path); err != nil {
				return err
			}
		case hdf5SymbolTable:
			if len(m.data) < 16 || table != nil {
				return errors.Errorf("offset %d: /%s has a symbol table message of %d bytes or more than one", address, path, len(m.data))
			}
			table = &[2]uint64{little.Uint64(m.data), little.Uint64(m.data[8:])}
		case hdf5Dataspace, hdf5Datatype, hdf5Layout, hdf5Filters:
			to := map[int]*[]byte{hdf5Datatype: &d.datatype, hdf5Layout: &d.layout, hdf5Filters: &d.filters}[m.kind]
			if m.flags&2 != 0 {
				return errors.Errorf("offset %d: /%s has a shared message of kind %d, which is not supported", address, path, m.kind)
			}
			if m.kind == hdf5Dataspace {
				if d.address != 0 {
					return errors.Errorf("offset %d: /%s has two dataspaces", address, path)
				}
				if d.rank, d.elements, err = dataspace(m.data); err != nil {
					return errors.Wrapf(err, "offset %d: /%s", address, path)
				}
				d.address = address
				continue
			}
			if *to != nil {
				return errors.Errorf("offset %d: /%s has two messages of kind %d", address, path, m.kind)
			}
			*to = m.data
		}
	}
	if table != nil && cached != nil && *table != *cached {
		return errors.Errorf("offset %d: /%s and what links it differ in where its symbol table is", address, path)
	}
	if table == nil {
		table = cached
	}
	if table != nil {
		return c.symbolTable(table[0], table[1], path)
	}
	if d.address != 0 {
		c.datasets[path] = &d
	}
	return nil
}

// denseLinks reports whether a link info message has the address of a fractal heap, or is broken.
func denseLinks(b []byte) bool {
	if len(b) < 2 {
		return true
	}
	at := 2
	if b[1]&1 != 0 {
		at += 8 // the order of creation is tracked
	}
	return len(b) < at+8 || little.Uint64(b[at:]) != undefined
}

// dataspace returns the number of dimensions and the first of them; a scalar has 0 and 1.
func dataspace(b []byte) (rank int, first uint64, err error) {
	if len(b) < 4 {
		return 0, 0, errors.Errorf("the dataspace has %d bytes, want at least 4", len(b))
	}
	at, counts := 8, 1
	switch {
	case b[0] == 2 && b[3] == 2:
		return 1, 0, nil // null: no elements
	case b[0] == 2:
		at = 4
	case b[0] != 1:
		return 0, 0, errors.Errorf("the dataspace has version %d, want 1 or 2", b[0])
	}
	if b[2]&1 != 0 {
		counts = 2 // with the largest dimensions
	}
	rank = int(b[1])
	if rank == 0 {
		return 0, 1, nil
	}
	if len(b) < at+8*rank*counts {
		return 0, 0, errors.Errorf("the dataspace has %d bytes, want %d for %d dimensions", len(b), at+8*rank*counts, rank)
	}
	return rank, little.Uint64(b[at:]), nil
}

// link checks a link message and what it links to.
func (c *hdf5Checker) link(b []byte, address uint64, path string) error {
	broken := errors.Errorf("offset %d: /%s has a broken link message", address, path)
	if len(b) < 2 || b[0] != 1 {
		return broken
	}
	flags, at, kind := b[1], 2, byte(0)
	if flags&8 != 0 && len(b) > at {
		kind = b[at]
		at++
	}
	if flags&4 != 0 {
		at += 8
	}
	if flags&16 != 0 {
		at++
	}
	width := 1 << (flags & 3)
	if len(b) < at+width {
		return broken
	}
	var wide [8]byte
	copy(wide[:], b[at:at+width])
	length := little.Uint64(wide[:])
	if at += width; length == 0 || length > uint64(len(b)-at) {
		return broken
	}
	name := string(b[at : at+int(length)])
	if kind != 0 {
		return nil // soft and external links lead nowhere here
	}
	if b = b[at+int(length):]; len(b) < 8 {
		return broken
	}
	return c.object(little.Uint64(b), join(path, name), nil)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// symbolTable checks a group of the older form: a B-tree of nodes with symbols, whose names are in a
// heap.
func (c *hdf5Checker) symbolTable(tree, heap uint64, path string) error {
	b, err := c.index(heap, 32, "local heap")
	if err != nil {
		return err
	}
	if string(b[:4]) != "HEAP" || b[4] != 0 {
		return errors.Errorf("offset %d: there is no local heap for /%s", heap, path)
	}
	names, err := c.index(little.Uint64(b[24:]), little.Uint64(b[8:]), "local heap")
	if err != nil {
		return err
	}
	return c.btree(tree, 0, 8, func(child uint64, _ []byte) error {
		head, err := c.index(child, 8, "symbol table node")
		if err != nil {
			return err
		}
		if string(head[:4]) != "SNOD" || head[4] != 1 {
			return errors.Errorf("offset %d: there is no symbol table node", child)
		}
		symbols, err := c.index(child+8, 40*uint64(little.Uint16(head[6:])), "symbol table node")
		if err != nil {
			return err
		}
		for ; len(symbols) > 0; symbols = symbols[40:] {
			kind := little.Uint32(symbols[16:])
			if kind == 2 {
				continue // a soft link
			}
			at := little.Uint64(symbols)
			if at >= uint64(len(names)) || bytes.IndexByte(names[at:], 0) < 0 {
				return errors.Errorf("offset %d: a symbol's name is at %d of a heap of %d bytes", child, at, len(names))
			}
			name := string(names[at : at+uint64(bytes.IndexByte(names[at:], 0))])
			var cached *[2]uint64
			if kind == 1 {
				cached = &[2]uint64{little.Uint64(symbols[24:]), little.Uint64(symbols[32:])}
			}
			if err := c.object(little.Uint64(symbols[8:]), join(path, name), cached); err != nil {
				return err
			}
		}
		return nil
	})
}

// btree calls each for the children of all leaves of a B-tree of version 1, with the key before them.
func (c *hdf5Checker) btree(address uint64, kind byte, key uint64, each func(child uint64, key []byte) error) error {
	return c.btreeNode(address, kind, key, maxHDF5Depth, each)
}

func (c *hdf5Checker) btreeNode(address uint64, kind byte, key uint64, level int, each func(child uint64, key []byte) error) error {
	if err := c.visit(address, "B-tree node"); err != nil {
		return err
	}
	b, err := c.index(address, 24, "B-tree node")
	if err != nil {
		return err
	}
	if string(b[:4]) != "TREE" || b[4] != kind || int(b[5]) >= level {
		return errors.Errorf("offset %d: there is no B-tree node of kind %d and a level below %d", address, kind, level)
	}
	level = int(b[5])
	n := uint64(little.Uint16(b[6:]))
	if b, err = c.index(address+24, n*(key+8)+key, "B-tree node"); err != nil {
		return err
	}
	for ; n > 0; n-- {
		child := little.Uint64(b[key:])
		if level > 0 {
			err = c.btreeNode(child, kind, key, level, each)
		} else {
			err = each(child, b[:key])
		}
		if err != nil {
			return err
		}
		b = b[key+8:]
	}
	return nil
}

// one checks that a dataset has one dimension, and how its elements are stored, each of some bytes. Each
// is called with the bytes of a part of them, and which element is the first.
func (c *hdf5Checker) one(d *hdf5Dataset, size uint64, each func(first uint64, b []byte) error) error {
	if d.rank != 1 {
		return errors.Errorf("has %d dimensions, want one", d.rank)
	}
	if d.datatype == nil || len(d.layout) < 2 {
		return errors.New("has no datatype or no layout")
	}
	if d.elements == 0 {
		return nil
	}
	if d.elements > maxHDF5/size {
		return errors.Errorf("has %d elements of %d bytes", d.elements, size)
	}
	total := d.elements * size
	version, class := d.layout[0], d.layout[1]
	if version != 3 && (version != 4 || class > 1) {
		return errors.Errorf("has a layout of version %d and class %d, which is not supported", version, class)
	}
	switch class {
	case 0:
		if len(d.layout) < 4 || total > uint64(little.Uint16(d.layout[2:])) || total > uint64(len(d.layout)-4) {
			return errors.Errorf("keeps %d elements of %d bytes in a message of %d", d.elements, size, len(d.layout))
		}
		return each(0, d.layout[4:4+total])
	case 1:
		if len(d.layout) < 18 {
			return errors.Errorf("has a layout message of %d bytes", len(d.layout))
		}
		b, err := c.bytes(little.Uint64(d.layout[2:]), total, "the data")
		if err != nil {
			return err
		}
		return each(0, b)
	case 2:
		return c.chunked(d, size, each)
	}
	return errors.Errorf("has a layout of class %d, which is not supported", class)
}

// maxChunk bounds the bytes of a chunk.
const maxChunk = 64 << 20

// chunked is one for elements in chunks, which may be compressed.
func (c *hdf5Checker) chunked(d *hdf5Dataset, size uint64, each func(first uint64, b []byte) error) error {
	// Dimensions are one more than those of the data: the last is that of an element's bytes.
	if len(d.layout) < 19 || d.layout[2] != 2 {
		return errors.Errorf("has a chunked layout of %d bytes, want two dimensions", len(d.layout))
	}
	elements := uint64(little.Uint32(d.layout[11:]))
	if elements == 0 || elements*size > maxChunk || uint64(little.Uint32(d.layout[15:])) != size {
		return errors.Errorf("has chunks of %d elements of %d bytes, want some of %d and at most %d bytes in all",
			elements, little.Uint32(d.layout[15:]), size, maxChunk)
	}
	f, err := filters(d.filters)
	if err != nil {
		return err
	}
	next := uint64(0)
	err = c.btree(little.Uint64(d.layout[3:]), 1, 24, func(child uint64, key []byte) error {
		if mask := little.Uint32(key[4:]); mask != 0 {
			return errors.Errorf("offset %d: a chunk leaves out filters", child)
		}
		if first := little.Uint64(key[8:]); first != next || next >= d.elements {
			return errors.Errorf("offset %d: a chunk begins at element %d, want %d of %d", child, first, next, d.elements)
		}
		stored, err := c.bytes(child, uint64(little.Uint32(key)), "a chunk")
		if err != nil {
			return err
		}
		b, err := f.decode(stored, elements*size)
		if err != nil {
			return errors.Wrapf(err, "offset %d: a chunk", child)
		}
		first := next
		next += elements
		return each(first, b[:min(elements, d.elements-first)*size])
	})
	if err != nil {
		return err
	}
	if next < d.elements {
		return errors.Errorf("lacks the elements from %d on", next)
	}
	return nil
}

// hdf5Pipeline are the filters of chunks, in the order of writing.
type hdf5Pipeline []hdf5Filter

type hdf5Filter struct{ id, element int } // element is the size of those that are shuffled

// The filters that are supported.
const (
	hdf5Deflate    = 1
	hdf5Shuffle    = 2
	hdf5Fletcher32 = 3
)

func filters(b []byte) (p hdf5Pipeline, err error) {
	if b == nil {
		return nil, nil
	}
	broken := errors.New("has a broken filter message")
	if len(b) < 2 || b[0] != 1 && b[0] != 2 {
		return nil, broken
	}
	version, n := b[0], int(b[1])
	b = b[2:]
	if version == 1 {
		if len(b) < 6 {
			return nil, broken
		}
		b = b[6:]
	}
	for range n {
		if len(b) < 8 {
			return nil, broken
		}
		f := hdf5Filter{id: int(little.Uint16(b))}
		if f.id < hdf5Deflate || f.id > hdf5Fletcher32 {
			return nil, errors.Errorf("is stored with filter %d, want only deflate, shuffle and Fletcher32", f.id)
		}
		name, values := 0, int(little.Uint16(b[6:]))
		if version == 1 {
			name = (int(little.Uint16(b[2:])) + 7) / 8 * 8
			b = b[8:]
		} else {
			values = int(little.Uint16(b[4:]))
			b = b[6:]
		}
		size := name + 4*values
		if version == 1 && values%2 != 0 {
			size += 4
		}
		if len(b) < size {
			return nil, broken
		}
		if f.id == hdf5Shuffle {
			// Sequences are not shuffled even where the filter is there, with which the library loses them.
			if values < 1 {
				return nil, errors.New("is stored with a shuffle filter that has no size of elements, which is not supported")
			}
			f.element = int(little.Uint32(b[name:]))
		}
		b = b[size:]
		p = append(p, f)
	}
	return p, nil
}

// decode undoes the filters, which is to give so many bytes.
func (p hdf5Pipeline) decode(b []byte, size uint64) ([]byte, error) {
	for i := len(p) - 1; i >= 0; i-- {
		switch f := p[i]; f.id {
		case hdf5Fletcher32: // the library checks the sum
			if len(b) < 4 {
				return nil, errors.New("has no checksum")
			}
			b = b[:len(b)-4]
		case hdf5Deflate:
			z, err := zlib.NewReader(bytes.NewReader(b))
			if err != nil {
				return nil, err
			}
			if b, err = io.ReadAll(io.LimitReader(z, int64(size)+1)); err != nil {
				return nil, err
			}
		case hdf5Shuffle:
			if f.element < 1 || len(b)%f.element != 0 {
				return nil, errors.Errorf("has %d bytes, shuffled as elements of %d", len(b), f.element)
			}
			n := len(b) / f.element
			plain := make([]byte, len(b))
			for k := range b {
				plain[k%n*f.element+k/n] = b[k]
			}
			b = plain
		}
	}
	if uint64(len(b)) != size {
		return nil, errors.Errorf("holds %d bytes, want %d", len(b), size)
	}
	return b, nil
}

// integers checks a dataset of integers.
func (c *hdf5Checker) integers(d *hdf5Dataset) error {
	t := d.datatype
	if len(t) < 12 || t[0]&15 != 0 {
		return errors.New("does not hold integers")
	}
	size := little.Uint32(t[4:])
	if size != 1 && size != 2 && size != 4 && size != 8 || little.Uint16(t[8:]) != 0 || uint32(little.Uint16(t[10:])) != 8*size {
		return errors.Errorf("holds integers of %d bytes of which not all bits count", size)
	}
	return c.one(d, uint64(size), func(uint64, []byte) error { return nil })
}

// ragged checks a dataset of sequences, and returns their lengths in bytes.
func (c *hdf5Checker) ragged(d *hdf5Dataset, element hdf5Element) (lengths []int, err error) {
	t := d.datatype
	if len(t) < 8 || t[0]&15 != 9 || t[1]&15 != 0 || little.Uint32(t[4:]) != 16 {
		return nil, errors.New("does not hold sequences of variable length")
	}
	if !element.is(t[8:]) {
		return nil, errors.Errorf("holds sequences of something else than %s", element.name)
	}
	heaps := map[uint64]map[uint16]uint64{}
	var inHeaps, inAll uint64
	err = c.one(d, 16, func(first uint64, b []byte) error {
		for ; len(b) > 0; b = b[16:] {
			n, address, id := uint64(little.Uint32(b)), little.Uint64(b[4:]), little.Uint32(b[12:])
			i := len(lengths)
			if address == 0 && id == 0 {
				if n != 0 {
					return errors.Errorf("[%d] has %d elements, but is nowhere", i, n)
				}
				lengths = append(lengths, 0)
				continue
			}
			heap, ok := heaps[address]
			if !ok {
				size := uint64(0)
				if heap, size, err = c.globalHeap(address); err != nil {
					return errors.Wrapf(err, "[%d]", i)
				}
				heaps[address] = heap
				inHeaps += size
			}
			got, ok := heap[uint16(id)]
			if !ok || id > math.MaxUint16 || got != n*uint64(element.size) {
				return errors.Errorf("[%d] has %d elements, but object %d of the heap at offset %d has %d bytes", i, n, id, address, got)
			}
			lengths = append(lengths, int(got))
			if inAll += got; inAll > c.size || inHeaps > c.size {
				return errors.Errorf("[%d]: the sequences are larger than the file: they overlap", i)
			}
		}
		return nil
	})
	return lengths, err
}

// globalHeap checks a collection of the global heap, and returns the sizes of its objects.
func (c *hdf5Checker) globalHeap(address uint64) (objects map[uint16]uint64, size uint64, err error) {
	b, err := c.bytes(address, 16, "global heap")
	if err != nil {
		return nil, 0, err
	}
	if string(b[:4]) != "GCOL" || b[4] != 1 {
		return nil, 0, errors.Errorf("offset %d: there is no global heap", address)
	}
	size = little.Uint64(b[8:])
	if size < 16 || size > c.size-address {
		return nil, 0, errors.Errorf("offset %d: a global heap has %d bytes, but the file ends at %d: it is cut or broken", address, size, c.size)
	}
	objects = map[uint16]uint64{}
	for at := uint64(16); at+16 <= size; {
		if b, err = c.bytes(address+at, 16, "global heap"); err != nil {
			return nil, 0, err
		}
		id, n := little.Uint16(b), little.Uint64(b[8:])
		if n > size-at {
			return nil, 0, errors.Errorf("offset %d: object %d of a global heap has %d bytes, more than there are", address+at, id, n)
		}
		if id == 0 {
			break // what is left is free
		}
		if n > size-at-16 {
			return nil, 0, errors.Errorf("offset %d: object %d of a global heap has %d bytes, more than there are", address+at, id, n)
		}
		if _, ok := objects[id]; ok {
			return nil, 0, errors.Errorf("offset %d: a global heap has two objects %d", address+at, id)
		}
		objects[id] = n
		at += 16 + (n+7)/8*8
	}
	return objects, size, nil
}
