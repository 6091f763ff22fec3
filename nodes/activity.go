package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Activity is what a layer did over a sequence. Every quantity is a node [T, batch, units]
// through which gradients flow. What nobody asks for is not computed.
type Activity struct {
	synapses ops.Synapses
	sequence *ops.Sequence
	membrane *gorgonia.Node // of neurons that do not spike
}

// Current is the input to the neurons, without the recurrent part.
func (a *Activity) Current() (*gorgonia.Node, error) {
	return ops.Linear(a.synapses.X, a.synapses.W, a.synapses.Biases...)
}

// Spiking reports whether the neurons spike.
func (a *Activity) Spiking() bool { return a.sequence != nil }

// Spikes are 0 or 1.
func (a *Activity) Spikes() (*gorgonia.Node, error) {
	if !a.Spiking() {
		return nil, errors.New("srnn: the neurons do not spike")
	}
	return a.sequence.Spikes(), nil
}

// Membrane is the membrane potential u.
func (a *Activity) Membrane() (*gorgonia.Node, error) {
	if !a.Spiking() {
		return a.membrane, nil
	}
	return a.sequence.Membrane()
}

// Threshold is θ.
func (a *Activity) Threshold() (*gorgonia.Node, error) {
	if !a.Spiking() {
		return nil, errors.New("srnn: the neurons have no threshold")
	}
	return a.sequence.Threshold()
}

// Adaptation is η.
func (a *Activity) Adaptation() (*gorgonia.Node, error) {
	if !a.Spiking() {
		return nil, errors.New("srnn: the neurons have no adaptation")
	}
	return a.sequence.Adaptation()
}

// Final is the state after the last step. [FromState] starts another run from it.
func (a *Activity) Final() (ops.State, error) {
	if a.Spiking() {
		return a.sequence.Final()
	}
	u, err := graph.Step(a.membrane, a.membrane.Shape()[0]-1)
	return ops.State{Membrane: u}, err
}
