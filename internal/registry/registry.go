// Package registry keeps the names under which settings of various types are saved and chosen.
package registry

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pkg/errors"
)

// Registry keeps values of an interface type T, each a plain struct, by names. It may be used by several
// goroutines at once.
type Registry[T any] struct {
	what, call string

	mu     sync.RWMutex
	values map[string]T
	names  map[reflect.Type]string
}

// New makes a registry. Errors call its values what, as "surrogate", and name the call that registers one,
// as "ops.MustRegister".
func New[T any](what, call string) *Registry[T] {
	return &Registry[T]{what: what, call: call, values: map[string]T{}, names: map[reflect.Type]string{}}
}

// Register gives a value a name, and its type the first name that it gets. A name is given once: again
// only for the same value.
func (r *Registry[T]) Register(name string, v T) error {
	t := reflect.TypeOf(v)
	if name == "" || t == nil || t.Kind() != reflect.Struct {
		return errors.Errorf("srnn: cannot register a %s %T as %q: want a struct and a name", r.what, v, name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, ok := r.values[name]; ok {
		if !reflect.DeepEqual(other, v) {
			return errors.Errorf("srnn: cannot register a %s %T as %q: that is the name of %#v", r.what, v, name, other)
		}
		return nil
	}
	r.values[name] = v
	if _, named := r.names[t]; !named {
		r.names[t] = name
	}
	return nil
}

// Get is the value of that name.
func (r *Registry[T]) Get(name string) (v T, err error) {
	r.mu.RLock()
	v, ok := r.values[name]
	r.mu.RUnlock()
	if !ok {
		return v, errors.Errorf("srnn: no %s %q, want one of %s; one of your own is registered with %s", r.what, name, strings.Join(r.Names(), ", "), r.call)
	}
	return v, nil
}

// NameOf is the name of a value's type.
func (r *Registry[T]) NameOf(v T) (string, error) {
	t := reflect.TypeOf(v)
	r.mu.RLock()
	name, ok := r.names[t]
	r.mu.RUnlock()
	if !ok && t == nil {
		return "", errors.Errorf("srnn: a %s that is nil cannot be saved", r.what)
	}
	if !ok {
		return "", errors.Errorf("srnn: a %s %v cannot be saved: register it once with %s(%q, %s)", r.what, t, r.call, strings.ToLower(t.Name()), literal(t))
	}
	return name, nil
}

// literal is how a program writes the zero value of a type.
func literal(t reflect.Type) string { return fmt.Sprintf("%v{}", t) }

// Names are those of all values, sorted.
func (r *Registry[T]) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.values))
}
