package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Cell is a model of a neuron: its parameters, its named state, and one pure step. A [Layer] makes
// a trainable population of it, over any number of steps; see graph.Scan. Implementations are
// settings, plain structs. A surrogate that is nil stands for its default, which a tag says. So does a
// number that is zero, where zero is no possible setting; where it is, the number is a pointer, and nil
// stands for the default:
//
//	Dt float64  `default:"1"`    // time step, ms
//	B0 *float64 `default:"0.01"` // threshold, as in LIF{B0: new(.02)}
//
// A Layer fills them in before it calls any method, see [WithDefaults]. What else a cell can do it says by
// further methods: [Checked], [Timed], [Based], [Refractable] and [Costed].
type Cell interface {
	// Parameters are the trainable numbers of each neuron.
	Parameters() []Parameter

	// State are the variables that a step leaves to the next.
	State() []Variable

	// Step is one time step of a population: the parameters p, each [units], the state before the
	// step s and the input current, each [batch, units], give the state after it, and whatever else
	// is worth recording, as the threshold, each [batch, units]. Spikes, where neurons have them,
	// and else the membrane potential, are the output; every result needs a name, and [Spikes] and
	// [Membrane] are those of the two. Examples of a batch must not depend on each other.
	//
	// An [Eligibility] hands the parameters over for each example, as [batch, units], which makes no
	// difference where all is combined element by element, and wants neurons that do not depend on each
	// other within a step.
	Step(p, s Values, current graph.Expr) Values
}

// The names of what most neurons have. Others are free.
const (
	Membrane   = "membrane"   // the membrane potential, u or V
	Spikes     = "spikes"     // 0 or 1
	Threshold  = "threshold"  // θ
	Adaptation = "adaptation" // of the threshold, η or a, or the adaptation current, w
	Synaptic   = "synaptic"   // the current through the synapses
	Recovery   = "recovery"   // Izhikevich's u
	Rise       = "rise"       // what the current of an alpha synapse rises from
	Quadrature = "quadrature" // of a resonator: what is a quarter of a period ahead of its potential
	Silence    = "refractory" // the number of silent steps that are still to come
)

// Values are named quantities.
type Values map[string]graph.Expr

// Parameter is a trainable number of each neuron.
type Parameter struct {
	Name  string            // as in "tau_m"
	Group string            // "tau" of time constants, in ms, which stay positive; else "neuron"
	Init  graph.Initializer // where a population gets its values from
}

// Variable is a variable of a neuron's state.
type Variable struct {
	Name string
	Rest float64 // its value at rest, where a run starts if nothing else is said
}

// Tau is the time constant of that name, in ms. Without init it starts at def.
func Tau(name string, init graph.Initializer, def float64) Parameter {
	return Parameter{Name: name, Group: "tau", Init: initOr(init, graph.Constant(def))}
}

// Trainable is any other parameter. Without init it starts at def.
func Trainable(name string, init graph.Initializer, def float64) Parameter {
	return Parameter{Name: name, Group: "neuron", Init: initOr(init, graph.Constant(def))}
}

// Spike is H(v), with a surrogate for its derivative; nil is [ops.DefaultSurrogate].
func Spike(v graph.Expr, s ops.Surrogate) graph.Expr {
	return v.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return ops.Spike(n, s) })
}

// Decay is exp(−dt/τ), what is left after a time step dt of what decays with the time constant τ,
// see [ops.Decay].
func Decay(tau graph.Expr, dt float64) graph.Expr {
	return tau.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return ops.Decay(n, dt) })
}

// Checked is implemented by cells that look at their settings. A [Layer] calls Check first, with the
// defaults filled in.
type Checked interface {
	Check() error
}

// Costed is implemented by cells that say how many multiply-accumulates the step of one neuron takes, in the
// place of what their equations have, see models.Network.Energy.
type Costed interface {
	MACs() int
}

// fused is implemented by cells that a Layer can run as one op, which gives what the scanned steps
// give, sooner.
type fused interface {
	// fuses reports whether a cell is of the very type that the op is for. One that embeds it has this
	// method, too, but steps of its own.
	fuses(c Cell) bool

	// fused gives nothing where the op does not do what the settings ask for.
	fused(in drive, wRec *gorgonia.Node, p map[string]*gorgonia.Node, initial State) (record, error)
}

// drive is where the input current of neurons comes from: synapses, or a node.
type drive struct {
	synapses ops.Synapses
	current  *gorgonia.Node // [T, batch, units]; nil with synapses

	estimator ops.Estimator
}

// node is the current.
func (d drive) node() (*gorgonia.Node, error) {
	if d.current != nil {
		return d.current, nil
	}
	return d.synapses.Currents()
}

