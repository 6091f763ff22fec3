package tensorfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// ReadPTH reads the tensors, sorted by name, of a PyTorch checkpoint: a state dict or a whole
// module as torch.save writes it, in the zip format or in the older one. Strided tensors and
// views come out row by row.
//
// The checkpoint must be a dict from names to tensors, or a torch.nn.Module, whose parameters
// and persistent buffers have the names that state_dict() gives them; or it holds one of these as
// an entry, as {"epoch": 3, "state_dict": {…}} does. Of several, the one named state_dict,
// model_state_dict or model counts. What else there is in it, numbers and such, is left out.
//
// Classes do not matter, and nothing that the file names is ever called. Where Python would have
// to call a function to read the file, other than the few that make tensors and plain values, that
// is an error that names the function.
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

// persistent finds what a pickle refers to by a persistent identifier: a storage, or, in the
// older format, the class of a module as ("module", class, file, source code).
func (c *checkpoint) persistent(id any) (any, error) {
	t, ok := id.(*types.Tuple)
	if ok && t.Len() == 4 && t.Get(0) == "module" {
		if module, ok := t.Get(1).(class); ok {
			return module, nil
		}
	}
	if !ok || t.Len() < 5 || t.Get(0) != "storage" {
		return nil, errors.New("persistent identifier of what is no storage and no module's class")
	}
	return c.storage(t)
}

// storage makes the storage of the persistent identifier ("storage", class, key, location,
// count). Its data comes later.
func (c *checkpoint) storage(t *types.Tuple) (any, error) {
	if unknown, ok := t.Get(1).(class); ok {
		return nil, errors.Errorf("storage has class %s, which byte %d names: want one of PyTorch's for real numbers", unknown, unknown.at)
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
