package conform

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// experiment is a layer with all that it runs on as numbers.
type experiment struct {
	cell                    nodes.Cell
	dtype                   tensor.Dtype
	steps, batch, in, units int
	recurrent               bool
	keepEvery               int
	estimator               ops.Estimator
	drive                   float64 // the scale of all weights and biases
	seed                    uint64  // of the weights and biases

	x       []float64            // [steps, batch, in]
	initial map[string][]float64 // [batch, units] of the variables of the state
	weights map[string][]float64 // [steps, batch, units] of each quantity in the loss
}

// experiment draws one of usual size.
func (s *cellSuite) experiment(recurrent bool) experiment {
	return s.sized(12, 3, 2, 4, recurrent)
}

// sized draws an experiment of any size.
func (s *cellSuite) sized(steps, batch, in, units int, recurrent bool) experiment {
	e := experiment{
		cell: s.cell, dtype: tensor.Float64, steps: steps, batch: batch, in: in, units: units,
		recurrent: recurrent, drive: s.drive, seed: 1,
		initial: map[string][]float64{}, weights: map[string][]float64{},
	}
	e.x = normals("x", steps*batch*in)
	for _, name := range s.names {
		e.weights[name] = normals("weights of "+name, steps*batch*units)
	}
	for _, v := range e.variables() {
		e.initial[v.Name] = make([]float64, batch*units)
		for i := range e.initial[v.Name] {
			e.initial[v.Name][i] = v.Rest
			if pool := s.pool[v.Name]; pool != nil {
				e.initial[v.Name][i] = pool[i%len(pool)]
			}
		}
	}
	return e
}

// normals are n values of N(0, 1), the same for the same name.
func normals(name string, n int) []float64 {
	rng, v := graph.Stream(3, name), make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// variables are those of the state, with the spikes if there are recurrent synapses.
func (e experiment) variables() []nodes.Variable {
	variables := e.cell.State()
	isSpikes := func(v nodes.Variable) bool { return v.Name == nodes.Spikes }
	if e.recurrent && !slices.ContainsFunc(variables, isSpikes) {
		variables = append(variables, nodes.Variable{Name: nodes.Spikes})
	}
	return variables
}

func (e experiment) scanned() experiment {
	e.cell = nodes.Scanned(e.cell)
	return e
}

// valuesOf are what a parameter is set to: of the cell's, what it starts with and up to a tenth more or
// less, so that neurons differ. Currents are of the size of the drive, and have a positive mean.
func (e experiment) valuesOf(q graph.Param) []float64 {
	rng, v := graph.Stream(e.seed, path.Ext(q.Name)), q.Values()
	for i := range v {
		switch path.Ext(q.Name) {
		case ".w_in":
			v[i] = e.drive * rng.NormFloat64() / math.Sqrt(float64(e.in))
		case ".b_in":
			v[i] = e.drive * (1 + .1*rng.NormFloat64())
		case ".w_rec":
			v[i] = .5 * e.drive * rng.NormFloat64() / math.Sqrt(float64(e.units))
		case ".b_rec":
			v[i] = .1 * e.drive * rng.NormFloat64()
		default:
			v[i] *= 1 + .1*(2*rng.Float64()-1)
		}
	}
	return v
}

// population is an experiment's layer, declared in a graph with what it runs on.
type population struct {
	experiment
	name    string
	params  *graph.Params
	neurons *nodes.Neurons
	own     map[string]*gorgonia.Node // the layer's parameters by their names
	x       *gorgonia.Node
	start   nodes.State
}

// declare adds the layer to a graph under a name.
func (e experiment) declare(g *gorgonia.ExprGraph, name string) (*population, error) {
	params, err := graph.NewParams(g, e.dtype, 1)
	if err != nil {
		return nil, err
	}
	p := &population{experiment: e, name: name, params: params, own: map[string]*gorgonia.Node{}, start: nodes.State{}}
	layer := nodes.Layer{Units: e.units, Cell: e.cell, Recurrent: e.recurrent, KeepEvery: e.keepEvery, Estimator: e.estimator}
	if p.neurons, err = layer.Declare(params, name, e.in); err != nil {
		return nil, err
	}
	for _, q := range params.All() {
		if err := params.Set(q.Name, q.Node.Shape(), e.valuesOf(q)); err != nil {
			return nil, err
		}
		p.own[strings.TrimPrefix(q.Name, name+".")] = q.Node
	}
	p.x = p.input("x", e.x, e.steps, e.batch, e.in)
	for _, v := range e.variables() {
		p.start[v.Name] = p.input("initial "+v.Name, e.initial[v.Name], e.batch, e.units)
	}
	return p, nil
}

// setDrive scales the synapses from the inputs.
func (p *population) setDrive(drive float64) {
	p.drive = drive
	for _, q := range p.params.All() {
		if q.Node == p.own["w_in"] || q.Node == p.own["b_in"] {
			overwrite(q.Node.Value(), p.valuesOf(q))
		}
	}
}

// input adds an input of these values.
func (p *population) input(name string, values []float64, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.Of(p.dtype), tensor.WithShape(shape...))
	overwrite(v, values)
	return gorgonia.NewTensor(p.params.Graph(), p.dtype, len(shape), gorgonia.WithShape(shape...),
		gorgonia.WithName(p.name+" "+name), gorgonia.WithValue(v))
}

