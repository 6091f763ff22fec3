package main

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// model is a neuron of the library with the currents that show what is characteristic of it. Where
// parameters are given, they make that easier to see; others have their defaults.
type model struct {
	name, about string
	cell        nodes.Cell
	initial     nodes.Initial // where its state at rest is not quite what the cell starts from

	biophysical bool     // in mV and ms; the others have a potential without a unit
	second      variable // drawn with the potential, if there is one
	unit        string   // of the current; "" where the neuron's equations give it none
	step, ramp  float64  // currents of the gallery: the step's, and the highest of the ramp
}

// variable is a variable of a neuron's state other than the membrane potential.
type variable struct {
	series string // its name in nodes.Activity
	word   string // in the legend
	symbol string
	unit   string // of biophysical neurons, where it has a lane of its own
}

// models are the neurons of the library, in the order of the gallery.
func models() []model {
	return []model{
		{
			name: "LI", about: "leaky integrator, a readout without spikes",
			cell: nodes.LI{}, step: 1, ramp: 1,
		}, {
			name: "AdaptiveLI", about: "leaky integrator that answers to changes more than to what lasts",
			cell:   nodes.AdaptiveLI{},
			second: variable{series: nodes.Adaptation, word: "adaptation", symbol: "w"},
			step:   1, ramp: 1,
		}, {
			name: "IF", about: "integrate-and-fire neuron without a leak, which counts its input",
			cell: nodes.IF{}, step: .04, ramp: .08,
		}, {
			name: "LIF", about: "leaky integrate-and-fire neuron, reset by subtraction in the step after its spike",
			cell: nodes.LIF{Continuous: true}, step: .013, ramp: .02,
		}, {
			name: "PLIF", about: "parametric leaky integrate-and-fire neuron (Fang et al. 2021), reset to rest in the step of its spike",
			cell: nodes.PLIF{TauM: graph.Constant(20)}, step: 1.3, ramp: 2,
		}, {
			name: "Refractory", about: "any spiking neuron, here LIF, that is silent for a time after its spikes, here 15 ms",
			cell: nodes.Refractory{Cell: nodes.LIF{Reset: nodes.ToValue}, Period: 15, Hold: true},
			step: .02, ramp: .03,
		}, {
			name: "CubaLIF", about: "leaky integrate-and-fire neuron with an exponential synapse",
			cell:   nodes.CubaLIF{TauSyn: graph.Constant(20)},
			second: variable{series: nodes.Synaptic, word: "synaptic", symbol: "J"},
			step:   1.5, ramp: 2,
		}, {
			name: "AlphaLIF", about: "leaky integrate-and-fire neuron with alpha synapses",
			cell:   nodes.AlphaLIF{TauSyn: graph.Constant(10)},
			second: variable{series: nodes.Synaptic, word: "synaptic", symbol: "J"},
			step:   .05, ramp: .07,
		}, {
			name: "ALIF", about: "adaptive leaky integrate-and-fire neuron (Yin, Corradi & Bohté 2020)",
			cell: nodes.ALIF{Continuous: true}, step: .1, ramp: .15,
		}, {
			name: "LSNN", about: "adaptive neuron of long short-term memory spiking networks (Bellec et al. 2020)",
			cell: nodes.LSNN{}, step: .06, ramp: .1,
		}, {
			name: "SEAdLIF", about: "adaptive leaky integrate-and-fire neuron by symplectic Euler (Baronig et al. 2024)",
			cell:   nodes.SEAdLIF{TauU: graph.Constant(15), TauW: graph.Constant(180), A: graph.Constant(.015), B: graph.Constant(.5)},
			second: variable{series: nodes.Adaptation, word: "adaptation", symbol: "w"},
			step:   5, ramp: 8,
		}, {
			name: "RF", about: "resonate-and-fire neuron (Izhikevich 2001), which oscillates below its threshold",
			cell: nodes.RF{}, step: .045, ramp: .09,
		}, {
			name: "EIF", about: "exponential integrate-and-fire neuron (Fourcaud-Trocmé et al. 2003)",
			cell: nodes.EIF{},
			unit: "µA/cm²", step: .3, ramp: .6, biophysical: true, initial: nodes.Initial{nodes.Membrane: nodes.Constant(-63.89)},
		}, {
			name: "QIF", about: "quadratic integrate-and-fire neuron, the normal form of neurons that can fire at any low rate",
			cell: nodes.QIF{}, unit: "mV", step: 8, ramp: 20, biophysical: true,
		}, {
			name: "Izhikevich", about: "simple model of Izhikevich 2003, in the gallery regular spiking",
			cell: nodes.RegularSpiking(),
			unit: "mV/ms", step: 10, ramp: 15, biophysical: true, initial: nodes.IzhikevichAtRest(.2),
			second: variable{series: nodes.Recovery, word: "recovery", symbol: "u", unit: "mV/ms"},
		}, {
			name: "AdEx", about: "adaptive exponential integrate-and-fire neuron (Brette & Gerstner 2005)",
			cell: nodes.AdEx{}, unit: "nA", step: .8, ramp: 1.2, biophysical: true,
			second: variable{series: nodes.Adaptation, word: "adaptation", symbol: "w", unit: "nA"},
		},
	}
}

// dt is the time step, unless another is asked for: that of the papers for the simple neurons, some
// of which have an input for each step, and one that shows the upswing of the others.
func (m model) dt() float64 {
	if m.biophysical {
		return .25
	}
	return 1
}
