package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SpikeRecord is what a [SpikeProp] network does with one pattern.
type SpikeRecord struct {
	SpikePattern
	Layers [][]SpikeCourse // of the neurons of each layer, the outputs last
}

// Spikes are the times of the inputs' spikes and of those of each layer, ms.
func (r SpikeRecord) Spikes() [][]float64 {
	all := [][]float64{r.Times}
	for _, courses := range r.Layers {
		var times []float64
		for _, c := range courses {
			times = append(times, c.Spike)
		}
		all = append(all, times)
	}
	return all
}

// SpikeCourse is the membrane potential of a neuron from 0 ms up to its spike, which is the last point and lies on
// the threshold, 1; where the neuron is silent, up to the horizon.
type SpikeCourse struct {
	Times, Potential []float64 // ms, and thresholds
	Spike            float64   // ms; the horizon where the neuron is silent
}

// SpikePropOf is the network of a training, or of a file that was loaded, declared in a graph of its own with the
// same parameters, see [Of].
func SpikePropOf(t *train.Network) (*SpikePropNetwork, error) {
	c, ok := t.Model().(SpikeProp)
	if !ok {
		return nil, errors.Errorf("srnn: the model is %T, want a SpikeProp", t.Model())
	}
	p, err := t.Params().In(gorgonia.NewGraph())
	if err != nil {
		return nil, err
	}
	return c.Declare(p)
}

// Record runs the network on patterns with the values that its parameters have now, and tells when all neurons
// spike and what their potentials are on the way, at so many ms from one point to the next. Its graph stays as it
// is.
func (n *SpikePropNetwork) Record(patterns SpikePatterns, resolution float64) ([]SpikeRecord, error) {
	records, err := n.record(patterns, resolution)
	return records, graph.Wrapf(err, "SpikeProp: record")
}

func (n *SpikePropNetwork) record(patterns SpikePatterns, resolution float64) ([]SpikeRecord, error) {
	if err := patterns.Check(); err != nil {
		return nil, err
	}
	if len(patterns) == 0 || len(patterns[0].Times) != n.config.In {
		return nil, errors.Errorf("there are %d patterns of %d times, want at least one of %d", len(patterns), patterns.Spec().Features, n.config.In)
	}
	if !(resolution > 0) || !graph.Finite(resolution) {
		return nil, errors.Errorf("the resolution is %v ms, want a positive time", resolution)
	}
	n, err := n.In(gorgonia.NewGraph())
	if err != nil {
		return nil, err
	}
	x, err := graph.Input(n.params.Graph(), "times", patterns.times(n.params.Dtype()))
	if err != nil {
		return nil, err
	}
	out, err := n.Forward(x)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(out.Layers...)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	records := make([]SpikeRecord, len(patterns))
	for i, p := range patterns {
		records[i].SpikePattern = p
	}
	var moments []float64
	for t := 0.; t < out.Horizon; t += resolution {
		moments = append(moments, t)
	}
	for l, layer := range n.layers {
		u, err := layer.Potential(x.Value().(*tensor.Dense), moments)
		if err != nil {
			return nil, err
		}
		x = out.Layers[l]
		spikes, err := graph.Float64s(x.Value())
		if err != nil {
			return nil, err
		}
		units, values := x.Shape()[1], u.Data().([]float64)
		for b := range records {
			courses := make([]SpikeCourse, units)
			for j := range courses {
				courses[j] = spikeCourse(spikes[b*units+j], out.Horizon, moments, func(k int) float64 { return values[(k*len(records)+b)*units+j] })
			}
			records[b].Layers = append(records[b].Layers, courses)
		}
	}
	return records, nil
}

// spikeCourse is a potential up to the spike.
func spikeCourse(spike, horizon float64, moments []float64, potential func(k int) float64) SpikeCourse {
	c := SpikeCourse{Spike: spike}
	for k, t := range moments {
		if t > spike {
			break
		}
		c.Times, c.Potential = append(c.Times, t), append(c.Potential, potential(k))
	}
	if spike < horizon {
		c.Times, c.Potential = append(c.Times, spike), append(c.Potential, 1)
	}
	return c
}

// times are those of all patterns, [patterns, in], in a precision.
func (p SpikePatterns) times(dt tensor.Dtype) *tensor.Dense {
	t := tensor.New(tensor.WithShape(len(p), len(p[0].Times)), tensor.Of(dt))
	i := 0
	for _, x := range p {
		for _, v := range x.Times {
			switch data := t.Data().(type) {
			case []float32:
				data[i] = float32(v)
			case []float64:
				data[i] = v
			}
			i++
		}
	}
	return t
}
