package graphtest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Gradients checks the gradients that gorgonia.Grad finds of a loss, a scalar, by float64 inputs
// with these values. They must be the central differences of the loss, to a millionth of each
// tensor's largest element. Of the inputs listed in constant no gradient is taken. The loss must
// be differentiable at the inputs: spikes are to be relaxed, see ops.Relaxed.
//
// It is for whole networks and for anything else that declares nodes; a single op is checked for
// much more by [Op]. [Differences] has settings, and gives an error instead of failing a test.
func Gradients(t testing.TB, inputs []*tensor.Dense, constant []int, loss func(in gorgonia.Nodes) (*gorgonia.Node, error)) {
	t.Helper()
	if err := (Differences{Constant: constant}).Check(inputs, loss); err != nil {
		t.Error(err)
	}
}

// Differences compares gradients with central differences, (f(x+h) − f(x−h)) / 2h.
type Differences struct {
	Step      float64 // h; 0 stands for 1e-6
	Tolerance float64 // of a gradient, relative to the largest difference of its tensor; 0 stands for 1e-6
	Constant  []int   // the inputs of which no gradient is taken
}

// Check declares a loss, a scalar, twice, of float64 inputs with these values. It differentiates
// one by the inputs with gorgonia.Grad, and changes every element of the inputs of the other. The
// error names the first element whose gradient is not its difference.
func (d Differences) Check(inputs []*tensor.Dense, loss func(in gorgonia.Nodes) (*gorgonia.Node, error)) error {
	if err := d.check(inputs); err != nil {
		return err
	}
	got, err := d.gradients(inputs, loss)
	if err != nil {
		return err
	}
	at, err := newEvaluator(inputs, loss)
	if err != nil {
		return err
	}
	defer at.vm.Close()
	for i := range inputs {
		if slices.Contains(d.Constant, i) {
			continue
		}
		want, err := at.differences(i, d.Step)
		if err != nil {
			return errors.Wrapf(err, "differences of input %d", i)
		}
		if err := d.compare(got[i], want); err != nil {
			return errors.WithMessagef(err, "gradient of input %d", i)
		}
	}
	return nil
}

// check refuses what cannot be checked, and fills in the defaults.
func (d *Differences) check(inputs []*tensor.Dense) error {
	for _, x := range []float64{d.Step, d.Tolerance} {
		if !(x >= 0) || math.IsInf(x, 0) {
			return errors.Errorf("srnn: a step of %v with a tolerance of %v: want positive numbers", d.Step, d.Tolerance)
		}
	}
	if d.Step == 0 {
		d.Step = 1e-6
	}
	if d.Tolerance == 0 {
		d.Tolerance = 1e-6
	}
	return checkInputs(inputs, d.Constant)
}

// checkInputs refuses inputs that are not float64, and constants that are none of them or all.
func checkInputs(inputs []*tensor.Dense, constant []int) error {
	differentiated := len(inputs)
	for i, v := range inputs {
		if v.Dtype() != tensor.Float64 {
			return errors.Errorf("srnn: input %d is %v, want float64", i, v.Dtype())
		}
		if slices.Contains(constant, i) {
			differentiated--
		}
	}
	for _, i := range constant {
		if i < 0 || i >= len(inputs) {
			return errors.Errorf("srnn: constant input %d of %d", i, len(inputs))
		}
	}
	if differentiated == 0 {
		return errors.Errorf("srnn: of %d inputs none has a gradient to check", len(inputs))
	}
	return nil
}

// gradients are those that gorgonia.Grad finds, by the numbers of the inputs.
func (d Differences) gradients(inputs []*tensor.Dense, build func(gorgonia.Nodes) (*gorgonia.Node, error)) (map[int][]float64, error) {
	in, loss, err := declare(inputs, build)
	if err != nil {
		return nil, err
	}
	var numbers []int
	var wrt gorgonia.Nodes
	for i, n := range in {
		if !slices.Contains(d.Constant, i) {
			numbers, wrt = append(numbers, i), append(wrt, n)
		}
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return nil, errors.Wrap(err, "Grad")
	}
	values := make([]gorgonia.Value, len(grads))
	for k, g := range grads {
		gorgonia.Read(g, &values[k])
	}
	vm := gorgonia.NewTapeMachine(loss.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, err
	}
	out := map[int][]float64{}
	for k, i := range numbers {
		if out[i], err = graph.Float64s(values[k]); err != nil {
			return nil, errors.Wrapf(err, "gradient of input %d", i)
		}
	}
	return out, nil
}

// compare compares the gradient of one input with its differences.
func (d Differences) compare(got, want []float64) error {
	if len(got) != len(want) {
		return errors.Errorf("has %d elements, want %d", len(got), len(want))
	}
	largest := 1e-3
	for _, x := range want {
		largest = math.Max(largest, math.Abs(x))
	}
	for j := range want {
		if !(math.Abs(got[j]-want[j]) <= d.Tolerance*largest) {
			return errors.Errorf("element %d is %.9g; central differences give %.9g", j, got[j], want[j])
		}
	}
	return nil
}

// declare builds a loss of inputs with memory of their own, in a graph of its own.
func declare(inputs []*tensor.Dense, build func(gorgonia.Nodes) (*gorgonia.Node, error)) (gorgonia.Nodes, *gorgonia.Node, error) {
	g := gorgonia.NewGraph()
	in := make(gorgonia.Nodes, len(inputs))
	for i, v := range inputs {
		in[i] = gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...),
			gorgonia.WithName(fmt.Sprintf("input%d", i)), gorgonia.WithValue(v.Clone().(*tensor.Dense)))
	}
	loss, err := build(in)
	if err == nil && loss == nil {
		return nil, nil, errors.New("srnn: there is no loss")
	}
	if err == nil && !loss.IsScalar() {
		err = errors.Errorf("srnn: the loss has shape %v, want a scalar", loss.Shape())
	}
	return in, loss, err
}

// evaluator is a loss as a function of its inputs' values.
type evaluator struct {
	in   gorgonia.Nodes
	vm   gorgonia.VM
	loss gorgonia.Value
}

func newEvaluator(inputs []*tensor.Dense, build func(gorgonia.Nodes) (*gorgonia.Node, error)) (*evaluator, error) {
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

// differences are the central differences by every element of one input, with a step of h.
func (e *evaluator) differences(input int, h float64) ([]float64, error) {
	x := e.in[input].Value().Data().([]float64)
	out := make([]float64, len(x))
	for j, x0 := range x {
		x[j] = x0 + h
		high, err := e.run()
		if err != nil {
			return nil, err
		}
		x[j] = x0 - h
		low, err := e.run()
		if err != nil {
			return nil, err
		}
		x[j] = x0
		out[j] = (high - low) / (2 * h)
	}
	return out, nil
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