// exact reports whether gradients are those of BPTT for neurons without recurrent synapses.
func (d drive) exact() bool {
	p := ops.PathsOf(d.estimator)
	return p.Piece == 0 && !p.Local
}

// split is the current, and for a local gradient of x, see [ops.EProp], what is added to it at the
// same step only: zero, with that gradient. It is nil otherwise.
func (d drive) split() (current, moment *gorgonia.Node, err error) {
	if !ops.PathsOf(d.estimator).Local || d.current != nil {
		current, err = d.node()
		return current, nil, err
	}
	weights, once := d.synapses, ops.Synapses{X: d.synapses.X}
	if weights.X, err = graph.Detach(weights.X); err != nil {
		return nil, nil, err
	}
	if current, err = weights.Currents(); err != nil {
		return nil, nil, err
	}
	if once.W, err = graph.Detach(d.synapses.W); err != nil {
		return nil, nil, err
	}
	if d.synapses.Feedback != nil {
		if once.Feedback, err = graph.Detach(d.synapses.Feedback); err != nil {
			return nil, nil, err
		}
	}
	direct, err := once.Currents()
	if err != nil {
		return nil, nil, err
	}
	moment, err = graph.Of(direct).Sub(graph.Of(direct).Detach()).Node()
	return current, moment, err
}

// Scanned is the same cell without its fused op, if it has one.
func Scanned(c Cell) Cell { return scanned{c} }

type scanned struct{ Cell }

// Outputs are the names of what a cell's step gives, sorted: its variables, and what else it
// records. The step is tried out on one neuron.
func Outputs(c Cell) (names []string, err error) {
	c = WithDefaults(c)
	if x, ok := unwrap(c).(Checked); ok {
		if err := x.Check(); err != nil {
			return nil, graph.Wrapf(err, "%s", nameOf(c))
		}
	}
	g := gorgonia.NewGraph()
	one := func(name string, shape ...int) graph.Expr {
		n, err := graph.ZeroInput(g, tensor.Float64, name, shape...)
		if err != nil {
			return graph.Failed(err)
		}
		return graph.Of(n)
	}
	p, s := Values{}, Values{}
	for _, q := range c.Parameters() {
		p[q.Name] = one("parameter "+q.Name, 1)
	}
	for _, v := range c.State() {
		s[v.Name] = one("state "+v.Name, 1, 1)
	}
	next := c.Step(p, s, one("current", 1, 1))
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if _, err := next[name].Node(); err != nil {
			return nil, graph.Wrapf(err, "%s: %s", nameOf(c), name)
		}
		names = append(names, name)
	}
	for _, v := range c.State() {
		if !slices.Contains(names, v.Name) {
			return nil, errors.Errorf("srnn: %s: the step gives no %s, which is a variable of the state", nameOf(c), v.Name)
		}
	}
	if !slices.Contains(names, Spikes) && !slices.Contains(names, Membrane) {
		return nil, errors.Errorf("srnn: %s: the step gives neither %s nor %s", nameOf(c), Spikes, Membrane)
	}
	return names, nil
}

// has reports whether a variable of that name is among v.
func has(v []Variable, name string) bool {
	return slices.ContainsFunc(v, func(v Variable) bool { return v.Name == name })
}

// threshold is the threshold at rest, b0, of cells that have one; see [Baseline].
func threshold(c Cell) float64 {
	if b, ok := unwrap(c).(Based); ok {
		return b.Baseline()
	}
	return 0
}

// Based is implemented by cells that have a threshold at rest, b0, which an initial state may refer to, see
// [Baseline]. That of others is zero.
type Based interface {
	Baseline() float64
}

// unwrap is the cell within wrappers.
func unwrap(c Cell) Cell {
	if s, ok := c.(scanned); ok {
		return s.Cell
	}
	return c
}

// nameOf is how messages call a cell.
func nameOf(c Cell) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", unwrap(c)), "nodes.")
}

// nodesOf are the nodes of named quantities, in the order of names.
func (v Values) nodesOf(names []string) (gorgonia.Nodes, error) {
	out := make(gorgonia.Nodes, len(names))
	for i, name := range names {
		x, ok := v[name]
		if !ok {
			return nil, errors.Errorf("the step gives no %s", name)
		}
		var err error
		if out[i], err = x.Node(); err != nil {
			return nil, errors.Wrap(err, name)
		}
	}
	return out, nil
}

// initOr is an initialiser, or its default.
func initOr(init, def graph.Initializer) graph.Initializer {
	if init == nil {
		return def
	}
	return init
}
