package main

import (
	"encoding/json"
	"math"

	"github.com/srnn-go/srnn/nodes"
)

// metrics are what a run leaves in metrics.json.
type metrics struct {
	Figures map[string]figure `json:"figures"`
	Seconds float64           `json:"seconds"`
}

// subject is which neuron a figure shows, and what makes it behave as it does.
type subject struct {
	Model      string             `json:"model"`
	Name       string             `json:"name"` // in the figure: the model's, or that of a choice of parameters
	Cell       json.RawMessage    `json:"settings"`
	Parameters map[string]float64 `json:"parameters"`
	Unit       string             `json:"unit,omitempty"` // of the current
	Duration   float64            `json:"duration_ms"`
	Seconds    float64            `json:"seconds"` // for all inputs of the neuron
}

// trace is a neuron under one input.
type trace struct {
	subject
	Input      string    `json:"input"`
	Current    float64   `json:"current"` // where it is farthest from zero
	Spikes     int       `json:"spikes"`
	SpikeTimes []float64 `json:"spike_times_ms"`
}

// traceOf is what a neuron did under one of the inputs of a recording.
func traceOf(s subject, r *nodes.Recording, input string, i int) trace {
	t := trace{subject: s, Input: input, Current: r.Strongest(i), SpikeTimes: []float64{}}
	for _, at := range r.SpikeTimes(i) {
		t.SpikeTimes = append(t.SpikeTimes, math.Round(1000*at)/1000)
	}
	t.Spikes = len(t.SpikeTimes)
	return t
}

// rateCurve is the firing rate of a neuron at some currents.
type rateCurve struct {
	subject
	Points []nodes.FiringRate `json:"points"`
}
