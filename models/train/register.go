package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/strictjson"
)

// Models, losses, terms and metrics that are registered under a name are written into files with their
// settings, as JSON, so that [Load] makes them again. The zero value of the type says which it is.

// registry are the types of one kind by their names.
type registry struct {
	kind, call string
	mu         sync.RWMutex
	types      map[string]reflect.Type
	assemblers map[string]assembler // of models
}

// assembler makes a plan of a model with a loss of its type.
type assembler func(model, loss any, metrics []Metric) (plan, error)

var (
	models  = &registry{kind: "model", call: "MustRegisterModel"}
	losses  = &registry{kind: "loss", call: "MustRegisterLoss"}
	terms   = &registry{kind: "term", call: "MustRegisterTerm"}
	metrics = &registry{kind: "metric", call: "MustRegisterMetric"}
	_       = register(metrics, "health", Health{}, nil)
)

// MustRegisterModel registers a type of models under a name. It panics if the name is that of another type.
func MustRegisterModel[O any](name string, m Model[O]) {
	must(register(models, name, m, func(model, loss any, metrics []Metric) (plan, error) {
		l, ok := loss.(Loss[O])
		if !ok {
			return plan{}, errors.Errorf("srnn: the loss %T is none for what the model %T gives", loss, model)
		}
		return Task[O]{Model: model.(Model[O]), Loss: l, Metrics: metrics}.plan()
	}))
}

// MustRegisterLoss registers a type of losses under a name. It panics if the name is that of another type.
func MustRegisterLoss[O any](name string, l Loss[O]) { must(register(losses, name, l, nil)) }

// MustRegisterTerm registers a type of terms under a name. It panics if the name is that of another type.
func MustRegisterTerm(name string, t Term) { must(register(terms, name, t, nil)) }

// MustRegisterMetric registers a type of metrics under a name. It panics if the name is that of another type.
func MustRegisterMetric(name string, m Metric) { must(register(metrics, name, m, nil)) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// register adds a type.
func register(r *registry, name string, v any, a assembler) error {
	t := reflect.TypeOf(v)
	if name == "" || t == nil || t.Kind() == reflect.Pointer || t.Kind() == reflect.Func {
		return errors.Errorf("srnn: cannot register a %s %T as %q: want a value that is no pointer or function, and a name", r.kind, v, name)
	}
	if field := unwritten(t); field != "" {
		return errors.Errorf("srnn: cannot register a %s %T as %q: its field %s would not be written into a file: export it, or give the type MarshalJSON and UnmarshalJSON", r.kind, v, name, field)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.types == nil {
		r.types, r.assemblers = map[string]reflect.Type{}, map[string]assembler{}
	}
	if other, ok := r.types[name]; ok && other != t {
		return errors.Errorf("srnn: cannot register a %s %T as %q: that is %v", r.kind, v, name, other)
	}
	for n, other := range r.types {
		if other == t && n != name {
			return errors.Errorf("srnn: cannot register a %s %T as %q: it is %q already", r.kind, v, name, n)
		}
	}
	r.types[name], r.assemblers[name] = t, a
	return nil
}

// unwritten is a field of a struct that package json passes over, without being told to.
func unwritten(t reflect.Type) string {
	marshaler := reflect.TypeFor[json.Marshaler]()
	if t.Kind() != reflect.Struct || t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return ""
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" {
			continue
		}
		if !f.IsExported() && !(f.Anonymous && f.Type.Kind() == reflect.Struct) {
			return f.Name
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if inner := unwritten(f.Type); inner != "" {
				return f.Name + "." + inner
			}
		}
	}
	return ""
}

// named is a value as it is saved.
type named struct {
	Kind     string          `json:"kind,omitempty"` // empty if it is not registered
	Type     string          `json:"type,omitempty"` // what messages call it then
	Settings json.RawMessage `json:"settings,omitempty"`
}

// name is that of a type; empty if it is not registered.
func (r *registry) name(v any) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for name, t := range r.types {
		if t == reflect.TypeOf(v) {
			return name
		}
	}
	return ""
}

// save describes a value.
func (r *registry) save(v any) (named, error) {
	n := named{Kind: r.name(v)}
	if n.Kind == "" {
		n.Type = fmt.Sprintf("%T", v)
		if text, err := json.Marshal(v); err == nil { // not to be loaded, but to be told from others
			n.Settings = text
		}
		return n, nil
	}
	var err error
	if n.Settings, err = json.Marshal(v); err != nil {
		return n, graph.Wrapf(inner(err), "the %s %T cannot be saved", r.kind, v)
	}
	// What cannot be read again is better known now than when it is needed.
	again, err := r.load(n)
	if err != nil {
		return n, graph.Wrapf(err, "the %s %T cannot be saved: it could not be loaded", r.kind, v)
	}
	if text, err := json.Marshal(again); err != nil || !bytes.Equal(text, n.Settings) {
		return n, errors.Errorf("srnn: the %s %T cannot be saved: loaded, it would be %s, and not %s", r.kind, v, text, n.Settings)
	}
	return n, nil
}

// inner is the error of a method MarshalJSON, without what package json says of it.
func inner(err error) error {
	var m *json.MarshalerError
	for errors.As(err, &m) {
		err = m.Unwrap()
	}
	return err
}

// load makes a value that was saved.
func (r *registry) load(n named) (any, error) {
	if n.Kind == "" {
		return nil, errors.Errorf("srnn: the %s %s was not registered when it was saved: register it by train.%s, and save again, or give it to LoadTask", r.kind, n.Type, r.call)
	}
	r.mu.RLock()
	t, ok := r.types[n.Kind]
	r.mu.RUnlock()
	if !ok {
		return nil, errors.Errorf("srnn: no %s is registered as %q: register it by train.%s(%q, …)", r.kind, n.Kind, r.call, n.Kind)
	}
	v := reflect.New(t)
	if err := strictjson.Unmarshal(n.Settings, v.Interface()); err != nil {
		return nil, graph.Wrapf(err, "%s %q", r.kind, n.Kind)
	}
	return v.Elem().Interface(), nil
}
