package train

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/room"
)

// loader reads the examples of a batch into memory of its own, and checks them.
type loader struct {
	spec  Spec
	first int // targets of earlier steps do not count
	room  []Example
}

// load reads the examples at indices idx of a dataset. They are valid until the next load.
func (l *loader) load(data Dataset, idx []int) ([]Example, error) {
	if len(l.room) < len(idx) {
		if err := l.spec.checkBatch(l.spec.Steps, len(idx), purpose{}); err != nil {
			return nil, err
		}
	}
	for len(l.room) < len(idx) {
		l.room = append(l.room, l.spec.example())
	}
	for b, i := range idx {
		if err := l.read(data, i, &l.room[b]); err != nil {
			return nil, graph.Wrapf(err, "example %d", i)
		}
	}
	return l.room[:len(idx)], nil
}

// example is room for an example.
func (s Spec) example() Example {
	var e Example
	if !s.Events {
		e.X = make([]float32, s.Steps*s.Features)
	}
	if s.Classes > 0 {
		e.Classes = make([]int, s.Targets(s.Steps))
	}
	if s.Numbers > 0 {
		e.Y = make([]float32, s.Targets(s.Steps)*s.Numbers)
	}
	return e
}

// read reads one example, zeroed before.
func (l *loader) read(data Dataset, i int, e *Example) error {
	x, classes, y := e.X, e.Classes, e.Y
	clear(x)
	clear(classes)
	clear(y)
	e.Steps, e.Events = 0, e.Events[:0]
	if err := data.Read(i, e); err != nil {
		return err
	}
	if len(e.X) != len(x) || len(e.Classes) != len(classes) || len(e.Y) != len(y) {
		return errors.Errorf("Read has changed the lengths of X, Classes or Y to %d, %d and %d, which were %d, %d and %d",
			len(e.X), len(e.Classes), len(e.Y), len(x), len(classes), len(y))
	}
	if e.Steps == 0 {
		e.Steps = l.spec.Steps
	}
	if e.Steps < 1 || e.Steps > l.spec.Steps || e.Steps < l.spec.Steps && !l.spec.Varying {
		return errors.Errorf("has %d steps, want %s", e.Steps, l.spec.lengths())
	}
	if err := l.checkInputs(e); err != nil {
		return err
	}
	return l.checkTargets(e)
}

// checkInputs looks at the features of the steps that exist.
func (l *loader) checkInputs(e *Example) error {
	n := l.spec.Features
	if !l.spec.Events {
		for k, v := range e.X[:e.Steps*n] {
			if v-v != 0 {
				return errors.Errorf("feature %d at step %d is %v", k%n, k/n, v)
			}
		}
		return nil
	}
	for _, v := range e.Events {
		if v.Step < 0 || v.Step >= e.Steps || v.Feature < 0 || v.Feature >= n {
			return errors.Errorf("an event of feature %d at step %d, want 0 to %d and 0 to %d", v.Feature, v.Step, n-1, e.Steps-1)
		}
	}
	return nil
}

// checkTargets looks at the targets, and takes those out that do not count.
func (l *loader) checkTargets(e *Example) error {
	targets := l.spec.Targets(e.Steps)
	for t := range e.Classes {
		switch y := e.Classes[t]; {
		case t >= targets || l.spec.PerStep && t < l.first:
			e.Classes[t] = Ignore
		case y != Ignore && (y < 0 || y >= l.spec.Classes):
			return errors.Errorf("class %d is %d, want 0 to %d, or %d for none", t, y, l.spec.Classes-1, Ignore)
		}
	}
	if n := l.spec.Numbers; n > 0 {
		for k, v := range e.Y[:targets*n] {
			if v-v != 0 {
				return errors.Errorf("number %d of target %d is %v", k%n, k/n, v)
			}
		}
	}
	return nil
}

// check refuses what no example can be.
func (s Spec) check() error {
	switch {
	case s.Steps < 1 || s.Features < 1:
		return errors.Errorf("srnn: examples have %d steps of %d features, want at least one of each", s.Steps, s.Features)
	case s.Classes < 0 || s.Numbers < 0:
		return errors.Errorf("srnn: targets are %d classes or %d numbers, want at least 0", s.Classes, s.Numbers)
	case s.Classes > 0 && s.Numbers > 0:
		return errors.Errorf("srnn: targets are one of %d classes and %d numbers, want one of the two", s.Classes, s.Numbers)
	case s.PerStep && s.Classes == 0 && s.Numbers == 0:
		return errors.New("srnn: targets are for each step, but there are neither classes nor numbers")
	}
	for _, across := range []room.Size{{Of: "features", N: s.Features}, {Of: "classes", N: s.Classes}, {Of: "numbers", N: s.Numbers}} {
		if _, err := room.For(8, room.Size{Of: "steps", N: s.Steps}, across); err != nil {
			return graph.Wrapf(err, "an example")
		}
	}
	return nil
}

// checkBatch refuses batches that memory has no room for.
func (s Spec) checkBatch(steps, batch int, of purpose) error {
	if of.declare { // inputs have no memory
		return nil
	}
	across := []room.Size{{Of: "numbers", N: max(1, s.Numbers)}}
	if !s.Events {
		across = append(across, room.Size{Of: "features", N: s.Features})
	}
	for _, a := range across {
		if _, err := room.For(4, room.Size{Of: "steps", N: steps}, room.Size{Of: "examples", N: batch}, a); err != nil {
			return graph.Wrapf(err, "a batch")
		}
	}
	return nil
}

// lengths tells how long examples may be.
func (s Spec) lengths() string {
	if s.Varying {
		return "1 to " + count(s.Steps, "step")
	}
	return count(s.Steps, "step") + ", as the data are not Varying"
}

// targets tells what a target is.
func (s Spec) targets() string {
	where := " for the whole sequence"
	if s.PerStep {
		where = " for each step"
	}
	switch {
	case s.Classes > 0:
		return "a class" + where
	case s.Numbers > 0:
		return count(s.Numbers, "number") + where
	}
	return "no targets"
}
