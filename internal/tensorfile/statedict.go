package tensorfile

import (
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// dict has the entries of a Python dict or OrderedDict, in order.
type dict []entry

type entry struct{ key, value any }

// asDict turns a Python dict or OrderedDict into a dict; ok tells that it was one.
func asDict(value any) (d dict, ok bool) {
	switch v := value.(type) {
	case *types.Dict:
		for _, e := range *v {
			d = append(d, entry{e.Key, e.Value})
		}
		return d, true
	case *types.OrderedDict:
		for at := v.List.Front(); at != nil; at = at.Next() {
			e := at.Value.(*types.OrderedDictEntry)
			d = append(d, entry{e.Key, e.Value})
		}
		return d, true
	}
	return nil, false
}

// has tells whether the dict has the entry.
func (d dict) has(key string, value any) bool {
	return slices.Contains(d, entry{key, value})
}

// get finds the value of a key; of several entries with the key, the last counts.
func (d dict) get(key string) (value any, ok bool) {
	for _, e := range slices.Backward(d) {
		if e.key == key {
			return e.value, true
		}
	}
	return nil, false
}

// hasTensors tells whether a value of the dict is a tensor.
func (d dict) hasTensors() bool {
	return slices.ContainsFunc(d, func(e entry) bool {
		_, ok := e.value.(*tensorView)
		return ok
	})
}

// findStateDict finds the dict of tensors in a checkpoint: the whole, or an entry of it. In place
// of a dict of tensors, there may be a module. Deeper ones are none: an optimizer's state has
// tensors, too.
func findStateDict(value any) (dict, error) {
	walk := newModuleWalk()
	if o, ok := value.(*object); ok {
		switch isModule, err := walk.isModule(o); {
		case err != nil:
			return nil, err
		case isModule:
			d, err := walk.stateDict(o)
			if err == nil && len(d) == 0 {
				err = errors.Errorf("the module of class %s has no tensors", o.class)
			}
			return d, err
		}
	}
	top, ok := asDict(value)
	if !ok {
		return nil, errors.Errorf("holds %s, want a dict of tensors or a module", describe(value))
	}
	var names []string
	found := map[string]dict{}
	if top.hasTensors() {
		names, found = []string{"the whole"}, map[string]dict{"the whole": top}
	}
	seen := map[any]bool{} // a hostile file may refer to one large dict very often
	for _, e := range top {
		name, ok := e.key.(string)
		if !ok {
			continue
		}
		var d dict
		switch v := e.value.(type) {
		case *types.Dict, *types.OrderedDict:
			if seen[v] {
				continue
			}
			seen[v] = true
			d, _ = asDict(v)
		case *object:
			if seen[v] {
				continue
			}
			seen[v] = true
			isModule, err := walk.isModule(v)
			if isModule {
				d, err = walk.stateDict(v)
			}
			if err != nil {
				return nil, errors.WithMessagef(err, "entry %q", name)
			}
		}
		if d.hasTensors() {
			names = append(names, name)
			found[name] = d
		}
	}
	switch len(names) {
	case 0:
		return nil, errors.New("holds no dict of tensors")
	case 1:
		return found[names[0]], nil
	}
	for _, name := range []string{"state_dict", "model_state_dict", "model"} {
		if d, ok := found[name]; ok {
			return d, nil
		}
	}
	return nil, errors.Errorf("holds several dicts of tensors: %s; want one, or one named state_dict", strings.Join(names, ", "))
}
