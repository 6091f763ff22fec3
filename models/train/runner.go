package train

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Draw is what random values are drawn from, before each batch.
type Draw = *rand.Rand

// purpose is what a graph is for.
type purpose struct {
	train   bool // there are gradients
	metrics bool // are watched
	costly  bool // and those that are costly too
	scores  bool // are wanted
	record  bool // all that layers do
	declare bool // the parameters, and nothing is run: inputs have shapes and no memory
}

// runner is a task in a graph of its own, for batches of one size and one length. Batches with fewer
// examples, and sequences with fewer steps, are filled up.
type runner struct {
	plan   *plan
	spec   Spec
	of     purpose
	model  *graph.Params // that of the model
	params *graph.Params // its twin in this graph
	vm     *graph.Machine

	steps, batch       int // of the graph
	x, y, mask, weight *gorgonia.Node
	counts             *gorgonia.Node // the weights of a loss
	padded             bool

	declared
	terms   gorgonia.Nodes
	watched [][]*gorgonia.Node // of each metric that is watched
	metrics []Metric
	room    map[*gorgonia.Node][]float64 // for the values that are watched
	read    map[*gorgonia.Node]bool      // which of them are those of the last run
	failed  error                        // what could not be read
	grads   gorgonia.Nodes
	trained []graph.Param // the model's, in the order of the gradients
	series  []series

	// The batch that is shown.
	examples []Example
	count    int // of the examples
	longest  int // steps that are run
	shown    [2]int
}

// series is a quantity of a layer.
type series struct {
	layer, name string
	node        *gorgonia.Node
}

// newRunner declares a plan in a graph. Params are the model's, of which the graph has a twin.
func newRunner(p *plan, params *graph.Params, spec Spec, batch, steps int, pieces bool, of purpose) (r *runner, err error) {
	if err := spec.checkBatch(steps, batch, of); err != nil {
		return nil, err
	}
	g := gorgonia.NewGraph()
	r = &runner{room: map[*gorgonia.Node][]float64{}, read: map[*gorgonia.Node]bool{}, plan: p, spec: spec, of: of, model: params, steps: steps, batch: batch}
	if r.params, err = params.Grow(g); err != nil {
		return nil, err
	}
	r.padded = spec.Varying || spec.Steps%steps != 0
	b, err := r.declareInputs(g)
	if err != nil {
		return nil, err
	}
	run := r.params.Run()
	run.Training, run.Mask, run.Padded, run.Pieces = of.train, r.mask, r.padded, pieces
	if r.declared, err = p.declare(r.params, b); err != nil {
		return nil, err
	}
	r.view.Layers = run.Layers()
	if of.declare {
		return r, nil
	}
	nodes, err := r.outputs()
	if err != nil {
		return nil, err
	}
	r.vm, err = graph.NewMachine(append(nodes, run.Nodes()...)...)
	return r, err
}

// declareInputs adds the inputs to the graph.
func (r *runner) declareInputs(g *gorgonia.ExprGraph) (b Batch, err error) {
	dt, s := r.params.Dtype(), r.spec
	input := func(name string, shape ...int) (n *gorgonia.Node) {
		if err != nil {
			return nil
		}
		if name = "batch." + name; r.of.declare {
			return gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
		}
		n, err = graph.ZeroInput(g, dt, name, shape...)
		return n
	}
	width := s.Features
	if s.Events {
		width = graph.BitWords(s.Features)
	}
	r.x = input("x", r.steps, r.batch, width)
	r.mask = input("mask", r.steps, r.batch)
	r.weight = input("weight", 1, r.batch)
	r.counts = input("weight of targets", 1, r.batch)
	if err != nil {
		return b, err
	}
	b = Batch{X: r.x, Mask: r.mask, Weight: r.weight, counts: r.counts, Padded: r.padded, Training: r.of.train, Spec: s}
	if s.Events {
		if b.X, err = graph.Bits(r.x, s.Features); err != nil {
			return b, err
		}
	}
	shape := []int{r.batch}
	if s.PerStep {
		shape = []int{r.steps, r.batch}
	}
	switch {
	case s.Classes > 0:
		r.y = input("classes", shape...)
	case s.Numbers > 0:
		r.y = input("targets", append(shape, s.Numbers)...)
	}
	b.Y = r.y
	return b, err
}

// outputs are the nodes that are run.
func (r *runner) outputs() (nodes gorgonia.Nodes, err error) {
	if r.loss != nil && (r.of.train || r.of.metrics) {
		nodes = append(nodes, r.loss)
	}
	if r.of.scores {
		if r.view.Scores == nil {
			return nil, errors.Errorf("srnn: the loss %T does not say what the network is asked for: give it a method Scores, see Scorer", r.plan.loss)
		}
		nodes = append(nodes, r.view.Scores)
	}
	if r.of.metrics {
		if err := r.watch(); err != nil {
			return nil, err
		}
		for _, w := range r.watched {
			nodes = append(nodes, w...)
		}
	}
	if r.of.train {
		total, err := r.addTerms()
		if err != nil {
			return nil, err
		}
		if r.grads, err = r.gradients(total); err != nil {
			return nil, err
		}
		nodes = append(append(nodes, r.terms...), r.grads...)
	}
	if r.of.record {
		return r.record(nodes)
	}
	return nodes, nil
}

