package nodes

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/registry"
	"github.com/srnn-go/srnn/internal/strictjson"
	"github.com/srnn-go/srnn/ops"
)

// layerJSON is a Layer as it is saved: everything but the initialisers, with the numbers that
// were used and not the zeros that stood for defaults.
type layerJSON struct {
	Units     int             `json:"units"`
	Recurrent bool            `json:"recurrent,omitempty"`
	NoBias    bool            `json:"no_bias,omitempty"`
	Feedback  FeedbackKind    `json:"feedback,omitempty"`
	Mask      json.RawMessage `json:"mask,omitempty"`
	RecMask   json.RawMessage `json:"rec_mask,omitempty"`
	Delays    Delays          `json:"delays,omitzero"`
	Both      bool            `json:"bidirectional,omitempty"`
	Estimator json.RawMessage `json:"estimator,omitempty"`
	Cell      json.RawMessage `json:"cell"`
	Initial   Initial         `json:"initial,omitempty"`
	Dropout   Dropout         `json:"recurrent_dropout,omitzero"`
}

// MarshalJSON writes what the layer is, without its initialisers: a checkpoint holds the values
// of the parameters themselves.
func (l Layer) MarshalJSON() ([]byte, error) {
	cell, err := MarshalCell(l.Cell)
	if err != nil {
		return nil, err
	}
	var estimator json.RawMessage
	if l.Estimator != nil {
		if estimator, err = ops.MarshalEstimator(l.Estimator); err != nil {
			return nil, err
		}
	}
	feedback := l.Linear.Feedback.Kind
	if err := feedback.check(); err != nil {
		return nil, err
	}
	if feedback.none() {
		feedback = ""
	}
	mask, err := marshalConnectivity(l.Linear.Mask)
	if err != nil {
		return nil, err
	}
	recMask, err := marshalConnectivity(l.RecMask)
	if err != nil {
		return nil, err
	}
	return json.Marshal(layerJSON{Units: l.Units, Recurrent: l.Recurrent, NoBias: l.Linear.NoBias, Feedback: feedback, Delays: l.Delays, Both: l.Bidirectional, Estimator: estimator, Cell: cell, Initial: l.Initial,
		Mask: mask, RecMask: recMask, Dropout: l.RecurrentDropout})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Layer) UnmarshalJSON(data []byte) error {
	var j layerJSON
	if err := strictjson.Unmarshal(data, &j); err != nil {
		return err
	}
	cell, err := UnmarshalCell(j.Cell)
	if err != nil {
		return err
	}
	var estimator ops.Estimator
	if j.Estimator != nil {
		if estimator, err = ops.UnmarshalEstimator(j.Estimator); err != nil {
			return err
		}
	}
	if err := j.Feedback.check(); err != nil {
		return err
	}
	mask, err := unmarshalConnectivity(j.Mask)
	if err != nil {
		return err
	}
	recMask, err := unmarshalConnectivity(j.RecMask)
	if err != nil {
		return err
	}
	*l = Layer{Units: j.Units, Estimator: estimator, Recurrent: j.Recurrent, Cell: cell, Initial: j.Initial, Linear: Linear{NoBias: j.NoBias, Feedback: Feedback{Kind: j.Feedback}, Mask: mask}, Delays: j.Delays, Bidirectional: j.Both,
		RecMask: recMask, RecurrentDropout: j.Dropout}
	return nil
}

// kinds are the cells that can be saved, by the names under which they are.
var kinds = registry.New[Cell]("cell", "nodes.MustRegister")

// Register makes it possible to save and load layers of a cell under a name. The cells of this
// package are there; one of your own is registered once, before the first checkpoint is read. What
// is saved of a cell are its fields that have a json tag, a surrogate and a cell within it among
// them.
func Register(kind string, c Cell) error {
	if t := reflect.TypeOf(c); t != nil {
		c = reflect.Zero(t).Interface().(Cell) // the type is what counts
	}
	return kinds.Register(kind, c)
}

