package main

import (
	"context"
	"fmt"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// snapshot is what a network does with the patterns that are drawn.
type snapshot struct {
	shown []shown
	until float64 // the end of the figure, ms
}

// shown is what it does with one of them.
type shown struct {
	name    string
	targets []float64   // of the outputs, ms
	spikes  [][]float64 // of the inputs and of each layer, ms
	curves  [][]course  // of the potentials of each layer's neurons
}

// course is a potential up to the spike.
type course struct{ times, values []float64 }

// drawn are the patterns that are drawn, all of XOR, or one of each class, and their names.
func (t *training) drawn() (patterns models.SpikePatterns, names []string) {
	if t.table == nil {
		for _, p := range t.patterns {
			names = append(names, fmt.Sprintf("%v, %v ms", p.Times[0], p.Times[1]))
		}
		return t.patterns, names
	}
	from := t.unseen
	if len(from) == 0 {
		from = t.patterns
	}
	for class, name := range t.table.Classes {
		for _, p := range from {
			if models.FirstSpike(p.Targets, horizon) == class {
				patterns, names = append(patterns, p), append(names, name)
				break
			}
		}
	}
	return patterns, names
}

// snapshot runs the network on the patterns that are drawn.
func (t *training) snapshot(ctx context.Context) (s snapshot, err error) {
	if err := ctx.Err(); err != nil {
		return s, err
	}
	patterns, names := t.drawn()
	params, err := t.Params().In(gorgonia.NewGraph())
	if err != nil {
		return s, err
	}
	net, err := t.network.Declare(params)
	if err != nil {
		return s, err
	}
	in := t.network.In
	times := make([]float32, 0, len(patterns)*in)
	for _, p := range patterns {
		for _, t := range p.Times {
			times = append(times, float32(t))
		}
	}
	x := gorgonia.NewMatrix(params.Graph(), params.Dtype(), gorgonia.WithName("times"), gorgonia.WithShape(len(patterns), in),
		gorgonia.WithValue(tensor.New(tensor.WithShape(len(patterns), in), tensor.WithBacking(times))))
	out, err := net.Forward(x)
	if err != nil {
		return s, err
	}
	m, err := graph.NewMachine(out.Layers...)
	if err != nil {
		return s, err
	}
	if err := m.RunAll(); err != nil {
		return s, err
	}
	for i, p := range patterns {
		s.shown = append(s.shown, shown{name: names[i], targets: p.Targets, spikes: [][]float64{p.Times}})
	}
	s.until = t.Late
	input := x
	for l, layer := range net.Neurons() {
		if err := s.add(layer.Potential, input, out.Layers[l]); err != nil {
			return s, err
		}
		input = out.Layers[l]
	}
	s.until = min(s.until+2, horizon)
	return s, nil
}

// resolution is the distance between two points of a curve, ms.
const resolution = .1

// add adds what a layer did: its spikes, and its potentials up to them.
func (s *snapshot) add(potential func(*tensor.Dense, []float64) (*tensor.Dense, error), in, out *gorgonia.Node) error {
	var moments []float64
	for t := 0.; t < horizon; t += resolution {
		moments = append(moments, t)
	}
	u, err := potential(in.Value().(*tensor.Dense), moments)
	if err != nil {
		return err
	}
	values, err := graph.Float64s(u)
	if err != nil {
		return err
	}
	times, err := graph.Float64s(out.Value())
	if err != nil {
		return err
	}
	batch, units := out.Shape()[0], out.Shape()[1]
	for b := range s.shown {
		spikes := times[b*units:][:units]
		curves := make([]course, units)
		for j, spike := range spikes {
			if spike < horizon {
				s.until = max(s.until, spike)
			}
			for k, t := range moments {
				if t > spike {
					break
				}
				curves[j].times, curves[j].values = append(curves[j].times, t), append(curves[j].values, values[(k*batch+b)*units+j])
			}
			if spike < horizon { // where the threshold, 1, is crossed
				curves[j].times, curves[j].values = append(curves[j].times, spike), append(curves[j].values, 1)
			}
		}
		s.shown[b].spikes, s.shown[b].curves = append(s.shown[b].spikes, spikes), append(s.shown[b].curves, curves)
	}
	return nil
}
