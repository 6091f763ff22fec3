package nodetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gradients compares the gradient of the unrolled steps, with spikes relaxed, with central
// differences. All inputs and quantities are in units of their own size.
func (s *suite) gradients() error {
	for _, recurrent := range s.recurrences() {
		e := s.sized(4, 2, 2, 2, recurrent)
		if err := s.withoutDetachment(&e); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
		var surrogates int
		if e.cell, surrogates = relaxed(e.cell); s.spiking() && surrogates == 0 {
			return errors.New("it spikes, but has no field Surrogate")
		}
		if err := s.differentiate(e); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

// withoutDetachment makes e one whose reset is not detached, and checks that it gives the same values.
func (s *suite) withoutDetachment(e *experiment) error {
	want, err := e.forward(unrolled)
	if err != nil {
		return err
	}
	e.cell = edit(e.cell, func(f reflect.StructField, v reflect.Value) {
		if f.Name == "DetachReset" && f.Type.Kind() == reflect.Bool {
			v.SetBool(false)
		}
	})
	got, err := e.forward(unrolled)
	if err != nil {
		return err
	}
	return errors.Wrap(agree(got, want, 0), "without DetachReset")
}

func (s *suite) differentiate(e experiment) error {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return err
	}
	inputs := p.program().inputs
	names := slices.Sorted(maps.Keys(inputs))
	values := make([]*tensor.Dense, len(names))
	sizes := make([]float64, len(names))
	for i, name := range names {
		v := inputs[name][0].Value().(*tensor.Dense)
		data := v.Data().([]float64)
		if variable, ok := strings.CutPrefix(name, "initial "); ok {
			sizes[i] = s.spread[variable]
			for j, x := range normals("off "+name, len(data)) { // away from what may be a corner
				data[j] += .03 * x * sizes[i]
			}
		} else if sizes[i] = largest(data); sizes[i] == 0 {
			sizes[i] = 1
		}
		for j := range data {
			data[j] /= sizes[i]
		}
		values[i] = v
	}
	err = graphtest.Differences{Tolerance: 1e-5}.Check(values, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		own, sum := map[string]*gorgonia.Node{}, sum{}
		start := map[string]*gorgonia.Node{}
		for i, name := range names {
			x := graph.Of(in[i]).Times(sizes[i])
			n, err := x.Node()
			if err != nil {
				return nil, err
			}
			if variable, ok := strings.CutPrefix(name, "initial "); ok {
				start[variable] = n
			} else {
				own[name] = n
			}
			sum.add(x.Times(0))
		}
		quantities, err := unroll(e, own["x"], own, start)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(quantities)) {
			for k, n := range quantities[name] {
				size := n.Shape().TotalSize()
				w := tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(slices.Clone(e.weights[name][k*size:][:size])))
				weights := gorgonia.NodeFromAny(n.Graph(), w, gorgonia.WithName(fmt.Sprintf("weights of %s %d", name, k)))
				sum.add(graph.Of(n).Mul(graph.Of(weights)).Times(1 / s.spread[name]))
			}
		}
		return sum.node()
	})
	return errors.Wrapf(err, "inputs are %q", names)
}

// relaxed is the cell with every surrogate relaxed, and how many there are.
func relaxed(cell nodes.Cell) (nodes.Cell, int) {
	n := 0
	return edit(cell, func(f reflect.StructField, v reflect.Value) {
		if s, ok := v.Interface().(ops.Surrogate); ok && f.Name == "Surrogate" {
			v.Set(reflect.ValueOf(ops.Relaxed{Surrogate: s}))
			n++
		}
	}), n
}

// edit copies a cell with its settings changed, and those of a cell within it.
func edit(cell nodes.Cell, change func(reflect.StructField, reflect.Value)) nodes.Cell {
	v := reflect.ValueOf(cell)
	if v.Kind() != reflect.Struct {
		return cell
	}
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	for i := range out.NumField() {
		f := out.Field(i)
		if !f.CanSet() {
			continue
		}
		if cell, ok := f.Interface().(nodes.Cell); ok && f.Kind() == reflect.Interface {
			f.Set(reflect.ValueOf(edit(cell, change)))
		} else {
			change(out.Type().Field(i), f)
		}
	}
	return out.Interface().(nodes.Cell)
}
