package nodetest

import (
	"encoding/json"
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// errNotSaved is no failure.
var errNotSaved = errors.New("the cell is not registered: saving is not checked")

// saves checks that every setting survives being saved, but those that are marked not to. They are
// changed before: a setting that is not saved would come back with its default.
func (s *suite) saves() error {
	cell := edit(s.cell, func(_ reflect.StructField, v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[*float64]() && !v.IsNil():
			v.Set(reflect.ValueOf(new(1.25*v.Elem().Float() + .125)))
		case v.CanFloat():
			v.SetFloat(1.25*v.Float() + .125)
		case v.CanInt():
			v.SetInt(v.Int() + 1)
		case v.Kind() == reflect.Bool:
			v.SetBool(!v.Bool())
		}
	})
	if !nodes.Registered(cell) {
		return errNotSaved
	}
	data, err := nodes.MarshalCell(cell)
	if err != nil {
		return err
	}
	again, err := nodes.UnmarshalCell(data)
	if err != nil {
		return errors.Wrapf(err, "%s", data)
	}
	kept := func(c nodes.Cell) nodes.Cell {
		return edit(c, func(f reflect.StructField, v reflect.Value) {
			_, isInitializer := v.Interface().(graph.Initializer)
			if f.Tag.Get("json") == "-" || isInitializer || f.Type == reflect.TypeFor[ops.Surrogate]() {
				v.SetZero()
			}
		})
	}
	if !reflect.DeepEqual(kept(again), kept(cell)) {
		return errors.Errorf("%+v was saved as %s and came back as %+v", cell, data, again)
	}
	// Surrogates come back with their defaults as numbers. What is saved of them is the same.
	twice, err := nodes.MarshalCell(again)
	if err != nil {
		return err
	}
	if !json.Valid(data) || string(twice) != string(data) {
		return errors.Errorf("saved as %s, and again as %s", data, twice)
	}
	return nil
}
