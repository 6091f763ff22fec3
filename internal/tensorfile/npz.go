package tensorfile

import (
	"archive/zip"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// npz is an archive of .npy files, as np.savez and np.savez_compressed write.
type npz struct {
	r       io.ReaderAt
	file    int64
	members map[string]*zip.File
}

// isNPZ tells that there is a .npy file in an archive.
func isNPZ(z *zip.Reader) bool {
	return slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, ".npy") })
}

// newNPZ lists the arrays of an archive. What are no .npy files is left out.
func newNPZ(z *zip.Reader, r io.ReaderAt, file int64) (*npz, error) {
	a := &npz{r: r, file: file, members: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if a.members[name] != nil {
			return nil, errors.Errorf("two arrays are named %.80q", name)
		}
		a.members[name] = f
	}
	return a, nil
}

func (a *npz) names() []string { return slices.Sorted(maps.Keys(a.members)) }

// array reads the beginning of a member.
func (a *npz) array(name string) (*Array, error) {
	f := a.members[name]
	switch {
	case f.Flags&1 != 0:
		return nil, errors.New("is encrypted")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, errors.Errorf("is compressed by method %d, want %d, deflate, or %d, none", f.Method, zip.Deflate, zip.Store)
	case f.UncompressedSize64 > 1<<62:
		return nil, errors.Errorf("is said to have %d bytes", f.UncompressedSize64)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	h, err := readNPYHeader(r, int64(f.UncompressedSize64))
	if err != nil {
		return nil, err
	}
	out := &Array{Name: name, Shape: h.shape, DType: h.dtype, big: h.big, column: h.column}
	out.load = func() ([]byte, error) { return load(f, h.bytes) }
	if f.Method == zip.Store {
		at, err := f.DataOffset()
		size := int64(f.UncompressedSize64)
		if err != nil || f.CompressedSize64 != f.UncompressedSize64 || at > a.file-size {
			return nil, errors.Errorf("has %d bytes from byte %d on, of %d: %v", size, at, a.file, err)
		}
		out.r = io.NewSectionReader(a.r, at+h.bytes, size-h.bytes)
	}
	return out, nil
}

// load reads the elements of a member, behind a header of so many bytes.
func load(f *zip.File, header int64) ([]byte, error) {
	n := int64(f.UncompressedSize64) - header
	if n > 64<<20 && uint64(n)/4 > f.CompressedSize64 {
		// Whether so few bytes really hold so many, one finds out before there is room for them.
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		if _, err := io.Copy(io.Discard, r); err != nil {
			return nil, errors.Wrap(err, "cannot be inflated")
		}
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, header); err != nil {
		return nil, errors.Wrap(err, "header")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, errors.Wrap(err, "elements")
	}
	if _, err := io.ReadFull(r, make([]byte, 1)); err != io.EOF { // at the end the checksum is compared
		return nil, errors.Errorf("elements: the end is not after %d bytes: %v", n, err)
	}
	return b, nil
}
