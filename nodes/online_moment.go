package nodes

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// moment is one time step of a population in a graph of its own, with the derivatives of what it gives
// by what it was given. Neurons do not depend on each other within a step, so these are numbers for
// each neuron of each example: all arrays are [batch, units].
//
// What it gives are values: the variables of the state, and behind them the output where it is none
// of them. The derivatives are those of live values only: of the output, and of what it depends on by
// the next step.
type moment[F graph.Float] struct {
	machine   *graph.Machine
	units     int
	variables int // of the state
	output    int // which of the values
	names     []string
	live      []bool // of each value: it has derivatives

	current []F            // what the step starts from
	state   [][]F          // of each variable
	inputs  gorgonia.Nodes // of each variable, with that memory

	// Of the last step. What does not depend on something is nil.
	values    [][]F   // of each
	byState   [][][]F // of each value, by each variable
	byCurrent [][]F   // of each value
	byParam   [][][]F // of each value, by each parameter of the cell

	one   []F // the cotangents, which are 1
	reads []read[F]
}

// read is a node, and where its value is wanted.
type read[F graph.Float] struct {
	node *gorgonia.Node
	to   *[]F
	what string // what errors call it
}

// newMoment declares a step of the neurons for a batch. The cell's parameters share the memory of
// those of the layer; there are derivatives by those that have rows in traces.
func newMoment[F graph.Float](n *Neurons, r rows, batch int, output string) (*moment[F], error) {
	m := &moment[F]{units: n.layer.Units, variables: len(n.variables)}
	g, shape := gorgonia.NewGraph(), tensor.Shape{batch, n.layer.Units}
	step, wrt, err := m.step(n, g, shape)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(m.names, output) {
		m.names = append(m.names, output)
	}
	m.output = slices.Index(m.names, output)
	values, err := step.nodesOf(m.names)
	if err != nil {
		return nil, err
	}
	m.values, m.byState = make([][]F, len(values)), make([][][]F, len(values))
	m.byCurrent, m.byParam = make([][]F, len(values)), make([][][]F, len(values))
	for k, node := range values {
		if !graph.SameShape(node.Shape(), shape) {
			return nil, errors.Errorf("the step's %s has shape %v, want %v", m.names[k], node.Shape(), shape)
		}
		m.read(node, &m.values[k], m.names[k])
	}
	m.one = slices.Repeat([]F{1}, shape.TotalSize())
	ones, err := inputOf(g, "one", m.one, shape...)
	if err != nil {
		return nil, err
	}
	if err := m.derive(values, ones, wrt, r); err != nil {
		return nil, err
	}
	var wanted gorgonia.Nodes
	for _, r := range m.reads {
		wanted = append(wanted, r.node)
	}
	if m.machine, err = graph.NewMachine(wanted...); err != nil {
		return nil, err
	}
	return m, m.separate()
}

// inputOf adds an input to a graph that keeps its numbers in x.
func inputOf[F graph.Float](g *gorgonia.ExprGraph, name string, x []F, shape ...int) (*gorgonia.Node, error) {
	return graph.Input(g, name, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x)))
}

// step declares the inputs, which are the variables, the current and the parameters, and what the cell makes
// of them.
func (m *moment[F]) step(n *Neurons, g *gorgonia.ExprGraph, shape tensor.Shape) (step Values, wrt gorgonia.Nodes, err error) {
	p, s := Values{}, Values{}
	for _, v := range n.variables {
		x := make([]F, shape.TotalSize())
		node, err := inputOf(g, "state "+v.Name, x, shape...)
		if err != nil {
			return nil, nil, err
		}
		s[v.Name], wrt = graph.Of(node), append(wrt, node)
		m.state, m.inputs, m.names = append(m.state, x), append(m.inputs, node), append(m.names, v.Name)
	}
	m.current = make([]F, shape.TotalSize())
	current, err := inputOf(g, "current", m.current, shape...)
	if err != nil {
		return nil, nil, err
	}
	wrt = append(wrt, current)
	for _, q := range n.cell.Parameters() {
		x, err := numbers[F](n.values[q.Name])
		if err != nil {
			return nil, nil, errors.Wrap(err, q.Name)
		}
		node, err := inputOf(g, "parameter "+q.Name, x, n.layer.Units)
		if err != nil {
			return nil, nil, err
		}
		if node, err = graph.Expand(node, shape...); err != nil {
			return nil, nil, errors.Wrap(err, q.Name)
		}
		p[q.Name], wrt = graph.Of(node), append(wrt, node)
	}
	return n.cell.Step(p, s, graph.Of(current)), wrt, nil
}

