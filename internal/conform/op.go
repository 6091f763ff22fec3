package conform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/gradcheck"
)

// Op checks an op, a node made by graph.Apply, on float64 inputs of its own: that its gradient
// is that of central differences, and that it behaves in every way in which Gorgonia runs a
// graph. The op must be differentiable at the inputs, with spikes relaxed; those listed in
// constant have no gradient. Run it under the race detector too.
func Op(t *testing.T, inputs []*tensor.Dense, constant []int, apply func(in gorgonia.Nodes) (*gorgonia.Node, error)) {
	t.Helper()
	s := opSuite{inputs, constant, apply}
	for _, c := range []struct {
		name  string
		check func() error
	}{
		{"gradient", s.gradient},
		{"single precision", s.singlePrecision},
		{"one node", s.oneNode},
		{"forward only", s.forwardOnly},
		{"some gradients", s.someGradients},
		{"runs again", s.runsAgain},
		{"two machines", s.twoMachines},
		{"machine options", s.machineOptions},
		{"overwritten output", s.overwrittenOutput},
		{"memory", s.memory},
		{"memory of the run before", s.reusedMemory},
		{"another run in between", s.anotherRun},
		{"lisp machine", s.lispMachine},
		{"in parallel", s.inParallel},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(); err != nil {
				t.Error(err)
			}
		})
	}
}

type opSuite struct {
	inputs   []*tensor.Dense
	constant []int
	apply    func(in gorgonia.Nodes) (*gorgonia.Node, error)
}

// opGraph is a graph with one op, and what a run of it leaves behind.
type opGraph struct {
	in    gorgonia.Nodes
	out   *gorgonia.Node
	value gorgonia.Value

	wrt    gorgonia.Nodes // the inputs that gradients are taken of
	grads  gorgonia.Nodes
	values []gorgonia.Value
}

// runs is the node that the function runs in: the output, or of a further output the first
// child.
func (p *opGraph) runs() *gorgonia.Node {
	if it := p.out.Graph().From(p.out.ID()); it.Next() {
		if first := it.Node().(*gorgonia.Node); first.Op() != nil {
			return first
		}
	}
	return p.out
}

// values are the op's inputs in a precision, with memory of their own.
func (s opSuite) values(dt tensor.Dtype) []*tensor.Dense {
	out := make([]*tensor.Dense, len(s.inputs))
	for i, v := range s.inputs {
		if dt == tensor.Float64 {
			out[i] = v.Clone().(*tensor.Dense)
			continue
		}
		single := make([]float32, v.Size())
		for j, x := range v.Data().([]float64) {
			single[j] = float32(x)
		}
		out[i] = tensor.New(tensor.WithShape(v.Shape()...), tensor.WithBacking(single))
	}
	return out
}

// declare applies the op to inputs of these values.
func (s opSuite) declare(values []*tensor.Dense) (*opGraph, error) {
	g := gorgonia.NewGraph()
	p := &opGraph{in: make(gorgonia.Nodes, len(values))}
	for i, v := range values {
		p.in[i] = gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...),
			gorgonia.WithName(fmt.Sprintf("input%d", i)), gorgonia.WithValue(v))
	}
	var err error
	p.out, err = s.apply(p.in)
	return p, err
}

// differentiate takes the gradient of a loss for the inputs wrt, or for all.
func (p *opGraph) differentiate(s opSuite, loss *gorgonia.Node, wrt ...int) error {
	for i, n := range p.in {
		if len(wrt) == 0 && !slices.Contains(s.constant, i) || slices.Contains(wrt, i) {
			p.wrt = append(p.wrt, n)
		}
	}
	var err error
	if p.grads, err = gorgonia.Grad(loss, p.wrt...); err != nil {
		return err
	}
	p.values = make([]gorgonia.Value, len(p.grads))
	for i, g := range p.grads {
		gorgonia.Read(g, &p.values[i])
	}
	return nil
}

