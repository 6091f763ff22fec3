package graph

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Param is a trainable tensor.
type Param struct {
	// Name is unique in the model and holds its scopes, as in "layer0.tau_m".
	Name string

	// Group names the kind of parameter, for learning rates, constraints and reports of
	// their own: "weight", "bias", "tau".
	Group string

	// Node is the parameter in the graph, with its value bound.
	Node *gorgonia.Node

	// Fixed says that it is not trained. It is saved with the others.
	Fixed bool

	// Lower is the least value that it may take, see [Params.Project]; nil is none.
	Lower *float64

	adopted bool // nobody has declared it, see Params.Adopt
}

// Params declares the trainable parameters of one model in one graph: named, scoped and
// initialised. A name that the graph has already is an error; two models of one graph each have a
// scope of their own. Each value is drawn from a random stream of its own, made of the seed and the
// parameter's name, so that adding a layer does not change the initial weights of the others.
type Params struct {
	*declared
	prefix string
}

// declared is what all scopes of one model share.
type declared struct {
	g      *gorgonia.ExprGraph
	dt     tensor.Dtype
	seed   uint64
	list   []Param
	index  map[string]int
	source *declared        // where the values come from, if this is a twin
	grows  bool             // what the source does not have is declared there, too
	given  map[string]Given // where the values come from, if they were read from a file
	fixed  []string         // patterns of names, see Params.Fix
	run    Run
}

// NewParams returns an empty set of parameters of dtype dt (float32 or float64) in g.
func NewParams(g *gorgonia.ExprGraph, dt tensor.Dtype, seed uint64) (*Params, error) {
	if g == nil {
		return nil, errors.New("srnn: parameters need a graph, got nil")
	}
	if err := CheckDtype(dt); err != nil {
		return nil, Wrapf(err, "parameters")
	}
	return &Params{declared: &declared{g: g, dt: dt, seed: seed, index: map[string]int{}}}, nil
}

// Given is the value of a parameter that is not declared yet.
type Given struct {
	Shape  []int
	Values []float64 // row-major
}

// NewGivenParams returns an empty set of parameters which take their values from what is given by their
// names, as from a file, and not from their initialisers. A name that is not there, or has another
// shape, is an error before any memory is taken for it.
func NewGivenParams(g *gorgonia.ExprGraph, dt tensor.Dtype, seed uint64, given map[string]Given) (*Params, error) {
	p, err := NewParams(g, dt, seed)
	if err != nil {
		return nil, err
	}
	p.given = maps.Clone(given)
	if p.given == nil {
		p.given = map[string]Given{}
	}
	return p, nil
}

// Adopt declares what was given and not declared: parameters that belong to nothing that the model declares.
// They are fixed until a declaration of their name and shape claims them.
func (p *Params) Adopt() error {
	for _, name := range slices.Sorted(maps.Keys(p.given)) {
		if _, ok := p.index[name]; ok {
			continue
		}
		if _, err := p.declared.add(Param{Name: name, Fixed: true, adopted: true}, nil, p.given[name].Shape); err != nil {
			return err
		}
	}
	return nil
}

// In returns an empty set of parameters in another graph which take their values from p:
// declaring a name there gives a node that shares the memory of p's parameter of that name. A
// solver step on either changes both. So one model can have graphs of several batch sizes,
// for training and for evaluation. Do not run them at the same time as a solver step. The scope is
// that of p.
func (p *Params) In(g *gorgonia.ExprGraph) (*Params, error) {
	twin, err := NewParams(g, p.dt, p.seed)
	if err != nil {
		return nil, err
	}
	twin.source = p.declared
	twin.prefix = p.prefix
	return twin, nil
}

// Grow is [Params.In] for the first graph of a model: what p does not have yet is declared in p too. So a
// model is written once, as a function that declares its parameters and uses them.
func (p *Params) Grow(g *gorgonia.ExprGraph) (*Params, error) {
	twin, err := p.In(g)
	if err != nil {
		return nil, err
	}
	twin.grows = true
	return twin, nil
}

// Scope returns the same set with name in front of the names declared through it.
func (p *Params) Scope(name string) *Params {
	return &Params{declared: p.declared, prefix: p.prefix + name + "."}
}

// Name is the full name of what is declared here under a name: with the scopes in front of it.
func (p *Params) Name(name string) string { return p.prefix + name }

// Graph is the graph that the parameters are in.
func (p *Params) Graph() *gorgonia.ExprGraph { return p.g }

// Dtype is the dtype of all parameters.
func (p *Params) Dtype() tensor.Dtype { return p.dt }

// Seed is what the initial values were drawn from.
func (p *Params) Seed() uint64 { return p.seed }

// Declare adds a parameter. Its name must be new in its scope; init gives its value.
func (p *Params) Declare(name, group string, init Initializer, shape ...int) (*gorgonia.Node, error) {
	return p.add(Param{Name: p.prefix + name, Group: group}, init, shape)
}

// DeclareFixed adds a parameter that is not trained: it is saved with the others, and not among
// Nodes.
func (p *Params) DeclareFixed(name, group string, init Initializer, shape ...int) (*gorgonia.Node, error) {
	return p.add(Param{Name: p.prefix + name, Group: group, Fixed: true}, init, shape)
}

func (d *declared) add(q Param, init Initializer, s tensor.Shape) (*gorgonia.Node, error) {
	n, err := d.declare(q, init, s)
	return n, Wrapf(err, "parameter %s", q.Name)
}

