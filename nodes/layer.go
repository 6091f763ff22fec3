package nodes

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/room"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Layer is a population of neurons with the synapses that drive it. Its parameters are w_in
// [units, in] and b_in [units], those of its cell, where it is recurrent w_rec [units, units] as
// [to, from] and b_rec [units], with delays d_in [units, in], with feedback weights feedback
// [units, in], and where not all synapses exist w_in_mask and w_rec_mask, of the shapes of the weights.
// Time constants stay at or above a tenth of the time step, see [graph.Params.Project].
//
// The same current into a cell gives nearly the same rate at any time step, unless the cell's comment says
// otherwise. But a spike is an input for one step, so that a layer of cells whose input is a current, as all are
// but [LSNN] and [AlphaLIF], gets less of it the shorter the step is. For such a layer to do at a step of dt′ what
// it was trained to do at dt, multiply by dt/dt′ its w_rec, its w_in from inputs that are spikes, and its delays,
// which are counted in steps; biases, and w_in from inputs that last, stay. For [LSNN] and [AlphaLIF], multiply
// by dt′/dt biases, and w_in from inputs that last, and nothing else but delays.
type Layer struct {
	Units     int
	Cell      Cell
	Recurrent bool
	Initial   Initial
	Linear    Linear            // initialisers of w_in and b_in, and feedback; Units is taken from the layer
	WRec      graph.Initializer // default Orthogonal
	RecMask   Connectivity      // which recurrent synapses exist; nil: all of them
	Delays    Delays            // of the synapses for inputs; the zero value is none

	// RecurrentDropout leaves out spikes on their way through the recurrent synapses, in training; see
	// [Dropout]. There the cell's step is scanned. The zero value is none.
	RecurrentDropout Dropout

	// Bidirectional adds a second population of as many units, which reads the sequence from its end
	// (Schuster & Paliwal 1997). What it does stands beside what the first does, step by step:
	// [T, batch, 2·units]. The parameters have the scopes "forward" and "backward".
	Bidirectional bool

	// Estimator says how the gradient assigns credit over time: ops.BPTT, which is what nil stands for,
	// ops.TBPTT or ops.EProp. Any cell has all three.
	Estimator ops.Estimator

	// KeepEvery saves memory with cells that have no fused op, see graph.Scan.
	KeepEvery int
}

// Outputs is the number of neurons, of both populations if the layer is bidirectional.
func (l Layer) Outputs() int {
	if l.Bidirectional {
		return 2 * l.Units
	}
	return l.Units
}

// Neurons are a Layer declared in a graph.
type Neurons struct {
	layer     Layer
	params    *graph.Params
	name      string
	cell      Cell
	values    map[string]*gorgonia.Node // the cell's parameters
	variables []Variable                // the state, with what recurrence needs of it

	Synapses   *Synapses      // nil without inputs
	Delays     *gorgonia.Node // [units, in], steps; nil without
	WRec, BRec *gorgonia.Node // nil without recurrence; with a mask, WRec is the product with it
	rec        connections    // WRec

	// Of a bidirectional layer these are the two populations, and the nodes above are nil.
	Ahead, Back *Neurons

	runs int
}

// Declare adds the layer's parameters for in inputs, in a scope of that name.
func (l Layer) Declare(p *graph.Params, name string, in int) (*Neurons, error) {
	if l.Bidirectional {
		return l.both(p, name, func(l Layer, name string) (*Neurons, error) { return l.Declare(p, name, in) })
	}
	n, err := l.declare(p.Scope(name), p.Name(name), func(n *Neurons) (err error) {
		l.Linear.Units = l.Units
		if n.Synapses, err = l.Linear.Declare(n.params, in); err != nil {
			return err
		}
		n.Delays, err = l.Delays.declare(n.params, l.Units, in)
		return err
	})
	return n, graph.Wrapf(err, "%s", p.Name(name))
}

// DeclareNeurons adds the parameters of the neurons, and of recurrent synapses, without synapses for
// inputs: such neurons are driven by currents, see [Neurons.Drive].
func (l Layer) DeclareNeurons(p *graph.Params, name string) (*Neurons, error) {
	if l.Bidirectional {
		return l.both(p, name, func(l Layer, name string) (*Neurons, error) { return l.DeclareNeurons(p, name) })
	}
	n, err := l.declare(p.Scope(name), p.Name(name), func(*Neurons) error {
		if l.Units < 1 {
			return errors.Errorf("has %d units, want at least one", l.Units)
		}
		return nil
	})
	return n, graph.Wrapf(err, "%s", p.Name(name))
}

