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
	r     io.ReaderAt
	size  int64
	close func() error

	names []string // sorted
	array func(name string) (*Array, error)
	all   func() ([]Tensor, error) // nil: one array after the other

	deeper  func(name string) bool // tells whether there is an array at a path; nil: there are no paths
	without error                  // why none is read unless it is named
}

// Open opens a file of arrays, whichever the content says it is. A .npy file has one array, with the file's name
// without the ending. A checkpoint, which is held in memory, may have so many bytes.
func Open(path string, memory int64) (*File, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	out := &File{path: path, r: f, size: info.Size(), close: f.Close}
	if err := out.open(memory); err != nil {
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

// open finds out what is in the file.
func (f *File) open(memory int64) error {
	first := make([]byte, 512)
	n, err := f.r.ReadAt(first, 0)
	if err != nil && err != io.EOF {
		return err
	}
	switch first = first[:n]; {
	case bytes.HasPrefix(first, []byte(npyMagic)):
		return f.openNPY()
	case bytes.HasPrefix(first, zipMagic):
		z, err := openZip(f.r, f.size)
		if err != nil {
			return err
		}
		if !isNPZ(z) {
			return f.openPTH(memory)
		}
		a, err := newNPZ(z, f.r, f.size)
		if err != nil {
			return err
		}
		f.names, f.array = a.names(), a.array
		return nil
	case isPTH(first):
		return f.openPTH(memory)
	case n > 8 && first[8] == '{':
		a, err := openSafetensors(f.r, f.size)
		if err != nil {
			return err
		}
		f.names, f.array, f.all = a.names(), a.array, a.tensors
		return nil
	}
	return errors.Errorf("not a PyTorch checkpoint, nor a .npy, .npz or safetensors file: it begins with %q", first[:min(n, 20)])
}

func (f *File) openNPY() error {
	h, err := readNPYHeader(io.NewSectionReader(f.r, 0, f.size), f.size)
	if err != nil {
		return err
	}
	a := &Array{Name: strings.TrimSuffix(filepath.Base(f.path), ".npy"), Shape: h.shape, DType: h.dtype, big: h.big, column: h.column,
		r: io.NewSectionReader(f.r, h.bytes, f.size-h.bytes)}
	f.names, f.array = []string{a.Name}, func(string) (*Array, error) { return a, nil }
	return nil
}

// openPTH reads a PyTorch checkpoint. Its arrays are the tensors that are read when nobody chooses, or the only one of
// the file, and all others by their paths.
func (f *File) openPTH(memory int64) (err error) {
	if f.size > memory {
		return errors.Errorf("a PyTorch checkpoint has to be held in memory, and has %s, want at most %s: saved as safetensors it is read as it is needed",
			size(f.size), size(memory))
	}
	b := make([]byte, f.size)
	if _, err = io.ReadFull(io.NewSectionReader(f.r, 0, f.size), b); err != nil {
		return err
	}
	w := &Weights{}
	if w.c, err = openCheckpoint(b); err == nil {
		w.t, err = w.c.walk()
	}
	if err != nil {
		return err
	}
	tensors, err := w.read("")
	if err != nil {
		f.without = err
		if whole, err := w.read(wholeFile); err == nil && len(whole) == 1 {
			tensors = whole
			tensors[0].Name = strings.TrimSuffix(filepath.Base(f.path), filepath.Ext(f.path))
		}
	}
	for _, t := range tensors {
		f.names = append(f.names, t.Name)
	}
	f.array = func(name string) (*Array, error) {
		var t Tensor
		if i, ok := slices.BinarySearch(f.names, name); ok {
			t = tensors[i]
		} else if at, err := w.read(name); err != nil {
			return nil, err
		} else {
			t = at[0]
		}
		if _, ok := Size(t.DType); !ok {
			return nil, errors.New(t.DType) // says why it cannot be read
		}
		return &Array{Name: t.Name, Shape: t.Shape, DType: t.DType, r: bytes.NewReader(t.raw), held: t.raw}, nil
	}
	f.deeper = func(name string) bool {
		steps, err := parsePath(name)
		if err != nil || len(steps) == 0 {
			return false
		}
		r, err := w.c.find(steps)
		if err != nil {
			return false
		}
		_, ok, err := w.c.tensor(r)
		return ok && err == nil
	}
	return nil
}

// Names are the names of the arrays, sorted.
func (f *File) Names() []string { return f.names }

// Has tells whether there is an array of a name or, in a checkpoint, at a path such as train.x.
func (f *File) Has(name string) bool {
	_, ok := slices.BinarySearch(f.names, name)
	return ok || f.deeper != nil && f.deeper(name)
}

// Array finds an array by its name.
func (f *File) Array(name string) (*Array, error) {
	if !f.Has(name) && f.without != nil {
		return nil, inFile(f.without, f.path)
	}
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
func (f *File) Close() error { return f.close() }

// tensors reads all arrays of numbers; text is left out. What is compressed may inflate to 32 times the file, or
// 64 MiB: weights are never compressed further.
func (f *File) tensors() ([]Tensor, error) {
	if f.all != nil {
		return f.all()
	}
	most := max(32*f.size, 64<<20)
	free := most
	out := make([]Tensor, 0, len(f.names))
	var left error // why one was left out
	for _, name := range f.names {
		a, err := f.array(name)
		if _, ok := err.(errText); ok {
			left = err
			continue
		}
		var t Tensor
		if err == nil && a.r == nil {
			if free -= a.bytes(); free < 0 {
				err = errors.Errorf("is compressed, and would take %s of memory, want at most %s for all: save them by np.savez", size(a.bytes()), size(most))
			}
		}
		if err == nil {
			t, err = a.Tensor()
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