// overwrite copies values to a tensor of either precision; nil are zeros.
func overwrite(v gorgonia.Value, values []float64) {
	switch d := v.Data().(type) {
	case []float32:
		clear(d)
		for i, x := range values {
			d[i] = float32(x)
		}
	case []float64:
		clear(d)
		copy(d, values)
	}
}

// program is what is computed in a graph: named quantities, and the inputs that they depend on. Each
// is in one or several parts along its first axis.
type program struct {
	*population
	quantities, inputs map[string]gorgonia.Nodes
}

// program has all inputs of the population, and no quantities yet.
func (p *population) program() *program {
	inputs := map[string]gorgonia.Nodes{"x": {p.x}}
	for name, n := range p.own {
		inputs[name] = gorgonia.Nodes{n}
	}
	for name, n := range p.start {
		inputs["initial "+name] = gorgonia.Nodes{n}
	}
	return &program{p, map[string]gorgonia.Nodes{}, inputs}
}

// way is a way to run an experiment.
type way func(experiment) (*program, error)

// layered runs the layer.
func layered(e experiment) (*program, error) {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	return p.layered()
}

func (p *population) layered() (*program, error) {
	out := p.program()
	_, err := out.forward(p.x, p.start)
	return out, err
}

// forward runs the layer on one part of x, and adds what it recorded.
func (p *program) forward(x *gorgonia.Node, start nodes.State) (*nodes.Activity, error) {
	a, err := p.neurons.ForwardFrom(x, nodes.FromState(start))
	if err != nil {
		return nil, err
	}
	for _, name := range a.Names() {
		n, err := a.Series(name)
		if err != nil {
			return nil, errors.Wrap(err, name)
		}
		p.quantities[name] = append(p.quantities[name], n)
	}
	return a, nil
}

