package nodes

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Sparse connects neurons at random: either each two of them with a probability, or each to a number of
// inputs. One of the two must be set.
type Sparse struct {
	Probability float64 `json:"probability,omitempty"` // of each synapse to exist, independently of the others
	Inputs      int     `json:"inputs,omitempty"`      // synapses of each unit; from which inputs is drawn evenly
	NoAutapses  bool    `json:"no_autapses,omitempty"` // no neuron is connected with itself
}

// Connect implements [Connectivity].
func (s Sparse) Connect(rng *rand.Rand, to, from int, exists []bool) error {
	others := from
	if s.NoAutapses {
		if err := (NoAutapses{}).Connect(nil, to, from, exists); err != nil {
			return err
		}
		others--
	}
	switch {
	case (s.Probability == 0) == (s.Inputs == 0):
		return errors.Errorf("sparse connections want a probability or a number of inputs, got %v and %d", s.Probability, s.Inputs)
	case !(s.Probability >= 0 && s.Probability <= 1):
		return errors.Errorf("synapses exist with probability %v, want a number from 0 to 1", s.Probability)
	case s.Inputs < 0 || s.Inputs > others:
		return errors.Errorf("each unit has %d inputs, of %d that there are", s.Inputs, others)
	}
	for j := range to {
		s.row(rng, j, exists[j*from:][:from])
	}
	return nil
}

// row draws the synapses of unit j.
func (s Sparse) row(rng *rand.Rand, j int, exists []bool) {
	var possible []int
	for i := range exists {
		if exists[i] = false; i != j || !s.NoAutapses {
			possible = append(possible, i)
		}
	}
	if s.Inputs > 0 {
		rng.Shuffle(len(possible), func(a, b int) { possible[a], possible[b] = possible[b], possible[a] })
		possible = possible[:s.Inputs]
	}
	for _, i := range possible {
		exists[i] = s.Inputs > 0 || rng.Float64() < s.Probability
	}
}
