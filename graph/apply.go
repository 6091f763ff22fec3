package graph

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Result is a [Function] applied to nodes.
type Result struct {
	node   *gorgonia.Node // the first output
	inputs gorgonia.Nodes
	ev     *evaluation
}

// Apply adds f(inputs…) to the inputs' graph as one node, the first output. Inputs must all be
// in one graph and of one dtype, float32 or float64.
func Apply(f Function, inputs ...*gorgonia.Node) (*Result, error) {
	name := nameOf(f)
	dt, err := checkInputs(inputs)
	if err != nil {
		return nil, Wrapf(err, "%s", name)
	}
	id, err := identityOf(f)
	if err != nil {
		return nil, Wrapf(err, "%s", name)
	}
	in := make([]tensor.Shape, len(inputs))
	for i, n := range inputs {
		in[i] = n.Shape().Clone()
	}
	out, err := f.Shapes(in)
	if err != nil {
		return nil, Wrapf(err, "%s of (%s)", name, names(inputs))
	}
	ev := &evaluation{f: f, name: name, id: id, dt: dt, in: in, out: out, wanted: make([]atomic.Bool, len(out))}
	node, err := gorgonia.ApplyOp(&op{ev: ev}, inputs...)
	if err != nil {
		return nil, Wrapf(err, "%s of (%s)", name, names(inputs))
	}
	// Where the graph already had this node, its op is the one that will run.
	ev = node.Op().(*op).ev
	if ev.sources == nil {
		ev.sources = sources(inputs)
	}
	return &Result{node: node, inputs: inputs, ev: ev}, nil
}

// sources are the evaluations whose first outputs the inputs are; nil for others.
func sources(inputs gorgonia.Nodes) []*evaluation {
	s := make([]*evaluation, len(inputs))
	for i, n := range inputs {
		if o, ok := n.Op().(*op); ok && o.k == 0 {
			s[i] = o.ev
		}
	}
	return s
}

// Node is the first output, the node that the function runs in.
func (r *Result) Node() *gorgonia.Node { return r.node }

// Output is the k-th output as a node. Reading it does not run the function again: it is kept
// from the run of the first output.
//
// Gradients flow through every output, but each output's gradient is a backward pass of its
// own; a loss that reads two outputs of one function pays for two.
func (r *Result) Output(k int) (*gorgonia.Node, error) {
	if k == 0 {
		return r.node, nil
	}
	if k < 0 || k >= len(r.ev.out) {
		return nil, errors.Errorf("srnn: %s has no output %d, only %d", r.ev.name, k, len(r.ev.out))
	}
	return r.output(k, true)
}

// output is the k-th output as a node. One that is not wanted from the start is left out by runs
// until the node is run for the first time.
func (r *Result) output(k int, wanted bool) (*gorgonia.Node, error) {
	if k == 0 {
		return r.node, nil
	}
	if wanted {
		r.ev.wanted[k].Store(true)
	}
	children := append(gorgonia.Nodes{r.node}, r.inputs...)
	n, err := gorgonia.ApplyOp(&op{ev: r.ev, k: k}, children...)
	return n, Wrapf(err, "output %d of %s", k, r.ev.name)
}

// evaluation is a Function on inputs of given shapes, and what its last run left behind for
// the nodes that read other outputs or the gradient.
type evaluation struct {
	f       Function
	name    string
	id      string
	dt      tensor.Dtype
	in, out []tensor.Shape
	sources []*evaluation // of the inputs

	// They change what a run keeps, never what it returns.
	wanted []atomic.Bool // outputs that some node reads
	record bool          // some node takes the gradient; set while the graph is declared

	mu   sync.Mutex
	last *run
}

// run is what one run of a Function leaves behind. It serves only those who hold the very
// value that it handed out; anybody else's values come from another run, and are computed anew.
type run struct {
	handed  gorgonia.Value
	tape    any
	outs    any // []Array[F]
	readers int // how many are at it, under the evaluation's lock
}

// keep makes r the last run.
func (ev *evaluation) keep(r *run) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.last = r
}

// forget drops the last run and returns its tape for the next one, unless somebody still reads it.
func (ev *evaluation) forget() (tape any) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if ev.last != nil && ev.last.readers == 0 {
		tape = ev.last.tape
	}
	ev.last = nil
	return tape
}

// read calls f with the run that handed out v, or with an empty one.
func (ev *evaluation) read(v gorgonia.Value, f func(*run) error) error {
	ev.mu.Lock()
	r := ev.last
	if r == nil || r.handed != v {
		r = new(run)
	}
	r.readers++
	ev.mu.Unlock()
	defer func() {
		ev.mu.Lock()
		r.readers--
		ev.mu.Unlock()
	}()
	return f(r)
}

// acquire returns the tapes of the runs that handed out values, which are this evaluation's
// inputs, and a function to call when they are of no use any more.
func (ev *evaluation) acquire(values []gorgonia.Value) (tapes []any, release func()) {
	tapes = make([]any, len(values))
	var runs []func()
	for i, source := range ev.sources {
		if source == nil {
			continue
		}
		source.mu.Lock()
		if r := source.last; r != nil && r.handed == values[i] && r.tape != nil {
			r.readers++
			tapes[i] = r.tape
			runs = append(runs, func() {
				source.mu.Lock()
				r.readers--
				source.mu.Unlock()
			})
		}
		source.mu.Unlock()
	}
	return tapes, func() {
		for _, f := range runs {
			f()
		}
	}
}

// differentiable reports whether a gradient flows to input i.
func (ev *evaluation) differentiable(i int) bool {
	u, ok := ev.f.(Undifferentiated)
	return !ok || !u.Undifferentiated(i)
}

func checkInputs(inputs gorgonia.Nodes) (dt tensor.Dtype, err error) {
	if len(inputs) == 0 {
		return dt, errors.New("no inputs")
	}
	for i, n := range inputs {
		if n == nil {
			return dt, errors.Errorf("input %d is nil", i)
		}
		d, err := dtypeOf(n)
		if err != nil {
			return dt, errors.Wrapf(err, "input %d", i)
		}
		if i == 0 {
			dt = d
		}
		if d != dt {
			return dt, errors.Errorf("%s is %v but %s is %v", n.Name(), d, inputs[0].Name(), dt)
		}
		if n.Graph() != inputs[0].Graph() {
			return dt, errors.Errorf("%s and %s are in different graphs", n.Name(), inputs[0].Name())
		}
	}
	return dt, nil
}

// nameOf is the name of the Function's type, without package and type parameters.
func nameOf(f Function) string {
	if n, ok := f.(fmt.Stringer); ok {
		return n.String()
	}
	return reflect.TypeOf(f).Name()
}

func names(nodes gorgonia.Nodes) string {
	s := make([]string, len(nodes))
	for i, n := range nodes {
		s[i] = n.Name()
	}
	return strings.Join(s, ", ")
}
