package nodes

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Connectivity says which synapses of a layer exist: that of [Linear.Mask] and [Layer.RecMask]. It is
// asked once, when a layer's parameters are declared. What it says is a parameter of 0 and 1 that is not
// trained, w_in_mask or w_rec_mask, of group "mask", so that a network that was saved has the synapses it
// had. The layer uses the product of weights and mask. So a weight without a synapse counts as zero,
// whatever becomes of its number; it starts at zero, and its gradient is zero.
//
// Initialisers draw weights as if all synapses existed: a scale that depends on the number of inputs is
// that of all of them.
type Connectivity interface {
	// Connect sets exists where there is a synapse, in a matrix [to, from], row by row. Nothing is set
	// before.
	Connect(rng *rand.Rand, to, from int, exists []bool) error
}

// NoAutapses connects all neurons but none with itself.
type NoAutapses struct{}

// Connect implements [Connectivity].
func (NoAutapses) Connect(_ *rand.Rand, to, from int, exists []bool) error {
	if to != from {
		return errors.Errorf("there are no autapses from %d inputs to %d other units", from, to)
	}
	for k := range exists {
		exists[k] = k%(from+1) != 0
	}
	return nil
}

// Given are the synapses that exist, by the number of the unit that they lead to, and of the one that they
// come from.
type Given [][]bool

// Connect implements [Connectivity].
func (g Given) Connect(_ *rand.Rand, to, from int, exists []bool) error {
	if len(g) != to {
		return errors.Errorf("connections of %d units are given, want those of %d", len(g), to)
	}
	for j, row := range g {
		if len(row) != from {
			return errors.Errorf("%d connections to unit %d are given, want %d", len(row), j, from)
		}
		copy(exists[j*from:], row)
	}
	return nil
}