// trainable is the op with a loss Σ c·output and its gradients. The output itself is read too.
func (s opSuite) trainable(values []*tensor.Dense, wrt ...int) (*opGraph, error) {
	p, err := s.declare(values)
	if err != nil {
		return nil, err
	}
	gorgonia.Read(p.out, &p.value)
	loss, err := weigh(p.out)
	if err != nil {
		return nil, err
	}
	return p, p.differentiate(s, loss, wrt...)
}

// weigh is Σ c·x with random c, so that every element has a gradient of its own.
func weigh(x *gorgonia.Node) (*gorgonia.Node, error) {
	if x.IsScalar() {
		return x, nil
	}
	c, err := constants(x, "weights", 3)
	if err != nil {
		return nil, err
	}
	weighted, err := gorgonia.HadamardProd(x, c)
	if err != nil {
		return nil, err
	}
	return gorgonia.Sum(weighted)
}

// constants is an input like x with values from N(0, 1).
func constants(x *gorgonia.Node, name string, seed uint64) (*gorgonia.Node, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	v := tensor.New(tensor.Of(x.Dtype()), tensor.WithShape(x.Shape()...))
	for i := range v.Size() {
		switch data := v.Data().(type) {
		case []float32:
			data[i] = float32(rng.NormFloat64())
		case []float64:
			data[i] = rng.NormFloat64()
		default:
			return nil, errors.Errorf("%s has dtype %v", x.Name(), x.Dtype())
		}
	}
	return gorgonia.NewTensor(x.Graph(), x.Dtype(), x.Dims(), gorgonia.WithShape(x.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(v)), nil
}

func (p *opGraph) run(opts ...gorgonia.VMOpt) error {
	vm := gorgonia.NewTapeMachine(p.out.Graph(), opts...)
	defer vm.Close()
	return vm.RunAll()
}

// state copies the output, where it was read, and the gradients.
func (p *opGraph) state() (out [][]float64, err error) {
	for _, v := range append([]gorgonia.Value{p.value}, p.values...) {
		x, err := numbers(v)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// finish runs the graph and returns its state.
func (p *opGraph) finish(opts ...gorgonia.VMOpt) ([][]float64, error) {
	if err := p.run(opts...); err != nil {
		return nil, err
	}
	return p.state()
}

// reference is the op's output and its gradients, run in the plainest way.
func (s opSuite) reference() ([][]float64, error) {
	p, err := s.trainable(s.values(tensor.Float64))
	if err != nil {
		return nil, err
	}
	return p.finish()
}

// prepare is the reference, and a graph to be run in another way.
func (s opSuite) prepare() (want [][]float64, p *opGraph, err error) {
	if want, err = s.reference(); err != nil {
		return nil, nil, err
	}
	p, err = s.trainable(s.values(tensor.Float64))
	return want, p, err
}

// numbers copies a value's elements; nil has none.
func numbers(v gorgonia.Value) ([]float64, error) {
	if v == nil {
		return nil, nil
	}
	switch x := v.Data().(type) {
	case float64:
		return []float64{x}, nil
	case float32:
		return []float64{float64(x)}, nil
	case []float64:
		return slices.Clone(x), nil
	case []float32:
		out := make([]float64, len(x))
		for i, y := range x {
			out[i] = float64(y)
		}
		return out, nil
	}
	return nil, errors.Errorf("value is a %T", v.Data())
}

// same compares outputs and gradients, with a tolerance relative to each tensor's largest
// element.
func same(got, want [][]float64, tolerance float64) error {
	if len(got) != len(want) {
		return errors.Errorf("%d tensors, want %d", len(got), len(want))
	}
	for k := range want {
		what := "output"
		if k > 0 {
			what = fmt.Sprintf("gradient %d", k-1)
		}
		if len(got[k]) != len(want[k]) {
			return errors.Errorf("%s has %d elements, want %d", what, len(got[k]), len(want[k]))
		}
		scale := 0.0
		for _, x := range want[k] {
			scale = math.Max(scale, math.Abs(x))
		}
		for i, x := range want[k] {
			if !(math.Abs(got[k][i]-x) <= tolerance*scale) {
				return errors.Errorf("%s[%d] is %.17g, want %.17g", what, i, got[k][i], x)
			}
		}
	}
	return nil
}

func (s opSuite) gradient() error {
	return gradcheck.Check(gradcheck.Settings{Skip: s.constant}, s.inputs, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		out, err := s.apply(in)
		if err != nil {
			return nil, err
		}
		return weigh(out)
	})
}

func (s opSuite) singlePrecision() error {
	p, err := s.trainable(s.values(tensor.Float32))
	if err != nil {
		return err
	}
	got, err := p.finish()
	if err != nil {
		return err
	}
	want, err := s.reference()
	if err != nil {
		return err
	}
	return same(got, want, 1e-4)
}

// oneNode checks the op's identity: applied twice to the same nodes it is one node.
func (s opSuite) oneNode() error {
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	again, err := s.apply(p.in)
	if err != nil {
		return err
	}
	if again != p.out {
		return errors.Errorf("applied twice to the same nodes, it is two nodes: %s and %s", p.out.Name(), again.Name())
	}
	return nil
}

func (s opSuite) forwardOnly() error {
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	gorgonia.Read(p.out, &p.value)
	got, err := p.finish()
	if err != nil {
		return err
	}
	want, err := s.reference()
	if err != nil {
		return err
	}
	return same(got, want[:1], 0)
}

// someGradients takes the gradient of one input at a time.
func (s opSuite) someGradients() error {
	want, err := s.reference()
	if err != nil {
		return err
	}
	k := 0
	for i := range s.inputs {
		if slices.Contains(s.constant, i) {
			continue
		}
		k++
		p, err := s.trainable(s.values(tensor.Float64), i)
		if err != nil {
			return err
		}
		got, err := p.finish()
		if err != nil {
			return err
		}
		if err := same(got, [][]float64{want[0], want[k]}, 0); err != nil {
			return errors.Wrapf(err, "with the gradient of input %d only", i)
		}
	}
	return nil
}

// runsAgain runs one machine on the inputs, on others, and on the first ones again.
func (s opSuite) runsAgain() error {
	p, err := s.trainable(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	vm := gorgonia.NewTapeMachine(p.out.Graph())
	defer vm.Close()
	run := func(values []*tensor.Dense) ([][]float64, error) {
		vm.Reset()
		for i, v := range values {
			if err := gorgonia.Let(p.in[i], v); err != nil {
				return nil, err
			}
		}
		if err := vm.RunAll(); err != nil {
			return nil, err
		}
		return p.state()
	}
	first, err := run(nil)
	if err != nil {
		return err
	}
	if _, err := run(s.moved().values(tensor.Float64)); err != nil {
		return err
	}
	other, err := p.state()
	if err != nil {
		return err
	}
	want, err := s.moved().reference()
	if err != nil {
		return err
	}
	if err := same(other, want, 0); err != nil {
		return errors.Wrap(err, "run again on other inputs")
	}
	again, err := run(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	return errors.Wrap(same(again, first, 0), "run again on the first inputs")
}

// moved is the suite with every input that has a gradient a little off.
func (s opSuite) moved() opSuite {
	inputs := s.values(tensor.Float64)
	for i, v := range inputs {
		if slices.Contains(s.constant, i) {
			continue
		}
		for j, x := range v.Data().([]float64) {
			v.Set(j, x*1.1+.01)
		}
	}
	s.inputs = inputs
	return s
}

// twoMachines runs two machines over one graph in turn.
func (s opSuite) twoMachines() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	a, b := gorgonia.NewTapeMachine(p.out.Graph()), gorgonia.NewTapeMachine(p.out.Graph())
	defer a.Close()
	defer b.Close()
	for i, vm := range []gorgonia.VM{a, b, a, b} {
		vm.Reset()
		if err := vm.RunAll(); err != nil {
			return err
		}
		got, err := p.state()
		if err != nil {
			return err
		}
		if err := same(got, want, 0); err != nil {
			return errors.Wrapf(err, "run %d", i)
		}
	}
	return nil
}

// machineOptions runs with values bound to the nodes on the way, and gradients to the inputs.
func (s opSuite) machineOptions() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	got, err := p.finish(gorgonia.TraceExec())
	if err != nil {
		return err
	}
	if err := same(got, want, 0); err != nil {
		return errors.Wrap(err, "TraceExec")
	}
	if p, err = s.trainable(s.values(tensor.Float64)); err != nil {
		return err
	}
	if got, err = p.finish(gorgonia.BindDualValues(p.wrt...)); err != nil {
		return err
	}
	got, err = boundGradients(got[0], p.wrt)
	if err != nil {
		return err
	}
	return errors.Wrap(same(got, want, 0), "BindDualValues")
}

// boundGradients are the gradients that a machine bound to nodes, behind an output.
func boundGradients(out []float64, nodes gorgonia.Nodes) ([][]float64, error) {
	state := [][]float64{out}
	for _, n := range nodes {
		v, err := n.Grad()
		if err != nil {
			return nil, err
		}
		x, err := numbers(v)
		if err != nil {
			return nil, err
		}
		state = append(state, x)
	}
	return state, nil
}

// overwrittenOutput puts an op behind the output that works in its memory, so that the output
// is gone when the backward pass begins.
func (s opSuite) overwrittenOutput() error {
	want, err := s.reference()
	if err != nil {
		return err
	}
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	out := p.out
	if out.IsScalar() {
		out, err = gorgonia.Neg(out)
		if err != nil {
			return err
		}
		if out, err = gorgonia.Neg(out); err != nil {
			return err
		}
	} else {
		flat, err := gorgonia.Reshape(out, tensor.Shape{out.Shape().TotalSize()})
		if err != nil {
			return err
		}
		offset, err := constants(flat, "offset", 5)
		if err != nil {
			return err
		}
		if flat, err = gorgonia.Add(flat, offset); err != nil {
			return err
		}
		if out, err = gorgonia.Reshape(flat, p.out.Shape()); err != nil {
			return err
		}
	}
	loss, err := weigh(out)
	if err != nil {
		return err
	}
	if err := p.differentiate(s, loss); err != nil {
		return err
	}
	got, err := p.finish()
	if err != nil {
		return err
	}
	return same(got[1:], want[1:], 0)
}

// byHand computes nodes without a machine: each op once, in order, and every value is kept.
type byHand struct {
	values map[*gorgonia.Node]gorgonia.Value
	after  func(*gorgonia.Node) error // is called when an op has run; nil: nothing
}

func (h byHand) value(n *gorgonia.Node) (gorgonia.Value, error) {
	if v, ok := h.values[n]; ok {
		return v, nil
	}
	if n.Op() == nil {
		return n.Value(), nil
	}
	in, err := h.children(n)
	if err != nil {
		return nil, err
	}
	v, err := n.Op().Do(in...)
	if err != nil {
		return nil, errors.Wrap(err, n.Name())
	}
	h.values[n] = v
	if h.after != nil {
		err = h.after(n)
	}
	return v, err
}

// children are the values that a node's op reads.
func (h byHand) children(n *gorgonia.Node) ([]gorgonia.Value, error) {
	var values []gorgonia.Value
	for it := n.Graph().From(n.ID()); it.Next(); {
		v, err := h.value(it.Node().(*gorgonia.Node))
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// memory checks that the op leaves its inputs alone, and that whoever gets the output may
// overwrite it.
func (s opSuite) memory() error {
	values := s.values(tensor.Float64)
	p, err := s.declare(values)
	if err != nil {
		return err
	}
	children, err := byHand{values: map[*gorgonia.Node]gorgonia.Value{}}.children(p.out)
	if err != nil {
		return err
	}
	do := func() (gorgonia.Value, []float64, error) {
		v, err := p.out.Op().Do(children...)
		if err != nil {
			return nil, nil, err
		}
		x, err := numbers(v)
		return v, x, err
	}
	first, want, err := do()
	if err != nil {
		return err
	}
	if d, ok := first.(*tensor.Dense); ok {
		d.Zero()
	}
	_, again, err := do()
	if err != nil {
		return err
	}
	if err := same([][]float64{again}, [][]float64{want}, 0); err != nil {
		return errors.Wrap(err, "after the output was overwritten")
	}
	for i, v := range values {
		if !slices.Equal(v.Data().([]float64), s.inputs[i].Data().([]float64)) {
			return errors.Errorf("input %d has changed", i)
		}
	}
	return nil
}

// reusedMemory runs a graph.Machine several times, and spoils between two runs whatever the first
// handed out: the op must write every element of the memory that it gets again.
func (s opSuite) reusedMemory() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	nodes := append(gorgonia.Nodes{p.out}, p.grads...)
	m, err := graph.NewMachine(nodes...)
	if err != nil {
		return err
	}
	for run := range 3 {
		if err := m.RunAll(); err != nil {
			return err
		}
		for i, n := range nodes {
			got, err := numbers(n.Value())
			if err != nil {
				return err
			}
			if err := same([][]float64{nil, got}, [][]float64{nil, want[i]}, 1e-12); err != nil {
				return errors.Wrapf(err, "run %d: node %d", run, i)
			}
			if x, ok := n.Value().Data().([]float64); ok {
				for j := range x {
					x[j] = math.NaN()
				}
			}
		}
	}
	return m.Close()
}

// anotherRun runs the op on other inputs between the forward and the backward pass.
func (s opSuite) anotherRun() error {
	want, p, err := s.prepare()
	if err != nil {
		return err
	}
	q, err := s.moved().declare(s.moved().values(tensor.Float64))
	if err != nil {
		return err
	}
	others, err := byHand{values: map[*gorgonia.Node]gorgonia.Value{}}.children(q.runs())
	if err != nil {
		return err
	}
	h := byHand{values: map[*gorgonia.Node]gorgonia.Value{}}
	h.after = func(n *gorgonia.Node) error {
		if n != p.out {
			return nil
		}
		_, err := p.runs().Op().Do(others...)
		return err
	}
	for i, g := range p.grads {
		v, err := h.value(g)
		if err != nil {
			return err
		}
		x, err := numbers(v)
		if err != nil {
			return err
		}
		if err := same([][]float64{nil, x}, [][]float64{nil, want[i+1]}, 1e-12); err != nil {
			return err
		}
	}
	return nil
}

func (s opSuite) lispMachine() error {
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	loss := func(p *opGraph) (*gorgonia.Node, error) {
		if p.out.IsScalar() {
			return p.out, nil
		}
		return gorgonia.Sum(p.out)
	}
	if _, err := loss(p); err != nil {
		return err
	}
	m := gorgonia.NewLispMachine(p.out.Graph())
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return err
	}
	for i, n := range p.in {
		if !slices.Contains(s.constant, i) {
			p.wrt = append(p.wrt, n)
		}
	}
	got, err := boundGradients(nil, p.wrt)
	if err != nil {
		return err
	}
	q, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	l, err := loss(q)
	if err != nil {
		return err
	}
	if err := q.differentiate(s, l); err != nil {
		return err
	}
	want, err := q.finish()
	if err != nil {
		return err
	}
	return same(got, want, 1e-12)
}

// inParallel runs graphs of their own at the same time. Their inputs are different headers over
// the same memory, as those of replicas of a model are.
func (s opSuite) inParallel() error {
	want, err := s.reference()
	if err != nil {
		return err
	}
	shared := s.values(tensor.Float64)
	const replicas = 3
	errs := make([]error, replicas)
	var wait sync.WaitGroup
	for r := range errs {
		headers := make([]*tensor.Dense, len(shared))
		for i, v := range shared {
			headers[i] = tensor.New(tensor.WithShape(v.Shape()...), tensor.WithBacking(v.Data()))
		}
		wait.Go(func() { errs[r] = s.replica(headers, want) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s opSuite) replica(values []*tensor.Dense, want [][]float64) error {
	p, err := s.trainable(values)
	if err != nil {
		return err
	}
	got, err := p.finish()
	if err != nil {
		return err
	}
	return same(got, want, 0)
}
