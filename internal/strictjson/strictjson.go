// Package strictjson reads settings that are JSON in a file, which may be anybody's: nothing in them is passed over,
// and what they cost is in proportion to their length.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/pkg/errors"
)

const (
	// mostNested is how many objects and lists may lie in one another. Settings that are read piece by piece, as
	// those of a cell within a cell, are looked at once for each level.
	mostNested = 32

	// mostContainers and mostEntries are how many objects and lists there may be, and entries in one of them. What
	// an entry of two bytes becomes in memory may have hundreds.
	mostContainers = 1 << 14
	mostEntries    = 1 << 16
)

// Unmarshal is [json.Unmarshal], but for what that passes over: fields that v does not have are an error, and so are
// those of [Check].
func Unmarshal(text []byte, v any) error {
	if err := Check(text); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return short(d.Decode(v))
}

// Check refuses what is not one value of JSON, a name that occurs twice in an object, and objects and lists that
// are nested too deep, that are too many or have too many entries. Errors name the byte.
func Check(text []byte) error {
	type container struct {
		names map[string]bool // nil of a list
		value bool            // what comes next is one, and not a name
		size  int             // of its entries so far
	}
	var open []container
	containers := 0
	d := json.NewDecoder(bytes.NewReader(text))
	for first := true; ; first = false {
		token, err := d.Token()
		switch {
		case err == io.EOF && first:
			return errors.New("there is no JSON")
		case err == io.EOF && len(open) > 0:
			return errors.Errorf("the JSON ends at byte %d within an object or a list", d.InputOffset())
		case err == io.EOF:
			return nil
		case err != nil:
			return short(err)
		case !first && len(open) == 0:
			return errors.Errorf("something follows the JSON, before byte %d", d.InputOffset())
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 {
			in := &open[len(open)-1]
			if in.names == nil || !in.value {
				in.size++
			}
			if in.size > mostEntries {
				return errors.Errorf("a list or an object has more than %d entries, before byte %d", mostEntries, d.InputOffset())
			}
		}
		if len(open) > 0 && open[len(open)-1].names != nil {
			in := &open[len(open)-1]
			if in.value = !in.value; in.value {
				name := token.(string)
				if in.names[name] {
					return errors.Errorf("the field %q is there twice, the second before byte %d", head(name), d.InputOffset())
				}
				in.names[name] = true
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, container{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, container{})
		}
		if token == json.Delim('{') || token == json.Delim('[') {
			containers++
		}
		if containers > mostContainers {
			return errors.Errorf("there are more than %d objects and lists, before byte %d", mostContainers, d.InputOffset())
		}
		if len(open) > mostNested {
			return errors.Errorf("settings are nested more than %d deep, before byte %d", mostNested, d.InputOffset())
		}
	}
}

// short bounds the text of an error, which may quote what it is about, and says it in words of JSON.
func short(err error) error {
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		what, _, _ := strings.Cut(wrong.Value, " ")
		text := fmt.Sprintf("%s is a value of another kind: a %s, want %s", head(wrong.Field), what, kind(wrong.Type))
		if rest := strings.TrimPrefix(wrong.Value, what+" "); rest != wrong.Value {
			text = fmt.Sprintf("%s is %s, want %s", head(wrong.Field), head(rest), kind(wrong.Type))
		}
		return errors.New(strings.TrimPrefix(text, " "))
	}
	return errors.New(head(strings.TrimPrefix(err.Error(), "json: ")))
}

// kind is what a type is called in JSON.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number that is not too large"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number that is not negative, nor too large"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number that is not too large"
	}
	return "something else"
}

const longest = 100

func head(s string) string {
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + " …"
	}
	return s
}
