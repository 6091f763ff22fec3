package main

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// horizon is the end of time, ms.
const horizon = 50.

// settings are those of a run: the task's defaults, with what flags say otherwise.
type settings struct {
	name   string
	table  *data.Table // of examples with classes; nil for XOR
	coding nodes.ReceptiveTimes
	bias   int // inputs that always spike at 0 ms, the last ones

	Iterations int     `json:"iterations"` // at most
	Batch      int     `json:"batch"`      // examples in a step
	LR         float64 `json:"lr"`
	Hidden     int     `json:"hidden"`
	Inhibitory int     `json:"inhibitory"` // of the hidden neurons
	Early      float64 `json:"early_ms"`   // the target of the output of an example's class; of XOR, where the inputs differ
	Late       float64 `json:"late_ms"`    // that of the other outputs; where the inputs are the same
	Tolerance  float64 `json:"tolerance_ms"`
	TrainShare float64 `json:"train_share"`
}

// settingsOf are the defaults of the task of that name.
func settingsOf(name, file string) (s settings, err error) {
	s = settings{name: name, Batch: 1, Early: 12, Late: 16}
	if file != "" && name != "wisconsin" {
		return s, errors.Errorf("-data is for -task wisconsin, and -task is %s", name)
	}
	switch name {
	case "xor":
		s.Iterations, s.LR, s.Hidden, s.bias, s.Early = 1000, 1e-3, 5, 1, 10
	case "iris":
		s.Iterations, s.LR, s.Hidden, s.bias = 40, 1e-4, 10, 2
		s.table, s.coding = data.Iris(), nodes.ReceptiveTimes{Fields: 12, Horizon: horizon}
	case "wisconsin":
		if file == "" {
			return s, errors.New("-task wisconsin needs -data FILE: breast-cancer-wisconsin.data, as the UCI repository has it")
		}
		s.Iterations, s.LR, s.Hidden, s.bias = 40, 1e-4, 15, 1
		s.coding = nodes.ReceptiveTimes{Fields: 7, Low: []float64{1}, High: []float64{10}, Horizon: horizon}
		s.table, err = data.ReadWisconsin(file)
	default:
		err = errors.Errorf("-task is %q", name)
	}
	return s, err
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

// xor are the four patterns of exclusive or: two inputs that spike at 0 or 6 ms, and the output early where
// they differ.
func (s settings) xor() (patterns models.SpikePatterns) {
	for _, times := range [][]float64{{0, 0}, {0, 6}, {6, 0}, {6, 6}} {
		target := s.Late
		if times[0] != times[1] {
			target = s.Early
		}
		patterns = append(patterns, models.SpikePattern{Times: append(times, make([]float64, s.bias)...), Targets: []float64{target}})
	}
	return patterns
}

// patterns are those to train and to test on. Of XOR there are none to test on.
func (s settings) patterns(seed uint64) (train, test models.SpikePatterns, err error) {
	if s.table == nil {
		return s.xor(), nil, nil
	}
	learn, held := s.split(seed)
	if len(learn) == 0 {
		return nil, nil, errors.Errorf("-train-share is %v, which leaves none of %d examples to train on", s.TrainShare, len(s.table.Values))
	}
	coding := s.coding
	if coding.Low == nil {
		coding.Low, coding.High = s.ranges(learn)
	}
	all, err := s.encode(coding)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range learn {
		train = append(train, all[i])
	}
	for _, i := range held {
		test = append(test, all[i])
	}
	return train, test, nil
}

// split draws, of each class, the examples to train on; the others are for testing.
func (s settings) split(seed uint64) (learn, held []int) {
	order := graph.Stream(seed, "split").Perm(len(s.table.Labels))
	for class := range s.table.Classes {
		var of []int
		for _, i := range order {
			if s.table.Labels[i] == class {
				of = append(of, i)
			}
		}
		n := int(math.Round(s.TrainShare * float64(len(of))))
		learn, held = append(learn, of[:n]...), append(held, of[n:]...)
	}
	return learn, held
}

// ranges are those of the features over some examples.
func (s settings) ranges(of []int) (low, high []float64) {
	for k := range s.table.Features {
		least, most := math.Inf(1), math.Inf(-1)
		for _, i := range of {
			least, most = min(least, s.table.Values[i][k]), max(most, s.table.Values[i][k])
		}
		low, high = append(low, least), append(high, most)
	}
	return low, high
}

// encode codes all examples by the times of spikes. Neurons for a feature that is missing are silent.
func (s settings) encode(coding nodes.ReceptiveTimes) (models.SpikePatterns, error) {
	features, fields := len(s.table.Features), coding.Fields
	values := make([]float64, 0, len(s.table.Values)*features)
	for _, row := range s.table.Values {
		for _, v := range row {
			if math.IsNaN(v) {
				v = 0
			}
			values = append(values, v)
		}
	}
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 0)
	if err != nil {
		return nil, err
	}
	neurons, err := coding.Declare(p, features)
	if err != nil {
		return nil, err
	}
	x := tensor.New(tensor.WithShape(len(s.table.Values), features), tensor.WithBacking(values))
	coded, err := neurons.Encode(gorgonia.NewMatrix(p.Graph(), tensor.Float64, gorgonia.WithName("features"), gorgonia.WithShape(x.Shape()...), gorgonia.WithValue(x)))
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
	times, err := graph.Float64s(coded.Value())
	if err != nil {
		return nil, err
	}
	patterns := make(models.SpikePatterns, len(s.table.Values))
	for i, row := range s.table.Values {
		in := append(times[i*features*fields:][:features*fields:features*fields], make([]float64, s.bias)...)
		for k, v := range row {
			if math.IsNaN(v) {
				for j := range fields {
					in[k*fields+j] = horizon
				}
			}
		}
		targets := make([]float64, len(s.table.Classes))
		for class := range targets {
			targets[class] = s.Late
		}
		targets[s.table.Labels[i]] = s.Early
		patterns[i] = models.SpikePattern{Times: in, Targets: targets}
	}
	return patterns, nil
}
