package hdf5

import (
	"encoding/binary"
	"slices"
)

// builder makes files that the HDF5 library would not write: each part is put behind the last.
type builder struct{ b []byte }

// newBuilder leaves room for the superblock.
func newBuilder() *builder { return &builder{make([]byte, 48)} }

// put appends a part, and returns its address.
func (w *builder) put(parts ...any) uint64 {
	at := uint64(len(w.b))
	w.b = append(w.b, fields(parts...)...)
	return at
}

// fields are numbers, texts and bytes one behind the other: an int is a byte.
func fields(parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = append(b, byte(p))
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, p)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, p)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, p)
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

// msg is a message of an object header of version 2.
func msg(kind int, parts ...any) []byte {
	body := fields(parts...)
	return fields(kind, uint16(len(body)), 0, body)
}

// header puts an object header with messages.
func (w *builder) header(messages ...[]byte) uint64 {
	all := slices.Concat(messages...)
	return w.put("OHDR", 2, 2, uint32(len(all)), all, uint32(0))
}

// hard is a hard link message.
func hard(name string, to uint64) []byte {
	return msg(messageLink, 1, 1, uint16(len(name)), name, to)
}

// group puts a group.
func (w *builder) group(links ...[]byte) uint64 {
	return w.header(append(links, msg(messageGroupInfo, 0, 0))...)
}

// file is the whole with a root group.
func (w *builder) file(root uint64) []byte {
	copy(w.b, fields(signature, 2, 8, 8, 0, uint64(0), uint64(undefined), uint64(len(w.b)), root, uint32(0)))
	return w.b
}

// Types and extents.
func u1() []byte { return msg(messageType, 0x10, 0, 0, 0, uint32(1), uint16(0), uint16(8)) }
func vlen() []byte {
	return msg(messageType, 0x19, 0, 0, 0, uint32(16), 0x10, 0, 0, 0, uint32(1), uint16(0), uint16(8))
}
func extent1(n uint64) []byte { return msg(messageSpace, 2, 1, 0, 1, n) }

// contiguous and one chunk, of size bytes of the file.
func contiguous(at, n uint64) []byte { return msg(messageLayout, 3, layoutContiguous, at, n) }
func oneChunk(at, size, elements uint64, element int) []byte {
	return msg(messageLayout, 4, layoutChunked, 2, 2, 8, elements, uint64(element), 1, size, uint32(0), at)
}
func filtered(id uint16) []byte {
	if id >= 256 {
		return msg(messageFilters, 2, 1, id, uint16(0), uint16(0), uint16(0))
	}
	return msg(messageFilters, 2, 1, id, uint16(0), uint16(0))
}
