package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// both declares the two populations of a bidirectional layer.
func (l Layer) both(p *graph.Params, name string, declare func(l Layer, name string) (*Neurons, error)) (*Neurons, error) {
	n := &Neurons{layer: l, params: p.Scope(name), name: p.Name(name)}
	l.Bidirectional = false
	var err error
	if n.Ahead, err = declare(l, name+".forward"); err != nil {
		return nil, err
	}
	n.Back, err = declare(l, name+".backward")
	return n, err
}

// bothWays runs one population over a sequence, and the other over it from the end, and puts what
// they do at each step side by side.
func (n *Neurons) bothWays(x *gorgonia.Node, run func(n *Neurons, x *gorgonia.Node) (*Activity, error)) (*Activity, error) {
	if n.params.Run().Pieces {
		return nil, errors.New("a bidirectional layer cannot run piece by piece: one half begins at the end")
	}
	half := func(n *Neurons, x *gorgonia.Node, direction string) (*Activity, error) {
		n.runs++
		a, err := run(n, x)
		return a, errors.Wrap(err, direction)
	}
	ahead, err := half(n.Ahead, x, "forward")
	if err != nil {
		return nil, err
	}
	reversed, err := n.reverse(x)
	if err != nil {
		return nil, err
	}
	back, err := half(n.Back, reversed, "backward")
	if err != nil {
		return nil, err
	}
	a := &Activity{
		current: n.beside(ahead.Current, back.Current),
		record:  record{},
		final: func() (State, error) {
			return nil, errors.New("srnn: a bidirectional layer has no final state to go on from: one half ends where the sequence begins")
		},
	}
	for name, series := range ahead.record {
		a.record[name] = n.beside(series, back.record[name])
	}
	return a, nil
}

// beside is a quantity of both populations.
func (n *Neurons) beside(ahead, back func() (*gorgonia.Node, error)) func() (*gorgonia.Node, error) {
	return func() (*gorgonia.Node, error) {
		first, err := ahead()
		if err != nil {
			return nil, err
		}
		second, err := back()
		if err != nil {
			return nil, err
		}
		if second, err = n.reverse(second); err != nil {
			return nil, err
		}
		return graph.Join(first, second)
	}
}

// reverse is a sequence from its end to its beginning: of each example, within its own length.
func (n *Neurons) reverse(x *gorgonia.Node) (*gorgonia.Node, error) {
	run := n.params.Run()
	if !run.Padded {
		return graph.Reverse(x, nil)
	}
	return graph.Reverse(x, run.Mask)
}
