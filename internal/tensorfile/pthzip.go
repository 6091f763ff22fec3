package tensorfile

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"strings"

	"github.com/pkg/errors"
)

// zipMagic starts a zip archive.
var zipMagic = []byte("PK\x03\x04")

// readZip reads the zip format: a folder of any name with the pickle data.pkl and, in data/, the
// elements of each storage under its key.
func (c *checkpoint) readZip() (any, error) {
	archive, err := zip.NewReader(bytes.NewReader(c.content), int64(len(c.content)))
	if err != nil {
		return nil, errors.WithMessage(err, "zip archive")
	}
	files := make(map[string]*zip.File, len(archive.File))
	root, found := "", false
	for _, f := range archive.File {
		if files[f.Name] != nil {
			return nil, errors.Errorf("zip archive has two entries %q", f.Name)
		}
		files[f.Name] = f
		if folder, ok := strings.CutSuffix(f.Name, "data.pkl"); ok && strings.Count(folder, "/") <= 1 {
			if found {
				return nil, errors.Errorf("zip archive has %q and %q", root+"data.pkl", f.Name)
			}
			root, found = folder, true
		}
	}
	if !found {
		return nil, errors.New("zip archive has no data.pkl: not a PyTorch checkpoint")
	}
	if files[root+"constants.pkl"] != nil {
		return nil, errors.New("TorchScript archive, want a state dict or a module")
	}
	if order := files[root+"byteorder"]; order != nil {
		if b, err := c.stored(order); err != nil || string(b) != "little" {
			return nil, errors.New("byte order is not little-endian")
		}
	}

	value, err := c.zipPickle(files[root+"data.pkl"])
	if err != nil {
		return nil, err
	}
	for _, key := range c.keys() {
		name := root + "data/" + key
		f := files[name]
		if f == nil {
			return nil, errors.Errorf("%s is missing", name)
		}
		s := c.storages[key]
		if want := s.count * dtypes[s.dtype].size; f.UncompressedSize64 != uint64(want) {
			return nil, errors.Errorf("%s has %d bytes, want %d: %d elements of type %s", name, f.UncompressedSize64, want, s.count, s.dtype)
		}
		if s.data, err = c.stored(f); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// zipPickle reads the pickle that is an entry of the archive.
func (c *checkpoint) zipPickle(f *zip.File) (any, error) {
	b, err := c.stored(f)
	if err != nil {
		return nil, err
	}
	b, err = cutPickle(b, 0)
	if err != nil {
		return nil, errors.WithMessage(err, f.Name)
	}
	value, err := c.unpickle(b, 0)
	return value, errors.WithMessage(err, f.Name)
}

// stored is the content of an entry, a part of the file. torch.save compresses nothing, and so
// no entry is larger than the file.
func (c *checkpoint) stored(f *zip.File) ([]byte, error) {
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, errors.Errorf("%s is compressed", f.Name)
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, errors.WithMessage(err, f.Name)
	}
	if at < 0 || at > int64(len(c.content)) || f.UncompressedSize64 > uint64(int64(len(c.content))-at) {
		return nil, errors.Errorf("truncated: %s has %d bytes at byte %d, beyond the end", f.Name, f.UncompressedSize64, at)
	}
	b := c.content[at:][:f.UncompressedSize64]
	if sum := crc32.ChecksumIEEE(b); sum != f.CRC32 {
		return nil, errors.Errorf("%s at byte %d has checksum %08x, want %08x", f.Name, at, sum, f.CRC32)
	}
	return b, nil
}
