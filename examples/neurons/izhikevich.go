package main

import (
	"context"
	"math"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
)

// pattern is a way of firing that a choice of parameters gives a neuron.
type pattern struct {
	name, title string
	cell        func(dt float64) nodes.Cell
	initial     nodes.Initial
	input       input
}

// izhikevichAtRest is the fixed point of the model of Izhikevich 2003 that is stable.
func izhikevichAtRest(b float64) nodes.Initial {
	v := (b - 5 - math.Sqrt((5-b)*(5-b)-4*.04*140)) / (2 * .04) // 0.04 v² + (5 − b) v + 140 = 0
	return nodes.Initial{nodes.Membrane: nodes.Constant(v), nodes.Recovery: nodes.Constant(b * v)}
}

const izhikevichLength = 250 // ms

// izhikevichPatterns are those of figure 2 of Izhikevich 2003. The currents of the thalamo-cortical
// neuron and of the resonator, which the paper does not tell, are our own.
func izhikevichPatterns() []pattern {
	cell := func(c nodes.Izhikevich) func(float64) nodes.Cell {
		return func(dt float64) nodes.Cell { c.Dt = dt; return c }
	}
	dc := step(10, 20, 220)
	return []pattern{
		{"RS", "RS: regular spiking", cell(nodes.RegularSpiking()), izhikevichAtRest(.2), dc},
		{"IB", "IB: intrinsically bursting", cell(nodes.IntrinsicallyBursting()), izhikevichAtRest(.2), dc},
		{"CH", "CH: chattering", cell(nodes.Chattering()), izhikevichAtRest(.2), dc},
		{"FS", "FS: fast spiking", cell(nodes.FastSpiking()), izhikevichAtRest(.2), dc},
		{"TC", "TC: tonic, from rest", cell(nodes.ThalamoCortical()), izhikevichAtRest(.25), step(3, 20, 220)},
		{"TC rebound", "TC: rebound burst", cell(nodes.ThalamoCortical()), izhikevichAtRest(.25), step(-20, 20, 120)},
		{"RZ", "RZ: resonator", cell(nodes.Resonator()), izhikevichAtRest(.26), step(.2, 20, 220).plus(step(2, 120, 124))},
		{"LTS", "LTS: low threshold", cell(nodes.LowThresholdSpiking()), izhikevichAtRest(.25), dc},
	}
}

// izhikevich draws the firing patterns of Izhikevich's model.
func (p *drawing) izhikevich(ctx context.Context) (figure, error) {
	d := plot.TracesData{Title: "Firing patterns of the model of Izhikevich 2003", Columns: 4, Width: 720}
	return p.patterns(ctx, "Izhikevich", izhikevichPatterns(), p.length(izhikevichLength), d, "izhikevich.png")
}

// patterns runs the patterns of one model, and draws potentials and currents.
func (p *drawing) patterns(ctx context.Context, name string, patterns []pattern, length float64, d plot.TracesData, file string) (figure, error) {
	var out figure
	m, ok := find(p.models, name)
	if !ok {
		return out, nil
	}
	for _, q := range patterns {
		r, err := p.record(ctx, name+" "+q.name, run{cell: q.cell(p.dt(m)), initial: q.initial, dt: p.dt(m), length: length, inputs: []input{q.input}})
		if err != nil {
			return out, err
		}
		out.Traces = append(out.Traces, r.trace(m, q.name, "step", 0))
		d.Neurons = append(d.Neurons, plot.NeuronLanes{Name: q.title, Lanes: []plot.Lane{
			{Label: "v (mV)", Height: 84, Curves: []plot.Curve{{Colour: plot.Blue, Runs: r.potential()}}},
			r.current(labelled("I", m.unit), 46),
		}})
	}
	out.draw = func(r *program.Run) error { return drawTraces(r, file, d) }
	return out, nil
}
