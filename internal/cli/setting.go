package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"

	"github.com/alecthomas/kong"
	"github.com/pkg/errors"
)

// Setting is a flag of a program, or an argument that is none, with the value that the program runs with.
type Setting struct {
	Name  string
	Given bool // on the command line

	value *kong.Value
}

// settings are the flags and arguments of a command line, but for the one that asks for help.
func settings(c *kong.Context) (list []Setting) {
	given := map[*kong.Value]bool{}
	for _, p := range c.Path {
		switch {
		case p.Resolved:
		case p.Flag != nil:
			given[p.Flag.Value] = true
		case p.Positional != nil:
			given[p.Positional] = true
		}
	}
	for _, v := range c.Model.Values() {
		if c.Model.HelpFlag == nil || v != c.Model.HelpFlag.Value {
			list = append(list, Setting{v.Name, given[v], v})
		}
	}
	return list
}

// Tag is what the field's tag says under a key, or "".
func (s Setting) Tag(key string) string { return s.value.Tag.Get(key) }

// check refuses numbers that are not finite, and counts beyond all that a program can make: products of two of them
// are counted without overflow. Seeds, which are unsigned, are no counts.
func (s Setting) check() error {
	return s.checkValue(s.value.Target)
}

func (s Setting) checkValue(v reflect.Value) error {
	const most = math.MaxInt32
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return s.checkValue(v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if err := s.checkValue(v.Index(i)); err != nil {
				return err
			}
		}
	case v.CanFloat() && v.Float()-v.Float() != 0:
		return errors.Errorf("-%s is %v, want a finite number", s.Name, v.Float())
	case v.CanInt() && v.Int() > most:
		return errors.Errorf("-%s is %d, want at most %d", s.Name, v.Int(), most)
	case v.CanInt() && v.Int() < -most:
		return errors.Errorf("-%s is %d, want at least %d", s.Name, v.Int(), -most)
	}
	return nil
}

// JSON is the value. Numbers that are not finite, which nothing can be set to, are an error.
func (s Setting) JSON() (json.RawMessage, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(s.value.Target.Interface())
	return raw, errors.Wrapf(err, "-%s is %s", s.Name, s)
}

// SetJSON sets the value to what [Setting.JSON] gave.
func (s Setting) SetJSON(raw json.RawMessage) error {
	v := reflect.New(s.value.Target.Type())
	if err := json.Unmarshal(raw, v.Interface()); err != nil {
		return errors.Wrapf(err, "-%s", s.Name)
	}
	s.value.Target.Set(v.Elem())
	return nil
}

// String is the value as one would write it on a command line.
func (s Setting) String() string {
	v := s.value.Target
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Pointer, (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0:
		return "none"
	case v.Kind() == reflect.String:
		return fmt.Sprintf("%q", v.String())
	case v.Kind() == reflect.Slice:
		text := ""
		for i := range v.Len() {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprint(v.Index(i).Interface())
		}
		return text
	}
	return fmt.Sprint(v.Interface())
}
