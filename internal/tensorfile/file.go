package tensorfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// File is an open file of arrays: a .npy, .npz or safetensors file, whose elements stay in it, or a PyTorch
// checkpoint, which is held in memory.
type File struct {
	path  string
	f     *os.File
	names []string
	array func(name string) (*Array, error)

	memory int64 // that a checkpoint may take
}

// Open opens a file of arrays, whichever the content says it is. A .npy file has one array, with the file's name
// without the ending. A checkpoint may have so many bytes.
func Open(path string, memory int64) (*File, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	out := &File{path: path, f: f, memory: memory}
	if err := out.open(); err != nil {
		f.Close()
		return nil, inFile(err, path)
	}
	return out, nil
}

// regular wants a regular file: a pipe or a device may have no end.
func regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.Errorf("%s: not a regular file", path)
	}
	return err
}

func (f *File) open() error {
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	first, size := make([]byte, 20), info.Size()
	n, err := f.f.ReadAt(first, 0)
	if err != nil && err != io.EOF {
		return err
	}
	var arrays []*Array
	switch {
	case bytes.HasPrefix(first, []byte(npyMagic)):
		arrays, err = f.openNPY(size)
	case bytes.HasPrefix(first, zipMagic):
		z, e := openZip(f.f, size)
		if e != nil {
			return e
		}
		if !isNPZ(z) {
			arrays, err = openPTH(f.path, size, f.memory)
			break
		}
		a, e := newNPZ(z, f.f, size)
		if e != nil {
			return e
		}
		f.names, f.array = a.names(), a.array
		return nil
	case isLegacy(first[:n]):
		arrays, err = openPTH(f.path, size, f.memory)
	case n > 8 && first[8] == '{':
		arrays, err = openSafetensors(f.f, size)
	default:
		return errors.Errorf("is no file of arrays: it begins with %.20q, want a .npy, .npz or safetensors file or a PyTorch checkpoint", first[:n])
	}
	if err != nil {
		return err
	}
	byName := make(map[string]*Array, len(arrays))
	for _, a := range arrays {
		f.names = append(f.names, a.Name)
		byName[a.Name] = a
	}
	slices.Sort(f.names)
	f.array = func(name string) (*Array, error) { return byName[name], nil }
	return nil
}

func (f *File) openNPY(size int64) ([]*Array, error) {
	h, err := readNPYHeader(io.NewSectionReader(f.f, 0, size), size)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(f.path), ".npy")
	return []*Array{{Name: name, Shape: h.shape, DType: h.dtype, big: h.big, column: h.column,
		r: io.NewSectionReader(f.f, h.bytes, size-h.bytes)}}, nil
}

// openPTH reads a PyTorch checkpoint.
func openPTH(path string, file, memory int64) ([]*Array, error) {
	if file > memory {
		return nil, errors.Errorf("a PyTorch checkpoint has to be held in memory, and has %s, want at most %s: saved as safetensors it is read as it is needed",
			size(file), size(memory))
	}
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	tensors, err := parsePTH(b)
	if err != nil {
		return nil, err
	}
	arrays := make([]*Array, len(tensors))
	for i, t := range tensors {
		arrays[i] = &Array{Name: t.Name, Shape: t.Shape, DType: t.DType, r: bytes.NewReader(t.raw), held: t.raw}
	}
	return arrays, nil
}

// Names are the names of the arrays, sorted.
func (f *File) Names() []string { return f.names }

// Has tells whether there is an array of a name.
func (f *File) Has(name string) bool {
	_, ok := slices.BinarySearch(f.names, name)
	return ok
}

// Array finds an array by its name.
func (f *File) Array(name string) (*Array, error) {
	if !f.Has(name) {
		return nil, errors.Errorf("%s has no array %.80q; it has %s", f.path, name, list(f.names))
	}
	a, err := f.array(name)
	if err != nil {
		return nil, inFile(errors.WithMessagef(err, "array %.80q", name), f.path)
	}
	return a, nil
}

// list names a few of many.
func list(names []string) string {
	const most = 20
	var b strings.Builder
	for i, n := range names[:min(len(names), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(n[:min(len(n), 80)])
	}
	if len(names) > most {
		b.WriteString(", …")
	}
	if len(names) == 0 {
		return "none"
	}
	return b.String()
}

// Close closes the file, after which its arrays cannot be read.
func (f *File) Close() error { return f.f.Close() }

// tensors reads all arrays of numbers; text is left out. What is compressed may inflate to 32 times the file, or
// 64 MiB: weights are never compressed further.
func (f *File) tensors() ([]Tensor, error) {
	info, err := f.f.Stat()
	if err != nil {
		return nil, err
	}
	free := max(32*info.Size(), 64<<20)
	var out []Tensor
	var left error // why one was left out
	for _, name := range f.names {
		a, err := f.array(name)
		var t Tensor
		if err == nil && a.r == nil {
			if free -= a.bytes(); free < 0 {
				err = errors.Errorf("inflates to %s, and all arrays to more than %s: save them by np.savez",
					size(a.bytes()), size(max(32*info.Size(), 64<<20)))
			}
		}
		if err == nil {
			t, err = a.Tensor()
		}
		if _, ok := errors.Cause(err).(errText); ok {
			left = err
			continue
		}
		if err != nil {
			return nil, errors.WithMessagef(err, "array %.80q", name)
		}
		out = append(out, t)
	}
	if len(out) == 0 && left != nil {
		return nil, left
	}
	return out, nil
}
