package tensorfile

import (
	"archive/zip"
	"bytes"
	"runtime"
	"strings"

	"github.com/pkg/errors"
)

// ReadPTH reads the tensors, sorted by name, of a PyTorch checkpoint: a state dict or a whole
// module as torch.save writes it, in the zip format or in the older one, or a pickle of tensors or
// of NumPy's arrays. Strided tensors and views come out row by row. Of what lies deeper in the
// file, or beside something else, [Weights.Default] says what is read.
//
// Classes do not matter, and nothing that the file names is ever called: what is no tensor, no
// container and no plain value is an opaque object.
func ReadPTH(path string) ([]Tensor, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	tensors, err := parsePTH(b)
	return tensors, inFile(err, path)
}

// checkpoint is a file of torch.save, or another pickle.
type checkpoint struct {
	content  []byte
	m        *machine
	root     ref
	storages map[string]*stored
	archive  *zip.Reader
	folder   string           // within the archive
	within   map[int]*storage // of checkpoints that are bytes within the pickle, by where these lie
	claimed  int              // bytes of the storages that have been read
	budget   int              // bytes of memory that may still be taken
	litter   int              // bytes that have been left to the garbage collector
	steps    int              // what may still be done to find the tensors of modules
	depth    int              // how many checkpoints this one lies in

	// transient are the names of a set that was read last: very many modules may refer to one set.
	transient struct {
		of    ref
		names map[string]bool
	}
}

// stored is a storage of the file, by its key.
type stored struct {
	size, count int  // of an element in bytes, 0 if that is not known, and how many elements
	named       bool // in the pickle, and thus size and count are known
	differs     bool
	data        []byte
	entry       *entry
}

// spare is what a file may take of memory beyond three times its size: itself, and twice as much
// for its values and its tensors.
const spare = 44 << 20

// spend takes n bytes from what may be taken.
func (c *checkpoint) spend(n int) error {
	if c.budget -= n; c.budget < 0 {
		return errors.New("takes far more memory than a file of this size should")
	}
	return nil
}

// drop says that about n bytes have been left to the garbage collector. It would let them grow to as
// many as are in use, which for a hostile file are as many as it may take.
func (c *checkpoint) drop(n int) {
	if c.litter += n; c.litter > 10<<20+litter(len(c.content)) {
		c.litter = 0
		runtime.GC()
	}
}

// litter is what may lie about besides in a file of n bytes. Each collection looks at all values of the
// file, so that they must not be more in a larger one.
func litter(n int) int { return n / 8 }

// bytesStored is about what an entry of the map of storages takes.
const bytesStored = 120

// openCheckpoint reads the content of a file, but for its tensors.
func openCheckpoint(b []byte) (*checkpoint, error) {
	c := &checkpoint{content: b, budget: 2*len(b) - litter(len(b)) + spare}
	return c, c.parse()
}

// parsePTH reads the content of a file.
func parsePTH(b []byte) ([]Tensor, error) {
	c, err := openCheckpoint(b)
	if err != nil {
		return nil, err
	}
	t, err := c.walk()
	if err != nil {
		return nil, err
	}
	i, err := t.choose()
	if err != nil {
		return nil, err
	}
	return t.read(i)
}

// read copies the tensors of a container.
func (c *checkpoint) read(r ref) ([]Tensor, error) {
	defer func(budget int) { c.budget = budget }(c.budget) // what is read is the caller's
	c.renew()
	entries, err := c.entries(r)
	if err != nil {
		return nil, err
	}
	c.budget = c.steps // the names are kept
	tensors, err := c.tensors(entries)
	if err == nil {
		err = c.busy()
	}
	if err != nil {
		return nil, err
	}
	return tensors, nil
}

// parse reads the pickles.
func (c *checkpoint) parse() error {
	c.storages, c.within = map[string]*stored{}, map[int]*storage{}
	b := c.content
	switch {
	case isLegacy(b):
		return c.readLegacy()
	case bytes.HasPrefix(b, zipMagic):
		return c.readZip()
	case isTar(b):
		return errors.New("the tar format of PyTorch before 0.1.10 is not read: load the file in PyTorch and save it again")
	case isPickle(b):
		_, err := c.unpickle(b)
		return err
	}
	return errors.New("not a PyTorch checkpoint: neither a zip archive nor the older format of torch.save")
}

// isTar tells whether b is a tar archive.
func isTar(b []byte) bool { return len(b) > 262 && string(b[257:262]) == "ustar" }

// isPickle tells whether b starts as a pickle of the protocols 2 to 5 does, or starts and ends as
// one of the protocols 0 and 1 that is a dict, a list, a tuple or an object.
func isPickle(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	if b[0] == 0x80 {
		return b[1] <= 5
	}
	return b[len(b)-1] == '.' && strings.IndexByte("(}])c", b[0]) >= 0
}

// unpickle builds the value of the pickle that b starts with, and gives its length.
func (c *checkpoint) unpickle(b []byte) (n int, err error) {
	c.m = newMachine(b, c.budget)
	c.m.persistent = c.persistent
	c.root, n, err = c.m.run()
	c.forget()
	return n, err
}

// forget frees what the machine needs only while it reads.
func (c *checkpoint) forget() {
	n := c.m.forget()
	c.budget = c.m.budget + n
	c.drop(n)
	c.renew()
}

