package models

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// SpikeTiming is a [train.Metric] of [SpikeProp] networks: whether outputs spike when they should. Its numbers are
//
//	spike_accuracy  the share of the examples in which the output that spikes first is the one that should; with
//	                a single output, in which that is within the tolerance
//	worst_ms        the largest |t − target|, of all outputs in all examples
//	spike_error     ½ Σ (t − target)² over the outputs, the mean over the examples, ms²
//
// and its detail is []SpikeLayer. A training ends as soon as every output of every pattern is near its target
// with [train.Until] on worst_ms, in a validation on the patterns themselves. Targets lie before the horizon.
type SpikeTiming struct {
	Tolerance float64 `json:"tolerance"` // ms; more than 0 for networks with a single output
}

// SpikeLayer tells of the neurons of a layer which are silent.
type SpikeLayer struct {
	Silent float64 `json:"silent"` // share of the spikes that did not occur, over neurons and examples
	Dead   int     `json:"dead"`   // neurons that spiked in no example
}

// Name implements [train.Metric].
func (SpikeTiming) Name() string { return "spike_accuracy" }

// Watch implements [train.Metric].
func (m SpikeTiming) Watch(v train.View) (gorgonia.Nodes, error) {
	out, ok := v.Out.(*SpikeTimes)
	if !ok {
		return nil, errors.Errorf("srnn: the model gives %T, want the times of spikes, %T", v.Out, out)
	}
	if units := out.Out.Shape()[1]; v.Spec.PerStep || v.Spec.Numbers != units {
		return nil, errors.Errorf("srnn: the data have %d numbers as targets, want the time of each of %d outputs", v.Spec.Numbers, units)
	} else if !(m.Tolerance >= 0) || units == 1 && m.Tolerance == 0 {
		return nil, errors.Errorf("srnn: the tolerance is %v ms, want a positive time", m.Tolerance)
	}
	return out.Layers, nil
}

// Meter implements [train.Metric].
func (m SpikeTiming) Meter() train.Meter { return &timingMeter{tolerance: m.Tolerance} }

type timingMeter struct {
	tolerance  float64
	examples   int
	right      int
	worst, sum float64
	spikes     [][]int // of each neuron in each layer
}

// Add implements [train.Meter].
func (m *timingMeter) Add(s train.Seen) error {
	out := s.Out().(*SpikeTimes)
	if m.spikes == nil {
		for _, n := range out.Layers {
			m.spikes = append(m.spikes, make([]int, n.Shape()[1]))
		}
	}
	for b := range s.Len() {
		for l, spikes := range m.spikes {
			for j, t := range s.Row(l, b, 0) {
				if t < out.Horizon {
					spikes[j]++
				}
			}
		}
		if err := m.compare(s.Row(len(m.spikes)-1, b, 0), s.Target(b, 0), out.Horizon); err != nil {
			return err
		}
	}
	return nil
}

// compare looks at the outputs of one example.
func (m *timingMeter) compare(times []float64, target []float32, horizon float64) error {
	targets := make([]float64, len(target))
	worst := 0.
	for j, x := range target {
		targets[j] = float64(x)
		if targets[j] >= horizon {
			return errors.Errorf("srnn: the target of output %d is %v ms, want a time before the horizon, %v ms", j, x, horizon)
		}
		e := times[j] - targets[j]
		m.sum += e * e / 2
		worst = max(worst, math.Abs(e))
	}
	right := worst <= m.tolerance
	if len(times) > 1 {
		right = FirstSpike(times, horizon) == FirstSpike(targets, horizon)
	}
	if right {
		m.right++
	}
	m.examples++
	m.worst = max(m.worst, worst)
	return nil
}

// Result implements [train.Meter].
func (m *timingMeter) Result() train.Result {
	n := float64(max(m.examples, 1))
	r := train.Result{Numbers: []train.Number{{Name: "spike_accuracy", Value: float64(m.right) / n}, {Name: "worst_ms", Value: m.worst}, {Name: "spike_error", Value: m.sum / n}}}
	var layers []SpikeLayer
	for _, spikes := range m.spikes {
		layers = append(layers, silence(spikes, m.examples))
	}
	if layers != nil {
		r.Detail = layers
	}
	return r
}

// silence tells of neurons with so many spikes each in a number of examples.
func silence(spikes []int, examples int) (l SpikeLayer) {
	for _, n := range spikes {
		l.Silent += float64(examples-n) / float64(examples*len(spikes))
		if n == 0 {
			l.Dead++
		}
	}
	return l
}

func init() { train.MustRegisterMetric("spike_timing", SpikeTiming{}) }
