package optim

import (
	"strconv"
	"strings"
)

// slot is the state of one name that one transform keeps for one parameter. A step reads what the
// step before left in before, and writes to after. If it succeeds, the two change places; if it
// fails, the state is as it was.
type slot struct {
	transform     string // its position in the chain, as in "1", or "1.0" for a chain within it
	name          string
	before, after []float64
	made          bool // there was none before the running step
	asked         bool // the transform has asked for it in the running step
}

// key names the slot among those of the parameter.
func (s *slot) key() string { return s.transform + "/" + s.name }

// Slot is the state of that name which the running transform keeps for this parameter: one
// number for each element, zero before the first step, to be changed in place. The name must not
// contain a slash.
func (l *Leaf) Slot(name string) []float64 {
	before, after := l.slot(name)
	if len(before) > 0 && &before[0] != &after[0] {
		copy(after, before)
	}
	l.suspect = true
	return after
}

// slot is the state of that name before and after the running transform. If the transform has
// asked for it before in this step, they are the same.
func (l *Leaf) slot(name string) (before, after []float64) {
	for i := range l.slots {
		s := &l.slots[i]
		switch {
		case s.transform != l.scope || s.name != name:
			continue
		case s.asked:
			return s.after, s.after
		case s.after == nil: // the state was restored
			s.after = make([]float64, len(s.before))
		}
		s.asked = true
		return s.before, s.after
	}
	n := len(l.Value)
	s := slot{transform: l.scope, name: name, before: make([]float64, n), after: make([]float64, n), made: true, asked: true}
	l.slots = append(l.slots, s)
	return s.before, s.after
}

// within runs transform i of a chain with slots of its own: two equal transforms do not share any.
func within(i int, leaves []*Leaf, run func() error) error {
	for _, l := range leaves {
		if l.scope != "" {
			l.scope += "."
		}
		l.scope += strconv.Itoa(i)
	}
	defer func() {
		for _, l := range leaves {
			l.scope = l.scope[:max(0, strings.LastIndexByte(l.scope, '.'))]
		}
	}()
	return run()
}
