package nodes

import (
	"reflect"
	"strconv"

	"github.com/srnn-go/srnn/ops"
)

// WithDefaults is the cell with every field that is nil, or a number that is zero, set to what its tag
// `default` says, and every surrogate that is nil to the one that its tag names, or [ops.DefaultSurrogate]; those of
// cells within it too.
func WithDefaults(c Cell) Cell {
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Struct {
		return c
	}
	full := reflect.New(v.Type()).Elem()
	full.Set(v)
	fillIn(full)
	return full.Interface().(Cell)
}

// numberType is that of settings which may be zero: nil stands for the default.
var numberType = reflect.TypeFor[*float64]()

// fillIn sets the fields of a struct that are zero.
func fillIn(s reflect.Value) {
	for i := range s.NumField() {
		f, field := s.Field(i), s.Type().Field(i)
		tag := field.Tag.Get("default")
		switch {
		case !f.CanSet():
		case field.Anonymous && f.Kind() == reflect.Struct:
			fillIn(f)
		case !f.IsZero():
			if cell, ok := f.Interface().(Cell); ok && f.Kind() == reflect.Interface {
				f.Set(reflect.ValueOf(WithDefaults(cell)))
			}
		case f.Type() == surrogateType:
			f.Set(reflect.ValueOf(surrogate(s.Type(), tag)))
		case f.Type() == numberType && tag != "":
			f.Set(reflect.ValueOf(new(number(s.Type(), tag))))
		case f.CanFloat() && tag != "":
			f.SetFloat(number(s.Type(), tag))
		case f.CanInt() && tag != "":
			f.SetInt(int64(number(s.Type(), tag)))
		}
	}
}

// surrogate finds a default, which may be named.
func surrogate(of reflect.Type, tag string) ops.Surrogate {
	if tag == "" {
		return ops.DefaultSurrogate
	}
	s, err := ops.SurrogateByName(tag)
	if err != nil {
		panic("srnn: " + of.String() + ": " + err.Error())
	}
	return s
}

// number reads a default. What does not read as one is a mistake in the cell's source.
func number(of reflect.Type, tag string) float64 {
	x, err := strconv.ParseFloat(tag, 64)
	if err != nil {
		panic("srnn: " + of.String() + ": a default is " + strconv.Quote(tag) + ", want a number")
	}
	return x
}