// persistent finds what a pickle refers to by a persistent identifier: a storage, as ("storage",
// class, key, location, count), or, in the older format, the class of a module as ("module",
// class, file, source code). Others are opaque.
func (c *checkpoint) persistent(m *machine, id slot) (ref, error) {
	const most, dropped = 8, 250
	c.drop(dropped)
	fields, _ := m.fields(id.ref, most)
	switch {
	case len(fields) > 1 && m.isText(fields[0], "module"):
		return fields[1], nil
	case len(fields) < 5 || !m.isText(fields[0], "storage"):
		return m.newNode(typeStored, 0, 0, id.ref)
	}
	key, ok1 := c.key(m, fields[2])
	count, ok2 := integerOf(fields[4])
	if !ok1 || !ok2 || count < 0 {
		return 0, m.errorf("a storage has %s as its key and %s as its size", m.describe(fields[2]), m.describe(fields[4]))
	}
	size := storageType(m.className(fields[1])).size
	s := c.storages[key]
	if s == nil {
		if err := m.spend(bytesStored + len(key)); err != nil {
			return 0, err
		}
		c.storages[key] = &stored{size: size, count: count, named: true}
	} else if !s.named {
		s.size, s.count, s.named = size, count, true
	} else if s.size*s.count != size*count {
		s.differs = true
	}
	class, whole := fields[1], len(fields) < 6 || fields[5].kind() == kindNone
	if whole && (class.kind() == kindGlobal || class.kind() == kindNode && class.node() < id.base) {
		// Most of a file's values are identifiers: of those all else has been read.
		m.truncate(id.base)
		return m.newNode(typeStored, 2, holdsTensors, class, fields[2])
	}
	return m.newNode(typeStored, 0, holdsTensors, id.ref)
}

// key is a storage's: a text, and in files of the first versions an integer's digits.
func (c *checkpoint) key(m *machine, r ref) (string, bool) {
	const longest = 100
	return m.text(r, longest)
}

// storageType is the type of a class of storages.
func storageType(class string) elementType {
	if e, ok := storageTypes[class[strings.LastIndexByte(class, '.')+1:]]; ok && strings.HasPrefix(class, "torch.") {
		return e
	}
	return elementType{name: "that of " + class}
}

// storage is that of a value.
func (c *checkpoint) storage(r ref) (*storage, error) {
	if c.m.is(r, typeObject) && c.m.className(c.m.part(r, 1)) == "torch.storage._load_from_bytes" {
		return c.storageWithin(r)
	}
	if !c.m.is(r, typeStored) {
		return nil, errors.Errorf("a tensor's storage is %s", c.m.describe(r))
	}
	var class, at, part ref
	if c.m.count(r) > 0 {
		class, at = c.m.part(r, 1), c.m.part(r, 2)
	} else if fields, _ := c.m.fields(c.m.part(r, 1), 8); len(fields) > 5 {
		class, at, part = fields[1], fields[2], fields[5]
	} else if len(fields) == 5 {
		class, at = fields[1], fields[2]
	}
	key, _ := c.key(c.m, at)
	held := c.storages[key]
	if held == nil {
		return nil, errors.New("a tensor's storage has a persistent identifier that is none of PyTorch's")
	}
	if held.differs {
		return nil, errors.Errorf("storage %.80q has elsewhere another size", key)
	}
	s := &storage{elementType: storageType(c.m.className(class)), count: held.count}
	if s.size == 0 {
		s.size = 1
		s.load = func() ([]byte, error) { return nil, errors.Errorf("its storage's type is %s", s.name) }
		return s, nil
	}
	first := 0
	if part != 0 && part.kind() != kindNone {
		// A part of a storage: its own key, where it begins and how long it is.
		view, _ := c.m.fields(part, 3)
		var ok1, ok2 bool
		if len(view) == 3 {
			first, ok1 = integerOf(view[1])
			s.count, ok2 = integerOf(view[2])
		}
		if !ok1 || !ok2 || first < 0 || s.count < 0 || first > held.count-s.count {
			return nil, errors.Errorf("a part of storage %.80q exceeds its %d elements", key, held.count)
		}
	}
	s.load = func() ([]byte, error) {
		b, err := c.load(key, held)
		if err != nil {
			return nil, err
		}
		if (first+s.count)*s.size > len(b) {
			return nil, errors.Errorf("storage %.80q has %d bytes, want %d elements of type %s", key, len(b), held.count, s.name)
		}
		return b[first*s.size:][:s.count*s.size], nil
	}
	return s, nil
}

// bytesWithin is about what the machines of a checkpoint within another take at least.
const bytesWithin = 200 << 10

// maxWithin bounds how deep checkpoints lie within each other.
const maxWithin = 3

// storageWithin is a storage that Python's pickle alone has written: the bytes of a checkpoint.
func (c *checkpoint) storageWithin(r ref) (*storage, error) {
	args, _ := c.m.fields(c.m.part(r, 2), 1)
	if len(args) != 1 || c.depth == maxWithin {
		return nil, errors.New("a tensor's storage is no bytes of a checkpoint")
	}
	at := args[0].at()
	if c.m.is(args[0], typeObject) {
		at = args[0].node() + len(c.m.b)
	}
	if s := c.within[at]; s != nil {
		return s, nil
	}
	b, ok := c.m.raw(args[0])
	if !ok || !isLegacy(b) {
		return nil, errors.New("a tensor's storage is no bytes of a checkpoint")
	}
	if err := c.spend(bytesStored + len(b)); err != nil {
		return nil, err
	}
	inner := &checkpoint{content: b, budget: c.budget, depth: c.depth + 1}
	c.drop(bytesWithin)
	if err := inner.parse(); err != nil {
		return nil, errors.WithMessage(err, "the checkpoint within")
	}
	s, err := inner.storage(inner.root)
	if err != nil {
		return nil, err
	}
	inner.m = nil // the storage no longer needs it
	c.within[at] = s
	return s, nil
}