// derive finds the live values, and declares their derivatives.
func (m *moment[F]) derive(values gorgonia.Nodes, ones *gorgonia.Node, wrt gorgonia.Nodes, r rows) error {
	m.live = make([]bool, len(values))
	for open := []int{m.output}; len(open) > 0; open = open[1:] {
		k := open[0]
		if m.live[k] {
			continue
		}
		m.live[k] = true
		grads, err := graph.Backpropagate(gorgonia.Nodes{values[k]}, gorgonia.Nodes{ones}, wrt)
		if err != nil {
			return errors.Wrapf(err, "the step's %s", m.names[k])
		}
		m.byState[k], m.byParam[k] = make([][]F, m.variables), make([][]F, len(wrt)-m.variables-1)
		for i, d := range grads {
			if d == nil {
				continue
			}
			if !graph.SameShape(d.Shape(), ones.Shape()) {
				return errors.Errorf("the derivative of the step's %s has shape %v, want %v", m.names[k], d.Shape(), ones.Shape())
			}
			switch q, what := i-m.variables-1, "derivative of "+m.names[k]; {
			case i < m.variables:
				m.read(d, &m.byState[k][i], what)
				open = append(open, i)
			case i == m.variables:
				m.read(d, &m.byCurrent[k], what)
			case r.params[q] >= 0:
				m.read(d, &m.byParam[k][q], what)
			}
		}
	}
	return nil
}

// separate reports an error if neurons can be seen to depend on each other within a step: then the
// derivatives would be sums over several neurons. Where they do not, that of every other neuron alone
// is that of all, and zero for the rest.
func (m *moment[F]) separate() error {
	if m.run() != nil {
		return nil // what is wrong with a state of zeros does not matter here
	}
	var all [][]F
	for _, r := range m.reads {
		all = append(all, slices.Clone(*r.to))
	}
	for i := range m.one {
		m.one[i] = F(i % 2)
	}
	err := m.run()
	for k, r := range m.reads[len(m.values):] {
		for i, d := range *r.to {
			if want := all[len(m.values)+k][i] * m.one[i]; err == nil && d != want {
				err = errors.Errorf("cannot run online: neurons depend on each other within a step, as the %s shows", r.what)
			}
		}
	}
	for i := range m.one {
		m.one[i] = 1
	}
	return err
}

func (m *moment[F]) read(n *gorgonia.Node, to *[]F, what string) {
	m.reads = append(m.reads, read[F]{n, to, what})
}

// run computes the step. Its results stay valid until the next.
func (m *moment[F]) run() error {
	if err := m.machine.RunAll(); err != nil {
		return err
	}
	for _, r := range m.reads {
		v, err := m.machine.Value(r.node)
		if err != nil {
			return err
		}
		x, ok := v.Data().([]F)
		if !ok {
			return errors.Errorf("the %s is a %T", r.what, v.Data())
		}
		*r.to = x
		if i := kernel.NotFinite(x); i >= 0 {
			return errors.Errorf("the %s of neuron %d is %v in example %d", r.what, i%m.units, x[i], i/m.units)
		}
	}
	return nil
}

// start is the state as a carry, which knows how to begin a sequence.
func (m *moment[F]) start(n *Neurons) *carry {
	c := &carry{b0: threshold(n.cell)}
	for k, v := range n.variables {
		c.variables = append(c.variables, carried{start: n.layer.Initial[v.Name], rest: v.Rest, name: v.Name, input: m.inputs[k]})
	}
	return c
}

// advance has the next step start where this one ended.
func (m *moment[F]) advance() {
	for k, x := range m.state {
		copy(x, m.values[k])
	}
}

// numbers are the elements of an input's value, which are not copied.
func numbers[F graph.Float](n *gorgonia.Node) ([]F, error) {
	if n == nil || n.Value() == nil {
		return nil, errors.New("has no value")
	}
	x, ok := n.Value().Data().([]F)
	if !ok {
		return nil, errors.Errorf("is a %T, want %T", n.Value().Data(), x)
	}
	return x, nil
}
