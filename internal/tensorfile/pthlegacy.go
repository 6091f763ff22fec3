package tensorfile

import (
	"bytes"
	"math"

	"github.com/pkg/errors"
)

// legacyMagic is PyTorch's magic number as a pickle, after its first two bytes, which are the
// pickle's protocol.
var legacyMagic = []byte("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")

// legacyVersion is the only version of the format.
const legacyVersion = 1001

// maxPreamble bounds the pickles of the version and of the machine.
const maxPreamble = 1 << 16

// legacyMagicText is the same in the protocols 0 and 1.
var legacyMagicText = []byte("L119547037146038801333356L\n.")

// isLegacy tells whether b starts as torch.save wrote before the zip format.
func isLegacy(b []byte) bool {
	return bytes.HasPrefix(b, legacyMagicText) || len(b) > 2 && b[0] == 0x80 && bytes.HasPrefix(cutFrame(b[2:]), legacyMagic)
}

// cutFrame takes away what the protocols 4 and 5 begin a pickle with.
func cutFrame(b []byte) []byte {
	if len(b) > 9 && b[0] == 0x95 {
		return b[9:]
	}
	return b
}

// readLegacy reads pickles of the magic number, the version, a description of the machine, the
// value and the keys of its storages; then, in the order of these keys, each storage's number of
// elements, of 8 bytes, and the elements.
func (c *checkpoint) readLegacy() error {
	at := bytes.IndexByte(c.content, '.') + 1 // the magic number has none
	next := func(most, texts int) (*machine, ref, error) {
		rest := c.content[at:]
		m := newMachine(rest[:min(len(rest), most)], c.budget)
		m.persistent, m.keepTexts, m.work = c.persistent, texts, math.MaxInt
		if texts == math.MaxInt {
			m.foldAt = math.MaxInt // the keys of the storages
		}
		r, n, err := m.run()
		err = errors.WithMessagef(err, "after byte %d", at)
		at += n
		return m, r, err
	}
	m, version, err := next(maxPreamble, keepTexts)
	if err != nil {
		return err
	}
	if n, _ := integerOf(version); n != legacyVersion {
		return errors.Errorf("version of the format is %s (%d), want %d", m.describe(version), n, legacyVersion)
	}
	m, description, err := next(maxPreamble, keepTexts)
	if err != nil {
		return err
	}
	if m.is(description, typeDict) {
		if order, ok := m.get(description, "little_endian"); !ok || order.kind() != kindTrue {
			return errors.New("written on a machine that is not little-endian")
		}
	}
	if c.m, c.root, err = next(math.MaxInt, keepTexts); err != nil {
		return err
	}
	c.forget()
	m, keys, err := next(math.MaxInt, math.MaxInt)
	if err != nil {
		return err
	}
	return c.legacyStorages(m, keys, at)
}

// legacyStorages finds the storages, which start at byte at and end with the file.
func (c *checkpoint) legacyStorages(m *machine, keys ref, at int) (err error) {
	if !m.is(keys, typeList) || *m.header(keys)&cut != 0 {
		return errors.Errorf("keys of the storages are %s, want a list of texts", m.describe(keys))
	}
	m.items(keys, 1, func(_ int, item ref) bool {
		key, _ := c.key(m, item)
		s, ok := c.storages[key]
		if !ok || s.data != nil {
			err = errors.Errorf("storage %.80q at byte %d belongs to no tensor", key, at)
			return false
		}
		if s.size == 0 {
			err = errors.Errorf("storage %.80q at byte %d is of a class whose elements have a size that is not known", key, at)
			return false
		}
		b := c.content[at:]
		if len(b) < 8 || s.count > (len(b)-8)/s.size {
			err = errors.Errorf("truncated: storage %.80q at byte %d needs %d elements of %d bytes, and %d bytes are left", key, at, s.count, s.size, len(b))
			return false
		}
		if n := little.Uint64(b); n != uint64(s.count) {
			err = errors.Errorf("storage %.80q at byte %d has %d elements, want %d", key, at, n, s.count)
			return false
		}
		s.data = b[8 : 8+s.count*s.size]
		at += 8 + s.count*s.size
		return true
	})
	if err != nil {
		return err
	}
	if at != len(c.content) {
		return errors.Errorf("%d bytes after the last storage, from byte %d", len(c.content)-at, at)
	}
	return nil
}
