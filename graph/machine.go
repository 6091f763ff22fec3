package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Machine is a gorgonia.VM that runs some nodes of a graph: whatever they need, once and in order,
// and nothing else. Setting it up takes time linear in the size of the graph. The functions of this
// module write to the memory of the run before, so that training allocates next to nothing. What
// they hand to each other in a shorter form than numbers, as spikes by bits, is not written as
// numbers unless it is asked for.
//
// After a run the nodes have their values (gorgonia.Node.Value), until the next run. Of a node
// that is the gradient of a parameter, the value is what the parameter's Grad returns, so that
// solvers find it; successive runs do not add up.
type Machine struct {
	nodes gorgonia.Nodes
	steps []machineStep
	place map[*gorgonia.Node]int
	vals  []gorgonia.Value // of each step
}

// machineStep computes one node.
type machineStep struct {
	node *gorgonia.Node
	in   []int            // the steps of its children
	read []gorgonia.Value // their values
	tape bool             // the tape is all that is read of the value
}

var _ gorgonia.VM = (*Machine)(nil)

// NewMachine makes a machine for these nodes, all of one graph.
func NewMachine(nodes ...*gorgonia.Node) (*Machine, error) {
	m := &Machine{nodes: nodes, place: map[*gorgonia.Node]int{}}
	for i, n := range nodes {
		if n == nil {
			return nil, errors.Errorf("srnn: machine: node %d is nil", i)
		}
		if n.Graph() != nodes[0].Graph() {
			return nil, errors.Errorf("srnn: machine: %s and %s are in different graphs", n.Name(), nodes[0].Name())
		}
		m.plan(n)
	}
	m.vals = make([]gorgonia.Value, len(m.steps))
	readers := m.readers()
	for i := range m.steps {
		m.steps[i].tape = m.staysOnTape(i, readers)
	}
	return m, nil
}

// plan adds a node after all that it needs. It keeps a stack of its own: graphs can be deeper than
// the stack of a goroutine should be.
func (m *Machine) plan(root *gorgonia.Node) {
	type visit struct {
		node     *gorgonia.Node
		children gorgonia.Nodes
		in       []int
	}
	stack := []*visit{{node: root, children: children(root)}}
	if _, done := m.place[root]; done {
		return
	}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		if k := len(v.in); k < len(v.children) {
			child := v.children[k]
			if at, done := m.place[child]; done {
				v.in = append(v.in, at)
			} else {
				stack = append(stack, &visit{node: child, children: children(child)})
			}
			continue
		}
		m.place[v.node] = len(m.steps)
		m.steps = append(m.steps, machineStep{node: v.node, in: v.in, read: make([]gorgonia.Value, len(v.in))})
		stack = stack[:len(stack)-1]
	}
}

// children are the nodes that a node's op reads, in its order.
func children(n *gorgonia.Node) (c gorgonia.Nodes) {
	if n.Op() == nil {
		return nil
	}
	for it := n.Graph().From(n.ID()); it.Next(); {
		c = append(c, it.Node().(*gorgonia.Node))
	}
	return c
}

// RunAll runs the nodes. An error names the node where it came up.
func (m *Machine) RunAll() error {
	for i := range m.steps {
		s := &m.steps[i]
		for k, at := range s.in {
			s.read[k] = m.vals[at]
		}
		v, err := s.run(m.vals[i])
		if err != nil {
			return Wrapf(err, "%s", s.node.Name())
		}
		m.vals[i] = v
	}
	for _, n := range m.nodes {
		if n.Op() == nil {
			continue
		}
		if err := gorgonia.UnsafeLet(n, m.vals[m.place[n]]); err != nil {
			return Wrapf(err, "%s", n.Name())
		}
	}
	return nil
}

// run computes the value of a step, given that of the run before.
func (s *machineStep) run(old gorgonia.Value) (v gorgonia.Value, err error) {
	defer catch(&err)
	if len(s.in) == 0 { // an input or a constant
		if v := s.node.Value(); v != nil {
			return v, nil
		}
		if s.node.Op() == nil {
			return nil, errors.New("has no value: bind one with gorgonia.Let before the run")
		}
	}
	if o, ok := s.node.Op().(*op); ok {
		return o.run(s.tape, old, s.read)
	}
	return s.node.Op().Do(s.read...)
}

// Reset does nothing: every run starts from the beginning.
func (m *Machine) Reset() {}

// Close lets go of the values of the last run.
func (m *Machine) Close() error {
	clear(m.vals)
	return nil
}