// gradients are those of a scalar with respect to the parameters that this graph trains.
func (r *runner) gradients(total *gorgonia.Node) (gorgonia.Nodes, error) {
	for _, here := range r.params.Trainable() {
		p, ok := r.model.Get(here.Name)
		if !ok {
			return nil, errors.Errorf("srnn: the model has no parameter %s", here.Name)
		}
		r.trained = append(r.trained, p)
	}
	if len(r.trained) == 0 {
		return nil, errors.New("srnn: the model has no parameters to train")
	}
	grads, err := gorgonia.Grad(total, r.params.Nodes()...)
	return grads, graph.Wrapf(err, "gradient of the loss")
}

// addTerms is the loss with the terms.
func (r *runner) addTerms() (total *gorgonia.Node, err error) {
	if total = r.loss; total == nil {
		return nil, errors.Errorf("srnn: the data have no targets to learn from")
	}
	for i, t := range r.plan.terms {
		n, err := t.Term(r.view)
		if err == nil && (n == nil || !n.Shape().IsScalar()) {
			err = errors.New("is not a scalar node")
		}
		if err == nil {
			total, err = gorgonia.Add(total, n)
		}
		if err != nil {
			return nil, graph.Wrapf(err, "term %d, %T", i, t)
		}
		r.terms = append(r.terms, n)
	}
	return total, nil
}

// watch asks the metrics for their nodes.
func (r *runner) watch() error {
	for _, m := range r.plan.metrics {
		if _, costly := m.(Costly); costly && !r.of.costly {
			continue
		}
		w, err := m.Watch(r.view)
		if err != nil {
			return graph.Wrapf(err, "metric %s", m.Name())
		}
		for k, n := range w {
			if n == nil {
				return errors.Errorf("srnn: metric %s watches node %d, which is nil", m.Name(), k)
			}
		}
		r.watched, r.metrics = append(r.watched, w), append(r.metrics, m)
	}
	return nil
}

// record adds all quantities of all layers.
func (r *runner) record(nodes gorgonia.Nodes) (gorgonia.Nodes, error) {
	for _, l := range r.view.Layers {
		for _, name := range l.Activity.Names() {
			n, err := l.Activity.Series(name)
			if err != nil {
				return nil, graph.Wrapf(err, "%s of %s", name, l.Layer)
			}
			r.series = append(r.series, series{l.Layer, name, n})
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

func (r *runner) close() error {
	if r.vm == nil {
		return nil
	}
	return r.vm.Close()
}

// each runs a batch, piece by piece where the graph is for pieces, and calls do after each run with the
// step at which it began.
func (r *runner) each(examples []Example, longest int, rng Draw, do func(first int) error) error {
	r.examples, r.count, r.longest = examples, len(examples), longest
	run := r.params.Run()
	if err := run.Begin(rng); err != nil {
		return err
	}
	for first := 0; first < longest; first += r.steps {
		if first > 0 {
			if err := run.Advance(); err != nil {
				return err
			}
		}
		r.show(first)
		err := r.vm.RunAll()
		if err == nil {
			err = do(first)
		}
		if err != nil {
			if longest > r.steps {
				err = graph.Wrapf(err, "piece %d", first/r.steps+1)
			}
			return err
		}
	}
	return nil
}

// stepsIn is how many steps example b has in a run that begins at step first.
func (r *runner) stepsIn(b, first int) int {
	return max(0, min(r.steps, r.examples[b].Steps-first))
}

// classAt is the class of example b at step t of a run.
func (r *runner) classAt(b, first, t int) int {
	switch {
	case t >= r.stepsIn(b, first):
		return Ignore
	case r.spec.PerStep:
		return r.examples[b].Classes[first+t]
	}
	return r.examples[b].Classes[0]
}

// numbersAt are the numbers that are the target of example b at step t of a run.
func (r *runner) numbersAt(b, first, t int) []float32 {
	n := r.spec.Numbers
	switch {
	case t >= r.stepsIn(b, first):
		return nil
	case !r.spec.PerStep:
		return r.examples[b].Y
	case first+t < r.plan.first:
		return nil
	}
	return r.examples[b].Y[(first+t)*n:][:n]
}

// inputs counts the inputs of example b in a run.
func (r *runner) inputs(b, first int) (all, active int, signs bool) {
	steps := r.stepsIn(b, first)
	all = steps * r.spec.Features
	if r.spec.Events {
		distinct := map[Event]bool{}
		for _, v := range r.examples[b].Events {
			if v.Step >= first && v.Step < first+steps {
				distinct[v] = true
			}
		}
		return all, len(distinct), true
	}
	signs = true
	for _, v := range r.examples[b].X[first*r.spec.Features:][:all] {
		if v != 0 {
			active++
			signs = signs && (v == 1 || v == -1)
		}
	}
	return all, active, signs
}

// count is a number with a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
