package nodes

import (
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// carry is the state of a layer that runs over a sequence piece by piece, one run of a graph for each:
// truncated backpropagation through time. Between pieces it is a constant; gradients do not flow from
// one run into another. It is a [graph.Carried].
type carry struct {
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

// carry runs the neurons over a piece of a sequence. Until another is begun, it is the first of one.
func (n *Neurons) carry(in drive, shape tensor.Shape, initial Initial) (*Activity, error) {
	c := &carry{b0: threshold(n.cell)}
	state := State{}
	for _, v := range n.variables {
		start := initial[v.Name]
		if start.kind == fromNode {
			return nil, errors.Errorf("%s starts from a node, which cannot be carried from piece to piece", v.Name)
		}
		input, err := constantInput(n.params, n.run()+"."+symbol(v.Name), shape, v.Rest)
		if err != nil {
			return nil, err
		}
		state[v.Name] = input
		c.variables = append(c.variables, carried{start: start, rest: v.Rest, name: v.Name, input: input})
	}
	if err := c.Begin(graph.Stream(n.params.Seed(), n.run())); err != nil {
		return nil, err
	}
	a, err := n.from(in, shape, state)
	if err != nil {
		return nil, err
	}
	final, err := a.Final()
	if err != nil {
		return nil, err
	}
	for i, v := range c.variables {
		c.variables[i].final = final[v.name]
	}
	n.params.Run().Carry(c)
	return a, nil
}

// Nodes are the final states, which must be run.
func (c *carry) Nodes() (nodes gorgonia.Nodes) {
	for _, v := range c.variables {
		nodes = append(nodes, v.final)
	}
	return nodes
}

// random reports whether the initial state is drawn at random.
func (c *carry) random() bool {
	return slices.ContainsFunc(c.variables, func(v carried) bool { return v.start.kind == uniform })
}

// Begin puts the layer into its initial state, for another sequence; random values are drawn from rng,
// which may be nil where there are none.
func (c *carry) Begin(rng *rand.Rand) error {
	if rng == nil && c.random() {
		return errors.New("srnn: the initial state is random, which wants a source of random numbers")
	}
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
func (c *carry) Next() error {
	for _, v := range c.variables {
		if err := tensor.Copy(v.input.Value().(*tensor.Dense), v.final.Value().(*tensor.Dense)); err != nil {
			return errors.Wrap(err, v.name)
		}
	}
	return nil
}
