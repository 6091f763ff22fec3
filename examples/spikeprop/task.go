package main

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/nodes"
)

// horizon is the end of time, ms.
const horizon = 50.

// task is what to learn, with the defaults that it has.
type task struct {
	table  *data.Table // of examples with classes; nil for XOR
	coding nodes.ReceptiveTimes
	bias   int // inputs that always spike at 0 ms, the last ones

	iterations, hidden int
	rate               float64

	Early float64 `json:"early_ms"` // the target of the output of an example's class; of XOR, where the inputs differ
	Late  float64 `json:"late_ms"`  // that of the other outputs; where the inputs are the same
}

// taskOf is the task of that name.
func taskOf(name, file string) (t task, err error) {
	if file != "" && name != "wisconsin" {
		return t, errors.Errorf("-data is for -task wisconsin, and -task is %s", name)
	}
	switch name {
	case "xor":
		return task{iterations: 1000, rate: 1e-3, hidden: 5, bias: 1, Early: 10, Late: 16}, nil
	case "iris":
		return task{
			iterations: 40, rate: 1e-4, hidden: 10, bias: 2, Early: 12, Late: 16,
			table: data.Iris(), coding: nodes.ReceptiveTimes{Fields: 12, Horizon: horizon},
		}, nil
	case "wisconsin":
		if file == "" {
			return t, errors.New("-task wisconsin needs -data FILE: breast-cancer-wisconsin.data, as the UCI repository has it")
		}
		t = task{
			iterations: 40, rate: 1e-4, hidden: 15, bias: 1, Early: 12, Late: 16,
			coding: nodes.ReceptiveTimes{Fields: 7, Low: []float64{1}, High: []float64{10}, Horizon: horizon},
		}
		t.table, err = data.ReadWisconsin(file)
		return t, err
	}
	return t, errors.Errorf("-task is %q", name)
}

// settings are those of a run.
type settings struct {
	task
	learning
}

// network is the network of a run.
func (s settings) network() models.SpikeProp {
	hidden := nodes.SRM{Units: s.Hidden, Inhibitory: s.Inhibitory}
	if s.table == nil {
		weight := graph.Uniform{Low: .02, High: .2} // 1 to 10 on a threshold of 50
		hidden.Weight = weight
		return models.SpikeProp{In: 2 + s.bias, Horizon: horizon, Layers: []nodes.SRM{hidden, {Units: 1, Weight: weight}}}
	}
	hidden.Active = .3
	return models.SpikeProp{
		In: len(s.table.Features)*s.coding.Fields + s.bias, Horizon: horizon,
		Layers: []nodes.SRM{hidden, {Units: len(s.table.Classes)}},
	}
}

// patterns are those to train and to test on. Of XOR there are none to test on: its two inputs spike at 0 or 6 ms,
// and the output early where they differ.
func (s settings) patterns(seed uint64) (train, test models.SpikePatterns, err error) {
	if s.table == nil {
		for _, times := range [][]float64{{0, 0}, {0, 6}, {6, 0}, {6, 6}} {
			target := s.Late
			if times[0] != times[1] {
				target = s.Early
			}
			train = append(train, models.SpikePattern{Times: times, Targets: []float64{target}})
		}
		return train.WithBias(s.bias), nil, nil
	}
	learn, held, err := s.table.Split(s.TrainShare, graph.Stream(seed, "split"))
	if err != nil {
		return nil, nil, err
	}
	if len(learn) == 0 {
		return nil, nil, errors.Errorf("-train-share is %v, which leaves none of %d examples to train on", s.TrainShare, s.table.Len())
	}
	if s.coding.Low == nil {
		if s.coding.Low, s.coding.High, err = s.table.Ranges(learn); err != nil {
			return nil, nil, err
		}
	}
	all, err := s.encode()
	if err != nil {
		return nil, nil, err
	}
	return all.Pick(learn), all.Pick(held), nil
}

// encode codes all examples by the times of spikes. Neurons for a feature that is missing are silent.
func (t task) encode() (models.SpikePatterns, error) {
	times, err := t.coding.Times(t.table.Values)
	if err != nil {
		return nil, err
	}
	all, err := models.ClassPatterns(times, t.table.Labels, len(t.table.Classes), t.Early, t.Late)
	return all.WithBias(t.bias), err
}
