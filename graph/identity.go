package graph

import (
	"fmt"
	"reflect"

	"github.com/pkg/errors"
)

// identityOf is what tells a Function from others: what it says itself, if it is of this package,
// or else its fields.
func identityOf(f Function) (string, error) {
	if own, ok := f.(interface{ identity() string }); ok {
		return own.identity(), nil
	}
	return identity(f)
}

// identity writes a Function with its type and all its fields, so that Functions which differ
// anywhere have different identities. Gorgonia merges nodes whose op hashes are equal; an op
// with a field missing from its hash would silently become another one.
func identity(f Function) (string, error) {
	if err := plain(reflect.ValueOf(f), reflect.TypeOf(f).Name()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%#v", f), nil
}

// plain reports an error where v holds anything whose printed form is not its identity.
func plain(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return nil
	case reflect.Struct:
		for i := range v.NumField() {
			if err := plain(v.Field(i), path+"."+v.Type().Field(i).Name); err != nil {
				return err
			}
		}
		return nil
	case reflect.Array:
		for i := range v.Len() {
			if err := plain(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem(), path)
	}
	return errors.Errorf("%s is a %s; the fields of an op must be plain values, which identify it", path, v.Kind())
}
