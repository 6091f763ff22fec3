package tensorfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// class is a class or a function that a pickle names and that has no meaning here. It may make
// opaque objects. Calling it would run code, which is an error.
type class struct {
	module, name string
	at           int // the byte of the file that names it
}

func (c class) String() string { return c.module + "." + c.name }

// PyNew makes an object without calling the class, as Python does for NEWOBJ.
func (c class) PyNew(...any) (any, error) { return &object{class: c}, nil }

// Call is what REDUCE does.
func (c class) Call(...any) (any, error) {
	if slices.Contains(valueMakers, c.String()) {
		return &object{class: c}, nil
	}
	return nil, errors.Errorf("refuses to call %s, which byte %d names: want tensors, modules and plain values only", c, c.at)
}

// valueMakers are functions and classes whose results modules keep among their attributes:
// plain values that make no difference to the tensors. They are not called, either; in place of
// the value comes an opaque object.
var valueMakers = []string{
	"__builtin__.bytearray", "builtins.bytearray",
	"__builtin__.complex", "builtins.complex",
	"__builtin__.frozenset", "builtins.frozenset",
	"__builtin__.slice", "builtins.slice",
	"__builtin__.xrange", "builtins.range",
	"_codecs.encode",
	"collections.defaultdict",
	"numpy.dtype",
	"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
	"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
	"torch.Size",
	"torch.device",
	"torch.nn.backends.thnn._get_thnn_function_backend", // in modules before PyTorch 1.2
}

// object is an instance of an unknown class. Of its contents, only the state counts: for a
// module, the dict of its attributes.
type object struct {
	class class
	state any
}

// PySetState is what BUILD does.
func (o *object) PySetState(state any) error {
	if o.state != nil {
		return errors.Errorf("an object of class %s has two states", o.class)
	}
	// Objects with slots have a pair of dicts; the first is that of the attributes.
	if pair, ok := state.(*types.Tuple); ok && pair.Len() == 2 {
		state = pair.Get(0)
	}
	o.state = state
	return nil
}

// describe tells what a value is, for errors.
func describe(value any) string {
	switch v := value.(type) {
	case class:
		return "the class " + v.String()
	case *object:
		return "an object of class " + v.class.String()
	case *tensorView:
		return "a tensor"
	}
	return fmt.Sprintf("a value of type %T", value)
}

// An object may be of a class derived from dict, list or set. Its elements are left out: where
// tensors are looked for, an object of such a class is an error.

func (*object) Set(key, value any) {}
func (*object) Append(value any)   {}
func (*object) Add(value any)      {}

// newSet is the class set: set() or set([…]).
type newSet struct{}

func (newSet) Call(args ...any) (any, error) {
	switch len(args) {
	case 0:
		return &set{}, nil
	case 1:
		if items, ok := args[0].(*types.List); ok {
			return &set{items}, nil
		}
	}
	return nil, errors.New("a set: want a list of its elements and nothing else")
}

// set refers to the list of its elements: a hostile file may make many sets of one long list.
type set struct{ items *types.List }

// maxDepth bounds how deep modules lie within each other. No network comes near it.
const maxDepth = 200

// moduleWalk collects the tensors of modules.
type moduleWalk struct {
	// free bounds the entries of the modules' dicts and the bytes of the tensors' names. A
	// hostile file may refer to one module very often.
	free  int
	found dict
}

func newModuleWalk() *moduleWalk { return &moduleWalk{free: 4 * maxIndex} }

// spend takes n from what is free.
func (w *moduleWalk) spend(n int) error {
	w.free -= n
	if w.free < 0 {
		return errors.New("modules repeat each other too often, or have too long names")
	}
	return nil
}

// isModule tells whether an object has the attributes of a torch.nn.Module that hold tensors.
func (w *moduleWalk) isModule(o *object) (bool, error) {
	attributes, ok := asDict(o.state)
	if err := w.spend(1 + len(attributes)); err != nil || !ok {
		return false, err
	}
	for _, name := range [...]string{"_parameters", "_buffers", "_modules"} {
		if _, ok := attributes.get(name); !ok {
			return false, nil
		}
	}
	return true, nil
}

// stateDict is what state_dict() gives for a module: its parameters and persistent buffers, then
// those of the modules within it, after the module's name and a dot. Hooks and overridden methods
// of the classes, which are not in the file, might change that.
func (w *moduleWalk) stateDict(o *object) (dict, error) {
	w.found = nil
	err := w.visit(o, "", 0)
	return w.found, err
}

// visit collects the tensors of a module whose name and a dot are prefix.
func (w *moduleWalk) visit(o *object, prefix string, depth int) error {
	if depth > maxDepth {
		return errors.Errorf("modules lie more than %d deep within each other, or one lies within itself", maxDepth)
	}
	place := fmt.Sprintf("module %q of class %s", strings.TrimSuffix(prefix, "."), o.class)
	if ok, err := w.isModule(o); err != nil {
		return err
	} else if !ok {
		return errors.Errorf("%s has no _parameters, _buffers and _modules", place)
	}
	attributes, _ := asDict(o.state)
	transient, err := w.names(attributes, "_non_persistent_buffers_set")
	if err != nil {
		return errors.WithMessage(err, place)
	}
	for _, kind := range [...]string{"_parameters", "_buffers", "_modules"} {
		value, _ := attributes.get(kind)
		entries, ok := asDict(value)
		if !ok {
			return errors.Errorf("%s: %s is %s, want a dict", place, kind, describe(value))
		}
		if err := w.spend(len(entries)); err != nil {
			return err
		}
		for _, e := range entries {
			key, ok := e.key.(string)
			if !ok {
				return errors.Errorf("%s: a name in %s is %s", place, kind, describe(e.key))
			}
			if err := w.spend(len(prefix) + len(key)); err != nil {
				return err
			}
			if e.value == nil || kind == "_buffers" && transient[key] {
				continue
			}
			name := prefix + key
			tensor, isTensor := e.value.(*tensorView)
			module, isObject := e.value.(*object)
			switch {
			case isTensor && kind != "_modules":
				w.found = append(w.found, entry{name, tensor})
			case isObject && kind == "_modules":
				if err := w.visit(module, name+".", depth+1); err != nil {
					return err
				}
			default:
				return errors.Errorf("%s: %q in %s is %s", place, key, kind, describe(e.value))
			}
		}
	}
	return nil
}

// names is the set of strings that an attribute holds. A missing attribute is an empty set: old
// modules have no _non_persistent_buffers_set.
func (w *moduleWalk) names(attributes dict, attribute string) (map[string]bool, error) {
	value, ok := attributes.get(attribute)
	if !ok {
		return nil, nil
	}
	names := map[string]bool{}
	add := func(item any) {
		if name, ok := item.(string); ok {
			names[name] = true
		}
	}
	switch s := value.(type) {
	case *set:
		if s.items == nil {
			return nil, nil
		}
		if err := w.spend(s.items.Len()); err != nil {
			return nil, err
		}
		for _, item := range *s.items {
			add(item)
		}
	case *types.Set:
		if err := w.spend(s.Len()); err != nil {
			return nil, err
		}
		for item := range *s {
			add(item)
		}
	default:
		return nil, errors.Errorf("%s is %s, want a set", attribute, describe(value))
	}
	return names, nil
}
