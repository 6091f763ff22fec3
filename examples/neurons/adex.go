package main

import (
	"context"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
)

const adexLength = 500 // ms

// adexPatterns are those of Naud, Marcille, Clopath & Gerstner 2008, "Firing patterns in the adaptive
// exponential integrate-and-fire model", figure 4 and table 1, those of delayed bursting and of
// transient spiking with the corrections by P. Müller that Brian 2's example of the paper has.
func adexPatterns() []pattern {
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
		out = append(out, pattern{
			name: p.name, title: p.name, input: step(p.current*nA, 50, 450),
			cell: func(dt float64) nodes.Cell {
				return nodes.AdEx{
					C: graph.Constant(p.c), GL: graph.Constant(p.gl), EL: graph.Constant(p.el),
					VT: graph.Constant(-50), DeltaT: graph.Constant(2), TauW: graph.Constant(p.tauW),
					A: graph.Constant(p.a), B: graph.Constant(p.b * nA), VReset: graph.Constant(p.vr), Dt: dt,
				}
			},
		})
	}
	return out
}

// adex draws the firing patterns of the adaptive exponential integrate-and-fire neuron.
func (p *drawing) adex(ctx context.Context) (figure, error) {
	d := plot.TracesData{Title: "Firing patterns of the adaptive exponential integrate-and-fire neuron (Naud et al. 2008)", Columns: 4, Width: 720}
	return p.patterns(ctx, "AdEx", adexPatterns(), p.length(adexLength), d, "adex.png")
}
