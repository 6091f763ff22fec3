package nodes

import (
	"reflect"
	"strconv"

	"github.com/srnn-go/srnn/ops"
)

// WithDefaults is the cell with every field that is zero set to what its tag `default` says, and
// every surrogate that is nil to the one that its tag names, or [ops.DefaultSurrogate]; those of a
// cell within it too.
func WithDefaults(c Cell) Cell {
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Struct {
		return c
	}
	full := reflect.New(v.Type()).Elem()
	full.Set(v)
	for i := range full.NumField() {
		f, tag := full.Field(i), v.Type().Field(i).Tag.Get("default")
		if !f.CanSet() {
			continue
		}
		if !f.IsZero() {
			if cell, ok := f.Interface().(Cell); ok {
				f.Set(reflect.ValueOf(WithDefaults(cell)))
			}
			continue
		}
		switch {
		case f.Type() == surrogateType:
			f.Set(reflect.ValueOf(surrogate(v.Type(), tag)))
		case f.CanFloat() && tag != "":
			f.SetFloat(number(v.Type(), tag))
		case f.CanInt() && tag != "":
			f.SetInt(int64(number(v.Type(), tag)))
		}
	}
	return full.Interface().(Cell)
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
