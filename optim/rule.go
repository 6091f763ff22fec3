package optim

import "reflect"

// ruler is a transform that treats each element by itself. Where several of them follow one
// another in a chain, a solver takes a block of elements through all of them while it is in the
// cache, and several blocks at a time.
type ruler interface {
	Transform

	// rule checks the settings.
	rule(step int) (rule, error)
}

// rule is what a ruler does in one step.
type rule struct {
	names Names    // the parameters that it is for; all of them, if there are no names
	slots []string // the state that it keeps for each, two slots at most

	// apply changes the updates of a block, and reports whether its new state is finite.
	apply func(block) (finite bool)
}

// block is a range of the elements of one parameter. Of the slots of the rule, before is read and
// after is written; they may be the same.
type block struct {
	value, update []float64
	before, after [2][]float64
	single        bool // the parameter is float32
}

// rulerOf returns t if it is a ruler. Types elsewhere that embed one have its method rule, but
// may have an Update of their own.
func rulerOf(t Transform) (ruler, bool) {
	r, ok := t.(ruler)
	return r, ok && reflect.TypeOf(t).PkgPath() == reflect.TypeFor[rule]().PkgPath()
}

// task is a rule that is to be applied to a leaf.
type task struct {
	apply         func(block) (finite bool)
	before, after [2][]float64 // all elements of the slots
}

// plan adds the rule of t to what is to be done with the leaves.
func plan(t ruler, step int, leaves []*Leaf) error {
	r, err := t.rule(step)
	if err != nil {
		return err
	}
	if err := r.names.mark(leaves); err != nil {
		return err
	}
	for _, l := range leaves {
		if !l.named {
			continue
		}
		do := task{apply: r.apply}
		for i, name := range r.slots {
			do.before[i], do.after[i] = l.slot(name)
		}
		l.tasks = append(l.tasks, do)
	}
	return nil
}

// update is [Transform.Update] of a ruler.
func update(t ruler, step int, leaves []*Leaf) error {
	if err := plan(t, step, leaves); err != nil {
		return err
	}
	for _, l := range leaves {
		for _, do := range l.tasks {
			if !do.apply(block{l.Value, l.Update, do.before, do.after, l.single}) {
				l.suspect = true
			}
		}
		l.tasks = l.tasks[:0]
	}
	return nil
}

// on does the task with a range of the elements, from number lo on.
func (t *task) on(value, update []float64, lo int, single bool) (finite bool) {
	b := block{value: value, update: update, single: single}
	for i, x := range t.before {
		if x != nil {
			b.before[i], b.after[i] = x[lo:lo+len(value)], t.after[i][lo:lo+len(value)]
		}
	}
	return t.apply(b)
}
