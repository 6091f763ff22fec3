package main

import (
	"context"
	"math"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
)

const (
	ratesLength   = 2000 // ms
	ratesCurrents = 61
)

// sweep is a neuron whose firing rates are drawn against the current.
type sweep struct {
	model   string // whose name -only takes
	name    string // in the legend
	cell    func(dt float64) nodes.Cell
	initial nodes.Initial
	unit    float64 // the current that is 1 on the axis
}

// sweeps is a group of neurons with one axis of currents, from 0 to the highest.
type sweeps struct {
	title, current string
	highest        float64
	onset          bool // the first interval is drawn too
	neurons        []sweep
}

// rateGroups are the spiking models. For those whose currents have no unit it is the rheobase, the
// least current that makes them fire if it lasts, at a time step of 1 ms; where the input is not a
// current but a charge for each step, it is as it is.
func rateGroups() []sweeps {
	of := func(name string, unit float64) sweep {
		m, _ := find(models(), name)
		return sweep{model: name, name: name, cell: m.cell, initial: m.initial, unit: unit}
	}
	types := func(name string, c nodes.Izhikevich, b float64) sweep {
		return sweep{model: "Izhikevich", name: name, initial: izhikevichAtRest(b), unit: 1,
			cell: func(dt float64) nodes.Cell { c.Dt = dt; return c }}
	}
	refractory := of("Refractory", .01)
	refractory.name = "Refractory, 15 ms"
	return []sweeps{
		{"Leaky", "I / rheobase", 4, false, []sweep{of("LIF", .01), of("PLIF", 1), of("CubaLIF", 1), refractory}},
		{"Adaptive", "I / rheobase", 4, true, []sweep{of("ALIF", .01), of("LSNN", .6*(1-math.Exp(-1./20))), of("SEAdLIF", 1+120*.015)}},
		{"IF, AlphaLIF, RF", "I (threshold = 1)", .1, false, []sweep{of("IF", 1), of("AlphaLIF", 1), of("RF", 1)}},
		{"Izhikevich", "I (mV/ms)", 20, false, []sweep{
			types("RS", nodes.RegularSpiking(), .2), types("IB", nodes.IntrinsicallyBursting(), .2),
			types("CH", nodes.Chattering(), .2), types("FS", nodes.FastSpiking(), .2),
			types("LTS", nodes.LowThresholdSpiking(), .25), types("TC", nodes.ThalamoCortical(), .25),
			types("RZ", nodes.Resonator(), .26),
		}},
		{"AdEx", "I (nA)", 3, true, []sweep{of("AdEx", 1)}},
		{"EIF and QIF", "Rm I (mV)", 20, false, []sweep{of("EIF", .1), of("QIF", 1)}},
	}
}

// rates draws the firing rate of each spiking neuron against the current, all of which are one run.
func (p *drawing) rates(ctx context.Context) (figure, error) {
	var out figure
	d := plot.FiringRatesData{Title: "Firing rate against current: lasting (solid) and of the first interval (dashed)", Columns: 3, Width: 720}
	for _, group := range rateGroups() {
		panel := plot.RatePanel{Title: group.title, Current: group.current}
		for _, s := range group.neurons {
			m, ok := find(p.models, s.model)
			if !ok {
				continue
			}
			curve := plot.RateCurve{Name: s.name}
			r := run{cell: s.cell(p.dt(m)), initial: s.initial, dt: p.dt(m), length: p.length(ratesLength)}
			for i := range ratesCurrents {
				x := group.highest * float64(i) / (ratesCurrents - 1)
				curve.Currents = append(curve.Currents, x)
				r.inputs = append(r.inputs, func(float64) float64 { return x * s.unit })
			}
			recording, err := p.record(ctx, "rates of "+s.name, r)
			if err != nil {
				return out, err
			}
			c := rateCurve{subject: subject{m.name, s.name, recording.settings}, Unit: m.unit, Duration: r.length, Seconds: recording.seconds}
			for i, x := range curve.Currents {
				point := rateOf(recording.spikes(i), r.length)
				point.Current = x * s.unit
				c.Points = append(c.Points, point)
				curve.Rates = append(curve.Rates, point.Rate)
				if group.onset {
					curve.First = append(curve.First, point.First)
				}
			}
			out.Rates = append(out.Rates, c)
			panel.Curves = append(panel.Curves, curve)
		}
		if len(panel.Curves) > 0 {
			d.Panels = append(d.Panels, panel)
		}
	}
	out.draw = func(r *program.Run) error {
		if len(d.Panels) == 0 {
			return nil
		}
		return r.Write("rates.png", func(path string) error { return plot.FiringRates(path, d) })
	}
	return out, nil
}

// rateOf counts the intervals of the second half of a run, which does not depend on where in an
// interval the run ends.
func rateOf(spikes []float64, length float64) rate {
	const second = 1000 // ms
	r := rate{Spikes: len(spikes)}
	if len(spikes) > 1 {
		r.First = second / (spikes[1] - spikes[0])
	}
	late := spikes
	for len(late) > 0 && late[0] < length/2 {
		late = late[1:]
	}
	if n := len(late); n > 1 {
		r.Rate = second * float64(n-1) / (late[n-1] - late[0])
	}
	return r
}
