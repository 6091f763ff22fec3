package optim

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/srnn-go/srnn/internal/kernel"
)

// model is the parameters that a solver steps, and all the memory that it needs for it.
type model struct {
	byName map[string]*parameter
	params []*parameter // in the order of their names
	leaves []*Leaf      // the same
	spans  []span
	size   int // number of elements of all parameters
}

// newModel makes a model of the parameters in nodes, with the state that was restored.
func newModel(nodes []gorgonia.ValueGrad, restored map[string][]slot) (*model, error) {
	m := &model{byName: map[string]*parameter{}}
	for i := range nodes {
		name, err := nameOf(nodes, i)
		if err != nil {
			return nil, err
		}
		m.byName[name] = &parameter{name: name, leaf: Leaf{slots: slices.Clone(restored[name])}}
	}
	for _, name := range slices.Sorted(maps.Keys(restored)) {
		if m.byName[name] == nil {
			return nil, errors.Errorf("the state has a parameter %s, which is not in the model", name)
		}
	}
	// Sorted, so that the order of the nodes has no effect, not even on the rounding of a sum
	// over all parameters.
	m.params = slices.SortedFunc(maps.Values(m.byName), func(a, b *parameter) int { return cmp.Compare(a.name, b.name) })
	if err := m.bind(nodes); err != nil {
		return nil, err
	}
	for _, p := range m.params {
		n := p.value.n
		for lo := 0; lo < n; lo += spanSize {
			m.spans = append(m.spans, span{p, lo, min(lo+spanSize, n)})
		}
		m.size += n
	}
	return m, nil
}

func nameOf(nodes []gorgonia.ValueGrad, i int) (string, error) {
	named, ok := nodes[i].(gorgonia.Namer)
	if !ok || named.Name() == "" {
		return "", errors.Errorf("parameter %d of %d has no name", i+1, len(nodes))
	}
	return named.Name(), nil
}

// bind finds the values and gradients of a new step.
func (m *model) bind(nodes []gorgonia.ValueGrad) error {
	if len(nodes) == 0 {
		return errors.New("the model has no parameters")
	}
	for _, p := range m.params {
		p.bound = false
	}
	for i, n := range nodes {
		name, err := nameOf(nodes, i)
		if err != nil {
			return err
		}
		p := m.byName[name]
		if p == nil {
			return errors.Errorf("%s was not in the model in the steps before", name)
		}
		if p.bound {
			return errors.Errorf("two parameters have the name %s", name)
		}
		if err := p.bind(n); err != nil {
			return err
		}
	}
	m.leaves = m.leaves[:0]
	for _, p := range m.params {
		if !p.bound {
			return errors.Errorf("%s is no longer in the model", p.name)
		}
		p.begin()
		m.leaves = append(m.leaves, &p.leaf)
	}
	return nil
}

// pass applies all rules that have been planned. The first pass of a step also reads values and
// gradients, and the last one makes new values.
func (m *model) pass(first, last bool) error {
	for _, p := range m.params {
		if l, n := &p.leaf, p.value.n; len(l.Value) != n || len(l.Update) != n {
			return errors.Errorf("%s: the chain left %d values and %d updates, want %d", p.name, len(l.Value), len(l.Update), n)
		}
	}
	if err := m.each(func(s span) error { return s.pass(first, last) }); err != nil {
		return err
	}
	for _, p := range m.params {
		p.leaf.tasks = p.leaf.tasks[:0]
	}
	return nil
}

// parallelSize is the size of a model from which on several cores are worth their start.
const parallelSize = 1 << 18

// each calls f for all spans. If there are errors, it returns that of the first span.
func (m *model) each(f func(span) error) error {
	if m.size >= parallelSize {
		return kernel.Run(len(m.spans), 1, func(i, _, _ int) error { return f(m.spans[i]) })
	}
	for _, s := range m.spans {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// checkSlots checks that the transforms have asked for the slots that there are. In the first step
// they may have asked for others.
func (m *model) checkSlots(firstStep bool) error {
	for _, p := range m.params {
		for i := range p.leaf.slots {
			s := &p.leaf.slots[i]
			if s.made && !firstStep {
				return errors.Errorf("%s: state %s is missing", p.name, s.key())
			}
			if !s.asked {
				return errors.Errorf("%s: state %s is of no use to the chain", p.name, s.key())
			}
		}
	}
	return nil
}

// commit ends a step in which nothing has failed. All gradients go before any value is written, in
// case parameters share the memory of a gradient, or a value that of its own.
func (m *model) commit() {
	for _, p := range m.params {
		p.grad.clear()
	}
	for _, p := range m.params {
		p.value.write(p.next)
		for i := range p.leaf.slots {
			s := &p.leaf.slots[i]
			s.before, s.after, s.made = s.after, s.before, false
		}
	}
}
