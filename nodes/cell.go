package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Cell is a model of a neuron. Its implementations are settings, whose zero values are the
// defaults; LIF, ALIF and LI are there.
type Cell interface {
	// declare adds the parameters of a population of units neurons.
	declare(p *graph.Params, units int) (population, error)
}

// population are neurons declared in a graph.
type population interface {
	// run drives the neurons through synapses. wRec [units, units] is nil without recurrence.
	run(s ops.Synapses, wRec *gorgonia.Node, initial ops.State) (*Activity, error)

	// variables tells what state the neurons have.
	variables() variables

	// baseline is the threshold at rest, b0.
	baseline() float64
}

// or is x, or the default where x is zero.
func or(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}
