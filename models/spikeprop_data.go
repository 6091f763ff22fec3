package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
)

// SpikePattern is an example for a [SpikeProp] network: when its inputs spike, and when its outputs should,
// in ms. An input that is silent has a time from the horizon on. Without targets, the network can be asked about
// the pattern.
type SpikePattern struct{ Times, Targets []float64 }

// SpikePatterns are a [train.Dataset] of patterns for the same network. Times are kept in single precision.
type SpikePatterns []SpikePattern

// Len implements [train.Dataset].
func (p SpikePatterns) Len() int { return len(p) }

// Spec implements [train.Dataset].
func (p SpikePatterns) Spec() train.Spec {
	if len(p) == 0 {
		return train.Spec{}
	}
	return train.Spec{Steps: 1, Features: len(p[0].Times), Numbers: len(p[0].Targets)}
}

// Check refuses patterns that are not all for the same network, or have times that are not finite, see
// [train.Checked].
func (p SpikePatterns) Check() error {
	for i, x := range p {
		if len(x.Times) != len(p[0].Times) || len(x.Targets) != len(p[0].Targets) {
			return errors.Errorf("srnn: pattern %d has %d times and %d targets, and pattern 0 has %d and %d", i, len(x.Times), len(x.Targets), len(p[0].Times), len(p[0].Targets))
		}
		for _, of := range []struct {
			what  string
			times []float64
		}{{"the time of input", x.Times}, {"the target of output", x.Targets}} {
			for k, t := range of.times {
				if !graph.Finite(float32(t)) {
					return errors.Errorf("srnn: pattern %d: %s %d is %v ms, want a finite number", i, of.what, k, t)
				}
			}
		}
	}
	return nil
}

// Read implements [train.Dataset].
func (p SpikePatterns) Read(i int, e *train.Example) error {
	if i < 0 || i >= len(p) {
		return errors.Errorf("srnn: there is no pattern %d, but 0 to %d", i, len(p)-1)
	}
	for k, t := range p[i].Times {
		e.X[k] = float32(t)
	}
	for k, t := range p[i].Targets {
		e.Y[k] = float32(t)
	}
	return nil
}
