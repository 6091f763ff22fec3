package nodes

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Activity is what a layer did over a sequence. Every quantity is a node [T, batch, units]
// through which gradients flow. What nobody asks for is not computed.
type Activity struct {
	current func() (*gorgonia.Node, error)
	record  record
	final   func() (State, error)
}

// record is how to get the named quantities of a sequence, each [T, batch, units].
type record map[string]func() (*gorgonia.Node, error)

// State is the state of a layer at one moment by its variables' names, each [batch, units]. What
// is not there is at rest.
type State map[string]*gorgonia.Node

// ops is the state of ALIF neurons.
func (s State) ops() ops.State {
	return ops.State{Membrane: s[Membrane], Adaptation: s[Adaptation], Spikes: s[Spikes], Silence: s[Silence]}
}

// name gives the node that runs the neurons a name, which errors say.
func (a *Activity) name(name string) error {
	n, err := a.Output()
	if err == nil {
		gorgonia.WithName(name)(n)
	}
	return err
}

// Current is the input to the neurons, without the recurrent part.
func (a *Activity) Current() (*gorgonia.Node, error) {
	return a.current()
}

// Names are the quantities that there are, sorted.
func (a *Activity) Names() []string { return slices.Sorted(maps.Keys(a.record)) }

// Series is the quantity of that name: a variable of the neuron's state, or another that its step
// gives.
func (a *Activity) Series(name string) (*gorgonia.Node, error) {
	get, ok := a.record[name]
	if !ok {
		return nil, errors.Errorf("srnn: the neurons have no %s, but %s", name, strings.Join(a.Names(), ", "))
	}
	return get()
}

// Spiking reports whether the neurons spike.
func (a *Activity) Spiking() bool { return a.record[Spikes] != nil }

// Spikes are 0 or 1.
func (a *Activity) Spikes() (*gorgonia.Node, error) {
	if !a.Spiking() {
		return nil, errors.New("srnn: the neurons do not spike")
	}
	return a.Series(Spikes)
}

// Counts is how many spikes each neuron has sent, [batch, units], over the steps that a mask [T, batch] leaves
// in, or over all where it is nil; nil where the neurons do not spike. Gradients flow through it.
func (a *Activity) Counts(mask *gorgonia.Node) (*gorgonia.Node, error) {
	if !a.Spiking() {
		return nil, nil
	}
	s, err := a.Spikes()
	if err != nil {
		return nil, err
	}
	return ops.SumOverTime(s, mask, 0)
}

// Membrane is the membrane potential u.
func (a *Activity) Membrane() (*gorgonia.Node, error) { return a.Series(Membrane) }

// Threshold is θ.
func (a *Activity) Threshold() (*gorgonia.Node, error) { return a.Series(Threshold) }

// Adaptation is η, or w.
func (a *Activity) Adaptation() (*gorgonia.Node, error) { return a.Series(Adaptation) }

// Output is what the neurons tell others: their spikes, or else the membrane potential.
func (a *Activity) Output() (*gorgonia.Node, error) {
	if a.Spiking() {
		return a.Spikes()
	}
	return a.Membrane()
}

// Final is the state after the last step. [FromState] starts another run from it.
func (a *Activity) Final() (State, error) { return a.final() }

// lastOf is the state after the last step of recorded variables.
func lastOf(r record, variables []Variable) (State, error) {
	s := State{}
	for _, v := range variables {
		series, err := r[v.Name]()
		if err != nil {
			return nil, err
		}
		if s[v.Name], err = graph.Step(series, series.Shape()[0]-1); err != nil {
			return nil, err
		}
	}
	return s, nil
}
