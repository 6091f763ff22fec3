package tensorfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// place is a container of a checkpoint, and where it lies.
type place struct {
	value  ref
	parent int // among the places, -1 for the outermost
	step   step
	depth  int
	aside  bool // in the state of an optimizer or of a generator of random numbers
}

// step is an element of a path as the pickle has it.
type step struct {
	key   ref // of a dict or an attribute; kindDropped where the step is an index
	index int
}

// bytesPlace is about what a place takes.
const bytesPlace = 48

// candidate is a container that holds tensors.
type candidate struct {
	place  int
	kind   string
	list   bool
	dotted bool // the names are those of a state dict
	broken bool // it cannot be read
	arrays bool // all are NumPy's arrays
	plain  bool // the names are those of statistics of the data, or all tensors are single numbers
}

// tree are the containers of a checkpoint that hold what may lead to tensors.
type tree struct {
	c          *checkpoint
	places     chunks[place]
	candidates []candidate
	seen       []uint64 // by node
}

// placeOf is the place of a candidate.
func (t *tree) placeOf(i int) *place { return t.places.at(t.candidates[i].place) }

// bytesCandidate is about what a candidate takes while one is chosen.
const bytesCandidate = 300

// children calls f for what lies in a container: each step and value.
func (c *checkpoint) children(r ref, f func(step, ref)) {
	m := c.m
	index := func(i int, item ref) bool { f(step{index: i}, item); return true }
	pair := func(key, value ref) bool { f(step{key: key}, value); return true }
	switch {
	case m.is(r, typeDict):
		m.pairs(r, pair)
	case m.is(r, typeList), m.is(r, typeTuple), m.is(r, typeSet):
		m.items(r, 1, index)
	case m.is(r, typeObject):
		m.pairs(r, pair)
		m.items(r, 4, index)
		c.attributes(r, pair)
		arguments := m.part(r, 2)
		if state := m.part(r, 3); m.is(state, typeObject) || m.is(state, typeList) || m.is(state, typeTuple) && !c.slots(state) {
			// What a class's own __setstate__ makes of this is not known.
			n := 0
			if m.is(arguments, typeTuple) {
				n = m.count(arguments)
			}
			f(step{index: n}, state)
		}
		if parts, ok := m.fields(arguments, 3); ok && len(parts) == 3 && strings.HasSuffix(m.className(m.part(r, 1)), "reg._reconstructor") {
			// The class, the one of Python's that it is derived from, and what this one is.
			if !m.is(parts[2], typeObject) {
				c.children(parts[2], f)
			}
			return
		}
		if entries, ok := c.ordered(r); ok {
			m.items(entries, 1, func(_ int, item ref) bool {
				var kv []ref
				m.items(item, 1, func(_ int, x ref) bool { kv = append(kv, x); return len(kv) < 3 })
				if len(kv) == 2 {
					pair(kv[0], kv[1])
				}
				return true
			})
			return
		}
		m.items(arguments, 1, index)
	}
}

// ordered has the list of the entries of an OrderedDict as Python 2 writes it.
func (c *checkpoint) ordered(r ref) (entries ref, ok bool) {
	if c.m.className(c.m.part(r, 1)) != "collections.OrderedDict" {
		return 0, false
	}
	arguments, _ := c.m.fields(c.m.part(r, 2), 1)
	return append(arguments, 0)[0], len(arguments) == 1 && c.m.is(arguments[0], typeList)
}

// attributes calls f for each attribute of an object. Objects with slots have a pair of dicts.
func (c *checkpoint) attributes(r ref, f func(name, value ref) bool) {
	state := c.m.part(r, 3)
	if !c.slots(state) {
		c.m.pairs2(state, f)
		return
	}
	c.m.items(state, 1, func(_ int, dict ref) bool {
		c.m.pairs2(dict, f)
		return true
	})
}

// slots tells whether a state is that of an object with slots: a pair of dicts, one of which may be None.
func (c *checkpoint) slots(state ref) bool {
	if !c.m.is(state, typeTuple) || c.m.count(state) != 2 {
		return false
	}
	n := 0
	c.m.items(state, 1, func(_ int, dict ref) bool {
		if c.m.is(dict, typeDict) || dict.kind() == kindNone || dict.kind() == kindDropped {
			n++
		}
		return true
	})
	return n == 2
}

// pairs2 is pairs for what may be no dict.
func (m *machine) pairs2(r ref, f func(key, value ref) bool) {
	if m.is(r, typeDict) {
		m.pairs(r, f)
	}
}