// split runs the layer on the first steps of x, and from the state that it is in then on the others.
func split(first int) way {
	return func(e experiment) (*program, error) {
		p, err := e.declare(gorgonia.NewGraph(), "population")
		if err != nil {
			return nil, err
		}
		out := p.program()
		at := first * e.batch * e.in
		out.inputs["x"] = gorgonia.Nodes{
			p.input("first x", e.x[:at], first, e.batch, e.in),
			p.input("second x", e.x[at:], e.steps-first, e.batch, e.in),
		}
		state := p.start
		for _, x := range out.inputs["x"] {
			a, err := out.forward(x, state)
			if err != nil {
				return nil, err
			}
			if state, err = a.Final(); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// unrolled applies the cell's step to every step of x, one after the other in one graph.
func unrolled(e experiment) (*program, error) {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	out := p.program()
	out.quantities, err = unroll(e, p.x, p.own, p.start)
	return out, err
}

func unroll(e experiment, x *gorgonia.Node, own, start map[string]*gorgonia.Node) (map[string]gorgonia.Nodes, error) {
	biases := gorgonia.Nodes{own["b_in"]}
	if e.recurrent {
		biases = append(biases, own["b_rec"])
	}
	currents, err := ops.Linear(x, own["w_in"], biases...)
	if err != nil {
		return nil, err
	}
	out, state := map[string]gorgonia.Nodes{}, maps.Clone(start)
	for t := range e.steps {
		current, err := graph.Step(currents, t)
		if err != nil {
			return nil, err
		}
		if e.recurrent {
			recurrent, err := ops.Linear(state[nodes.Spikes], own["w_rec"])
			if err != nil {
				return nil, err
			}
			if current, err = gorgonia.Add(current, recurrent); err != nil {
				return nil, err
			}
		}
		step, err := apply(e.cell, current, own, state)
		if err != nil {
			return nil, errors.Wrapf(err, "step %d", t)
		}
		for name, n := range step {
			out[name] = append(out[name], n)
		}
		for name := range state {
			state[name] = step[name]
		}
	}
	return out, nil
}

// apply adds one step of a cell to a graph.
func apply(cell nodes.Cell, current *gorgonia.Node, own, state map[string]*gorgonia.Node) (map[string]*gorgonia.Node, error) {
	p, s := nodes.Values{}, nodes.Values{}
	for _, q := range cell.Parameters() {
		p[q.Name] = graph.Of(own[q.Name])
	}
	for _, v := range cell.State() {
		s[v.Name] = graph.Of(state[v.Name])
	}
	values, out := cell.Step(p, s, graph.Of(current)), map[string]*gorgonia.Node{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		n, err := values[name].Node()
		if err != nil {
			return nil, errors.Wrapf(err, "the step's %s", name)
		}
		if !graph.SameShape(n.Shape(), current.Shape()) {
			return nil, errors.Errorf("the step's %s has shape %v, want %v", name, n.Shape(), current.Shape())
		}
		out[name] = n
	}
	return out, nil
}

// outcome is what a program gives: the values of its quantities by their names and, as "gradient of
// spikes by x", the gradients of a weighted sum of each.
type outcome map[string][]float64

// outcome runs an experiment in some way.
func (e experiment) outcome(in way) (outcome, error) {
	p, err := in(e)
	if err != nil {
		return nil, err
	}
	m, err := p.measurement()
	if err != nil {
		return nil, err
	}
	return m.outcome()
}

// measurement is a machine for a program and its gradients.
type measurement struct {
	*program
	machine *graph.Machine
	weights map[string]gorgonia.Nodes // of the parts of each quantity, in the loss
	grads   map[string]gorgonia.Nodes // by the parts of each input
}

func (p *program) measurement() (*measurement, error) {
	loss, weights, err := p.loss()
	if err != nil {
		return nil, err
	}
	m := &measurement{program: p, weights: weights, grads: map[string]gorgonia.Nodes{}}
	var wrt gorgonia.Nodes
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		wrt = append(wrt, p.inputs[name]...)
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return nil, err
	}
	run := slices.Clone(grads)
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		n := len(p.inputs[name])
		m.grads[name], grads = grads[:n], grads[n:]
	}
	for _, name := range slices.Sorted(maps.Keys(p.quantities)) {
		run = append(run, p.quantities[name]...)
	}
	m.machine, err = graph.NewMachine(run...)
	return m, err
}

// loss is the weighted sum of all quantities, with the weights as inputs, and of all inputs with
// weights of zero: it then depends on each of them.
func (p *program) loss() (loss *gorgonia.Node, weights map[string]gorgonia.Nodes, err error) {
	sum := sum{}
	weights = map[string]gorgonia.Nodes{}
	for _, name := range slices.Sorted(maps.Keys(p.quantities)) {
		for k, n := range p.quantities[name] {
			w := p.input(fmt.Sprintf("weights of %s %d", name, k), nil, n.Shape()...)
			weights[name] = append(weights[name], w)
			sum.add(graph.Of(n).Mul(graph.Of(w)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
		for _, n := range p.inputs[name] {
			sum.add(graph.Of(n).Times(0))
		}
	}
	loss, err = sum.node()
	return loss, weights, err
}

// sum adds up the elements of tensors. Those of one shape are added before they are summed.
type sum struct {
	shapes []string
	terms  map[string]graph.Expr
	err    error
}

func (s *sum) add(x graph.Expr) {
	n, err := x.Node()
	if err != nil {
		s.err = err
		return
	}
	shape := fmt.Sprint(n.Shape())
	if s.terms == nil {
		s.terms = map[string]graph.Expr{}
	}
	if _, ok := s.terms[shape]; !ok {
		s.shapes, s.terms[shape] = append(s.shapes, shape), x
		return
	}
	s.terms[shape] = s.terms[shape].Add(x)
}

func (s *sum) node() (*gorgonia.Node, error) {
	if s.err != nil {
		return nil, s.err
	}
	var total graph.Expr
	for k, shape := range s.shapes {
		one := s.terms[shape].Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n) })
		if k == 0 {
			total = one
		} else {
			total = total.Add(one)
		}
	}
	return total.Node()
}

// outcome runs the machine once for each quantity in the loss.
func (m *measurement) outcome() (outcome, error) {
	out := outcome{}
	for _, name := range slices.Sorted(maps.Keys(m.quantities)) {
		if err := m.weigh(name); err != nil {
			return nil, err
		}
		if err := m.machine.RunAll(); err != nil {
			return nil, err
		}
		var err error
		if out[name], err = joined(m.quantities[name]); err != nil {
			return nil, errors.Wrap(err, name)
		}
		for input, grads := range m.grads {
			by := gradientOf + name + " by " + input
			if out[by], err = joined(grads); err != nil {
				return nil, errors.Wrap(err, by)
			}
		}
	}
	return out, nil
}

// weigh gives one quantity its weights in the loss, and all others zero.
func (m *measurement) weigh(quantity string) error {
	for name, parts := range m.weights {
		w := m.experiment.weights[name]
		if w == nil {
			return errors.Errorf("%s is recorded, but not given by the step", name)
		}
		for _, part := range parts {
			n := part.Shape().TotalSize()
			if name == quantity {
				overwrite(part.Value(), w[:n])
			} else {
				overwrite(part.Value(), nil)
			}
			w = w[n:]
		}
	}
	return nil
}

// joined are the values of nodes, one after the other.
func joined(parts gorgonia.Nodes) (all []float64, err error) {
	for _, n := range parts {
		x, err := graph.Float64s(n.Value())
		if err != nil {
			return nil, err
		}
		all = append(all, x...)
	}
	return all, nil
}

const gradientOf = "gradient of "

// sorted are the names, those of gradients behind: a fault is best seen where it comes up first.
func (o outcome) sorted() []string {
	gradient := func(name string) int {
		if strings.HasPrefix(name, gradientOf) {
			return 1
		}
		return 0
	}
	return slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		return cmp.Or(gradient(a)-gradient(b), strings.Compare(a, b))
	})
}

// agree compares two outcomes, with a tolerance relative to the largest element of each tensor.
func agree(got, want outcome, tolerance float64) error {
	if g, w := got.sorted(), want.sorted(); !slices.Equal(g, w) {
		return errors.Errorf("there are %q, want %q", g, w)
	}
	for _, name := range want.sorted() {
		if len(got[name]) != len(want[name]) {
			return errors.Errorf("%s has %d elements, want %d", name, len(got[name]), len(want[name]))
		}
		scale := largest(want[name])
		for i, x := range want[name] {
			if !(math.Abs(got[name][i]-x) <= tolerance*scale) {
				return errors.Errorf("%s: element %d is %.17g, want %.17g", name, i, got[name][i], x)
			}
		}
	}
	return nil
}

func largest(v []float64) float64 {
	most := 0.0
	for _, x := range v {
		most = math.Max(most, math.Abs(x))
	}
	return most
}

// same checks that two experiments have one outcome.
func (e experiment) same(run way, as experiment, ran way, tolerance float64) error {
	got, err := e.outcome(run)
	if err != nil {
		return err
	}
	want, err := as.outcome(ran)
	if err != nil {
		return err
	}
	return agree(got, want, tolerance)
}
