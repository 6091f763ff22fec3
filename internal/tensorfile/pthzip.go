package tensorfile

import (
	"archive/zip"
	"bytes"
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
	if err := c.spend(bytesEntry * bytes.Count(c.content, entryMagic)); err != nil {
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
		if b, err := c.extract(order); err != nil || string(b) != "little" {
			return errors.Errorf("%s: byte order is not little-endian", clip(order.Name))
		}
	}
	b, err := c.extract(pickle)
	if err == nil {
		_, err = c.unpickle(b)
	}
	return errors.WithMessage(err, clip(pickle.Name))
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
				if s.file != nil {
					return errors.Errorf("zip archive has two entries %q", clip(f.Name))
				}
				s.file = f
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
	if c.archive == nil {
		return nil, errors.Errorf("storage %.80q is missing", key)
	}
	if s.file == nil {
		if err := c.findEntries(); err != nil {
			return nil, err
		}
	}
	name := clip(c.folder + "data/" + key)
	if s.file == nil {
		return nil, errors.Errorf("%s is missing", name)
	}
	if s.count > len(c.content)*1032/s.size || s.file.UncompressedSize64 != uint64(s.count*s.size) {
		return nil, errors.Errorf("%s has %d bytes, want %d: elements of %d bytes", name, s.file.UncompressedSize64, s.count, s.size)
	}
	if s.file.Method == zip.Store {
		if c.claimed += s.count * s.size; c.claimed > len(c.content) {
			return nil, errors.Errorf("%s: the storages overlap", name)
		}
	}
	b, err := c.extract(s.file)
	if err == nil {
		s.data = b
	}
	return b, err
}

// extract is the content of an entry: a part of the file, unless the entry is compressed. Those
// of torch.save are not; those of an archive that other programs have packed may be.
func (c *checkpoint) extract(f *zip.File) ([]byte, error) {
	name := clip(f.Name)
	at, err := f.DataOffset()
	if err != nil {
		return nil, errors.WithMessage(err, name)
	}
	if at < 0 || at > int64(len(c.content)) || f.CompressedSize64 > uint64(int64(len(c.content))-at) {
		return nil, errors.Errorf("truncated: %s has %d bytes at byte %d, beyond the end", name, f.CompressedSize64, at)
	}
	if f.Method != zip.Store {
		if f.UncompressedSize64 > uint64(max(c.budget, 0)) {
			return nil, errors.Errorf("%s is compressed, and has %d bytes: far more than a file of this size should", name, f.UncompressedSize64)
		}
		c.budget -= int(f.UncompressedSize64)
		r, err := f.Open()
		if err != nil {
			return nil, errors.WithMessage(err, name)
		}
		defer r.Close()
		b := make([]byte, f.UncompressedSize64)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, errors.WithMessage(err, name)
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF { // and the checksum
			return nil, errors.Errorf("%s has another length or checksum than the archive says: %v", name, err)
		}
		return b, nil
	}
	if f.CompressedSize64 != f.UncompressedSize64 {
		return nil, errors.Errorf("%s has %d bytes, and %d in the archive", name, f.UncompressedSize64, f.CompressedSize64)
	}
	b := c.content[at:][:f.UncompressedSize64]
	// PyTorch writes 0 where it is told not to compute checksums (set_crc32_options).
	if sum := crc32.ChecksumIEEE(b); f.CRC32 != 0 && sum != f.CRC32 {
		return nil, errors.Errorf("%s at byte %d has checksum %08x, want %08x", name, at, sum, f.CRC32)
	}
	return b, nil
}