func (l Layer) declare(p *graph.Params, name string, inputs func(n *Neurons) error) (*Neurons, error) {
	if l.Cell == nil {
		return nil, errors.New("has no cell")
	}
	if err := ops.CheckEstimator(l.Estimator); err != nil {
		return nil, err
	}
	n := &Neurons{layer: l, params: p, name: name, cell: WithDefaults(l.Cell), values: map[string]*gorgonia.Node{}}
	outputs, err := Outputs(n.cell)
	if err != nil {
		return nil, err
	}
	n.variables = n.cell.State()
	if l.Recurrent && !slices.Contains(outputs, Spikes) {
		return nil, errors.Errorf("cannot be recurrent: %s neurons have no spikes", nameOf(n.cell))
	}
	if err := l.checkRecurrence(); err != nil {
		return nil, err
	}
	if err := inputs(n); err != nil {
		return nil, err
	}
	if l.Recurrent {
		if err := n.recur(p); err != nil {
			return nil, err
		}
	}
	for _, q := range n.cell.Parameters() {
		if n.values[q.Name], err = q.declare(p, unwrap(n.cell), l.Units); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// checkRecurrence reports settings of recurrent synapses that cannot be obeyed.
func (l Layer) checkRecurrence() error {
	if err := l.RecurrentDropout.check(); err != nil {
		return graph.Wrapf(err, "recurrent dropout")
	}
	if !l.Recurrent && l.RecurrentDropout != (Dropout{}) {
		return errors.New("has dropout of recurrent synapses, but is not recurrent")
	}
	if !l.Recurrent && l.RecMask != nil {
		return errors.New("has a mask of recurrent synapses, but is not recurrent")
	}
	return nil
}

// declare adds the parameter of a cell. A time constant stays at or above a tenth of the time step: of what
// decays with it, e^−10 is left after a step. A cell that is not [Timed] counts as one with a step of 1 ms.
func (q Parameter) declare(p *graph.Params, cell any, units int) (*gorgonia.Node, error) {
	if q.Group != "tau" {
		return p.Declare(q.Name, q.Group, q.Init, units)
	}
	dt := 1.0
	if timed, ok := cell.(Timed); ok {
		dt = timed.TimeStep()
	}
	n, err := p.DeclareAbove(dt/10, q.Name, q.Group, q.Init, units)
	if err != nil {
		return nil, err
	}
	taus, err := graph.Float64s(n.Value())
	for i, tau := range taus {
		if !(tau >= 0) {
			return nil, errors.Errorf("%s[%d] is %v ms, want a time that is not negative", q.Name, i, tau)
		}
	}
	return n, err
}

// recur adds the recurrent synapses.
func (n *Neurons) recur(p *graph.Params) error {
	if !has(n.variables, Spikes) {
		n.variables = append(n.variables, Variable{Name: Spikes})
	}
	l := n.layer
	_, err := room.For(8, room.Size{Of: "units", N: l.Units}, room.Size{Of: "units", N: l.Units})
	if err != nil {
		return graph.Wrapf(err, "recurrent synapses")
	}
	if n.rec, err = connect(p, "w_rec", initOr(l.WRec, graph.Orthogonal{}), l.RecMask, l.Units, l.Units); err != nil {
		return err
	}
	n.WRec = n.rec.used
	if !l.Linear.NoBias {
		n.BRec, err = p.Declare("b_rec", "bias", initOr(l.Linear.Bias, graph.Constant(0)), l.Units)
	}
	return err
}

// Forward runs the layer over a sequence x [T, batch, in], from its initial state. What it does is
// observed under the layer's full name, and takes part in the graph's [graph.Run]: initial values that
// are random are drawn again before each batch; where sequences are run piece by piece, the state is
// carried from one piece into the next; and a bidirectional layer reverses each sequence within its own
// length.
func (n *Neurons) Forward(x *gorgonia.Node) (*Activity, error) {
	return n.ForwardFrom(x, n.layer.Initial)
}

// ForwardFrom runs the layer over a sequence x [T, batch, in], from another initial state.
func (n *Neurons) ForwardFrom(x *gorgonia.Node, initial Initial) (*Activity, error) {
	return n.observed(x, func(n *Neurons, x *gorgonia.Node) (*Activity, error) { return n.forward(x, initial) })
}

// observed runs one population, or both of a bidirectional layer, and tells the graph what was done.
func (n *Neurons) observed(x *gorgonia.Node, run func(n *Neurons, x *gorgonia.Node) (*Activity, error)) (a *Activity, err error) {
	n.runs++
	if n.Ahead != nil {
		a, err = n.bothWays(x, run)
	} else {
		a, err = run(n, x)
	}
	if err != nil {
		return nil, graph.Wrapf(err, "%s", n.name)
	}
	name := n.name
	if n.runs > 1 {
		name = n.run()
	}
	return a, n.params.Run().Observe(name, a)
}

// run is the name of the run that is being declared. Each has its own, as inputs of one name would be one.
func (n *Neurons) run() string { return fmt.Sprintf("%s.run%d", n.name, n.runs) }

func (n *Neurons) forward(x *gorgonia.Node, initial Initial) (*Activity, error) {
	if n.Synapses == nil {
		return nil, errors.New("has no synapses for inputs: drive it by a current")
	}
	if err := wantSequence("x", "features", x); err != nil {
		return nil, err
	}
	if n.Delays != nil {
		current, err := n.delayedCurrent(x)
		if err != nil {
			return nil, err
		}
		return n.start(drive{current: current, estimator: n.layer.Estimator}, x.Shape()[1], initial)
	}
	synapses := n.Synapses.from(x, n.Synapses.B, n.BRec)
	return n.start(drive{synapses: synapses, estimator: n.layer.Estimator}, x.Shape()[1], initial)
}

// Drive runs the neurons on a current [T, batch, units] that goes into them as it is, in the place
// of what their synapses give, from their initial state.
func (n *Neurons) Drive(current *gorgonia.Node) (*Activity, error) {
	return n.DriveFrom(current, n.layer.Initial)
}

// DriveFrom is Drive from another initial state.
func (n *Neurons) DriveFrom(current *gorgonia.Node, initial Initial) (*Activity, error) {
	return n.observed(current, func(n *Neurons, x *gorgonia.Node) (*Activity, error) { return n.drive(x, initial) })
}

func (n *Neurons) drive(current *gorgonia.Node, initial Initial) (*Activity, error) {
	if err := wantSequence("current", "units", current); err != nil {
		return nil, err
	}
	if units := current.Shape()[2]; units != n.layer.Units {
		return nil, errors.Errorf("current (%s) has shape %v, want [T, batch, %d]", current.Name(), current.Shape(), n.layer.Units)
	}
	if n.BRec != nil {
		c, err := graph.Of(current).Add(graph.Of(n.BRec)).Node()
		if err != nil {
			return nil, err
		}
		current = c
	}
	return n.start(drive{current: current, estimator: n.layer.Estimator}, current.Shape()[1], initial)
}

// wantSequence reports an error unless x is a sequence.
func wantSequence(name, last string, x *gorgonia.Node) error {
	if x == nil {
		return errors.Errorf("%s is nil, want [T, batch, %s]", name, last)
	}
	if len(x.Shape()) != 3 {
		return errors.Errorf("%s (%s) has shape %v, want [T, batch, %s]", name, x.Name(), x.Shape(), last)
	}
	return nil
}

// start runs the neurons from a state. Where sequences are run piece by piece, the state is carried.
func (n *Neurons) start(in drive, batch int, initial Initial) (*Activity, error) {
	shape := tensor.Shape{batch, n.layer.Units}
	if n.params.Run().Pieces {
		return n.carry(in, shape, initial)
	}
	state, random, err := initial.declare(n.params, n.run(), shape, threshold(n.cell), n.variables)
	if err != nil {
		return nil, err
	}
	random.draw(graph.Stream(n.params.Seed(), n.run()))
	if len(random) > 0 {
		n.params.Run().Draw(random.draw)
	}
	return n.from(in, shape, state)
}

// from uses the cell's fused op, or scans its step.
func (n *Neurons) from(in drive, shape tensor.Shape, state State) (*Activity, error) {
	drop := n.WRec != nil && n.layer.RecurrentDropout.active(n.params)
	if c, ok := n.cell.(fused); ok && c.fuses(n.cell) && !drop {
		r, err := c.fused(in, n.WRec, n.values, state)
		if err != nil {
			return nil, err
		}
		if r != nil {
			a := &Activity{in.node, r, func() (State, error) { return lastOf(r, n.variables) }}
			return a, a.name(n.run())
		}
	}
	current, moment, err := in.split()
	if err != nil {
		return nil, err
	}
	for _, v := range n.variables {
		if state[v.Name] == nil {
			if state[v.Name], err = constantInput(n.params, n.run()+"."+symbol(v.Name), shape, v.Rest); err != nil {
				return nil, err
			}
		}
	}
	p := &population{cell: n.cell, wRec: n.WRec, keep: n.layer.KeepEvery, estimator: n.layer.Estimator}
	if drop {
		if p.mask, err = n.layer.RecurrentDropout.sequence(n.params, n.run()+".dropout", current.Shape()); err != nil {
			return nil, err
		}
	}
	for _, q := range n.cell.Parameters() {
		p.names = append(p.names, q.Name)
		p.params = append(p.params, n.values[q.Name])
	}
	r, final, err := p.scan(current, moment, n.variables, state)
	if err != nil {
		return nil, err
	}
	a := &Activity{in.node, r, final}
	return a, a.name(n.run())
}
