package main

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// metrics are what a run leaves in metrics.json.
type metrics struct {
	Figures map[string]figure `json:"figures"`
	Seconds float64           `json:"seconds"`
}

// subject is which neuron a figure shows.
type subject struct {
	Model string `json:"model"`
	Name  string `json:"name"` // in the figure: the model's, or that of a choice of parameters
	settings
}

// settings are what makes a neuron behave as it does.
type settings struct {
	Cell       json.RawMessage    `json:"settings"`
	Parameters map[string]float64 `json:"parameters"`
}

func settingsOf(c nodes.Cell) (s settings, err error) {
	if s.Cell, err = nodes.MarshalCell(c); err != nil {
		return s, err
	}
	params, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 0)
	if err != nil {
		return s, err
	}
	if _, err := (nodes.Layer{Units: 1, Cell: c}).DeclareNeurons(params, "neuron"); err != nil {
		return s, err
	}
	s.Parameters = map[string]float64{}
	for _, p := range params.All() {
		s.Parameters[strings.TrimPrefix(p.Name, "neuron.")] = p.Values()[0]
	}
	return s, nil
}

// trace is a neuron under one input.
type trace struct {
	subject
	Input      string    `json:"input"`
	Current    float64   `json:"current"` // where it is farthest from zero
	Unit       string    `json:"unit,omitempty"`
	Duration   float64   `json:"duration_ms"`
	Spikes     int       `json:"spikes"`
	SpikeTimes []float64 `json:"spike_times_ms"`
	Seconds    float64   `json:"seconds"` // for all inputs of the neuron
}

func (r *recording) trace(m model, name, inputName string, input int) trace {
	t := trace{subject: subject{m.name, name, r.settings}, Input: inputName, Unit: m.unit,
		Duration: float64(len(r.times)) * r.dt, SpikeTimes: []float64{}, Seconds: r.seconds}
	for _, x := range r.input[input] {
		if math.Abs(x) > math.Abs(t.Current) {
			t.Current = x
		}
	}
	for _, at := range r.spikes(input) {
		t.SpikeTimes = append(t.SpikeTimes, math.Round(1000*at)/1000)
	}
	t.Spikes = len(t.SpikeTimes)
	return t
}

// rateCurve is the firing rate of a neuron at some currents.
type rateCurve struct {
	subject
	Unit     string  `json:"unit,omitempty"`
	Duration float64 `json:"duration_ms"`
	Points   []rate  `json:"points"`
	Seconds  float64 `json:"seconds"`
}

// rate is how often a neuron fires at one current.
type rate struct {
	Current float64 `json:"current"`
	Rate    float64 `json:"rate_hz"`       // of the second half of the run
	First   float64 `json:"first_rate_hz"` // of the first interval
	Spikes  int     `json:"spikes"`
}
