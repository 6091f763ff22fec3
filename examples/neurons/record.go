package main

import (
	"math"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
	"gonum.org/v1/plot/vg"
	"gorgonia.org/tensor"
)

// run is one neuron under several input currents, side by side on the batch axis.
type run struct {
	cell    nodes.Cell
	initial nodes.Initial
	dt      float64
	inputs  []input
	length  float64 // ms
}

// input is a current over time, in ms. That of a time step is the one at its end.
type input func(t float64) float64

// step is a current from one time to another.
func step(current, from, to float64) input {
	return func(t float64) float64 {
		if t > from && t <= to {
			return current
		}
		return 0
	}
}

// ramp is a current that rises from zero, from one time to another.
func ramp(highest, from, to float64) input {
	return func(t float64) float64 { return step(highest, from, to)(t) * (t - from) / (to - from) }
}

// plus is the sum of two currents.
func (i input) plus(j input) input { return func(t float64) float64 { return i(t) + j(t) } }

// recording is what a neuron did. Number i of a series is that at the end of step i, after
// (i+1) dt.
type recording struct {
	settings
	seconds float64

	dt     float64
	times  []float64
	series map[string][][]float64 // by name and input
	input  [][]float64
	peak   float64 // what the potential reaches in a spike, or NaN
}

// record runs the neuron on all its inputs at once.
func (r run) record() (*recording, error) {
	start := time.Now()
	steps, batch := int(math.Round(r.length/r.dt)), len(r.inputs)
	if steps < 1 {
		return nil, errors.Errorf("%v ms are less than a time step of %v ms", r.length, r.dt)
	}
	out := &recording{dt: r.dt, times: make([]float64, steps), series: map[string][][]float64{}, peak: peakOf(r.cell)}
	currents := make([]float64, 0, steps*batch)
	for i := range out.times {
		out.times[i] = float64(i+1) * r.dt
		for _, current := range r.inputs {
			currents = append(currents, current(out.times[i]))
		}
	}
	out.input = perInput(currents, batch)
	recorded, err := nodes.Simulate(r.cell, tensor.New(tensor.WithShape(steps, batch, 1), tensor.WithBacking(currents)), r.initial)
	if err != nil {
		return nil, err
	}
	for name, values := range recorded {
		out.series[name] = perInput(values.Data().([]float64), batch)
	}
	if out.settings, err = settingsOf(r.cell); err != nil {
		return nil, err
	}
	out.seconds = time.Since(start).Seconds()
	return out, nil
}

// perInput divides a sequence [T, batch, 1].
func perInput(x []float64, batch int) [][]float64 {
	out := make([][]float64, batch)
	for i, v := range x {
		out[i%batch] = append(out[i%batch], v)
	}
	return out
}

// peakOf is the potential at which a neuron with an upswing is reset, or NaN.
func peakOf(c nodes.Cell) float64 {
	switch c := nodes.WithDefaults(c).(type) {
	case nodes.Izhikevich:
		return *c.Peak
	case nodes.AdEx:
		return *c.Peak
	case nodes.EIF:
		return *c.Peak
	case nodes.QIF:
		return *c.Peak
	}
	return math.NaN()
}

// spikes are the times of the spikes under one input, which some neurons tell more exactly than by
// the time step.
func (r *recording) spikes(input int) []float64 {
	spikes := r.series[nodes.Spikes]
	if spikes == nil {
		return nil
	}
	times := []float64{}
	for i, s := range spikes[input] {
		if s == 0 {
			continue
		}
		at := r.times[i]
		if crossing := r.series[nodes.Crossing]; crossing != nil {
			at += crossing[input][i] - r.dt
		}
		times = append(times, at)
	}
	return times
}

// curve is the series of that name under all inputs.
func (r *recording) curve(name string) []plot.Course { return r.courses(r.series[name]) }

func (r *recording) courses(values [][]float64) (runs []plot.Course) {
	for _, x := range values {
		runs = append(runs, plot.Course{Times: r.times, Values: x})
	}
	return runs
}

// potential is the membrane potential under all inputs, with the peaks of the spikes, which lie
// between two steps.
func (r *recording) potential() []plot.Course {
	runs := r.curve(nodes.Membrane)
	if math.IsNaN(r.peak) {
		return runs
	}
	for input, course := range runs {
		spikes := r.spikes(input)
		var with plot.Course
		for i, t := range course.Times {
			for len(spikes) > 0 && spikes[0] <= t {
				with.Times, with.Values = append(with.Times, spikes[0]), append(with.Values, r.peak)
				spikes = spikes[1:]
			}
			with.Times, with.Values = append(with.Times, t), append(with.Values, course.Values[i])
		}
		runs[input] = with
	}
	return runs
}

// current is the lane of the input currents.
func (r *recording) current(label string, height vg.Length) plot.Lane {
	return plot.Lane{Label: label, Height: height, Curves: []plot.Curve{{Colour: plot.Orange, Runs: r.courses(r.input)}}}
}

// labelled is the label of an axis.
func labelled(quantity, unit string) string {
	if unit == "" {
		return quantity
	}
	return quantity + " (" + unit + ")"
}
