package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/nodes"
)

// Readout is the last layer of a network, one unit for each class, and what is read of it.
type Readout struct {
	Kind ReadoutKind

	// Layer holds the units. It is not recurrent. A nil Cell is LI{} for an Integrator and
	// ALIF{} for the others.
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
	_, integrates := l.Cell.(nodes.LI)
	switch {
	case r.Kind != Integrator && r.Kind != AdpMem && r.Kind != AdpSpike:
		return l, errors.Errorf("kind is %q, want %q, %q or %q", r.Kind, Integrator, AdpMem, AdpSpike)
	case l.Recurrent:
		return l, errors.New("is recurrent")
	case l.Cell == nil && r.Kind == Integrator:
		l.Cell = nodes.LI{}
	case l.Cell == nil:
		l.Cell = nodes.ALIF{}
	case integrates != (r.Kind == Integrator):
		return l, errors.Errorf("is an %s readout of %T cells", r.Kind, l.Cell)
	}
	return l, nil
}
