// Package gradcheck compares the gradients that gorgonia.Grad declares with central
// differences of the graph itself.
package gradcheck

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Settings of a check. The zero value is the default.
type Settings struct {
	Step      float64 // of the differences; default 1e-6
	Tolerance float64 // of the gradient, relative to its tensor's largest element; default 1e-6
	Skip      []int   // inputs that have no gradient
}

// Check builds a scalar from float64 inputs twice, differentiates one copy and perturbs every
// element of the inputs of the other. It returns the first disagreement.
func Check(s Settings, inputs []*tensor.Dense, build func(in gorgonia.Nodes) (*gorgonia.Node, error)) error {
	if s.Step == 0 {
		s.Step = 1e-6
	}
	if s.Tolerance == 0 {
		s.Tolerance = 1e-6
	}
	skip := map[int]bool{}
	for _, i := range s.Skip {
		skip[i] = true
	}

	in, loss, err := declare(inputs, build)
	if err != nil {
		return err
	}
	var wrt gorgonia.Nodes
	for i, n := range in {
		if !skip[i] {
			wrt = append(wrt, n)
		}
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return errors.Wrap(err, "Grad")
	}
	values := make([]gorgonia.Value, len(grads))
	for i, g := range grads {
		gorgonia.Read(g, &values[i])
	}
	vm := gorgonia.NewTapeMachine(loss.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return err
	}

	at, err := function(inputs, build)
	if err != nil {
		return err
	}
	defer at.vm.Close()
	k := 0
	for i := range in {
		if skip[i] {
			continue
		}
		got, err := graph.Float64s(values[k])
		if err != nil {
			return errors.Wrapf(err, "gradient of input %d", i)
		}
		k++
		x := at.in[i].Value().Data().([]float64)
		if len(got) != len(x) {
			return errors.Errorf("gradient of input %d has %d elements, want %d", i, len(got), len(x))
		}
		want := make([]float64, len(x))
		largest := 1e-3
		for j, x0 := range x {
			x[j] = x0 + s.Step
			hi, err := at.run()
			if err != nil {
				return err
			}
			x[j] = x0 - s.Step
			lo, err := at.run()
			if err != nil {
				return err
			}
			x[j] = x0
			want[j] = (hi - lo) / (2 * s.Step)
			largest = math.Max(largest, math.Abs(want[j]))
		}
		for j := range want {
			if !(math.Abs(got[j]-want[j]) <= s.Tolerance*largest) {
				return errors.Errorf("gradient of input %d, element %d, is %.9g; central differences give %.9g", i, j, got[j], want[j])
			}
		}
	}
	return nil
}

func declare(inputs []*tensor.Dense, build func(gorgonia.Nodes) (*gorgonia.Node, error)) (gorgonia.Nodes, *gorgonia.Node, error) {
	g := gorgonia.NewGraph()
	in := make(gorgonia.Nodes, len(inputs))
	for i, v := range inputs {
		in[i] = gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...),
			gorgonia.WithName(fmt.Sprintf("input%d", i)), gorgonia.WithValue(v.Clone().(*tensor.Dense)))
	}
	loss, err := build(in)
	return in, loss, err
}

// evaluator is the scalar as a function of its inputs' values.
type evaluator struct {
	in   gorgonia.Nodes
	vm   gorgonia.VM
	loss gorgonia.Value
}

func function(inputs []*tensor.Dense, build func(gorgonia.Nodes) (*gorgonia.Node, error)) (*evaluator, error) {
	e := new(evaluator)
	in, loss, err := declare(inputs, build)
	if err != nil {
		return nil, err
	}
	e.in = in
	gorgonia.Read(loss, &e.loss)
	e.vm = gorgonia.NewTapeMachine(loss.Graph())
	return e, nil
}

func (e *evaluator) run() (float64, error) {
	e.vm.Reset()
	if err := e.vm.RunAll(); err != nil {
		return 0, err
	}
	x, err := graph.Float64s(e.loss)
	if err != nil {
		return 0, err
	}
	return x[0], nil
}
