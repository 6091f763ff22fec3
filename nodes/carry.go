package nodes

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Carry is the state of a layer that runs over a sequence piece by piece, one run of a graph for each:
// truncated backpropagation through time. Between pieces it is a constant; gradients do not flow from
// one run into another.
type Carry struct {
	variables []carried
	b0        float64
}

// carried is a variable of the state: where a piece starts, and where it ends.
type carried struct {
	start        Start
	rest         float64
	name         string
	input, final *gorgonia.Node // [batch, units]
}

// ForwardPiece runs the layer over a piece of a sequence, x [steps, batch, in]. Before the first piece
// of a sequence, [Carry.Begin] puts the layer into its initial state; after the run of each,
// [Carry.Next] has the next one start where it ended. The nodes of [Carry.Nodes] must be among those
// that are run.
func (n *Neurons) ForwardPiece(x *gorgonia.Node) (*Activity, *Carry, error) {
	if n.Ahead != nil {
		return nil, nil, errors.Errorf("srnn: %s: a bidirectional layer cannot run piece by piece: one half begins at the end", n.Ahead.name)
	}
	if err := wantSequence("x", "features", x); err != nil {
		return nil, nil, graph.Wrapf(err, "%s", n.name)
	}
	c := &Carry{b0: threshold(n.cell)}
	initial := Initial{}
	shape := tensor.Shape{x.Shape()[1], n.layer.Units}
	for _, v := range n.variables {
		input := constantInput(n.params, n.name+".carried."+symbol(v.Name), shape, v.Rest)
		initial[v.Name] = From(input)
		c.variables = append(c.variables, carried{start: n.layer.Initial[v.Name], rest: v.Rest, name: v.Name, input: input})
	}
	a, err := n.ForwardFrom(x, initial)
	if err != nil {
		return nil, nil, err
	}
	final, err := a.Final()
	if err != nil {
		return nil, nil, err
	}
	for i, v := range c.variables {
		c.variables[i].final = final[v.name]
	}
	return a, c, nil
}

// Nodes are the final states, which must be run.
func (c *Carry) Nodes() (nodes gorgonia.Nodes) {
	for _, v := range c.variables {
		nodes = append(nodes, v.final)
	}
	return nodes
}

// Begin puts the layer into its initial state, for another sequence; random values are drawn from rng.
func (c *Carry) Begin(rng *rand.Rand) error {
	var membrane *gorgonia.Node
	for _, v := range c.variables {
		if v.name == Membrane {
			membrane = v.input
		}
	}
	// The membrane potential comes first: others may start as it does.
	for _, first := range []bool{true, false} {
		for _, v := range c.variables {
			if (v.name == Membrane) != first {
				continue
			}
			if err := v.begin(rng, c.b0, membrane); err != nil {
				return errors.Wrap(err, v.name)
			}
		}
	}
	return nil
}

func (v carried) begin(rng *rand.Rand, b0 float64, membrane *gorgonia.Node) error {
	x := v.start.value
	switch v.start.kind {
	case rest:
		x = v.rest
	case baseline:
		x = b0
	case uniform:
		fill(v.input, func() float64 { return v.start.value * rng.Float64() })
		return nil
	case asMembrane:
		if membrane == nil {
			return errors.New("starts as the membrane potential, which there is none of")
		}
		return tensor.Copy(v.input.Value().(*tensor.Dense), membrane.Value().(*tensor.Dense))
	case fromNode:
		return errors.New("starts from a node, which is not known before the run")
	}
	fill(v.input, func() float64 { return x })
	return nil
}

// Next has the next run start where the last one ended.
func (c *Carry) Next() error {
	for _, v := range c.variables {
		if err := tensor.Copy(v.input.Value().(*tensor.Dense), v.final.Value().(*tensor.Dense)); err != nil {
			return errors.Wrap(err, v.name)
		}
	}
	return nil
}
