package tensorfile

import (
	"bytes"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// legacyMagic is PyTorch's magic number as a pickle, after its first two bytes, which are the
// pickle's protocol.
var legacyMagic = []byte("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")

// legacyVersion is the only version of the format.
const legacyVersion = 1001

// isLegacy tells whether b starts as torch.save wrote before the zip format.
func isLegacy(b []byte) bool {
	return len(b) > 2 && b[0] == 0x80 && bytes.HasPrefix(b[2:], legacyMagic)
}

// readLegacy reads pickles of the magic number, the version, a description of the machine, the
// value and the keys of its storages; then, in the order of these keys, each storage's number of
// elements, of 8 bytes, and the elements.
func (c *checkpoint) readLegacy() (any, error) {
	at := 2 + len(legacyMagic)
	next := func() (any, error) {
		b, err := cutPickle(c.content[at:], at)
		if err != nil {
			return nil, err
		}
		v, err := c.unpickle(b, at)
		at += len(b)
		return v, err
	}

	version, err := next()
	if err != nil {
		return nil, err
	}
	if version != legacyVersion {
		return nil, errors.Errorf("version of the format is %v, want %d", version, legacyVersion)
	}
	machine, err := next()
	if err != nil {
		return nil, err
	}
	if d, _ := asDict(machine); !d.has("little_endian", true) {
		return nil, errors.New("written on a machine that is not little-endian")
	}
	value, err := next()
	if err != nil {
		return nil, err
	}
	keys, err := next()
	if err != nil {
		return nil, err
	}
	if err := c.legacyStorages(keys, at); err != nil {
		return nil, err
	}
	return value, nil
}

// legacyStorages reads the storages, which start at byte at and end with the file.
func (c *checkpoint) legacyStorages(keys any, at int) error {
	list, ok := keys.(*types.List)
	if !ok {
		return errors.Errorf("keys of the storages have type %T, want a list", keys)
	}
	for _, key := range *list {
		name, _ := key.(string)
		s, ok := c.storages[name]
		if !ok || s.data != nil {
			return errors.Errorf("storage %v at byte %d belongs to no tensor", key, at)
		}
		b := c.content[at:]
		size := s.count * dtypes[s.dtype].size
		if len(b) < 8 || size > len(b)-8 {
			return errors.Errorf("truncated: storage %q at byte %d needs %d bytes, and %d are left", name, at, 8+size, len(b))
		}
		if n := little.Uint64(b); n != uint64(s.count) {
			return errors.Errorf("storage %q at byte %d has %d elements, want %d", name, at, n, s.count)
		}
		s.data = b[8 : 8+size]
		at += 8 + size
	}
	for _, key := range c.keys() {
		if c.storages[key].data == nil {
			return errors.Errorf("storage %q is missing", key)
		}
	}
	if at != len(c.content) {
		return errors.Errorf("%d bytes after the last storage, from byte %d", len(c.content)-at, at)
	}
	return nil
}
