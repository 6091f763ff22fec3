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
	var failed error
	input := func(name string, data []F, shape ...int) *gorgonia.Node {
		node, err := graph.Input(g, name, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)))
		if err != nil && failed == nil {
			failed = err
		}
		return node
	}
	zeros := func() []F { return make([]F, shape.TotalSize()) }
	var wrt gorgonia.Nodes // the variables, the current, and the parameters
	p, s := Values{}, Values{}
	for _, v := range n.variables {
		m.state = append(m.state, zeros())
		node := input("state "+v.Name, m.state[len(m.state)-1], shape...)
		s[v.Name], wrt = graph.Of(node), append(wrt, node)
		m.inputs = append(m.inputs, node)
		m.names = append(m.names, v.Name)
	}
	m.current = zeros()
	current := input("current", m.current, shape...)
	if failed != nil {
		return nil, failed
	}
	wrt = append(wrt, current)
	for _, q := range n.cell.Parameters() {
		data, err := numbers[F](n.values[q.Name])
		if err != nil {
			return nil, errors.Wrap(err, q.Name)
		}
		node := input("parameter "+q.Name, data, n.layer.Units)
		if failed != nil {
			return nil, failed
		}
		if node, err = graph.Expand(node, shape...); err != nil {
			return nil, errors.Wrap(err, q.Name)
		}
		p[q.Name], wrt = graph.Of(node), append(wrt, node)
	}
	step := n.cell.Step(p, s, graph.Of(current))
	if !slices.Contains(m.names, output) {
		m.names = append(m.names, output)
	}
	m.output = slices.Index(m.names, output)
	values, err := step.nodesOf(m.names)
	if err != nil {
		return nil, err
	}
	m.one = slices.Repeat([]F{1}, shape.TotalSize())
	ones := input("one", m.one, shape...)
	if failed != nil {
		return nil, failed
	}
	m.live = make([]bool, len(values))
	m.values, m.byState = make([][]F, len(values)), make([][][]F, len(values))
	m.byCurrent, m.byParam = make([][]F, len(values)), make([][][]F, len(values))
	for k, node := range values {
		if !graph.SameShape(node.Shape(), shape) {
			return nil, errors.Errorf("the step's %s has shape %v, want %v", m.names[k], node.Shape(), shape)
		}
		m.read(node, &m.values[k], m.names[k])
	}
	for open := []int{m.output}; len(open) > 0; open = open[1:] {
		k := open[0]
		if m.live[k] {
			continue
		}
		m.live[k] = true
		grads, err := graph.Backpropagate(gorgonia.Nodes{values[k]}, gorgonia.Nodes{ones}, wrt)
		if err != nil {
			return nil, errors.Wrapf(err, "the step's %s", m.names[k])
		}
		m.byState[k], m.byParam[k] = make([][]F, m.variables), make([][]F, len(wrt)-m.variables-1)
		for i, d := range grads {
			if d == nil {
				continue
			}
			if !graph.SameShape(d.Shape(), shape) {
				return nil, errors.Errorf("the derivative of the step's %s has shape %v, want %v", m.names[k], d.Shape(), shape)
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
	var wanted gorgonia.Nodes
	for _, r := range m.reads {
		wanted = append(wanted, r.node)
	}
	if m.machine, err = graph.NewMachine(wanted...); err != nil {
		return nil, err
	}
	return m, m.separate()
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