// MustRegister is [Register], and panics where that fails: for use in an init function.
func MustRegister(kind string, c Cell) {
	if err := Register(kind, c); err != nil {
		panic(err)
	}
}

// Registered reports whether cells of a type can be saved.
func Registered(c Cell) bool {
	_, err := kinds.NameOf(c)
	return err == nil
}

// register is MustRegister for the cells of this package.
func register(kind string, c Cell) struct{} {
	MustRegister(kind, c)
	return struct{}{}
}

var (
	surrogateType = reflect.TypeFor[ops.Surrogate]()
	cellType      = reflect.TypeFor[Cell]()
)

// MarshalCell writes a cell as JSON: its kind, and its fields that have a json tag.
func MarshalCell(c Cell) ([]byte, error) {
	kind, err := kinds.NameOf(c)
	if err != nil {
		return nil, err
	}
	full := reflect.ValueOf(WithDefaults(c))
	head, err := json.Marshal(kind)
	if err != nil {
		return nil, err
	}
	out := append([]byte(`{"kind":`), head...)
	for i := range full.NumField() {
		name, omit := saved(full.Type().Field(i))
		f := full.Field(i)
		if name == "" || omit && f.IsZero() {
			continue
		}
		data, err := marshalField(f)
		if err != nil {
			return nil, graph.Wrapf(err, "cell %s: %s", kind, name)
		}
		out = append(out, ',', '"')
		out = append(out, name...)
		out = append(out, '"', ':')
		out = append(out, data...)
	}
	return append(out, '}'), nil
}

func marshalField(f reflect.Value) ([]byte, error) {
	switch x := f.Interface().(type) {
	case ops.Surrogate:
		return ops.MarshalSurrogate(x)
	case Cell:
		return MarshalCell(x)
	default:
		return json.Marshal(x)
	}
}

// UnmarshalCell reads what MarshalCell wrote. Numbers that are not there have their defaults.
func UnmarshalCell(data []byte) (Cell, error) {
	// Each level of cells within cells is looked through again: the check bounds how many there are.
	if err := strictjson.Check(data); err != nil {
		return nil, graph.Wrapf(err, "cell")
	}
	return unmarshalCell(data)
}

func unmarshalCell(data []byte) (Cell, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, graph.Wrapf(err, "cell")
	}
	var kind string
	if err := json.Unmarshal(fields["kind"], &kind); err != nil {
		return nil, graph.Wrapf(err, "cell: kind")
	}
	known, err := kinds.Get(kind)
	if err != nil {
		return nil, err
	}
	t := reflect.TypeOf(known)
	delete(fields, "kind")
	c := reflect.New(t).Elem()
	for i := range t.NumField() {
		name, omit := saved(t.Field(i))
		raw, there := fields[name]
		delete(fields, name)
		if name == "" || !there && (omit || t.Field(i).Type != surrogateType && t.Field(i).Type != cellType) {
			continue
		}
		if err := unmarshalField(c.Field(i), raw); err != nil {
			return nil, graph.Wrapf(err, "cell %s: %s", kind, name)
		}
	}
	for name := range fields {
		return nil, errors.Errorf("cell %s has no field %q", kind, name)
	}
	return c.Interface().(Cell), nil
}

func unmarshalField(f reflect.Value, raw json.RawMessage) error {
	if len(raw) == 0 {
		return errors.New("is missing")
	}
	switch f.Type() {
	case surrogateType:
		s, err := ops.UnmarshalSurrogate(raw)
		if err == nil {
			f.Set(reflect.ValueOf(s))
		}
		return err
	case cellType:
		c, err := unmarshalCell(raw)
		if err == nil {
			f.Set(reflect.ValueOf(c))
		}
		return err
	}
	return json.Unmarshal(raw, f.Addr().Interface())
}

// saved is the name under which a field is saved, or "" for one that is not, and whether it is left
// out where it is zero.
func saved(f reflect.StructField) (name string, omit bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" || !f.IsExported() {
		return "", false
	}
	return name, options == "omitempty"
}
