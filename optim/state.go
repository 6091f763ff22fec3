package optim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/kernel"
)

// stepKey is the key of the number of steps in a state. It names the transforms, so that a state
// tells which chain it belongs to.
func (c Chain) stepKey() string {
	types := make([]string, len(c))
	for i, t := range c {
		types[i] = fmt.Sprintf("%T", t)
	}
	return "step of " + strings.Join(types, ", ")
}

const reports = "reports of "

// reportKey is the key of what the chain's [Follower] knows in a state, or "". It names the metric, so
// that values of one are not taken for those of another.
func (c Chain) reportKey() string {
	if f := c.follower(); f != nil {
		return reports + f.Follows()
	}
	return ""
}

// State copies all that the solver remembers, for a checkpoint. The number of steps is under
// "step of " and the types of the transforms; a slot is under the position of its transform in
// the chain, its own name and that of the parameter, as in "1/m/layer0.w_in"; and what a [Follower]
// knows is under "reports of " and the name of its metric.
func (s *Solver) State() map[string][]float64 {
	state := map[string][]float64{s.chain.stepKey(): {float64(s.step)}}
	if s.memory != nil {
		state[s.chain.reportKey()] = slices.Clone(s.memory)
	}
	add := func(param string, slots []slot) {
		for i := range slots {
			if x := &slots[i]; !x.made { // by a step that failed
				state[x.key()+"/"+param] = slices.Clone(x.before)
			}
		}
	}
	for param, slots := range s.restored {
		add(param, slots)
	}
	if s.model != nil {
		for _, p := range s.model.params {
			add(p.name, p.leaf.slots)
		}
	}
	return state
}

// Restore replaces all that the solver remembers by a copy of what [Solver.State] returned. The
// next steps are then, bit by bit, those which the other solver would have made. The chain must
// have transforms of the same types; their settings may differ. Whether the state suits the
// parameters is checked by the next [Solver.Step]. After an error the solver is as it was.
func (s *Solver) Restore(state map[string][]float64) error {
	restored, err := s.chain.restore(state)
	if err != nil {
		return errors.Wrap(err, "srnn: solver state")
	}
	*s = *restored
	return nil
}

func (c Chain) restore(state map[string][]float64) (*Solver, error) {
	stepKey := c.stepKey()
	step, ok := state[stepKey]
	if !ok {
		return nil, errors.Errorf("has no %q: it is of another chain", stepKey)
	}
	if len(step) != 1 || !(step[0] >= 0 && step[0] <= 1<<53) || step[0] != math.Trunc(step[0]) {
		return nil, errors.Errorf("%q is %v, want one whole number", stepKey, step)
	}
	s := &Solver{chain: c, step: int(step[0]), restored: map[string][]slot{}}
	for _, key := range slices.Sorted(maps.Keys(state)) {
		var err error
		switch key {
		case stepKey:
		case c.reportKey():
			err = s.restoreMemory(state[key])
		default:
			if strings.HasPrefix(key, reports) {
				return nil, errors.Errorf("has %q, but the learning rate follows another metric or none", key)
			}
			err = s.restoreSlot(key, state[key])
		}
		if err != nil {
			return nil, errors.WithMessagef(err, "%q", key)
		}
	}
	return s, nil
}

// restoreMemory restores what the chain's [Follower] knows.
func (s *Solver) restoreMemory(x []float64) error {
	if err := finiteState(x); err != nil {
		return err
	}
	s.memory = append([]float64{}, x...)
	_, err := s.chain.follower().Given(slices.Clone(s.memory))
	return err
}

func finiteState(x []float64) error {
	if i := kernel.NotFinite(x); i >= 0 {
		return errors.Errorf("element %d of %d is %v", i, len(x), x[i])
	}
	return nil
}

func (s *Solver) restoreSlot(key string, x []float64) error {
	if s.step == 0 {
		return errors.New("is there although no step has been made")
	}
	if err := finiteState(x); err != nil {
		return err
	}
	parts := strings.SplitN(key, "/", 3)
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return errors.New("is not of the form transform/slot/parameter")
	}
	position, _, _ := strings.Cut(parts[0], ".")
	if i, err := strconv.Atoi(position); err != nil || i < 0 || i >= len(s.chain) {
		return errors.Errorf("is of transform %q, but the chain has 0 to %d", position, len(s.chain)-1)
	}
	param := parts[2]
	s.restored[param] = append(s.restored[param], slot{transform: parts[0], name: parts[1], before: slices.Clone(x)})
	return nil
}
