package tensorfile

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// zipMagic starts a zip archive.
var zipMagic = []byte("PK\x03\x04")

// bytesEntry is about what archive/zip takes for an entry, and entryMagic what marks one.
const bytesEntry = 360

var entryMagic = []byte("PK\x01\x02")

// readZip reads the zip format: a folder of any name with the pickle data.pkl and, in data/, the
// elements of each storage under its key.
func (c *checkpoint) readZip() error {
	// The list of the entries may take far more memory than the archive does.
	list := bytesEntry * bytes.Count(c.content, entryMagic)
	if err := c.spend(list); err != nil {
		return errors.WithMessage(err, "zip archive")
	}
	archive, err := zip.NewReader(bytes.NewReader(c.content), int64(len(c.content)))
	if err != nil {
		return errors.WithMessage(err, "zip archive")
	}
	c.archive = archive
	pickle, err := c.one("data.pkl", "")
	if err != nil {
		return err
	}
	if pickle == nil {
		return errors.New("zip archive has no data.pkl: not a PyTorch checkpoint")
	}
	c.folder = strings.TrimSuffix(pickle.Name, "data.pkl")
	if order, err := c.one("byteorder", c.folder); err != nil {
		return err
	} else if order != nil {
		if b, err := c.extract(newEntry(order)); err != nil || string(b) != "little" {
			return errors.Errorf("%s: byte order is not little-endian", clip(order.Name))
		}
	}
	b, err := c.extract(newEntry(pickle))
	if err == nil {
		_, err = c.unpickle(b)
	}
	if err != nil {
		return errors.WithMessage(err, clip(pickle.Name))
	}
	if err := c.findEntries(); err != nil {
		return err
	}
	c.archive = nil
	c.budget += list
	c.drop(list)
	return nil
}

// entry is what has to be known of an entry of an archive.
type entry struct {
	at         int64 // where it begins in the file
	size, held uint64
	sum        uint32
	compressed *zip.File // nil if it is not
	err        error
}

func newEntry(f *zip.File) *entry {
	e := &entry{size: f.UncompressedSize64, held: f.CompressedSize64, sum: f.CRC32}
	e.at, e.err = f.DataOffset()
	if f.Method != zip.Store {
		e.compressed = f
	}
	return e
}

// one finds the entry of a name, at most one folder deep or in a folder.
func (c *checkpoint) one(name, folder string) (*zip.File, error) {
	var found *zip.File
	for _, f := range c.archive.File {
		in, ok := strings.CutSuffix(f.Name, name)
		if !ok || strings.HasPrefix(in, "__MACOSX/") || in != "" && !strings.HasSuffix(in, "/") || folder == "" && strings.Count(in, "/") > 1 || folder != "" && in != folder {
			continue
		}
		if found != nil {
			return nil, errors.Errorf("zip archive has %q and %q", clip(found.Name), clip(f.Name))
		}
		found = f
	}
	return found, nil
}

// findEntries gives each storage its entry of the archive.
func (c *checkpoint) findEntries() error {
	for _, f := range c.archive.File {
		if key, ok := strings.CutPrefix(f.Name, c.folder+"data/"); ok {
			if s := c.storages[key]; s != nil {
				if s.entry != nil {
					return errors.Errorf("zip archive has two entries %q", clip(f.Name))
				}
				s.entry = newEntry(f)
			}
		}
	}
	return nil
}

// load gives the bytes of a storage.
func (c *checkpoint) load(key string, s *stored) ([]byte, error) {
	if s.data != nil || s.count == 0 {
		return s.data, nil
	}
	if s.entry == nil {
		return nil, errors.Errorf("%s is missing", c.storageName(key))
	}
	if s.count > len(c.content)*1032/s.size || s.entry.size != uint64(s.count*s.size) {
		return nil, errors.Errorf("%s has %d bytes, want %d elements of %d bytes", c.storageName(key), s.entry.size, s.count, s.size)
	}
	if s.entry.compressed == nil {
		if c.claimed += s.count * s.size; c.claimed > len(c.content) {
			return nil, errors.Errorf("%s: the storages overlap", c.storageName(key))
		}
	}
	b, err := c.extract(s.entry)
	if err == nil {
		s.data = b
	}
	return b, errors.WithMessage(err, c.storageName(key))
}

// storageName is what a storage is called in the file.
func (c *checkpoint) storageName(key string) string {
	if isLegacy(c.content) {
		return fmt.Sprintf("storage %q", clip(key))
	}
	return clip(c.folder + "data/" + key)
}

// extract is the content of an entry: a part of the file, unless the entry is compressed. Those
// of torch.save are not; those of an archive that other programs have packed may be.
func (c *checkpoint) extract(e *entry) ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	if e.at < 0 || e.at > int64(len(c.content)) || e.held > uint64(int64(len(c.content))-e.at) {
		return nil, errors.Errorf("truncated: has %d bytes at byte %d, beyond the end", e.held, e.at)
	}
	if e.compressed != nil {
		return c.inflate(e)
	}
	if e.held != e.size {
		return nil, errors.Errorf("has %d bytes, and %d in the archive", e.size, e.held)
	}
	b := c.content[e.at:][:e.size]
	// PyTorch writes 0 where it is told not to compute checksums (set_crc32_options).
	if sum := crc32.ChecksumIEEE(b); e.sum != 0 && sum != e.sum {
		return nil, errors.Errorf("at byte %d has checksum %08x, want %08x", e.at, sum, e.sum)
	}
	return b, nil
}

// inflate is the content of an entry that is compressed.
func (c *checkpoint) inflate(e *entry) ([]byte, error) {
	if e.size > uint64(max(c.budget, 0)) {
		return nil, errors.Errorf("is compressed, and has %d bytes: far more than a file of this size should", e.size)
	}
	c.budget -= int(e.size)
	r, err := e.compressed.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := make([]byte, e.size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF { // and the checksum
		return nil, errors.Errorf("has another length or checksum than the archive says: %v", err)
	}
	return b, nil
}
