package graphtest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// subject is a graph with one op, and what a run of it leaves behind.
type subject struct {
	in    gorgonia.Nodes
	out   *gorgonia.Node
	value gorgonia.Value

	wrt    gorgonia.Nodes // the inputs that gradients are taken of
	grads  gorgonia.Nodes
	values []gorgonia.Value
}

// runs is the node that the function runs in: the output, or of a further output the first
// child.
func (p *subject) runs() *gorgonia.Node {
	if it := p.out.Graph().From(p.out.ID()); it.Next() {
		if first := it.Node().(*gorgonia.Node); first.Op() != nil {
			return first
		}
	}
	return p.out
}

// values are the op's inputs in a precision, with memory of their own.
func (s suite) values(dt tensor.Dtype) []*tensor.Dense {
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
func (s suite) declare(values []*tensor.Dense) (*subject, error) {
	g := gorgonia.NewGraph()
	p := &subject{in: make(gorgonia.Nodes, len(values))}
	for i, v := range values {
		p.in[i] = gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...),
			gorgonia.WithName(fmt.Sprintf("input%d", i)), gorgonia.WithValue(v))
	}
	var err error
	p.out, err = s.apply(p.in)
	return p, err
}

// trainable is the op with a loss Σ c·output and its gradients. The output itself is read too.
func (s suite) trainable(values []*tensor.Dense, wrt ...int) (*subject, error) {
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

// reference is the op's output and its gradients, run in the plainest way.
func (s suite) reference() ([][]float64, error) {
	p, err := s.trainable(s.values(tensor.Float64))
	if err != nil {
		return nil, err
	}
	return p.finish()
}

// prepare is the reference, and a graph to be run in another way.
func (s suite) prepare() (want [][]float64, p *subject, err error) {
	if want, err = s.reference(); err != nil {
		return nil, nil, err
	}
	p, err = s.trainable(s.values(tensor.Float64))
	return want, p, err
}

// moved is the suite with every input that has a gradient a little off.
func (s suite) moved() suite {
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

// differentiate takes the gradient of a loss for the inputs wrt, or for all.
func (p *subject) differentiate(s suite, loss *gorgonia.Node, wrt ...int) error {
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

func (p *subject) run(opts ...gorgonia.VMOpt) error {
	vm := gorgonia.NewTapeMachine(p.out.Graph(), opts...)
	defer vm.Close()
	return vm.RunAll()
}

// state copies the output, where it was read, and the gradients.
func (p *subject) state() (out [][]float64, err error) {
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
func (p *subject) finish(opts ...gorgonia.VMOpt) ([][]float64, error) {
	if err := p.run(opts...); err != nil {
		return nil, err
	}
	return p.state()
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
