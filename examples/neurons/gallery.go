package main

import (
	"context"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
)

const galleryLength = 400 // ms

// gallery draws each neuron under a step and under a ramp of current.
func (p *drawing) gallery(ctx context.Context) (figure, error) {
	simple := plot.TracesData{Title: "Neurons without units at a step and at a ramp of the input; the marks are spikes", Columns: 2, Width: 720}
	biophysical := plot.TracesData{Title: "Neurons in mV at a step and at a ramp of current I", Columns: 2, Width: 720}
	var out figure
	for _, m := range p.models {
		t := p.length(galleryLength)
		r, err := p.record(ctx, m.name, run{
			cell: m.cell(p.dt(m)), initial: m.initial, dt: p.dt(m), length: t,
			inputs: []input{step(m.step, t/8, 5*t/8), ramp(m.ramp, t/8, 7*t/8)},
		})
		if err != nil {
			return out, err
		}
		out.Traces = append(out.Traces, r.trace(m, m.name, "step", 0), r.trace(m, m.name, "ramp", 1))
		if m.biophysical {
			biophysical.Neurons = append(biophysical.Neurons, m.lanes(r))
		} else {
			simple.Neurons = append(simple.Neurons, m.lanes(r))
		}
	}
	out.draw = func(r *program.Run) error {
		if err := drawTraces(r, "gallery_simple.png", simple); err != nil {
			return err
		}
		return drawTraces(r, "gallery_biophysical.png", biophysical)
	}
	return out, nil
}

func (v variable) legend() string { return v.word + " " + v.symbol }

// drawTraces draws a figure, unless it is empty.
func drawTraces(r *program.Run, name string, d plot.TracesData) error {
	if len(d.Neurons) == 0 {
		return nil
	}
	return r.Write(name, func(path string) error { return plot.Traces(path, d) })
}

// lanes are the potential, the second variable and the current.
func (m model) lanes(r *recording) plot.NeuronLanes {
	n := plot.NeuronLanes{Name: m.name}
	if m.biophysical {
		n.Lanes = append(n.Lanes, plot.Lane{Label: "v (mV)", Height: 84,
			Curves: []plot.Curve{{Name: "potential v", Colour: plot.Blue, Runs: r.potential()}}})
		if m.second.series != "" {
			n.Lanes = append(n.Lanes, plot.Lane{Label: labelled(m.second.symbol, m.second.unit), Height: 46,
				Curves: []plot.Curve{{Name: m.second.legend(), Colour: plot.Green, Runs: r.curve(m.second.series)}}})
		}
		n.Lanes = append(n.Lanes, r.current(labelled("I", m.unit), 50))
		return n
	}
	potential := plot.Lane{Label: "u", Height: 56,
		Curves: []plot.Curve{{Name: "potential u", Colour: plot.Blue, Runs: r.potential()}}}
	if r.series[nodes.Threshold] != nil {
		potential.Curves = append(potential.Curves, plot.Curve{Name: "threshold", Colour: plot.Vermilion, Runs: r.curve(nodes.Threshold)})
		n.Spikes = [][]float64{}
		for input := range r.input {
			n.Spikes = append(n.Spikes, r.spikes(input))
		}
	}
	if m.second.series != "" {
		potential.Curves = append(potential.Curves, plot.Curve{Name: m.second.legend(), Colour: plot.Green, Runs: r.curve(m.second.series)})
	}
	n.Lanes = []plot.Lane{potential, r.current("input", 28)}
	return n
}
