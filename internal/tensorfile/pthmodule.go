package tensorfile

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
)

// maxDepth bounds how deep modules lie within each other. No network comes near it.
const maxDepth = 200

// moduleWalk collects the tensors of modules.
type moduleWalk struct {
	c     *checkpoint
	found []named
}

// bytesNamed is about what a tensor's entry takes besides its name, in a list that grows.
const bytesNamed = 80

// renew says anew what may be done to find tensors. A hostile file may refer to one module very
// often.
func (c *checkpoint) renew() {
	c.steps = c.budget
	c.m.work = 32*len(c.content) + 16<<20
}

// busy fails if more of the file had to be looked at than its size suggests.
func (c *checkpoint) busy() error {
	if c.m.work < 0 {
		return errors.New("refers to its parts far too often")
	}
	return nil
}

// spend takes n from that: for the entries of the modules' dicts and the names of tensors.
func (w *moduleWalk) spend(n int) error {
	if w.c.steps -= n; w.c.steps < 0 {
		return errors.New("modules repeat each other too often, or have too long names")
	}
	return nil
}

// parts are the attributes of a torch.nn.Module that hold tensors.
var parts = [...]string{"_parameters", "_buffers", "_modules"}

// isModule tells whether a value is an object that has them, or a module of TorchScript.
func (c *checkpoint) isModule(o ref) bool {
	if !c.m.is(o, typeObject) {
		return false
	}
	_, ok := c.moduleParts(o)
	return ok || c.isScript(o)
}

// isScript tells whether a value is a module of TorchScript, whose attributes are its parameters,
// its buffers and the modules within it.
func (c *checkpoint) isScript(o ref) bool {
	return c.m.is(o, typeObject) && strings.HasPrefix(c.m.className(c.m.part(o, 1)), "__torch__.")
}

// moduleParts has the dicts of a module; ok tells that it has all. Of several of one name, the
// last counts.
func (c *checkpoint) moduleParts(o ref) (dicts [len(parts)]ref, ok bool) {
	n := 0
	c.attributes(o, func(name, value ref) bool {
		for i, part := range parts {
			if c.m.isText(name, part) {
				if dicts[i] == 0 {
					n++
				}
				dicts[i] = value
			}
		}
		return true
	})
	return dicts, n == len(parts)
}

// moduleChildren calls f for the parameters, the buffers and the modules of a module.
func (c *checkpoint) moduleChildren(o ref, f func(step, ref)) {
	if !c.m.is(o, typeObject) {
		return
	}
	dicts, _ := c.moduleParts(o)
	for _, d := range dicts {
		c.children(d, f)
	}
}

// stateDict is what state_dict() gives for a module: its parameters and persistent buffers, then
// those of the modules within it, after the module's name and a dot. Hooks and overridden methods
// of the classes, which are not in the file, might change that.
func (c *checkpoint) stateDict(o ref) ([]named, error) {
	w := &moduleWalk{c: c}
	if c.isScript(o) {
		err := w.below(o, "", 0)
		return w.found, err
	}
	err := w.visit(o, "", 0)
	return w.found, err
}

// visit collects the tensors of a module whose name and a dot are prefix.
func (w *moduleWalk) visit(o ref, prefix string, depth int) error {
	c := w.c
	if depth > maxDepth {
		return errors.Errorf("modules lie more than %d deep within each other, or one lies within itself", maxDepth)
	}
	place := func() string {
		return fmt.Sprintf("module %q of class %s", clip(strings.TrimSuffix(prefix, ".")), c.m.classOf(o))
	}
	dicts, ok := c.moduleParts(o)
	if !ok {
		if !c.m.tensors(o) {
			return nil // what was forgotten of it has no tensors
		}
		return errors.Errorf("%s has no _parameters, _buffers and _modules", place())
	}
	transient, err := w.transient(o)
	if err != nil {
		return errors.WithMessage(err, place())
	}
	for i, dict := range dicts {
		if !c.isDict(dict) {
			if dict.kind() == kindDropped {
				continue
			}
			return errors.Errorf("%s: %s is %s, want a dict", place(), parts[i], c.m.describe(dict))
		}
		var bad error
		c.children(dict, func(s step, v ref) {
			if bad != nil {
				return
			}
			key, ok := c.name(s)
			if !ok {
				bad = errors.Errorf("%s: a name in %s is %s", place(), parts[i], c.m.describe(s.key))
				return
			}
			if bad = w.spend(bytesNamed + len(prefix) + len(key)); bad != nil {
				return
			}
			if v.kind() == kindNone || v.kind() == kindDropped || parts[i] == "_buffers" && transient[key] {
				return
			}
			bad = w.entry(o, v, prefix+key, parts[i] == "_modules", depth)
			if bad != nil && !errors.Is(bad, errEntry) {
				return
			}
			if bad != nil {
				bad = errors.Errorf("%s: %q in %s is %s", place(), clip(key), parts[i], c.m.describe(v))
			}
		})
		if bad != nil {
			return bad
		}
	}
	return nil
}

// errEntry says that a value is not what it must be where it is.
var errEntry = errors.New("is no tensor or module")

// entry collects a parameter or a buffer of a module, or the tensors of a module within it.
func (w *moduleWalk) entry(o, v ref, name string, module bool, depth int) error {
	_, isTensor, _ := w.c.tensor(v)
	switch {
	case !module && isTensor:
		w.found = append(w.found, named{name, v})
		return nil
	case !module && w.c.m.is(v, typeObject) && !w.c.m.tensors(v) && !w.c.isModule(v):
		return nil // a parameter that is not initialized
	case module && w.c.m.is(v, typeObject) && !isTensor:
		return w.visit(v, name+".", depth+1)
	}
	return errEntry
}

// isDict tells whether a value is a dict or an object that may be one.
func (c *checkpoint) isDict(r ref) bool {
	if c.m.is(r, typeDict) {
		return true
	}
	return c.m.is(r, typeObject) && strings.HasPrefix(c.m.className(c.m.part(r, 1)), "collections.")
}

// transient are the names of the buffers of a module that are not persistent. Old modules do not
// say which are.
func (w *moduleWalk) transient(o ref) (map[string]bool, error) {
	const attribute = "_non_persistent_buffers_set"
	m := w.c.m
	value := ref(0)
	w.c.attributes(o, func(name, v ref) bool {
		if m.isText(name, attribute) {
			value = v
		}
		return true
	})
	if value == 0 || value.kind() == kindNone {
		return nil, nil
	}
	if m.is(value, typeObject) && strings.HasSuffix(m.className(m.part(value, 1)), ".set") {
		arguments, _ := m.fields(m.part(value, 2), 1)
		if len(arguments) == 0 {
			return nil, nil
		}
		value = arguments[0]
	}
	if !m.is(value, typeSet) && !m.is(value, typeList) || *m.header(value)&cut != 0 {
		return nil, errors.Errorf("%s is %s, want a set of at most %d names", attribute, m.describe(value), keepTexts)
	}
	if err := w.spend(bytesNamed * m.count(value)); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	m.items(value, 1, func(_ int, item ref) bool {
		if name, ok := m.text(item, maxTensorName); ok {
			names[name] = true
		}
		return true
	})
	return names, nil
}
