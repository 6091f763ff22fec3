package graphtest

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// memory checks that the op leaves its inputs alone, and that whoever gets the output may
// overwrite it.
func (s suite) memory() error {
	values := s.values(tensor.Float64)
	p, err := s.declare(values)
	if err != nil {
		return err
	}
	children, err := byHand{values: map[*gorgonia.Node]gorgonia.Value{}}.children(p.out)
	if err != nil {
		return err
	}
	do := func() (gorgonia.Value, []float64, error) {
		v, err := p.out.Op().Do(children...)
		if err != nil {
			return nil, nil, err
		}
		x, err := numbers(v)
		return v, x, err
	}
	first, want, err := do()
	if err != nil {
		return err
	}
	if d, ok := first.(*tensor.Dense); ok {
		d.Zero()
	}
	_, again, err := do()
	if err != nil {
		return err
	}
	if err := same([][]float64{again}, [][]float64{want}, 0); err != nil {
		return errors.Wrap(err, "after the output was overwritten")
	}
	for i, v := range values {
		if !slices.Equal(v.Data().([]float64), s.inputs[i].Data().([]float64)) {
			return errors.Errorf("input %d has changed", i)
		}
	}
	return nil
}

// reusedMemory runs a graph.Machine several times, and spoils between two runs whatever the first
// handed out: the op must write every element of the memory that it gets again.
func (s suite) reusedMemory() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	nodes := append(gorgonia.Nodes{p.out}, p.grads...)
	m, err := graph.NewMachine(nodes...)
	if err != nil {
		return err
	}
	for run := range 3 {
		if err := m.RunAll(); err != nil {
			return err
		}
		for i, n := range nodes {
			got, err := numbers(n.Value())
			if err != nil {
				return err
			}
			if err := same([][]float64{nil, got}, [][]float64{nil, want[i]}, 1e-12); err != nil {
				return errors.Wrapf(err, "run %d: node %d", run, i)
			}
			if x, ok := n.Value().Data().([]float64); ok {
				for j := range x {
					x[j] = math.NaN()
				}
			}
		}
	}
	return m.Close()
}

// anotherRun runs the op on other inputs between the forward and the backward pass.
func (s suite) anotherRun() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	q, err := s.moved().declare(s.moved().values(tensor.Float64))
	if err != nil {
		return err
	}
	others, err := byHand{values: map[*gorgonia.Node]gorgonia.Value{}}.children(q.runs())
	if err != nil {
		return err
	}
	h := byHand{values: map[*gorgonia.Node]gorgonia.Value{}}
	h.after = func(n *gorgonia.Node) error {
		if n != p.out {
			return nil
		}
		_, err := p.runs().Op().Do(others...)
		return err
	}
	for i, g := range p.grads {
		v, err := h.value(g)
		if err != nil {
			return err
		}
		x, err := numbers(v)
		if err != nil {
			return err
		}
		if err := same([][]float64{nil, x}, [][]float64{nil, want[i+1]}, 1e-12); err != nil {
			return err
		}
	}
	return nil
}

// byHand computes nodes without a machine: each op once, in order, and every value is kept.
type byHand struct {
	values map[*gorgonia.Node]gorgonia.Value
	after  func(*gorgonia.Node) error // is called when an op has run; nil: nothing
}

func (h byHand) value(n *gorgonia.Node) (gorgonia.Value, error) {
	if v, ok := h.values[n]; ok {
		return v, nil
	}
	if n.Op() == nil {
		return n.Value(), nil
	}
	in, err := h.children(n)
	if err != nil {
		return nil, err
	}
	v, err := n.Op().Do(in...)
	if err != nil {
		return nil, errors.Wrap(err, n.Name())
	}
	h.values[n] = v
	if h.after != nil {
		err = h.after(n)
	}
	return v, err
}

// children are the values that a node's op reads.
func (h byHand) children(n *gorgonia.Node) ([]gorgonia.Value, error) {
	var values []gorgonia.Value
	for it := n.Graph().From(n.ID()); it.Next(); {
		v, err := h.value(it.Node().(*gorgonia.Node))
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}
