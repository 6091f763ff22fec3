package tensorfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// ReadPTH reads the tensors, sorted by name, of a PyTorch checkpoint: a state dict as torch.save
// writes it, in the zip format or in the older one. Strided tensors and views come out row by
// row.
//
// The checkpoint must be a dict from names to tensors, or hold one such dict as an entry, as
// {"epoch": 3, "state_dict": {…}} does; of several, the one named state_dict, model_state_dict
// or model counts. What else there is in it, numbers and such, is left out. Objects of any other
// class are an error that names the class: whole pickled modules among them.
func ReadPTH(path string) ([]Tensor, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	tensors, err := parsePTH(b)
	return tensors, inFile(err, path)
}

// parsePTH reads the content of a file.
//
// Of gopickle, only the pickle machine is of use here. Its PyTorch reader loops for ever on an
// empty file, allocates whatever size a storage claims to have, and takes a truncated storage
// for a complete one.
func parsePTH(b []byte) ([]Tensor, error) {
	c := &checkpoint{content: b, free: len(b), storages: map[string]*storage{}}
	var value any
	var err error
	switch {
	case isLegacy(b):
		value, err = c.readLegacy()
	case isPTH(b):
		value, err = c.readZip()
	default:
		err = errors.New("not a PyTorch checkpoint: neither a zip archive nor the older format of torch.save")
	}
	if err != nil {
		return nil, err
	}
	d, err := findStateDict(value)
	if err != nil {
		return nil, err
	}
	return c.tensors(d)
}

// checkpoint is a file in the course of being read.
type checkpoint struct {
	content  []byte
	free     int // bytes of the file that no storage has claimed
	storages map[string]*storage
}

// storage makes the storage that a pickle refers to by its persistent identifier
// ("storage", class, key, location, count). Its data comes later.
func (c *checkpoint) storage(id any) (any, error) {
	t, ok := id.(*types.Tuple)
	if !ok || t.Len() < 5 || t.Get(0) != "storage" {
		return nil, errors.New("persistent identifier of what is no storage")
	}
	class, ok1 := t.Get(1).(storageClass)
	key, ok2 := t.Get(2).(string)
	count, ok3 := t.Get(4).(int)
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.Errorf("storage has class %T, key %T and size %T", t.Get(1), t.Get(2), t.Get(4))
	}
	if t.Len() > 5 && t.Get(5) != nil {
		return nil, errors.Errorf("storage %q is a view of another: PyTorch has not written such since 2017", key)
	}
	if s, ok := c.storages[key]; ok {
		if s.dtype != class.dtype || s.count != count {
			return nil, errors.Errorf("storage %q has %d elements of type %s, and elsewhere %d of %s",
				key, s.count, s.dtype, count, class.dtype)
		}
		return s, nil
	}
	size := dtypes[class.dtype].size
	if count < 0 || count > c.free/size {
		return nil, errors.Errorf("storage %q has %d elements of type %s: more than the file", key, count, class.dtype)
	}
	c.free -= count * size
	s := &storage{dtype: class.dtype, count: count}
	c.storages[key] = s
	return s, nil
}

// keys are the keys of all storages, sorted.
func (c *checkpoint) keys() []string {
	return slices.Sorted(maps.Keys(c.storages))
}

// tensors copies the tensors of a dict out of their storages.
func (c *checkpoint) tensors(d dict) ([]Tensor, error) {
	// Views may share a storage, and repeat it. Together they may have as many elements as
	// the file has bytes, and a million more.
	free := len(c.content) + 1<<20
	var tensors []Tensor
	seen := map[string]bool{}
	for _, e := range d {
		v, ok := e.value.(*tensorView)
		if !ok {
			continue
		}
		name, ok := e.key.(string)
		if !ok {
			return nil, errors.Errorf("a tensor's name has type %T", e.key)
		}
		if seen[name] {
			return nil, errors.Errorf("two tensors are named %q", name)
		}
		seen[name] = true
		n, err := v.len()
		if err != nil {
			return nil, errors.WithMessagef(err, "tensor %q", name)
		}
		if n > free {
			return nil, errors.Errorf("tensor %q: shape %v repeats far more elements than the file holds", name, v.shape)
		}
		free -= n
		t, err := v.tensor(name, n)
		if err != nil {
			return nil, errors.WithMessagef(err, "tensor %q", name)
		}
		tensors = append(tensors, t)
	}
	slices.SortFunc(tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return tensors, nil
}
