// Package differ tells in which fields settings differ.
package differ

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Where are the fields in which two settings differ, as package json writes them, each with both its values: "seed: 3
// in the checkpoint, 4 asked for". The name is that of the settings as a whole, and stands before those of their
// fields, as in "model.hidden[0].cell.dt"; it may be empty.
func Where(name string, there, here any) (fields []string, err error) {
	x, err := plain(there)
	if err != nil {
		return nil, err
	}
	y, err := plain(here)
	if err != nil {
		return nil, err
	}
	return where(name, x, y), nil
}

// Error is what [Where] found as an error, or nil where there is no difference. It names some fields at most.
func Error(fields []string) error {
	const most = 5
	if len(fields) == 0 {
		return nil
	}
	if n := len(fields) - most; n > 0 {
		fields = append(slices.Clone(fields[:most]), fmt.Sprintf("and %d more", n))
	}
	return errors.New(strings.Join(fields, "; "))
}

// plain is a value of maps, lists, strings and numbers.
func plain(v any) (out any, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber() // seeds have more digits than a float64
	return out, d.Decode(&out)
}

func where(name string, there, here any) (fields []string) {
	switch x := there.(type) {
	case map[string]any:
		y, ok := here.(map[string]any)
		if !ok {
			break
		}
		// What something is comes first: the settings of something else are others.
		for _, k := range []string{"kind", "type"} {
			if differs(x[k], y[k]) {
				return where(name, x[k], y[k])
			}
		}
		keys := maps.Clone(x)
		maps.Copy(keys, y)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			fields = append(fields, where(field(name, k), x[k], y[k])...)
		}
		return fields
	case []any:
		y, ok := here.([]any)
		if !ok {
			break
		}
		if len(x) != len(y) {
			return []string{fmt.Sprintf("%s: %d of them in the checkpoint, %d asked for", name, len(x), len(y))}
		}
		for k := range x {
			fields = append(fields, where(fmt.Sprintf("%s[%d]", name, k), x[k], y[k])...)
		}
		return fields
	}
	if !differs(there, here) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s in the checkpoint, %s asked for", name, text(there), text(here))}
}

// field is the name of a field of something with a name. The settings of what is registered by a name are its own.
func field(name, key string) string {
	switch {
	case key == "settings":
		return name
	case name == "":
		return key
	}
	return name + "." + key
}

func differs(a, b any) bool {
	x, _ := json.Marshal(a) // which was JSON
	y, _ := json.Marshal(b)
	return string(x) != string(y)
}

// text is a value in a message.
func text(v any) string {
	const longest = 60
	if v == nil {
		return "none"
	}
	b, _ := json.Marshal(v) // which was JSON
	if len(b) > longest {
		return strings.ToValidUTF8(string(b[:longest]), "") + " …"
	}
	return string(b)
}
