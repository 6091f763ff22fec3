package graphtest

import (
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Op checks an op, a node made by [graph.Apply] or of several others, on float64 inputs with these
// values: that its gradients are central differences, and that it behaves in every way in which
// Gorgonia and [graph.Machine] run a graph, in either precision. What apply declares is the op's
// first output. The op must be differentiable at the inputs, with spikes relaxed, see ops.Relaxed;
// those listed in constant have no gradient. Run it under the race detector too.
func Op(t *testing.T, inputs []*tensor.Dense, constant []int, apply func(in gorgonia.Nodes) (*gorgonia.Node, error)) {
	t.Helper()
	if err := checkInputs(inputs, constant); err != nil {
		t.Fatal(err)
	}
	for _, c := range (suite{inputs, constant, apply}).checks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// suite is an op with what it is checked on.
type suite struct {
	inputs   []*tensor.Dense
	constant []int
	apply    func(in gorgonia.Nodes) (*gorgonia.Node, error)
}

// check is one of the things that are checked.
type check struct {
	name  string
	check func() error
}

func (s suite) checks() []check {
	return []check{
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
	}
}

// gradient compares the gradient of Σ c·output with central differences.
func (s suite) gradient() error {
	return Differences{Constant: s.constant}.Check(s.inputs, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		out, err := s.apply(in)
		if err != nil {
			return nil, err
		}
		return weigh(out)
	})
}

// singlePrecision compares the op in float32 with the op in float64.
func (s suite) singlePrecision() error {
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
func (s suite) oneNode() error {
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
