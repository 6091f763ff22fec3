package optim

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// parameter is one parameter of a model.
type parameter struct {
	name  string
	shape tensor.Shape // of the first step

	// Of the running step:
	bound       bool // value and grad have been found
	value, grad elements
	leaf        Leaf

	// Memory for each step:
	values, updates []float64 // of the leaf
	next            array     // new values
}

// bind finds value and gradient.
func (p *parameter) bind(n gorgonia.ValueGrad) (err error) {
	value := n.Value()
	if p.value, err = elementsOf(value); err != nil {
		return errors.WithMessage(err, p.name+": value")
	}
	grad, err := n.Grad()
	if err != nil {
		return errors.WithMessage(err, p.name+": gradient")
	}
	if p.grad, err = elementsOf(grad); err != nil {
		return errors.WithMessage(err, p.name+": gradient")
	}
	// Not Shape.Eq, for which (3, 1) and (3) are equal.
	shape := value.Shape()
	if !slices.Equal(shape, grad.Shape()) {
		return errors.Errorf("%s: gradient has shape %v, want that of the value, %v", p.name, grad.Shape(), shape)
	}
	if p.shape == nil {
		p.shape = append(tensor.Shape{}, shape...)
	}
	if !slices.Equal(shape, p.shape) {
		return errors.Errorf("%s has shape %v, but had %v in the steps before", p.name, shape, p.shape)
	}
	for i := range p.leaf.slots {
		if s := &p.leaf.slots[i]; len(s.before) != p.value.n {
			return errors.Errorf("%s has %d elements, but its state %s has %d", p.name, p.value.n, s.key(), len(s.before))
		}
	}
	p.bound = true
	return nil
}

// begin makes the leaf of a new step.
func (p *parameter) begin() {
	n, single := p.value.n, p.value.memory.single != nil
	if p.values == nil {
		p.values, p.updates = make([]float64, n), make([]float64, n)
	}
	switch { // the dtype may be another in each step
	case single && p.next.single == nil:
		p.next = array{single: make([]float32, n)}
	case !single && p.next.double == nil:
		p.next = array{double: make([]float64, n)}
	}
	slots := p.leaf.slots[:0]
	for _, s := range p.leaf.slots {
		if !s.made { // by a step that failed
			s.asked = false
			slots = append(slots, s)
		}
	}
	p.leaf = Leaf{Name: p.name, Value: p.values, Update: p.updates, single: single, slots: slots, tasks: p.leaf.tasks[:0]}
}
