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

// hasTensors tells whether a value of the dict is a tensor.
func (d dict) hasTensors() bool {
	return slices.ContainsFunc(d, func(e entry) bool {
		_, ok := e.value.(*tensorView)
		return ok
	})
}

// findStateDict finds the dict of tensors in a checkpoint: the whole, or an entry of it.
// Deeper ones are none: an optimizer's state has tensors, too.
func findStateDict(value any) (dict, error) {
	top, ok := asDict(value)
	if !ok {
		return nil, errors.Errorf("holds a value of type %T, want a dict of tensors", value)
	}
	var names []string
	found := map[string]dict{}
	if top.hasTensors() {
		names, found = []string{"the whole"}, map[string]dict{"the whole": top}
	}
	seen := map[any]bool{} // a hostile file may refer to one large dict very often
	for _, e := range top {
		name, ok := e.key.(string)
		if !ok || seen[e.value] {
			continue
		}
		seen[e.value] = true
		if d, ok := asDict(e.value); ok && d.hasTensors() {
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
