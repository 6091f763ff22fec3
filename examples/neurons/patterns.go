package main

import (
	"context"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
)

// pattern is a way of firing that a choice of parameters gives a neuron.
type pattern struct {
	variant
	title string
	input nodes.Current
}

const (
	izhikevichLength = 250 // ms
	adexLength       = 500 // ms
)

// izhikevichPatterns are those of figure 2 of Izhikevich 2003. The currents of the thalamo-cortical
// neuron and of the resonator, which the paper does not tell, are our own.
func izhikevichPatterns() []pattern {
	types, dc := izhikevichTypes(), nodes.StepCurrent(10, 20, 220)
	rebound := types["TC"]
	rebound.name = "TC rebound"
	return []pattern{
		{types["RS"], "RS: regular spiking", dc},
		{types["IB"], "IB: intrinsically bursting", dc},
		{types["CH"], "CH: chattering", dc},
		{types["FS"], "FS: fast spiking", dc},
		{types["TC"], "TC: tonic, from rest", nodes.StepCurrent(3, 20, 220)},
		{rebound, "TC: rebound burst", nodes.StepCurrent(-20, 20, 120)},
		{types["RZ"], "RZ: resonator", nodes.StepCurrent(.2, 20, 220).Plus(nodes.StepCurrent(2, 120, 124))},
		{types["LTS"], "LTS: low threshold", dc},
	}
}

// izhikevichTypes are the neurons of Izhikevich 2003, which begin at rest.
func izhikevichTypes() map[string]variant {
	m, _ := find(models(), "Izhikevich")
	of := func(name string, c nodes.Izhikevich, b float64) variant {
		return variant{m, name, c, nodes.IzhikevichAtRest(b)}
	}
	return map[string]variant{
		"RS": of("RS", nodes.RegularSpiking(), .2), "IB": of("IB", nodes.IntrinsicallyBursting(), .2),
		"CH": of("CH", nodes.Chattering(), .2), "FS": of("FS", nodes.FastSpiking(), .2),
		"LTS": of("LTS", nodes.LowThresholdSpiking(), .25), "TC": of("TC", nodes.ThalamoCortical(), .25),
		"RZ": of("RZ", nodes.Resonator(), .26),
	}
}

// adexPatterns are those of Naud, Marcille, Clopath & Gerstner 2008, "Firing patterns in the adaptive
// exponential integrate-and-fire model", figure 4 and table 1, those of delayed bursting and of
// transient spiking with the corrections by P. Müller that Brian 2's example of the paper has.
func adexPatterns() []pattern {
	m, _ := find(models(), "AdEx")
	var out []pattern
	for _, p := range []struct {
		name                    string
		c, gl, el               float64 // pF, nS, mV
		a, tauW, b, vr, current float64 // nS, ms, pA, mV, pA
	}{
		{"tonic", 200, 10, -70, 2, 30, 0, -58, 500},
		{"adapting", 200, 12, -70, 2, 300, 60, -58, 500},
		{"initial burst", 130, 18, -58, 4, 150, 120, -50, 400},
		{"bursting", 200, 10, -58, 2, 120, 100, -46, 210},
		{"delayed, accelerating", 200, 12, -70, -10, 300, 0, -58, 300},
		{"delayed, bursting", 100, 10, -65, -10, 90, 30, -47, 110},
		{"transient", 100, 10, -65, 10, 90, 100, -47, 180},
		{"irregular", 100, 12, -60, -11, 130, 30, -48, 160},
	} {
		const nA = 1e-3 // of a pA
		cell := nodes.AdEx{
			C: graph.Constant(p.c), GL: graph.Constant(p.gl), EL: graph.Constant(p.el),
			VT: graph.Constant(-50), DeltaT: graph.Constant(2), TauW: graph.Constant(p.tauW),
			A: graph.Constant(p.a), B: graph.Constant(p.b * nA), VReset: graph.Constant(p.vr),
		}
		out = append(out, pattern{variant{m, p.name, cell, nil}, p.name, nodes.StepCurrent(p.current*nA, 50, 450)})
	}
	return out
}

// izhikevich draws the firing patterns of Izhikevich's model.
func (p *drawing) izhikevich(ctx context.Context) (figure, error) {
	return p.patterns(ctx, "izhikevich.png", "Firing patterns of the model of Izhikevich 2003", izhikevichPatterns(), izhikevichLength)
}

// adex draws the firing patterns of the adaptive exponential integrate-and-fire neuron.
func (p *drawing) adex(ctx context.Context) (figure, error) {
	return p.patterns(ctx, "adex.png", "Firing patterns of the adaptive exponential integrate-and-fire neuron (Naud et al. 2008)", adexPatterns(), adexLength)
}

// patterns runs the patterns of one model, and draws potentials and currents.
func (p *drawing) patterns(ctx context.Context, file, title string, patterns []pattern, length float64) (out figure, err error) {
	d := plot.TracesData{Title: title, Columns: 4, Width: 720}
	for _, q := range patterns {
		if !p.draws(q.variant) {
			continue
		}
		s, r, err := p.record(ctx, q.model.name+" "+q.name, q.variant, length, q.input)
		if err != nil {
			return out, err
		}
		out.Traces = append(out.Traces, traceOf(s, r, "step", 0))
		d.Neurons = append(d.Neurons, plot.NeuronLanes{Name: q.title, Lanes: []plot.Lane{
			{Label: "v (mV)", Height: 84, Curves: []plot.Curve{{Colour: plot.Blue, Runs: potentials(r)}}},
			currentLane(r, "I ("+s.Unit+")", 46),
		}})
	}
	return out, p.drawTraces(file, d)
}
