package graph

import (
	"fmt"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// body is a scan's step as nodes of a graph of its own, with its gradient.
type body struct {
	g                  *gorgonia.ExprGraph
	dt                 tensor.Dtype
	x, state, captured gorgonia.Nodes // inputs of the step
	out, next          gorgonia.Nodes // what it gives

	// Nodes that depend on what is captured alone, and that the step reads. They are computed once
	// before the first step; gradients with respect to them are added up over the steps.
	hoisted gorgonia.Nodes

	free []any // runners that nobody uses

	once                      sync.Once
	err                       error
	dOut, dNext, dHoisted     gorgonia.Nodes // inputs: gradients with respect to out, next, hoisted
	gradX, gradState          gorgonia.Nodes // nil where there is none
	gradCaptured, gradHoisted gorgonia.Nodes // of one step
	gradCapturedAfter         gorgonia.Nodes // of what is captured, through what is hoisted
}

// trace declares the step for so many examples.
func (s *scanShared) trace(examples int) (b *body, err error) {
	defer catch(&err)
	b = &body{g: gorgonia.NewGraph(), dt: s.dt}
	part := func(shape tensor.Shape) tensor.Shape {
		shape = shape.Clone()
		if s.Batched {
			shape[0] = examples
		}
		return shape
	}
	for i, n := range s.Sequences {
		b.x = append(b.x, b.input("x", i, part(n.Shape()[1:])))
	}
	for i, n := range s.Initial {
		b.state = append(b.state, b.input("state", i, part(n.Shape())))
	}
	for i, n := range s.Captured {
		b.captured = append(b.captured, b.input("captured", i, n.Shape()))
	}
	if b.out, b.next, err = s.Step(b.x, b.state, b.captured); err != nil {
		return nil, err
	}
	if len(b.next) != len(b.state) {
		return nil, errors.Errorf("the step gives a state of %d variables, but starts from %d", len(b.next), len(b.state))
	}
	if err := b.check(s.Batched, examples); err != nil {
		return nil, err
	}
	b.hoist()
	return b, nil
}

// input adds an input of the step. Gorgonia takes inputs for one another by their names.
func (b *body) input(name string, i int, shape tensor.Shape) *gorgonia.Node {
	name = fmt.Sprintf("%s%d", name, i)
	if len(shape) == 0 {
		return gorgonia.NewScalar(b.g, b.dt, gorgonia.WithName(name))
	}
	return gorgonia.NewTensor(b.g, b.dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

func (b *body) check(batched bool, examples int) error {
	for i, n := range b.next {
		if err := b.inside(n); err != nil {
			return errors.Wrapf(err, "state %d after the step", i)
		}
		if want := b.state[i].Shape(); !SameShape(n.Shape(), want) {
			return errors.Errorf("state %d has shape %v after the step, and %v before", i, n.Shape(), want)
		}
	}
	for i, n := range b.out {
		if err := b.inside(n); err != nil {
			return errors.Wrapf(err, "output %d of the step", i)
		}
		if s := n.Shape(); batched && (len(s) == 0 || s[0] != examples) {
			return errors.Errorf("output %d of the step has shape %v for %d examples", i, s, examples)
		}
	}
	for _, s := range newPlan(append(append(gorgonia.Nodes{}, b.out...), b.next...), nil).steps {
		switch typeName(s.node.Op()) {
		case "gorgonia.randomOp", "*gorgonia.randomOp", "*gorgonia.dropout", "*gorgonia.dropoutOp":
			return errors.Errorf("%s is random: the gradient would be that of other numbers; draw them outside the scan, as a sequence", s.node.Name())
		case "gorgonia.readOp", "gorgonia.letOp":
			return errors.Errorf("%s is a statement, which a step cannot have", s.node.Name())
		}
		if s.node.Op() == nil && s.node.Value() == nil && !b.declared(s.node) {
			return errors.Errorf("%s is an input of the step's graph without a value", s.node.Name())
		}
	}
	return nil
}

// inside reports an error unless n is a node of the step, of the scan's dtype.
func (b *body) inside(n *gorgonia.Node) error {
	if n == nil {
		return errors.New("is nil")
	}
	if n.Graph() != b.g {
		return errors.Errorf("(%s) is not of the step's graph: what a step reads of another must be captured", n.Name())
	}
	dt, err := dtypeOf(n)
	if err == nil && dt != b.dt {
		err = errors.Errorf("(%s) is %v, want %v", n.Name(), dt, b.dt)
	}
	return err
}

// declared reports whether n is an input that the scan gives a value.
func (b *body) declared(n *gorgonia.Node) bool {
	for _, group := range []gorgonia.Nodes{b.x, b.state, b.captured} {
		for _, in := range group {
			if n == in {
				return true
			}
		}
	}
	return false
}

// hoist finds the nodes that need not be computed at every step.
func (b *body) hoist() {
	p := newPlan(append(append(gorgonia.Nodes{}, b.out...), b.next...), nil)
	changes := make([]bool, len(p.steps)) // from step to step
	for _, n := range append(append(gorgonia.Nodes{}, b.x...), b.state...) {
		if at, there := p.place[n]; there {
			changes[at] = true
		}
	}
	seen := map[*gorgonia.Node]bool{}
	add := func(n *gorgonia.Node) {
		if n.Op() != nil && !constant(n) && !seen[n] {
			if _, known := sizeOf(n); !known {
				seen[n] = true
				b.hoisted = append(b.hoisted, n)
			}
		}
	}
	for i, s := range p.steps {
		for _, at := range s.in {
			changes[i] = changes[i] || at >= 0 && changes[at]
		}
		if !changes[i] {
			continue
		}
		for _, at := range s.in {
			if at >= 0 && !changes[at] {
				add(p.steps[at].node)
			}
		}
	}
	for _, n := range append(append(gorgonia.Nodes{}, b.out...), b.next...) {
		if !changes[p.place[n]] {
			add(n)
		}
	}
}

// given are the nodes whose values a step starts from.
func (b *body) given() gorgonia.Nodes {
	return append(append(append(append(gorgonia.Nodes{}, b.x...), b.state...), b.captured...), b.hoisted...)
}

// differentiate declares the gradient of a step, once.
func (b *body) differentiate() error {
	b.once.Do(func() { b.err = b.gradient() })
	return b.err
}

func (b *body) gradient() error {
	like := func(name string, nodes gorgonia.Nodes) (in gorgonia.Nodes) {
		for i, n := range nodes {
			in = append(in, b.input(name, i, n.Shape()))
		}
		return in
	}
	b.dOut, b.dNext, b.dHoisted = like("gradient of out", b.out), like("gradient of next", b.next), like("gradient of hoisted", b.hoisted)
	results := append(append(gorgonia.Nodes{}, b.out...), b.next...)
	cotangents := append(append(gorgonia.Nodes{}, b.dOut...), b.dNext...)
	grads, err := reverse(results, cotangents, b.given())
	if err != nil {
		return err
	}
	take := func(like gorgonia.Nodes) gorgonia.Nodes {
		g := grads[:len(like)]
		grads = grads[len(like):]
		return g
	}
	b.gradX, b.gradState, b.gradCaptured, b.gradHoisted = take(b.x), take(b.state), take(b.captured), take(b.hoisted)
	// Nothing flows back through what has no gradient at any step.
	var outputs, flow gorgonia.Nodes
	for i, n := range b.hoisted {
		if b.gradHoisted[i] != nil {
			outputs, flow = append(outputs, n), append(flow, b.dHoisted[i])
		}
	}
	b.gradCapturedAfter, err = reverse(outputs, flow, b.captured)
	return err
}
