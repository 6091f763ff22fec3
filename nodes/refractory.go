package nodes

import (
	"maps"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Refractory is a spiking cell that is silent for some time after each of its spikes:
//
//	n = Period/dt, to the nearest step, which must be within 15 % of it
//	S_t = S'_t          where r_{t−1} = 0, S' being the spikes of the cell
//	S_t = 0             elsewhere
//	r_t = n S_t + r_{t−1} − 1, or n S_t where r_{t−1} = 0
//
// The membrane potential goes on meanwhile, as in the networks of Bellec et al. 2018 and 2020, or,
// with Hold, it stays what it is after the reset, as in most models of neuroscience (Gerstner et
// al., Neuronal Dynamics, 2014, section 1.3). A cell that a spike resets in the next step makes
// that step as ever, and holds what it comes to; whatever else there is in a cell's state goes on
// in any case. A spike that is suppressed resets nothing. Spikes count as constants in r, and no
// gradient flows through those that are suppressed.
//
// Parameters and state are those of the cell, and r in state, by the name "refractory". The cell must be
// [Timed], and either [Refractable] or reset by spikes that are in its state. ALIF, LSNN, and LIF that is reset by subtraction, run as their fused
// op without Hold.
type Refractory struct {
	Cell   Cell    `json:"cell"`
	Period float64 `json:"period" default:"5"` // ms; the default is that of Bellec et al. 2020
	Hold   bool    `json:"hold,omitempty"`     // the membrane potential is held
}

var _ = register("refractory", Refractory{})

func (c Refractory) Parameters() []Parameter { return c.Cell.Parameters() }

func (c Refractory) State() []Variable {
	return append(slices.Clone(c.Cell.State()), Variable{Name: Silence})
}

func (c Refractory) Step(p, s Values, current graph.Expr) Values {
	n, err := c.steps()
	if err != nil {
		return Values{Spikes: graph.Failed(err)}
	}
	r := s[Silence]
	ready := oneOrZero(r.OneMinus())
	s = maps.Clone(s)
	s[Permitted] = ready
	out := maps.Clone(c.Cell.Step(p, s, current))
	out[Spikes] = out[Spikes].Mul(ready)
	out[Silence] = oneOrZero(out[Spikes]).Times(n).Add(ready.OneMinus().Mul(r.Plus(-1)))
	if c.Hold {
		held := ready.OneMinus()
		if resetsNext(c.Cell) {
			held = held.Mul(oneOrZero(s[Spikes]).OneMinus())
		}
		out[Membrane] = held.Mul(s[Membrane]).Add(held.OneMinus().Mul(out[Membrane]))
	}
	return out
}

// oneOrZero is whichever of the two is nearer to x, as a constant. Spikes are one of them already, but
// not with ops.Relaxed.
func oneOrZero(x graph.Expr) graph.Expr { return Spike(x.Plus(-.5), nil).Detach() }

// steps is n.
func (c Refractory) steps() (float64, error) {
	timed, ok := unwrap(c.Cell).(Timed)
	if !ok {
		return 0, errors.Errorf("%s has no method TimeStep() float64, which says its time step in ms", nameOf(c.Cell))
	}
	dt := timed.TimeStep()
	if err := wantPositive("dt", dt); err != nil {
		return 0, err
	}
	exact := c.Period / dt
	n := math.Round(exact)
	switch {
	case !(n >= 1) || !graph.Finite(n):
		return 0, errors.Errorf("period is %v ms, want at least one time step of %v ms", c.Period, dt)
	case math.Abs(n-exact) > .15*exact:
		return 0, errors.Errorf("period is %v ms, which is %.3g time steps of %v ms: want a whole number of them", c.Period, exact, dt)
	}
	return n, nil
}

func (c Refractory) Check() error {
	if c.Cell == nil {
		return errors.New("has no cell")
	}
	cell := unwrap(c.Cell)
	if inner, ok := cell.(Checked); ok {
		if err := inner.Check(); err != nil {
			return errors.Wrap(err, nameOf(cell))
		}
	}
	if _, ok := cell.(Refractory); ok {
		return errors.New("its cell is a Refractory itself")
	}
	if _, ok := cell.(Refractable); !ok && !resetsNext(cell) {
		return errors.Errorf("%s has no spikes, or none that can be suppressed: they are not in its state, and it is not Refractable", nameOf(c.Cell))
	}
	if has(cell.State(), Permitted) || has(cell.State(), Silence) {
		return errors.Errorf("%s has a variable called %s or %s, which are those of the refractory period", nameOf(c.Cell), Permitted, Silence)
	}
	_, err := c.steps()
	return err
}

func (c Refractory) Baseline() float64 { return threshold(c.Cell) }

// fusedRefractory is implemented by cells that have a fused op with a refractory period of so many
// steps.
type fusedRefractory interface {
	fused
	fusedRefractory(steps int, in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error)
}

func (Refractory) fuses(c Cell) bool {
	_, own := c.(Refractory)
	return own
}

func (c Refractory) fused(in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error) {
	cell, ok := c.Cell.(fusedRefractory)
	n, err := c.steps()
	if !ok || !cell.fuses(c.Cell) || c.Hold || n > math.MaxInt32 {
		return nil, err
	}
	return cell.fusedRefractory(int(n), in, wRec, p, initial)
}

// resetsNext reports whether the spikes of a step are in the state of a cell, which is therefore
// reset by them in the next.
func resetsNext(c Cell) bool { return has(c.State(), Spikes) }

// Refractable is implemented by cells that a spike resets in the same step, and whose spikes are those of
// [PermittedSpike]: they can have a [Refractory] period. So can cells that are reset in the next step, by
// the spikes that are in their state, without this method.
type Refractable interface {
	Refractable()
}

// Permitted is where a Refractory tells a cell, in the values of its state, which of its neurons
// may spike: 1 there, 0 elsewhere. It is not there without a refractory period.
const Permitted = "permitted"

// PermittedSpike is [Spike] for cells that a spike resets in the same step: where they are within a
// refractory period, as the state s says, there is no spike, and nothing is reset.
func PermittedSpike(v graph.Expr, s Values, surrogate ops.Surrogate) graph.Expr {
	spikes := Spike(v, surrogate)
	if p, ok := s[Permitted]; ok {
		spikes = spikes.Mul(p)
	}
	return spikes
}