// walk finds all containers that hold tensors. It goes through each but once.
func (c *checkpoint) walk() (*tree, error) {
	c.renew()
	t := &tree{c: c, seen: make([]uint64, c.m.arena.n/64+1)}
	if c.root.kind() != kindNode {
		return t, nil
	}
	var pending chunks[place]
	pending.push(place{value: c.root, parent: -1})
	for pending.n > 0 {
		pending.n--
		p := *pending.at(pending.n)
		at := p.value.node()
		if t.has(p.value) {
			continue
		}
		t.seen[at/64] |= 1 << (at % 64)
		if t.places.push(p) {
			if err := c.spend(bytesPlace << chunkBits); err != nil {
				return nil, err
			}
		}
		if err := t.visit(t.places.n-1, &pending); err != nil {
			return nil, err
		}
		if err := c.busy(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// has tells whether the walk has come to a node.
func (t *tree) has(r ref) bool { return t.seen[r.node()/64]>>(r.node()%64)&1 != 0 }

// visit looks into a place: whether it holds tensors, and what lies in it, which is pending then.
func (t *tree) visit(at int, pending *chunks[place]) (err error) {
	c, m, p := t.c, t.c.m, *t.places.at(at)
	if !m.tensors(p.value) {
		return nil
	}
	if _, ok, _ := c.tensor(p.value); ok { // the whole file
		t.candidates = append(t.candidates, candidate{place: at, kind: "tensor"})
		return c.spend(bytesCandidate)
	}
	if c.isModule(p.value) {
		found, err := c.stateDict(p.value)
		if len(found) > 0 || err != nil {
			kind := "module of class " + m.classOf(p.value)
			t.candidates = append(t.candidates, candidate{place: at, kind: kind, dotted: true, broken: err != nil})
			return c.spend(bytesCandidate + len(kind))
		}
		return nil
	}
	d := candidate{place: at, kind: c.kind(p.value), plain: true, arrays: true}
	d.list = d.kind == "list" || d.kind == "tuple" || d.kind == "set"
	first, some, aside := pending.n, false, p.aside || c.isOptimizer(p.value)
	c.children(p.value, func(s step, v ref) {
		if err != nil || !m.tensors(v) {
			return
		}
		if tensor, ok, _ := c.tensor(v); ok {
			some = true
			name, _ := c.name(s)
			d.dotted = d.dotted || strings.Contains(name, ".") || name == "weight" || name == "bias"
			d.arrays = d.arrays && tensor != nil && tensor.numpy
			d.plain = d.plain && (statistics[name] || tensor != nil && len(tensor.shape) == 0)
			return
		}
		if t.has(v) {
			return
		}
		if pending.push(place{v, at, s, p.depth + 1, aside || c.isRandom(s)}) {
			err = c.spend(bytesPlace << chunkBits)
		}
	})
	if err != nil {
		return err
	}
	for i, j := first, pending.n-1; i < j; i, j = i+1, j-1 {
		*pending.at(i), *pending.at(j) = *pending.at(j), *pending.at(i)
	}
	if some {
		t.candidates = append(t.candidates, d)
		return c.spend(bytesCandidate + len(d.kind))
	}
	return err
}

// scalar tells whether a value may be one of NumPy's numbers.
func (c *checkpoint) scalar(r ref) bool {
	return c.m.is(r, typeObject) && strings.HasSuffix(c.m.className(c.m.part(r, 1)), "multiarray.scalar")
}

// statistics are the names of tensors that describe the data and not the network.
var statistics = map[string]bool{"mean": true, "std": true, "var": true, "min": true, "max": true, "scale": true, "shift": true}

// kind says what a container is.
func (c *checkpoint) kind(r ref) string {
	switch {
	case c.m.is(r, typeDict):
		return "dict"
	case c.m.is(r, typeList):
		return "list"
	case c.m.is(r, typeSet):
		return "set"
	case c.m.is(r, typeTuple):
		return "tuple"
	}
	if c.m.is(r, typeObject) {
		if name := c.m.classOf(r); name != "collections.OrderedDict" {
			return "object of class " + name
		}
		return "dict"
	}
	return c.m.describe(r)
}

// isOptimizer tells whether a dict is the state of an optimizer.
func (c *checkpoint) isOptimizer(r ref) bool {
	if !c.m.is(r, typeDict) {
		return false
	}
	_, ok1 := c.m.get(r, "state")
	_, ok2 := c.m.get(r, "param_groups")
	return ok1 && ok2
}

// isRandom tells whether a step leads to the state of generators of random numbers.
func (c *checkpoint) isRandom(s step) bool {
	name, _ := c.name(s)
	name = strings.ToLower(name)
	return strings.Contains(name, "rng") || strings.Contains(name, "random")
}

// maxTensorName bounds the names of tensors.
const maxTensorName = 1 << 16

// name is what a step calls a tensor: the key of a dict, or the digits of an index.
func (c *checkpoint) name(s step) (string, bool) {
	if s.key == 0 {
		return strconv.Itoa(s.index), true
	}
	if n, ok := integerOf(s.key); ok {
		return strconv.Itoa(n), true
	}
	name, ok := c.m.text(s.key, maxTensorName)
	c.drop(len(name))
	return name, ok
}

// path writes the path of a place.
func (t *tree) path(at int) string {
	const deepest = 100
	var path []element
	for ; t.places.at(at).parent >= 0; at = t.places.at(at).parent {
		if len(path) == deepest {
			return "(deeper than " + strconv.Itoa(deepest) + ")"
		}
		path = append(path, t.c.element(t.places.at(at).step))
	}
	slices.Reverse(path)
	return formatPath(path)
}

func (c *checkpoint) element(s step) element {
	if s.key == 0 {
		return element{index: s.index}
	}
	if n, ok := integerOf(s.key); ok {
		return element{index: n}
	}
	if name, ok := c.m.text(s.key, maxTensorName); ok {
		return element{name: name, named: true}
	}
	return element{name: "(" + c.m.describe(s.key) + ")", named: true}
}

// known are names of a checkpoint's entry for the weights.
var known = []string{"state_dict", "model_state_dict", "model", "net", "network", "module", "model_state", "net_state_dict",
	"network_state_dict", "model_dict", "weights", "model_weights", "params"}

// choose finds the container that is meant when nobody says which. What lies in the state of an
// optimizer or of a generator of random numbers, arrays of NumPy's, statistics of the data, single
// numbers, lists of tensors, what lies in a state dict, and loose tensors beside which a dict of
// them lies are not meant where there is something else. Of several, one of a known name is meant, if none lies less deep.
func (t *tree) choose() (int, error) {
	all := make([]int, len(t.candidates))
	for i := range all {
		all[i] = i
	}
	narrow := func(keep func(candidate) bool) {
		if left := slices.DeleteFunc(slices.Clone(all), func(i int) bool { return !keep(t.candidates[i]) }); len(left) > 0 {
			all = left
		}
	}
	narrow(func(d candidate) bool { return !d.broken })
	narrow(func(d candidate) bool { return !t.places.at(d.place).aside })
	narrow(func(d candidate) bool { return !d.arrays })
	narrow(func(d candidate) bool { return !d.plain })
	narrow(func(d candidate) bool { return !d.list })
	dotted := map[int]bool{}
	for _, i := range all {
		dotted[t.candidates[i].place] = t.candidates[i].dotted
	}
	narrow(func(d candidate) bool { return d.dotted || !t.within(d.place, dotted) })
	holders := t.holders(all)
	narrow(func(d candidate) bool { return d.dotted || !holders[d.place] })
	switch len(all) {
	case 0:
		return 0, errors.Errorf("holds no tensors, but %s: want a dict of tensors or a module", t.c.m.describe(t.c.root))
	case 1:
		return all[0], nil
	}
	least := slices.MinFunc(all, func(a, b int) int {
		return t.placeOf(a).depth - t.placeOf(b).depth
	})
	for _, name := range known {
		var found []int
		for _, i := range all {
			p := t.placeOf(i)
			if s, _ := t.c.name(p.step); p.parent >= 0 && s == name && p.depth == t.placeOf(least).depth {
				found = append(found, i)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return 0, errors.Errorf("holds several dicts of tensors: %s; say which by its path, or name one state_dict", t.list(all))
}

// read copies the tensors of a candidate.
func (t *tree) read(i int) ([]Tensor, error) {
	at := t.candidates[i].place
	tensors, err := t.c.read(t.places.at(at).value)
	if at > 0 {
		err = errors.WithMessage(err, clip(t.path(at)))
	}
	return tensors, err
}

// within tells whether a place lies in one of others.
func (t *tree) within(at int, others map[int]bool) bool {
	const deepest = 100
	for n := 0; t.places.at(at).parent >= 0 && n < deepest; n++ {
		if at = t.places.at(at).parent; others[at] {
			return true
		}
	}
	return false
}

// holders are the places in which others of the candidates lie.
func (t *tree) holders(candidates []int) []bool {
	holders := make([]bool, t.places.n)
	for _, i := range candidates {
		for at := t.placeOf(i).parent; at >= 0 && !holders[at]; at = t.places.at(at).parent {
			holders[at] = true
		}
	}
	return holders
}

// list writes the paths of the first candidates.
func (t *tree) list(candidates []int) string {
	const most = 20
	var paths []string
	for n, i := range candidates {
		if n == most {
			paths = append(paths, strconv.Itoa(len(candidates)-most)+" more")
			break
		}
		paths = append(paths, clip(t.path(t.candidates[i].place)))
	}
	return strings.Join(paths, ", ")
}

// find goes from the outermost value to the one that a path leads to.
func (c *checkpoint) find(path []element) (ref, error) {
	at := c.root
	for i, want := range path {
		var next ref
		found, names := false, []string{}
		look := func(s step, v ref) {
			e := c.element(s)
			if e == want || !e.named && want.named && want.name == strconv.Itoa(e.index) {
				next, found = v, true
			}
			if len(names) < 20 {
				names = append(names, clip(formatPath([]element{e})))
			}
		}
		c.children(at, look)
		c.moduleChildren(at, look)
		if !found {
			return 0, errors.Errorf("there is no %s in %s, %s, which has %s", clip(formatPath(path[i:i+1])), clip(formatPath(path[:i])),
				c.m.describe(at), strings.Join(names, ", "))
		}
		at = next
	}
	return at, nil
}

// named is a value under the name of a tensor.
type named struct {
	name  string
	value ref
}

// bareName is what a tensor is called that is a file's outermost value.
const bareName = "tensor"

// entries are the tensors of a container: those of a module as state_dict() names them, those
// that lie directly in a container, or, where there are none of these, all that lie deeper, under
// the names of the steps with dots between.
func (c *checkpoint) entries(r ref) ([]named, error) {
	if _, ok, _ := c.tensor(r); ok { // the whole file
		return []named{{bareName, r}}, nil
	}
	if c.isModule(r) {
		return c.stateDict(r)
	}
	w := &moduleWalk{c: c}
	var bad error
	c.children(r, func(s step, v ref) {
		if bad != nil || !c.m.tensors(v) && !c.scalar(v) {
			return
		}
		if _, ok, _ := c.tensor(v); !ok {
			return
		}
		name, ok := c.name(s)
		if !ok {
			bad = errors.Errorf("a tensor's name is %s, want a text of at most %d bytes", c.m.describe(s.key), maxTensorName)
		} else if bad = w.spend(bytesNamed + len(name)); bad == nil {
			w.found = append(w.found, named{name, v})
		}
	})
	if bad != nil || len(w.found) > 0 {
		return w.found, bad
	}
	err := w.below(r, "", 0)
	return w.found, err
}

// below collects all tensors that lie in a container, however deep.
func (w *moduleWalk) below(r ref, prefix string, depth int) error {
	if depth > maxDepth {
		return errors.Errorf("containers lie more than %d deep within each other, or one lies within itself", maxDepth)
	}
	c := w.c
	if c.isModule(r) && !c.isScript(r) {
		return w.visit(r, prefix, depth)
	}
	var err error
	c.children(r, func(s step, v ref) {
		if err != nil || !c.m.tensors(v) {
			return
		}
		name, ok := c.name(s)
		if err = w.spend(bytesNamed + len(prefix) + len(name)); err != nil || !ok {
			return
		}
		if _, ok, _ := c.tensor(v); ok {
			w.found = append(w.found, named{prefix + name, v})
		} else {
			err = w.below(v, prefix+name+".", depth+1)
		}
	})
	return err
}

// bytesTensor is about what a tensor takes besides its elements, in a list and in a map of models.
const bytesTensor = 200

// tensors copies the tensors out of their storages, sorted by name. Those that cannot be read have
// a type that says why, and no elements.
func (c *checkpoint) tensors(entries []named) ([]Tensor, error) {
	if err := c.spend(bytesTensor * len(entries)); err != nil {
		return nil, err
	}
	tensors := make([]Tensor, 0, len(entries))
	slices.SortFunc(entries, func(a, b named) int { return strings.Compare(a.name, b.name) })
	for i, e := range entries {
		if i > 0 && e.name == entries[i-1].name {
			return nil, errors.Errorf("two tensors are named %q", clip(e.name))
		}
		v, ok, err := c.tensor(e.value)
		if err == nil && !ok {
			err = errors.Errorf("is %s", c.m.describe(e.value))
		}
		var t Tensor
		if err == nil {
			t, err = c.copy(e.name, v)
		}
		if err != nil {
			return nil, errors.WithMessagef(err, "tensor %q", clip(e.name))
		}
		tensors = append(tensors, t)
	}
	return tensors, nil
}

// copy copies one tensor. Views may share a storage, and repeat it.
func (c *checkpoint) copy(name string, v *tensorView) (Tensor, error) {
	if !v.readable() {
		return Tensor{Name: name, Shape: v.shape, DType: v.name}, nil
	}
	n, err := v.len()
	if err != nil {
		return Tensor{}, err
	}
	size := max(v.storage.size, dtypes[v.name].size)
	if n > max(c.budget, 0)/size {
		return Tensor{}, errors.Errorf("shape %v repeats far more elements than the file holds", v.shape)
	}
	c.budget -= n * size
	return v.tensor(name, n)
}
