package nodes

import (
	"math"
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Times codes numbers, such as those of a table: values [examples][features] become the times of spikes,
// [examples][features·Fields], in ms, in double precision. Those of one feature lie side by side. The neurons
// of a value that is missing, which is NaN, are all silent.
func (r ReceptiveTimes) Times(values [][]float64) ([][]float64, error) {
	times, err := r.timesOf(values)
	if err != nil {
		return nil, graph.Wrapf(err, "ReceptiveTimes")
	}
	return times, nil
}

func (r ReceptiveTimes) timesOf(values [][]float64) ([][]float64, error) {
	if len(values) == 0 {
		return nil, errors.New("there are no examples")
	}
	fillIn(reflect.ValueOf(&r).Elem())
	features := len(values[0])
	there := make([]float64, 0, len(values)*features)
	for i, row := range values {
		if len(row) != features {
			return nil, errors.Errorf("example %d has %d features, want %d as example 0 has", i, len(row), features)
		}
		for _, v := range row {
			if math.IsNaN(v) {
				v = 0 // any number will do
			}
			there = append(there, v)
		}
	}
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 0)
	if err != nil {
		return nil, err
	}
	neurons, err := r.declare(p, features)
	if err != nil {
		return nil, err
	}
	x, err := graph.Input(p.Graph(), "values", tensor.New(tensor.WithShape(len(values), features), tensor.WithBacking(there)))
	if err != nil {
		return nil, err
	}
	coded, err := neurons.encode(x)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(coded)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	all, err := graph.Float64s(coded.Value())
	if err != nil {
		return nil, err
	}
	times := make([][]float64, len(values))
	for i, row := range values {
		times[i] = all[i*features*r.Fields:][: features*r.Fields : features*r.Fields]
		for k, v := range row {
			for j := range r.Fields {
				if math.IsNaN(v) {
					times[i][k*r.Fields+j] = r.Horizon
				}
			}
		}
	}
	return times, nil
}
