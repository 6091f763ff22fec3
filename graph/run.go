package graph

import (
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Run is what the declarations of one graph share besides parameters: what the graph is run for, and what
// has to be done before and after each run. Layers read and fill it by themselves; who runs the graph
// calls [Run.Begin], [Run.Advance] and [Run.Settle]. There is one for each graph, see [Params.Run].
type Run struct {
	// Training says that gradients are wanted: dropout is on, and running statistics move.
	Training bool

	// Mask is [T, batch], 1 where an example has a step, and 0 where its sequence only fills the batch up.
	// Nil means that all steps exist. What looks at other steps or other examples than its own, as a
	// layer that runs backward in time or batch normalisation, leaves out what the mask leaves out.
	Mask *gorgonia.Node

	// Padded says that the mask may leave out some of an example's steps. Without it, the mask leaves out
	// whole examples or none.
	Padded bool

	// Pieces says that sequences are run piece by piece, one run of the graph for each: state is carried
	// from one run into the next, as a constant.
	Pieces bool

	draws    []func(rng *rand.Rand)
	carries  []Carried
	moves    []move
	layers   []Observed
	observed map[string]bool
}

// Carried is state that goes from one run of a graph into the next.
type Carried interface {
	// Nodes must be among those that are run.
	Nodes() gorgonia.Nodes

	// Begin goes to the initial state, for another batch of sequences.
	Begin(rng *rand.Rand) error

	// Next has the next run start where the last one ended.
	Next() error
}

// Observed is what a layer did in a run, for reports and figures.
type Observed struct {
	Layer    string // its full name, as "layer0", see [Params.Name]
	Activity Activity
	Readout  bool // what a network is asked for, and not one of its hidden layers
}

// Activity gives named quantities as nodes [T, batch, units]. What nobody asks for is not computed.
type Activity interface {
	Names() []string
	Series(name string) (*gorgonia.Node, error)

	// Counts is how many events each unit sent, [batch, units], over the steps that the mask [T, batch]
	// leaves in, or over all where it is nil. It is nil for units that send numbers.
	Counts(mask *gorgonia.Node) (*gorgonia.Node, error)
}

// move is a parameter that follows a node.
type move struct{ param, to *gorgonia.Node }

// Run is what the declarations in this graph share besides parameters.
func (p *Params) Run() *Run { return &p.declared.run }

// Draw registers a function that draws random values of the graph again, before each batch.
func (r *Run) Draw(f func(rng *rand.Rand)) { r.draws = append(r.draws, f) }

// Carry registers state that goes from one piece of a sequence into the next.
func (r *Run) Carry(c Carried) { r.carries = append(r.carries, c) }

// Move has a parameter take the value of a node of its shape after each run in training, as running
// statistics do. The parameter is not trained, see [Params.DeclareFixed].
func (r *Run) Move(param, to *gorgonia.Node) error {
	if param == nil || to == nil || !SameShape(param.Shape(), to.Shape()) || param.Dtype() != to.Dtype() {
		return errors.Errorf("srnn: a parameter cannot follow a node of another shape or dtype")
	}
	r.moves = append(r.moves, move{param, to})
	return nil
}

// Observe registers what a layer does. The name must be new in the graph.
func (r *Run) Observe(layer string, a Activity) error {
	if r.observed[layer] {
		return errors.Errorf("srnn: two layers are called %s: declare one of them in a scope of its own", layer)
	}
	if r.observed == nil {
		r.observed = map[string]bool{}
	}
	r.observed[layer] = true
	r.layers = append(r.layers, Observed{Layer: layer, Activity: a})
	return nil
}

// MarkReadout says that an observed layer is a readout.
func (r *Run) MarkReadout(layer string) error {
	for i := range r.layers {
		if r.layers[i].Layer == layer {
			r.layers[i].Readout = true
			return nil
		}
	}
	return errors.Errorf("srnn: there is no layer %s that could be the readout", layer)
}

// Layers are what was observed, in the order of their runs.
func (r *Run) Layers() []Observed { return slices.Clone(r.layers) }

// Nodes are those that must be run with the others: of state that is carried and, in training, of
// parameters that move.
func (r *Run) Nodes() (nodes gorgonia.Nodes) {
	for _, c := range r.carries {
		nodes = append(nodes, c.Nodes()...)
	}
	if r.Training {
		for _, m := range r.moves {
			nodes = append(nodes, m.to)
		}
	}
	return nodes
}

// Begin prepares the first run on another batch: random values are drawn again, and carried state is
// the initial one.
func (r *Run) Begin(rng *rand.Rand) error {
	if rng == nil && len(r.draws) > 0 {
		return errors.New("srnn: random values are to be drawn, which wants a source of random numbers")
	}
	for _, draw := range r.draws {
		draw(rng)
	}
	for _, c := range r.carries {
		if err := c.Begin(rng); err != nil {
			return err
		}
	}
	return nil
}

// Advance prepares the run of the next piece.
func (r *Run) Advance() error {
	for _, c := range r.carries {
		if err := c.Next(); err != nil {
			return err
		}
	}
	return nil
}

// Settle moves running statistics after a run in training. It is to be called before anything else is
// done with the parameters.
func (r *Run) Settle() error {
	if !r.Training {
		return nil
	}
	for _, m := range r.moves {
		x, err := Float64s(m.to.Value())
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(x, func(v float64) bool { return !Finite(v) }); i >= 0 {
			return errors.Errorf("srnn: element %d of %s is %v", i, m.param.Name(), x[i])
		}
	}
	for _, m := range r.moves {
		if err := tensor.Copy(m.param.Value().(*tensor.Dense), m.to.Value().(*tensor.Dense)); err != nil {
			return Wrapf(err, "%s", m.param.Name())
		}
	}
	return nil
}
