package main

import (
	"context"

	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
	"gonum.org/v1/plot/vg"
)

const galleryLength = 400 // ms

// gallery draws each neuron under a step and under a ramp of current.
func (p *drawing) gallery(ctx context.Context) (out figure, err error) {
	simple := plot.TracesData{Title: "Neurons without units at a step and at a ramp of the input; the marks are spikes", Columns: 2, Width: 720}
	biophysical := plot.TracesData{Title: "Neurons in mV at a step and at a ramp of current I", Columns: 2, Width: 720}
	for _, m := range p.models {
		t := valueOr(p.Duration, galleryLength)
		s, r, err := p.record(ctx, m.name, variant{m, m.name, m.cell, m.initial}, galleryLength, nodes.StepCurrent(m.step, t/8, 5*t/8), nodes.RampCurrent(m.ramp, t/8, 7*t/8))
		if err != nil {
			return out, err
		}
		out.Traces = append(out.Traces, traceOf(s, r, "step", 0), traceOf(s, r, "ramp", 1))
		if m.biophysical {
			biophysical.Neurons = append(biophysical.Neurons, m.lanes(r))
		} else {
			simple.Neurons = append(simple.Neurons, m.lanes(r))
		}
	}
	if err := p.drawTraces("gallery_simple.png", simple); err != nil {
		return out, err
	}
	return out, p.drawTraces("gallery_biophysical.png", biophysical)
}

// drawTraces draws a figure, unless it is empty.
func (p *drawing) drawTraces(name string, d plot.TracesData) error {
	if len(d.Neurons) == 0 {
		return nil
	}
	return p.Write(name, func(path string) error { return plot.Traces(path, d) })
}

// lanes are the potential, the second variable and the current.
func (m model) lanes(r *nodes.Recording) plot.NeuronLanes {
	n := plot.NeuronLanes{Name: m.name}
	second := plot.Curve{Name: m.second.word + " " + m.second.symbol, Colour: plot.Green, Runs: courses(r, r.Series[m.second.series])}
	if m.biophysical {
		n.Lanes = []plot.Lane{{Label: "v (mV)", Height: 84, Curves: []plot.Curve{{Name: "potential v", Colour: plot.Blue, Runs: potentials(r)}}}}
		if second.Runs != nil {
			n.Lanes = append(n.Lanes, plot.Lane{Label: m.second.symbol + " (" + m.second.unit + ")", Height: 46, Curves: []plot.Curve{second}})
		}
		n.Lanes = append(n.Lanes, currentLane(r, "I ("+m.unit+")", 50))
		return n
	}
	curves := []plot.Curve{{Name: "potential u", Colour: plot.Blue, Runs: potentials(r)}}
	if threshold := r.Series[nodes.Threshold]; threshold != nil {
		curves = append(curves, plot.Curve{Name: "threshold", Colour: plot.Vermilion, Runs: courses(r, threshold)})
		for input := range r.Currents {
			n.Spikes = append(n.Spikes, r.SpikeTimes(input))
		}
	}
	if second.Runs != nil {
		curves = append(curves, second)
	}
	n.Lanes = []plot.Lane{{Label: "u", Height: 56, Curves: curves}, currentLane(r, "input", 28)}
	return n
}

// courses are a series under all inputs.
func courses(r *nodes.Recording, values [][]float64) (runs []plot.Course) {
	for _, x := range values {
		runs = append(runs, plot.Course{Times: r.Times, Values: x})
	}
	return runs
}

// potentials are the membrane potential under all inputs, with the peaks of the spikes.
func potentials(r *nodes.Recording) (runs []plot.Course) {
	for input := range r.Currents {
		times, values := r.Potential(input)
		runs = append(runs, plot.Course{Times: times, Values: values})
	}
	return runs
}

// currentLane is the lane of the input currents.
func currentLane(r *nodes.Recording, label string, height vg.Length) plot.Lane {
	return plot.Lane{Label: label, Height: height, Curves: []plot.Curve{{Colour: plot.Orange, Runs: courses(r, r.Currents)}}}
}
