package models

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// steps is a network that runs online.
type steps[F graph.Float] struct {
	layers  []*nodes.Eligibility[F] // the readout is the last
	sources map[string]source[F]    // of the gradients
	batch   int
	loss    OnlineLoss
	through bool // the hidden layer learns through the readout

	x        []F
	y, delta []float64 // outputs, and the gradient of the loss of one example
	signal   []F       // [batch, out]
	back     [][]F     // learning signals of the hidden layers, [batch, units]
}

// source is where the gradient of a parameter comes from: the k-th of a layer.
type source[F graph.Float] struct {
	layer *nodes.Eligibility[F]
	k     int
}

func newSteps[F graph.Float](n *Network, batch int, l OnlineLoss, rate RateTarget, through bool) (*steps[F], error) {
	out := n.config.Readout.Layer.Units
	s := &steps[F]{sources: map[string]source[F]{}, batch: batch, loss: l, through: through,
		x: make([]F, batch*n.config.In), y: make([]float64, batch*out), delta: make([]float64, out), signal: make([]F, batch*out)}
	output := nodes.Membrane
	if n.config.Readout.Kind == AdpSpike {
		output = nodes.Spikes
	}
	readout, err := nodes.NewEligibility(n.readout, nodes.Tracing[F]{Batch: batch, Output: output})
	if err != nil {
		return nil, err
	}
	of := nodes.Tracing[F]{Batch: batch, Output: nodes.Spikes, Rate: rate.Target, Weight: rate.Weight}
	if through {
		of.Through = readout
	}
	for i, h := range n.hidden {
		layer, err := nodes.NewEligibility(h, of)
		if err != nil {
			return nil, err
		}
		s.layers = append(s.layers, layer)
		s.back = append(s.back, make([]F, batch*n.config.Hidden[i].Units))
	}
	s.layers = append(s.layers, readout)
	for _, layer := range s.layers {
		for k, p := range layer.Params() {
			s.sources[p.Name] = source[F]{layer, k}
		}
	}
	return s, nil
}

// begin starts another sequence.
func (s *steps[F]) begin(rng *rand.Rand) error {
	for i, layer := range s.layers {
		if rng == nil && layer.Random() {
			return errors.Errorf("srnn: %s: the initial state is random, which wants a source of random numbers", layerName(i, len(s.layers)))
		}
	}
	for i, layer := range s.layers {
		if err := layer.Begin(rng); err != nil {
			return graph.Wrapf(err, "%s", layerName(i, len(s.layers)))
		}
	}
	return nil
}

// step computes the step of all layers before any of them keeps it.
func (s *steps[F]) step(x []float64) ([]float64, error) {
	if len(x) != len(s.x) {
		return nil, errors.Errorf("srnn: x has %d numbers, want %d: [batch, in] is [%d, %d]", len(x), len(s.x), s.batch, len(s.x)/s.batch)
	}
	for i, v := range x {
		s.x[i] = F(v)
	}
	in := s.x
	for i, layer := range s.layers {
		if err := layer.Step(in); err != nil {
			return nil, graph.Wrapf(err, "%s", layerName(i, len(s.layers)))
		}
		in = layer.Output()
	}
	for _, layer := range s.layers {
		if err := layer.Keep(); err != nil {
			return nil, err
		}
	}
	for i, v := range in {
		s.y[i] = float64(v)
	}
	return s.y, nil
}

// learn hands learning signals from the loss to all layers. Share is what each example counts in the loss; one
// that counts for nothing has no target.
func (s *steps[F]) learn(target, share []float64) (total float64, err error) {
	outputs := len(s.delta)
	n := s.loss.Targets(outputs)
	if len(target) != s.batch*n {
		return 0, errors.Errorf("srnn: there are %d numbers as targets, want %d: %d for each of %d examples", len(target), s.batch*n, n, s.batch)
	}
	clear(s.signal)
	for b := range s.batch {
		if share[b] == 0 {
			continue
		}
		loss, err := s.loss.Loss(s.y[b*outputs:][:outputs], target[b*n:][:n], s.delta)
		if err != nil {
			return 0, errors.Wrapf(err, "example %d", b)
		}
		total += loss * share[b]
		for k, d := range s.delta {
			signal := F(d * share[b])
			if !graph.Finite(signal) || !graph.Finite(loss) {
				return 0, errors.Errorf("srnn: the loss of example %d is %v, and its gradient for output %d is %v", b, loss, k, d)
			}
			s.signal[b*outputs+k] = signal
		}
	}
	top := len(s.layers) - 1
	if err := s.layers[top].Learn(s.signal); err != nil {
		return 0, err
	}
	if s.through {
		return total, s.layers[0].LearnThrough(s.signal)
	}
	signal := s.signal
	for i := top - 1; i >= 0; i-- {
		if err := s.layers[i+1].Back(signal, s.back[i]); err != nil {
			return 0, err
		}
		signal = s.back[i]
		if err := s.layers[i].Learn(signal); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// gradient writes the gradient of a parameter to a tensor of its shape.
func (s *steps[F]) gradient(name string, to tensor.Tensor) error {
	from, ok := s.sources[name]
	if !ok {
		return errors.Errorf("srnn: %s cannot be learnt online", name)
	}
	return from.layer.Gradient(from.k, to.Data().([]F))
}

func (s *steps[F]) clear() {
	for _, layer := range s.layers {
		layer.Clear()
	}
}

func (s *steps[F]) spikes(layer int) []float64 {
	var all []float64
	for _, v := range s.layers[layer].Output() {
		all = append(all, float64(v))
	}
	return all
}
