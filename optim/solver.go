package optim

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Solver is a gorgonia.Solver that applies a [Chain]. It must not be used by several goroutines
// at once, nor while a graph that holds the parameters is running.
type Solver struct {
	chain  Chain
	step   int
	shapes map[string]tensor.Shape // of the first step since New or Restore
	state  map[string]slots        // of each parameter that has any
}

var _ gorgonia.Solver = (*Solver)(nil)

// New makes a solver of transforms; chains among them are taken apart. A chain needs exactly one
// [LearningRate], and constraints at its end. Settings are checked by [Solver.Step].
func New(transforms ...Transform) *Solver {
	return &Solver{chain: Chain(transforms).flatten()}
}

// Step updates the parameters by their gradients and then sets the gradients to zero, as
// Gorgonia's solvers do: gorgonia.BindDualValues adds up the gradients of successive runs.
//
// Parameters must have names, as nodes have, and the names and shapes must be the same in every
// step; their order is free. Values and gradients must be finite, of equal shapes, and of dtype
// float32 or float64.
//
// If Step returns an error, it has changed nothing: neither a value, nor a gradient, nor the
// state of the solver.
func (s *Solver) Step(model []gorgonia.ValueGrad) error {
	return errors.Wrapf(s.apply(model), "srnn: solver step %d", s.step+1)
}

func (s *Solver) apply(model []gorgonia.ValueGrad) error {
	if err := s.chain.check(); err != nil {
		return err
	}
	params, err := readAll(model)
	if err != nil {
		return err
	}
	if err := s.recognise(params); err != nil {
		return err
	}

	leaves := make([]*Leaf, len(params))
	for i, p := range params {
		leaves[i] = &Leaf{Name: p.name, Value: p.value.read(), Update: p.grad.read(), before: s.state[p.name]}
		_, leaves[i].single = p.value.(array[float32])
		if err := checkFinite(leaves[i].Value); err != nil {
			return errors.WithMessagef(err, "%s: value", p.name)
		}
		if err := checkFinite(leaves[i].Update); err != nil {
			return errors.WithMessagef(err, "%s: gradient", p.name)
		}
	}
	if err := s.chain.Update(s.step+1, leaves); err != nil {
		return err
	}
	next := make([][]float64, len(params))
	for i, l := range leaves {
		if next[i], err = s.result(l, params[i].value.len()); err != nil {
			return errors.WithMessage(err, params[i].name)
		}
	}

	// Nothing fails from here on. All gradients go before any value is written, in case
	// parameters share the memory of a gradient, or a value that of its own.
	for i, p := range params {
		p.grad.write(make([]float64, len(next[i])))
	}
	s.shapes, s.state = map[string]tensor.Shape{}, map[string]slots{}
	for i, p := range params {
		p.value.write(next[i])
		s.shapes[p.name] = p.shape
		if len(leaves[i].after) > 0 {
			s.state[p.name] = leaves[i].after
		}
	}
	s.step++
	return nil
}

// parameter is what a step needs of a gorgonia.ValueGrad.
type parameter struct {
	name        string
	shape       tensor.Shape
	value, grad elements
}

// readAll returns the parameters in the order of their names, so that the order of the model
// has no effect, not even on the rounding of a sum over all of them.
func readAll(model []gorgonia.ValueGrad) ([]parameter, error) {
	if len(model) == 0 {
		return nil, errors.New("the model has no parameters")
	}
	params := make([]parameter, len(model))
	for i, n := range model {
		named, ok := n.(gorgonia.Namer)
		if !ok || named.Name() == "" {
			return nil, errors.Errorf("parameter %d of %d has no name", i+1, len(model))
		}
		var err error
		if params[i], err = read(n, named.Name()); err != nil {
			return nil, errors.WithMessage(err, named.Name())
		}
	}
	slices.SortFunc(params, func(a, b parameter) int { return cmp.Compare(a.name, b.name) })
	for i, p := range params[1:] {
		if p.name == params[i].name {
			return nil, errors.Errorf("two parameters have the name %s", p.name)
		}
	}
	return params, nil
}

func read(n gorgonia.ValueGrad, name string) (p parameter, err error) {
	p.name = name
	value := n.Value()
	if p.value, err = elementsOf(value); err != nil {
		return p, errors.WithMessage(err, "value")
	}
	grad, err := n.Grad()
	if err != nil {
		return p, errors.WithMessage(err, "gradient")
	}
	if p.grad, err = elementsOf(grad); err != nil {
		return p, errors.WithMessage(err, "gradient")
	}
	// Not Shape.Eq, for which (3, 1) and (3) are equal.
	if !slices.Equal(value.Shape(), grad.Shape()) {
		return p, errors.Errorf("gradient has shape %v, want that of the value, %v", grad.Shape(), value.Shape())
	}
	p.shape = value.Shape().Clone()
	return p, nil
}

// recognise checks that the parameters are those of the steps before, or of the restored state.
func (s *Solver) recognise(params []parameter) error {
	known := map[string]bool{}
	for _, p := range params {
		known[p.name] = true
		shape, ok := s.shapes[p.name]
		if s.shapes != nil && !ok {
			return errors.Errorf("%s was not in the model in the steps before", p.name)
		}
		if ok && !slices.Equal(shape, p.shape) {
			return errors.Errorf("%s has shape %v, but had %v in the steps before", p.name, p.shape, shape)
		}
		for key, x := range s.state[p.name] {
			if n := p.value.len(); len(x) != n {
				return errors.Errorf("%s has %d elements, but its state %s has %d", p.name, n, key, len(x))
			}
		}
	}
	for name := range s.shapes {
		if !known[name] {
			return errors.Errorf("%s is no longer in the model", name)
		}
	}
	for name := range s.state {
		if !known[name] {
			return errors.Errorf("the state has a parameter %s, which is not in the model", name)
		}
	}
	return nil
}

// result checks what the chain made of a parameter of n elements and returns the new values.
func (s *Solver) result(l *Leaf, n int) ([]float64, error) {
	if len(l.Value) != n || len(l.Update) != n {
		return nil, errors.Errorf("the chain left %d values and %d updates, want %d", len(l.Value), len(l.Update), n)
	}
	next := make([]float64, n)
	for i := range next {
		next[i] = l.sum(i)
	}
	if err := checkFinite(next); err != nil {
		return nil, errors.WithMessage(err, "new value")
	}
	for key, x := range l.after {
		if err := checkFinite(x); err != nil {
			return nil, errors.WithMessagef(err, "state %s", key)
		}
		if _, ok := l.before[key]; !ok && s.step > 0 {
			return nil, errors.Errorf("state %s is missing", key)
		}
	}
	for key := range l.before {
		if _, ok := l.after[key]; !ok {
			return nil, errors.Errorf("state %s is of no use to the chain", key)
		}
	}
	return next, nil
}

func checkFinite(x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.Errorf("element %d of %d is %v", i, len(x), v)
		}
	}
	return nil
}
