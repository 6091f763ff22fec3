package main

import (
	"context"
	"math"

	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
)

const (
	ratesLength   = 2000 // ms
	ratesCurrents = 61
)

// sweep is a neuron whose firing rates are drawn against the current.
type sweep struct {
	variant
	unit float64 // the current that is 1 on the axis
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
		return sweep{variant{m, name, m.cell, m.initial}, unit}
	}
	var types []sweep
	for _, name := range []string{"RS", "IB", "CH", "FS", "LTS", "TC", "RZ"} {
		types = append(types, sweep{izhikevichTypes()[name], 1})
	}
	refractory := of("Refractory", .01)
	refractory.name = "Refractory, 15 ms"
	return []sweeps{
		{"Leaky", "I / rheobase", 4, false, []sweep{of("LIF", .01), of("PLIF", 1), of("CubaLIF", 1), refractory}},
		{"Adaptive", "I / rheobase", 4, true, []sweep{of("ALIF", .01), of("LSNN", .6*(1-math.Exp(-1./20))), of("SEAdLIF", 1+120*.015)}},
		{"IF, AlphaLIF, RF", "I (threshold = 1)", .1, false, []sweep{of("IF", 1), of("AlphaLIF", 1), of("RF", 1)}},
		{"Izhikevich", "I (mV/ms)", 20, false, types},
		{"AdEx", "I (nA)", 3, true, []sweep{of("AdEx", 1)}},
		{"EIF and QIF", "Rm I (mV)", 20, false, []sweep{of("EIF", .1), of("QIF", 1)}},
	}
}

// rates draws the firing rate of each spiking neuron against the current, all of which are one run.
func (p *drawing) rates(ctx context.Context) (out figure, err error) {
	d := plot.FiringRatesData{Title: "Firing rate against current: lasting (solid) and of the first interval (dashed)", Columns: 3, Width: 720}
	for _, group := range rateGroups() {
		panel := plot.RatePanel{Title: group.title, Current: group.current}
		for _, s := range group.neurons {
			if !p.draws(s.variant) {
				continue
			}
			curve := plot.RateCurve{Name: s.name}
			var inputs []nodes.Current
			for i := range ratesCurrents {
				x := group.highest * float64(i) / (ratesCurrents - 1)
				curve.Currents, inputs = append(curve.Currents, x), append(inputs, nodes.ConstantCurrent(x*s.unit))
			}
			neuron, r, err := p.record(ctx, "rates of "+s.name, s.variant, ratesLength, inputs...)
			if err != nil {
				return out, err
			}
			c := rateCurve{subject: neuron}
			for i := range inputs {
				point := r.FiringRate(i)
				c.Points, curve.Rates = append(c.Points, point), append(curve.Rates, point.Rate)
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
	if len(d.Panels) == 0 {
		return out, nil
	}
	return out, p.Write("rates.png", func(path string) error { return plot.FiringRates(path, d) })
}
