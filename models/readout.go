package models

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/nodes"
)

// Readout is the last layer of a network, one unit for each class, and what is read of it.
type Readout struct {
	Kind ReadoutKind

	// Layer holds the units. It is not recurrent. A nil Cell is LI{} for an Integrator, which has
	// cells without spikes, and ALIF{} for the others, which have cells with spikes.
	Layer nodes.Layer
}

// ReadoutKind is one of the readouts of Yin et al.
type ReadoutKind string

const (
	// Integrator reads the membrane potential of leaky integrators.
	Integrator ReadoutKind = "integrator"

	// AdpMem reads the membrane potential of adaptive spiking neurons.
	AdpMem ReadoutKind = "adp-mem"

	// AdpSpike reads the spikes of adaptive spiking neurons.
	AdpSpike ReadoutKind = "adp-spike"
)

// layer is the readout's layer with its cell.
func (r Readout) layer() (nodes.Layer, error) {
	l := r.Layer
	spikes, err := spiking(l.Cell)
	switch {
	case err != nil:
		return l, err
	case r.Kind != Integrator && r.Kind != AdpMem && r.Kind != AdpSpike:
		return l, errors.Errorf("kind is %q, want %q, %q or %q", r.Kind, Integrator, AdpMem, AdpSpike)
	case l.Recurrent:
		return l, errors.New("is recurrent")
	case l.Bidirectional:
		return l, errors.New("is bidirectional")
	case l.Cell == nil && r.Kind == Integrator:
		l.Cell = nodes.LI{}
	case l.Cell == nil:
		l.Cell = nodes.ALIF{}
	case spikes == (r.Kind == Integrator):
		return l, errors.Errorf("is an %s readout of %T cells", r.Kind, l.Cell)
	}
	return l, nil
}

// spiking reports whether neurons of a cell spike. A layer without a cell says so itself.
func spiking(c nodes.Cell) (bool, error) {
	if c == nil {
		return true, nil
	}
	names, err := nodes.Outputs(c)
	return slices.Contains(names, nodes.Spikes), err
}
