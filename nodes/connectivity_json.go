package nodes

import (
	"encoding/json"
	"reflect"

	"github.com/pkg/errors"
)

// connectivities are those that can be saved, by the names under which they are.
var connectivities = map[string]reflect.Type{
	"no_autapses": reflect.TypeFor[NoAutapses](),
	"sparse":      reflect.TypeFor[Sparse](),
	"given":       reflect.TypeFor[Given](),
}

// RegisterConnectivity makes it possible to save and load layers with a [Connectivity] of your own, under
// a name: what encoding/json makes of it is saved. It is called once, before the first checkpoint is read.
func RegisterConnectivity(kind string, c Connectivity) error {
	t := reflect.TypeOf(c)
	if kind == "" || t == nil || t.Kind() == reflect.Pointer {
		return errors.Errorf("srnn: cannot register a connectivity %T as %q: want a value and a name", c, kind)
	}
	if other, ok := connectivities[kind]; ok && other != t {
		return errors.Errorf("srnn: cannot register a connectivity %T as %q: that is %v", c, kind, other)
	}
	connectivities[kind] = t
	return nil
}

type connectivityJSON struct {
	Kind     string          `json:"kind"`
	Settings json.RawMessage `json:"settings"`
}

// marshalConnectivity gives nothing for nil.
func marshalConnectivity(c Connectivity) (json.RawMessage, error) {
	if c == nil {
		return nil, nil
	}
	for kind, t := range connectivities {
		if t != reflect.TypeOf(c) {
			continue
		}
		settings, err := json.Marshal(c)
		if err != nil {
			return nil, errors.Wrapf(err, "connectivity %s", kind)
		}
		return json.Marshal(connectivityJSON{kind, settings})
	}
	return nil, errors.Errorf("srnn: a connectivity %T cannot be saved: it is not registered", c)
}

func unmarshalConnectivity(data json.RawMessage) (Connectivity, error) {
	if data == nil {
		return nil, nil
	}
	var j connectivityJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, errors.Wrap(err, "connectivity")
	}
	t, ok := connectivities[j.Kind]
	if !ok {
		return nil, errors.Errorf("connectivity of unknown kind %q", j.Kind)
	}
	c := reflect.New(t)
	if err := json.Unmarshal(j.Settings, c.Interface()); err != nil {
		return nil, errors.Wrapf(err, "connectivity %s", j.Kind)
	}
	return c.Elem().Interface().(Connectivity), nil
}
