package nodes

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Layer is a population of neurons with the synapses that drive it. Its parameters are w_in
// [units, in] and b_in [units], those of its cell, and where it is recurrent w_rec [units,
// units] as [to, from] and b_rec [units].
type Layer struct {
	Units     int
	Cell      Cell
	Recurrent bool
	Initial   Initial
	Linear    Linear            // initialisers of w_in and b_in; Units is taken from the layer
	WRec      graph.Initializer // default Orthogonal

	// KeepEvery saves memory with cells that have no fused op, see graph.Scan.
	KeepEvery int
}

// Neurons are a Layer declared in a graph.
type Neurons struct {
	layer     Layer
	params    *graph.Params
	name      string
	cell      Cell
	values    map[string]*gorgonia.Node // the cell's parameters
	variables []Variable                // the state, with what recurrence needs of it

	Synapses   *Synapses
	WRec, BRec *gorgonia.Node // nil without recurrence

	runs   int
	random draws
}

// Declare adds the layer's parameters for in inputs, in a scope of that name.
func (l Layer) Declare(p *graph.Params, name string, in int) (*Neurons, error) {
	n, err := l.declare(p.Scope(name), name, in)
	return n, graph.Wrapf(err, "%s", name)
}

func (l Layer) declare(p *graph.Params, name string, in int) (*Neurons, error) {
	if l.Cell == nil {
		return nil, errors.New("has no cell")
	}
	l.Linear.Units = l.Units
	n := &Neurons{layer: l, params: p, name: name, cell: WithDefaults(l.Cell), values: map[string]*gorgonia.Node{}}
	if c, ok := unwrap(n.cell).(interface{ check() error }); ok {
		if err := c.check(); err != nil {
			return nil, errors.Wrap(err, nameOf(n.cell))
		}
	}
	n.variables = n.cell.State()
	var err error
	if n.Synapses, err = l.Linear.Declare(p, in); err != nil {
		return nil, err
	}
	if l.Recurrent {
		if err := n.recur(p); err != nil {
			return nil, err
		}
	}
	for _, q := range n.cell.Parameters() {
		if n.values[q.Name], err = p.Declare(q.Name, q.Group, q.Init, l.Units); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// recur adds the recurrent synapses.
func (n *Neurons) recur(p *graph.Params) error {
	if !has(n.variables, Spikes) {
		n.variables = append(n.variables, Variable{Name: Spikes})
	}
	if _, ok := unwrap(n.cell).(LI); ok {
		return errors.New("leaky integrators cannot be recurrent: they have no spikes")
	}
	l := n.layer
	var err error
	if n.WRec, err = p.Declare("w_rec", "weight", initOr(l.WRec, graph.Orthogonal{}), l.Units, l.Units); err != nil {
		return err
	}
	if !l.Linear.NoBias {
		n.BRec, err = p.Declare("b_rec", "bias", initOr(l.Linear.Bias, graph.Constant(0)), l.Units)
	}
	return err
}

// Forward runs the layer over a sequence x [T, batch, in], from its initial state.
func (n *Neurons) Forward(x *gorgonia.Node) (*Activity, error) {
	return n.ForwardFrom(x, n.layer.Initial)
}

// ForwardFrom runs the layer over a sequence x [T, batch, in], from another initial state.
func (n *Neurons) ForwardFrom(x *gorgonia.Node, initial Initial) (*Activity, error) {
	a, err := n.forward(x, initial)
	return a, graph.Wrapf(err, "%s", n.name)
}

func (n *Neurons) forward(x *gorgonia.Node, initial Initial) (*Activity, error) {
	if x == nil {
		return nil, errors.New("x is nil, want [T, batch, features]")
	}
	if len(x.Shape()) != 3 {
		return nil, errors.Errorf("x (%s) has shape %v, want [T, batch, features]", x.Name(), x.Shape())
	}
	synapses := ops.Synapses{X: x, W: n.Synapses.W}
	for _, b := range (gorgonia.Nodes{n.Synapses.B, n.BRec}) {
		if b != nil {
			synapses.Biases = append(synapses.Biases, b)
		}
	}
	// Gorgonia merges inputs of one name, so each run names its own.
	n.runs++
	run := fmt.Sprintf("%s.run%d", n.name, n.runs)
	state, random, err := initial.declare(n.params, run, tensor.Shape{x.Shape()[1], n.layer.Units}, threshold(n.cell), n.variables)
	if err != nil {
		return nil, err
	}
	random.draw(graph.Stream(n.params.Seed(), run))
	n.random = append(n.random, random...)
	return n.run(synapses, state, run)
}

// run uses the cell's fused op, or scans its step.
func (n *Neurons) run(in ops.Synapses, initial State, run string) (*Activity, error) {
	if c, ok := n.cell.(fused); ok {
		r, err := c.fused(in, n.WRec, n.values, initial)
		if err != nil {
			return nil, err
		}
		if r != nil {
			return &Activity{in, r, func() (State, error) { return lastOf(r, n.variables) }}, nil
		}
	}
	current, err := ops.Linear(in.X, in.W, in.Biases...)
	if err != nil {
		return nil, err
	}
	for _, v := range n.variables {
		if initial[v.Name] == nil {
			shape := tensor.Shape{in.X.Shape()[1], n.layer.Units}
			initial[v.Name] = constantInput(n.params, fmt.Sprintf("%s.%s0", run, v.Name), shape, v.Rest)
		}
	}
	p := &population{cell: n.cell, wRec: n.WRec, keep: n.layer.KeepEvery}
	for _, q := range n.cell.Parameters() {
		p.names = append(p.names, q.Name)
		p.params = append(p.params, n.values[q.Name])
	}
	r, final, err := p.scan(current, n.variables, initial)
	if err != nil {
		return nil, err
	}
	return &Activity{in, r, final}, nil
}

// DrawInitial draws the random initial values of all runs again. Without random initial
// values it does nothing, and rng is not used.
func (n *Neurons) DrawInitial(rng *rand.Rand) { n.random.draw(rng) }
