package tensorfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/pkg/errors"
)

// Collection is a dict, a list, a module or the like of a file that holds tensors.
type Collection struct {
	// Path is where it lies: state.model, [0], checkpoint["a.b"]; a dot is the whole file.
	Path    string
	Kind    string // what it is, as dict, or module of class net.SNN
	Tensors []Info
}

// Info says what a tensor is. One that cannot be read has a type that says why.
type Info struct {
	Name  string
	Shape []int
	DType string
}

// Weights is an open file of weights: a PyTorch checkpoint or another pickle, or a .npy, .npz or
// safetensors file, which is one collection of tensors.
type Weights struct {
	path    string
	c       *checkpoint
	t       *tree
	tensors []Tensor // of a file that is no pickle
}

// OpenWeights opens a file of weights, whichever the content says it is.
func OpenWeights(path string) (*Weights, error) {
	pickled, err := isPickled(path)
	if err != nil {
		return nil, err
	}
	w := &Weights{path: path}
	if !pickled {
		w.tensors, err = Read(path)
		return w, err
	}
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if w.c, err = openCheckpoint(b); err == nil {
		w.t, err = w.c.walk()
	}
	if err != nil {
		return nil, inFile(err, path)
	}
	return w, nil
}

// isPickled tells whether a file is a pickle, or an archive with one in it.
func isPickled(path string) (bool, error) {
	if err := regular(path); err != nil {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	first := make([]byte, 9)
	n, err := io.ReadFull(f, first)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, errors.Wrap(err, path)
	}
	first = first[:n]
	if !bytes.HasPrefix(first, zipMagic) {
		return (n <= 8 || first[8] != '{') && !bytes.HasPrefix(first, []byte("\x93NUMPY")), nil
	}
	info, err := f.Stat()
	if err != nil {
		return false, errors.Wrap(err, path)
	}
	z, err := openZip(f, info.Size())
	return err != nil || !isNPZ(z), nil // the reader of checkpoints says what is wrong
}

// Default is the path of the collection that is meant when nobody says which.
func (w *Weights) Default() (string, error) {
	if w.c == nil {
		return wholeFile, nil
	}
	i, err := w.t.choose()
	if err != nil {
		return "", inFile(err, w.path)
	}
	return w.t.path(w.t.candidates[i].place), nil
}

// Read reads the tensors of a collection, sorted by name: of the default one if the path is empty.
// Of a module, they have the names of state_dict(). Of what holds no tensors itself but has what
// does, all are read, under the names on the way to them with dots between. A path may lead to a
// single tensor, too. A tensor that cannot be read has a type that says why, and no elements.
func (w *Weights) Read(path string) ([]Tensor, error) {
	tensors, err := w.read(path)
	return tensors, inFile(err, w.path)
}

func (w *Weights) read(path string) ([]Tensor, error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	if w.c == nil {
		if len(steps) > 0 {
			return nil, errors.Errorf("path %.100q: the file is one collection of tensors", path)
		}
		return w.tensors, nil
	}
	if path == "" {
		i, err := w.t.choose()
		if err != nil {
			return nil, err
		}
		return w.t.read(i)
	}
	r, err := w.c.find(steps)
	if err != nil {
		return nil, err
	}
	if _, ok, _ := w.c.tensor(r); ok {
		name := formatPath(steps[max(len(steps)-1, 0):])
		if len(steps) > 0 && steps[len(steps)-1].named {
			name = steps[len(steps)-1].name
		}
		return w.c.tensors([]named{{name, r}})
	}
	if !w.c.m.tensors(r) {
		return nil, errors.Errorf("%s is %s and holds no tensors; those that do are %s", clip(path), w.c.m.describe(r), w.t.list(w.t.all()))
	}
	return w.c.read(r)
}

// all are the numbers of all candidates.
func (t *tree) all() []int {
	all := make([]int, len(t.candidates))
	for i := range all {
		all[i] = i
	}
	return all
}

// bytesInfo is about what an Info takes.
const bytesInfo = 120

// Collections lists all that holds tensors, in the order of the file.
func (w *Weights) Collections() ([]Collection, error) {
	if w.c == nil {
		d := Collection{Path: wholeFile, Kind: "dict"}
		for _, t := range w.tensors {
			d.Tensors = append(d.Tensors, Info{t.Name, t.Shape, t.DType})
		}
		return []Collection{d}, nil
	}
	defer func(budget int) { w.c.budget = budget }(w.c.budget) // what is listed is the caller's
	var out []Collection
	for i := range w.t.candidates {
		d, err := w.collection(w.t.candidates[i])
		if err != nil {
			return nil, inFile(err, w.path)
		}
		out = append(out, d)
	}
	return out, nil
}

// collection lists the tensors of a candidate: as many as the memory that the file may take allows.
func (w *Weights) collection(d candidate) (Collection, error) {
	c := Collection{Path: w.t.path(d.place), Kind: d.kind}
	w.c.renew()
	if err := w.c.spend(bytesInfo + len(c.Path)); err != nil {
		return c, err
	}
	entries, err := w.c.entries(w.t.places.at(d.place).value)
	if err != nil {
		c.Kind += ": " + clip(err.Error())
		return c, nil
	}
	for i, e := range entries {
		if w.c.budget < bytesInfo+len(e.name) || w.c.m.work < 0 {
			c.Kind += fmt.Sprintf(", the first %d of %d tensors", i, len(entries))
			break
		}
		w.c.budget -= 2*bytesInfo + len(e.name)
		info := Info{Name: e.name}
		if v, ok, problem := w.c.tensor(e.value); problem != nil {
			info.DType = clip(problem.Error())
		} else if ok {
			info.Shape, info.DType = v.shape, v.name
		}
		c.Tensors = append(c.Tensors, info)
	}
	w.c.budget += bytesInfo * len(c.Tensors) // the list has grown
	c.Tensors = slices.Clip(c.Tensors)
	return c, nil
}
