package tensorfile

import (
	"archive/zip"
	"bytes"
	"io"
	"math"

	"github.com/pkg/errors"
)

// openZip opens an archive of so many bytes. A list of its members takes several times the memory of the directory
// at the archive's end, which is therefore bounded before it is read: it is usually a small part of the file.
func openZip(r io.ReaderAt, file int64) (*zip.Reader, error) {
	begin, err := zipDirectory(r, file)
	if err != nil {
		return nil, errors.WithMessage(err, "zip archive")
	}
	if got, most := file-begin, file/3+8<<20; got > most {
		return nil, errors.Errorf("zip archive: byte %d: the directory has %d bytes of %d, want at most %d", begin, got, file, most)
	}
	z, err := zip.NewReader(r, file)
	if err != nil {
		return nil, errors.WithMessage(err, "zip archive")
	}
	// Members that share their bytes inflate to far more than the file could.
	free := uint64(file)
	for _, f := range z.File {
		if f.CompressedSize64 > free {
			return nil, errors.Errorf("zip archive: the members up to %.80q have more bytes than the file, %d: they overlap, or it is cut", f.Name, file)
		}
		free -= f.CompressedSize64
	}
	return z, nil
}

// zipDirectory finds the first byte that an archive's end says to be of the directory (APPNOTE.TXT 4.3.14 to 4.3.16).
func zipDirectory(r io.ReaderAt, file int64) (int64, error) {
	const end, locator, end64 = 22, 20, 56
	at := max(0, file-end-0xffff-locator)
	b := make([]byte, file-at)
	if _, err := r.ReadAt(b, at); err != nil && err != io.EOF {
		return 0, err
	}
	i := bytes.LastIndex(b, []byte("PK\x05\x06"))
	if i < 0 || len(b)-i < end {
		return 0, errors.New("has no end: it is cut")
	}
	// The directory counts back from its end, or begins where it is said to: the first of the two is safe. The
	// largest number refers to the 64-bit end.
	first, size, begin := at+int64(i), little.Uint32(b[i+12:]), little.Uint32(b[i+16:])
	if size != math.MaxUint32 {
		first -= int64(size)
	}
	if begin != math.MaxUint32 {
		first = min(first, int64(begin))
	}
	if k := i - locator; k >= 0 && string(b[k:k+4]) == "PK\x06\x07" {
		e := make([]byte, end64)
		if _, err := r.ReadAt(e, int64(little.Uint64(b[k+8:]))); err != nil || string(e[:4]) != "PK\x06\x06" {
			return 0, errors.Errorf("byte %d: there is no end of a 64-bit archive: %v", at+int64(k), err)
		}
		size64, begin64 := little.Uint64(e[40:]), little.Uint64(e[48:])
		if size64 > uint64(file) || begin64 > uint64(file) {
			return 0, errors.Errorf("byte %d: the directory has %d bytes from byte %d on, beyond the end", at+int64(k), size64, begin64)
		}
		first = min(first, at+int64(k)-end64-int64(size64), int64(begin64))
	}
	return max(0, first), nil
}
