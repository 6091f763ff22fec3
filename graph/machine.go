package graph

import (
	"cmp"
	"slices"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Machine is a gorgonia.VM that runs some nodes of a graph: whatever they need, once and in order,
// and nothing else. Setting it up takes time linear in the size of the graph. Memory is planned
// then, and used again by every run. No op works in place on a value that others see. What the
// functions of this module hand to each other in a shorter form than numbers, as spikes by bits, is
// not written as numbers unless it is asked for.
//
// After a run the nodes have their values (gorgonia.Node.Value), until the next run. Of a node
// that is the gradient of a parameter, the value is what the parameter's Grad returns, so that
// solvers find it; successive runs do not add up.
//
// Several machines over one graph may run at once, in goroutines of their own. As they share the
// nodes, each gets its inputs by [Machine.Let] then, and is asked for its results by
// [Machine.Value].
type Machine struct {
	nodes   gorgonia.Nodes // whose values are bound after a run
	program runner
	given   map[*gorgonia.Node]gorgonia.Value // by Let
	duals   []dual
	ran     bool // the last run was without error
	closed  bool
}

// runner is a program of either precision.
type runner interface {
	run() error
	bindLeaves(value func(*gorgonia.Node) gorgonia.Value) error
	valueOf(slot int) gorgonia.Value
	place(n *gorgonia.Node) (slot int, ok bool)
	release()
}

var _ gorgonia.VM = (*Machine)(nil)

// dual is an input and the node of its gradient.
type dual struct{ input, grad *gorgonia.Node }

// binding guards the values that nodes share between machines.
var binding sync.Mutex

// NewMachine makes a machine for these nodes, all of one graph. Their order does not matter.
func NewMachine(nodes ...*gorgonia.Node) (*Machine, error) {
	for i, n := range nodes {
		if n == nil {
			return nil, errors.Errorf("srnn: machine: node %d is nil", i)
		}
		if n.Graph() != nodes[0].Graph() && !constant(n) {
			return nil, errors.Errorf("srnn: machine: %s and %s are in different graphs", n.Name(), nodes[0].Name())
		}
	}
	// Another machine over this graph may be made, or may bind its values, at the same time.
	binding.Lock()
	defer binding.Unlock()
	m := &Machine{nodes: slices.Clone(nodes), given: map[*gorgonia.Node]gorgonia.Value{}}
	// In the order of their making: some of Gorgonia's gradients read what their op has left behind,
	// and the graph does not say so.
	slices.SortFunc(m.nodes, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	var err error
	if m.duals, err = duals(nodes); err != nil {
		return nil, Wrapf(err, "machine")
	}
	for _, d := range m.duals {
		if !slices.Contains(m.nodes, d.grad) {
			m.nodes = append(m.nodes, d.grad)
		}
	}
	nodes = m.nodes
	if precision(nodes) == tensor.Float32 {
		m.program, err = compile[float32](nodes, nil)
	} else {
		m.program, err = compile[float64](nodes, nil)
	}
	if err != nil {
		return nil, Wrapf(err, "machine")
	}
	return m, nil
}

// NewGraphMachine makes a machine for all nodes of a graph, as gorgonia.NewTapeMachine does,
// statements as gorgonia.Read included. Every node has its value after a run.
func NewGraphMachine(g *gorgonia.ExprGraph) (*Machine, error) {
	if g == nil {
		return nil, errors.New("srnn: machine: the graph is nil")
	}
	var nodes gorgonia.Nodes
	for _, n := range g.AllNodes() {
		if n.Op() != nil && !constant(n) {
			nodes = append(nodes, n)
		}
	}
	return NewMachine(nodes...)
}

// precision is the dtype of most of the nodes that are float32 or float64.
func precision(nodes gorgonia.Nodes) tensor.Dtype {
	count := 0
	for _, n := range nodes {
		if typed[float32](n) {
			count++
		} else if typed[float64](n) {
			count--
		}
	}
	if count > 0 {
		return tensor.Float32
	}
	return tensor.Float64
}

// leaf reports whether a node is an input or a constant.
func leaf(n *gorgonia.Node) bool { return n.Op() == nil || constant(n) }

// duals are the inputs whose gradients are among the nodes.
//
// Gorgonia's solvers overwrite gradients in place. So the gradient of each input must be a value of
// its own: where it is that of another input as well, or an input itself, as d(wx)/dw is x, or a
// constant, which may be Gorgonia's own 1, it becomes a copy.
func duals(nodes gorgonia.Nodes) (all []dual, err error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	asked := map[*gorgonia.Node]bool{}
	for _, n := range nodes {
		asked[n] = true
	}
	taken := map[*gorgonia.Node]bool{}
	for _, n := range slices.Clone(nodes[0].Graph().AllNodes()) {
		g := unexported[*gorgonia.Node](n, "deriv")
		if n.Op() != nil || *g == nil || !asked[*g] && !leaf(*g) {
			continue
		}
		d := dual{n, *g}
		for taken[d.grad] || leaf(d.grad) {
			if d.grad, err = Detach(d.grad); err != nil {
				return nil, err
			}
			*g = d.grad
		}
		taken[d.grad] = true
		all = append(all, d)
	}
	return all, nil
}

// Let gives an input a value in this machine, whatever the node's own, until it is given nil. It is
// not copied.
func (m *Machine) Let(n *gorgonia.Node, v gorgonia.Value) error {
	if n == nil || n.Op() != nil {
		return errors.New("srnn: machine: only inputs can be given a value")
	}
	if len(m.nodes) > 0 && n.Graph() != m.nodes[0].Graph() {
		return errors.Errorf("srnn: machine: %s is an input of another graph", n.Name())
	}
	if v == nil {
		delete(m.given, n)
		return nil
	}
	if v.Dtype() != n.Dtype() || !SameShape(v.Shape(), n.Shape()) {
		return errors.Errorf("srnn: machine: %s is %v %v, got a value that is %v %v", n.Name(), n.Dtype(), n.Shape(), v.Dtype(), v.Shape())
	}
	m.given[n] = v
	return nil
}

// Value is the value, in the last run of this machine, of a node that the machine was made for, or
// of an input. It stays valid until the next run.
func (m *Machine) Value(n *gorgonia.Node) (gorgonia.Value, error) {
	if n == nil {
		return nil, errors.New("srnn: machine: the node is nil")
	}
	if constant(n) {
		return n.Value(), nil
	}
	slot, ok := m.program.place(n)
	if !ok || n.Op() != nil && !slices.Contains(m.nodes, n) {
		return nil, errors.New("srnn: machine: it was not made for that node")
	}
	if !m.ran {
		return nil, errors.Errorf("srnn: machine: %s has no value: there was no run yet, or it failed", n.Name())
	}
	return m.program.valueOf(slot), nil
}

// RunAll runs the nodes. An error names the node where it came up.
func (m *Machine) RunAll() error {
	if m.closed {
		return errors.New("srnn: machine: it has been closed")
	}
	m.ran = false
	if err := m.program.bindLeaves(m.input); err != nil {
		return err
	}
	if err := m.program.run(); err != nil {
		return err
	}
	m.ran = true
	return m.bind()
}

// input is the value of an input or a constant.
func (m *Machine) input(n *gorgonia.Node) gorgonia.Value {
	if v, ok := m.given[n]; ok {
		return v
	}
	return n.Value()
}

// bind gives the nodes their values.
func (m *Machine) bind() error {
	binding.Lock()
	defer binding.Unlock()
	for _, n := range m.nodes {
		if n.Op() == nil || constant(n) {
			continue
		}
		slot, _ := m.program.place(n)
		if v := m.program.valueOf(slot); v != nil {
			if err := gorgonia.UnsafeLet(n, v); err != nil {
				return Wrapf(err, "%s", n.Name())
			}
		}
	}
	for _, d := range m.duals {
		if err := d.refresh(); err != nil {
			return Wrapf(err, "gradient of %s", d.input.Name())
		}
	}
	return nil
}

// refresh writes the gradient to where gorgonia.BindDualValues has the input look for it, if
// another machine was made with that.
func (d dual) refresh() error {
	bound, err := d.input.Grad()
	if err != nil || bound == nil || bound == d.grad.Value() {
		return nil
	}
	if x, ok := bound.(*tensor.Dense); ok {
		return tensor.Copy(x, d.grad.Value().(tensor.Tensor))
	}
	return copyScalar(bound, d.grad.Value())
}

// copyScalar writes one number over another.
func copyScalar(to, from gorgonia.Value) error {
	switch to := to.(type) {
	case *gorgonia.F32:
		if x, ok := from.(*gorgonia.F32); ok {
			*to = *x
			return nil
		}
	case *gorgonia.F64:
		if x, ok := from.(*gorgonia.F64); ok {
			*to = *x
			return nil
		}
	}
	return errors.Errorf("a %T cannot be written to a %T", from, to)
}

// Reset does nothing: every run starts from the beginning.
func (m *Machine) Reset() {}

// Close lets go of the memory. The nodes keep the values of the last run.
func (m *Machine) Close() error {
	m.closed, m.ran = true, false
	m.program.release()
	return nil
}
