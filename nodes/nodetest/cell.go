package nodetest

import (
	"slices"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/nodes"
)

// Cell checks that a model of a neuron keeps the contract of [nodes.Cell], and that a layer of it
// runs, differentiates and fails as layers should. The current that makes it spike is searched
// for. Two fields are known by their names: a Surrogate, which is relaxed where gradients are
// checked by differences, and a DetachReset, which is off there, as what it gives is not a derivative.
func Cell(t *testing.T, cell nodes.Cell) {
	t.Helper()
	s := newSuite(cell)
	for _, c := range s.checks() {
		ok := t.Run(c.name, func(t *testing.T) {
			if err := c.check(); errors.Is(err, errNotSaved) {
				t.Log(err)
			} else if err != nil {
				t.Error(err)
			}
		})
		if !ok && c.needed {
			return // the others would fail for the same reason
		}
	}
}

// suite is a cell with what the first checks find out about it for the others.
type suite struct {
	cell  nodes.Cell
	names []string // of what a step gives, sorted
	fused bool     // a layer of it is not just scanned

	drive  float64              // the scale of the currents that it works at
	spread map[string]float64   // of each quantity at that drive
	pool   map[string][]float64 // values of each quantity after a while at that drive
}

func newSuite(cell nodes.Cell) *suite {
	return &suite{cell: nodes.WithDefaults(cell), drive: 1}
}

type check struct {
	name   string
	check  func() error
	needed bool // by those that follow
}

func (s *suite) checks() []check {
	return []check{
		{"declares", s.declares, true},
		{"works", s.works, true},
		{"scanned = unrolled", s.scannedIsUnrolled, false},
		{"fused = scanned", s.fusedIsScanned, false},
		{"single precision", s.singlePrecision, false},
		{"batch independence", s.batchIndependence, false},
		{"state carry", s.stateCarry, false},
		{"gradients", s.gradients, false},
		{"extremes", s.extremes, false},
		{"not finite", s.notFinite, false},
		{"time constants", s.timeConstants, false},
		{"sizes of one", s.sizesOfOne, false},
		{"keeps every k-th state", s.keepsEvery, false},
		{"purity", s.purity, false},
		{"runs again", s.runsAgain, false},
		{"two layers", s.twoLayers, false},
		{"online", s.online, false},
		{"saves", s.saves, false},
	}
}

func (s *suite) spiking() bool { return slices.Contains(s.names, nodes.Spikes) }

func (s *suite) output() string {
	if s.spiking() {
		return nodes.Spikes
	}
	return nodes.Membrane
}

// recurrences are the kinds of layers that the cell can be in: without recurrent synapses and, if it
// spikes, with them.
func (s *suite) recurrences() []bool {
	if s.spiking() {
		return []bool{false, true}
	}
	return []bool{false}
}
