package nodetest

import (
	"maps"
	"reflect"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// declares checks the names, the settings and one step.
func (s *suite) declares() error {
	if again := nodes.WithDefaults(s.cell); !reflect.DeepEqual(again, s.cell) {
		return errors.Errorf("with defaults it is %+v, and with defaults again %+v", s.cell, again)
	}
	var parameters, variables []string
	for _, q := range s.cell.Parameters() {
		parameters = append(parameters, q.Name)
		if q.Group == "" || q.Init == nil {
			return errors.Errorf("parameter %s has group %q and initialiser %v, want both", q.Name, q.Group, q.Init)
		}
	}
	for _, v := range s.cell.State() {
		variables = append(variables, v.Name)
		if !graph.Finite(v.Rest) {
			return errors.Errorf("%s rests at %v", v.Name, v.Rest)
		}
	}
	for _, list := range [][]string{parameters, variables} {
		if slices.Contains(list, "") || len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list) {
			return errors.Errorf("names are %q, want different ones that are not empty", list)
		}
	}
	step, err := oneStep(s.cell)
	if err != nil {
		return err
	}
	s.names = slices.Sorted(maps.Keys(step))
	if slices.Contains(s.names, "") {
		return errors.Errorf("the step gives %q, want names that are not empty", s.names)
	}
	zero := edit(s.cell, func(_ reflect.StructField, v reflect.Value) {
		if v.Kind() != reflect.Struct {
			v.SetZero()
		}
	})
	_, err = oneStep(nodes.WithDefaults(zero))
	return errors.Wrapf(err, "settings of zero, %+v", zero)
}

// oneStep are the values after a step at rest without input. They must be finite.
func oneStep(cell nodes.Cell) (map[string][]float64, error) {
	e := experiment{cell: cell, dtype: tensor.Float64, steps: 1, batch: 2, in: 1, units: 3, initial: map[string][]float64{}}
	for _, v := range cell.State() {
		e.initial[v.Name] = slices.Repeat([]float64{v.Rest}, e.batch*e.units)
	}
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	for _, q := range p.params.All() {
		for _, x := range q.Values() {
			if q.Group == "tau" && x == 0 {
				return nil, errors.Errorf("%s starts at 0, want a positive time constant", q.Name)
			}
		}
	}
	step, err := apply(cell, p.input("current", nil, e.batch, e.units), p.own, p.start)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(slices.Collect(maps.Values(step))...)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	out := map[string][]float64{}
	for name, n := range step {
		if out[name], err = graph.Float64s(n.Value()); err != nil {
			return nil, errors.Wrap(err, name)
		}
		if err := allFinite(name, out[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func allFinite(what string, v []float64) error {
	for i, x := range v {
		if !graph.Finite(x) {
			return errors.Errorf("%s: element %d is %v", what, i, x)
		}
	}
	return nil
}