func (d *declared) declare(q Param, init Initializer, s tensor.Shape) (*gorgonia.Node, error) {
	name := q.Name
	if i, ok := d.index[name]; ok {
		return d.claim(i, q, s)
	}
	if err := free(d.g, name); err != nil {
		return nil, err
	}
	if len(s) == 0 || slices.Min(s) < 1 {
		return nil, errors.Errorf("has shape %v, want positive dimensions", s)
	}
	v, err := d.value(q, init, s)
	if err != nil {
		return nil, err
	}
	if d.source != nil {
		from := d.source.list[d.source.index[name]] // twins share their bounds, too, and what is not trained
		q.Lower, q.Fixed = from.Lower, q.Fixed || from.Fixed
	} else {
		q.Fixed = q.Fixed || d.fixes(name)
	}
	if q.Node, err = Input(d.g, name, v); err != nil {
		return nil, err
	}
	if d.source == nil {
		q.within()
	}
	d.index[name] = len(d.list)
	d.list = append(d.list, q)
	return q.Node, nil
}

// claim declares a parameter that was adopted.
func (d *declared) claim(i int, q Param, s tensor.Shape) (*gorgonia.Node, error) {
	have := &d.list[i]
	if !have.adopted {
		return nil, errors.New("is declared twice: declare one of the two in a scope of its own, as p.Scope(\"student\")")
	}
	if !SameShape(have.Node.Shape(), s) {
		return nil, errors.Errorf("has shape %v, but it was read with shape %v", s, have.Node.Shape())
	}
	have.Group, have.Fixed, have.Lower, have.adopted = q.Group, q.Fixed || d.fixes(q.Name), q.Lower, false
	have.within()
	return have.Node, nil
}

// value is the initial value of a parameter.
func (d *declared) value(q Param, init Initializer, s tensor.Shape) (*tensor.Dense, error) {
	if d.source == nil && d.given == nil {
		return initialize(init, d.dt, s, d.seed, q.Name)
	}
	if d.source == nil {
		return d.read(q.Name, s)
	}
	if i, there := d.source.index[q.Name]; d.grows && (!there || d.source.list[i].adopted) {
		if _, err := d.source.declare(q, init, s); err != nil {
			return nil, err
		}
	}
	return d.source.share(q.Name, s)
}

// read takes a value that was given.
func (d *declared) read(name string, s tensor.Shape) (*tensor.Dense, error) {
	g, ok := d.given[name]
	switch {
	case !ok:
		return nil, errors.New("is not among the values that were read")
	case !slices.Equal(g.Shape, []int(s)):
		return nil, errors.Errorf("has shape %v, but was read with shape %v", s, g.Shape)
	case len(g.Values) != s.TotalSize():
		return nil, errors.Errorf("has shape %v, but %d values were read", s, len(g.Values))
	}
	return initialize(Values(g.Values), d.dt, s, 0, name)
}

// share is a header of its own over the memory of the parameter of that name.
func (d *declared) share(name string, s tensor.Shape) (*tensor.Dense, error) {
	i, ok := d.index[name]
	if !ok {
		return nil, errors.New("is not a parameter of the model that this one shares its values with")
	}
	v := d.list[i].Node.Value()
	if !SameShape(v.Shape(), s) {
		return nil, errors.Errorf("has shape %v, but %v in the model that this one shares its values with", s, v.Shape())
	}
	return tensor.New(tensor.WithShape(s...), tensor.WithBacking(v.Data())), nil
}

// All are the parameters of the scope, and of the scopes within, in the order of their declaration.
func (p *Params) All() (all []Param) {
	for _, q := range p.list {
		if strings.HasPrefix(q.Name, p.prefix) {
			all = append(all, q)
		}
	}
	return all
}

// Trainable are those of All that are not fixed.
func (p *Params) Trainable() (trainable []Param) {
	for _, q := range p.All() {
		if !q.Fixed {
			trainable = append(trainable, q)
		}
	}
	return trainable
}

// Nodes are the nodes of the trainable parameters, for gorgonia.Grad and solvers.
func (p *Params) Nodes() (nodes gorgonia.Nodes) {
	for _, q := range p.Trainable() {
		nodes = append(nodes, q.Node)
	}
	return nodes
}

// Get returns the parameter of that full name.
func (p *Params) Get(name string) (Param, bool) {
	i, ok := p.index[name]
	if !ok {
		return Param{}, false
	}
	return p.list[i], true
}

// Match returns those of All whose full name matches a pattern of package path, as
// "layer*.tau_m" or "*.tau_*".
func (p *Params) Match(pattern string) ([]Param, error) {
	var out []Param
	for _, q := range p.All() {
		ok, err := path.Match(pattern, q.Name)
		if err != nil {
			return nil, Wrapf(err, "pattern %q", pattern)
		}
		if ok {
			out = append(out, q)
		}
	}
	return out, nil
}

// Values copies the parameter's values, in row-major order.
func (q Param) Values() []float64 {
	out, err := Float64s(q.Node.Value())
	if err != nil {
		panic(err) // Declare bound a value
	}
	return out
}

func convert[A, B Float](dst []A, src []B) {
	for i, x := range src {
		dst[i] = A(x)
	}
}

// WithGradient is the parameter with a gradient, as solvers want it.
func (q Param) WithGradient(g gorgonia.Value) gorgonia.ValueGrad { return valueGrad{q, g} }

type valueGrad struct {
	param Param
	grad  gorgonia.Value
}

func (v valueGrad) Name() string                  { return v.param.Name }
func (v valueGrad) Value() gorgonia.Value         { return v.param.Node.Value() }
func (v valueGrad) Grad() (gorgonia.Value, error) { return v.grad, nil }
