package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// both declares the two populations of a bidirectional layer.
func (l Layer) both(declare func(l Layer, direction string) (*Neurons, error)) (*Neurons, error) {
	n := &Neurons{layer: l}
	l.Bidirectional = false
	var err error
	if n.Ahead, err = declare(l, "forward"); err != nil {
		return nil, err
	}
	n.Back, err = declare(l, "backward")
	return n, err
}

// bothWays runs one population over a sequence, and the other over it from the end, and puts what
// they do at each step side by side.
func (n *Neurons) bothWays(x *gorgonia.Node, run func(n *Neurons, x *gorgonia.Node) (*Activity, error)) (*Activity, error) {
	ahead, err := run(n.Ahead, x)
	if err != nil {
		return nil, err
	}
	reversed, err := graph.Reverse(x, nil)
	if err != nil {
		return nil, err
	}
	back, err := run(n.Back, reversed)
	if err != nil {
		return nil, err
	}
	a := &Activity{
		current: beside(ahead.Current, back.Current),
		record:  record{},
		final: func() (State, error) {
			return nil, errors.New("srnn: a bidirectional layer has no final state to go on from: one half ends where the sequence begins")
		},
	}
	for name, series := range ahead.record {
		a.record[name] = beside(series, back.record[name])
	}
	return a, nil
}

// beside is a quantity of both populations.
func beside(ahead, back func() (*gorgonia.Node, error)) func() (*gorgonia.Node, error) {
	return func() (*gorgonia.Node, error) {
		first, err := ahead()
		if err != nil {
			return nil, err
		}
		second, err := back()
		if err != nil {
			return nil, err
		}
		if second, err = graph.Reverse(second, nil); err != nil {
			return nil, err
		}
		return graph.Join(first, second)
	}
}
