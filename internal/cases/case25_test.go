package cases

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/gorgonia/encoding/dot"
	"gorgonia.org/tensor"
)

// What people do around a layer in a Gorgonia graph: BatchNorm before it, in training and in evaluation
// (gorgonia/gorgonia#408, #248); Let again with another tensor, UnbindAllNonInputs between runs; one graph with a
// batch to train and one of 1 to predict, weights by gob (gorgonia/gorgonia#345, #220); a picture of the graph.
func TestCase25GorgoniaInterplay(t *testing.T) {
	r := begin(t, "25")
	r.try("BatchNorm before the network, evaluation after training: Machine as TapeMachine", batchNormOnBoth)
	r.try("TapeMachine: Let again, UnbindAllNonInputs between runs", letAgain)
	r.try("a batch of 8, then its examples one by one in a graph for a batch of 1", oneByOne)
	r.try("weights by gob, Let into another network, saved by Save", func() error { return weightsByGob(t.TempDir()) })
	r.try("a picture of the graph with its gradients: ExprGraph.ToDot", func() error {
		return picture(func(g *gorgonia.ExprGraph) (string, error) { return g.ToDot(), nil })
	})
	r.try("a picture of the graph with its gradients: encoding/dot.Marshal", func() error {
		return picture(func(g *gorgonia.ExprGraph) (string, error) { b, err := dot.Marshal(g); return string(b), err })
	})
}

// amid is a network of 4 inputs and 3 classes.
func amid(seed uint64) models.SRNN {
	return models.SRNN{In: 4, Hidden: []nodes.Layer{{Units: 6, Cell: nodes.ALIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 3}}, Seed: seed}
}

func normal(seed uint64, shape ...int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, tensor.Shape(shape).TotalSize())
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
}

// alike compares values to 1e-5.
func alike(a, b gorgonia.Value) error {
	x, err := graph.Float64s(a)
	if err != nil {
		return err
	}
	y, err := graph.Float64s(b)
	if err != nil {
		return err
	}
	if len(x) != len(y) {
		return fmt.Errorf("%d values and %d", len(x), len(y))
	}
	for i := range x {
		if !(math.Abs(x[i]-y[i]) <= 1e-5*(1+math.Abs(x[i]))) {
			return fmt.Errorf("value %d is %v and %v", i, x[i], y[i])
		}
	}
	return nil
}

// normed is a network behind a BatchNorm over the features of all steps and examples.
func normed() (g *gorgonia.ExprGraph, x, out *gorgonia.Node, op *gorgonia.BatchNormOp, err error) {
	g = gorgonia.NewGraph()
	net, err := models.NewSRNN(g, amid(4))
	if err != nil {
		return
	}
	x = gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(5, 8, 4), gorgonia.WithName("x"))
	flat, err := graph.Reshape(x, 40, 4)
	if err != nil {
		return
	}
	scale := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(1, 4), gorgonia.WithName("scale"), gorgonia.WithInit(gorgonia.Ones()))
	bias := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(1, 4), gorgonia.WithName("bias"), gorgonia.WithInit(gorgonia.Zeroes()))
	n, _, _, op, err := gorgonia.BatchNorm(flat, scale, bias, .9, 1e-5)
	if err != nil {
		return
	}
	seq, err := graph.Reshape(n, 5, 8, 4)
	if err != nil {
		return
	}
	o, err := net.Forward(seq)
	if err != nil {
		return
	}
	return g, x, o.Membrane, op, nil
}

func batchNormOnBoth() error {
	tape, err := normedRuns(func(g *gorgonia.ExprGraph) (gorgonia.VM, error) { return gorgonia.NewTapeMachine(g), nil })
	if err != nil {
		return fmt.Errorf("TapeMachine: %w", err)
	}
	ours, err := normedRuns(func(g *gorgonia.ExprGraph) (gorgonia.VM, error) { return graph.NewGraphMachine(g) })
	if err != nil {
		return fmt.Errorf("Machine: %w", err)
	}
	return alike(tape, ours)
}

// normedRuns runs a machine in training on five batches, then in evaluation on another.
func normedRuns(machine func(g *gorgonia.ExprGraph) (gorgonia.VM, error)) (gorgonia.Value, error) {
	g, x, out, op, err := normed()
	if err != nil {
		return nil, err
	}
	var read gorgonia.Value
	gorgonia.Read(out, &read)
	vm, err := machine(g)
	if err != nil {
		return nil, err
	}
	defer vm.Close()
	for i := range 6 {
		if i == 5 {
			if err := op.SetTraining(false); err != nil {
				return nil, err
			}
		}
		if err := gorgonia.Let(x, normal(uint64(i), 5, 8, 4)); err != nil {
			return nil, err
		}
		if err := vm.RunAll(); err != nil {
			return nil, err
		}
		vm.Reset()
	}
	v := read
	if v == nil {
		v = out.Value()
	}
	return gorgonia.CloneValue(v)
}

// withLoss is a network with its loss and gradients in a graph, for sequences of 5 steps and 2 examples.
func withLoss() (g *gorgonia.ExprGraph, net *models.Network, x, y, loss *gorgonia.Node, err error) {
	g = gorgonia.NewGraph()
	if net, err = models.NewSRNN(g, amid(4)); err != nil {
		return
	}
	x = gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(5, 2, 4), gorgonia.WithName("x"))
	y = gorgonia.NewVector(g, tensor.Float32, gorgonia.WithShape(2), gorgonia.WithName("y"))
	if loss, err = sumSoftmax(net, x, y); err == nil {
		_, err = gorgonia.Grad(loss, net.Learnables()...)
	}
	return
}

// letAgain gives a TapeMachine two inputs in turn, and wants the same losses for the same inputs.
func letAgain() error {
	g, net, x, y, loss, err := withLoss()
	if err != nil {
		return err
	}
	var l gorgonia.Value
	gorgonia.Read(loss, &l)
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(net.Learnables()...), gorgonia.WithNaNWatch(), gorgonia.WithInfWatch())
	defer vm.Close()
	var all []float64
	for i := range 4 {
		if err := gorgonia.Let(x, normal(uint64(i%2), 5, 2, 4)); err != nil {
			return err
		}
		if err := gorgonia.Let(y, tensor.New(tensor.WithBacking([]float32{1, 2}))); err != nil {
			return err
		}
		if err := vm.RunAll(); err != nil {
			return err
		}
		v, err := graph.Float64s(l)
		if err != nil {
			return err
		}
		if all = append(all, v[0]); i >= 2 && all[i] != all[i-2] {
			return fmt.Errorf("losses %v", all)
		}
		vm.Reset()
		g.UnbindAllNonInputs()
	}
	if all[0] == all[1] {
		return fmt.Errorf("losses %v of different inputs", all)
	}
	return nil
}

// membraneOf runs a network of a graph on an input.
func membraneOf(net *models.Network, g *gorgonia.ExprGraph, in *tensor.Dense) ([]float64, error) {
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(in.Shape()...), gorgonia.WithName("x"), gorgonia.WithValue(in))
	out, err := net.Forward(x)
	if err != nil {
		return nil, err
	}
	vm, err := graph.NewMachine(out.Membrane)
	if err != nil {
		return nil, err
	}
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, err
	}
	return graph.Float64s(out.Membrane.Value())
}

func oneByOne() error {
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, amid(4))
	if err != nil {
		return err
	}
	in := normal(7, 5, 8, 4)
	all, err := membraneOf(net, g, in)
	if err != nil {
		return err
	}
	for b := range 8 {
		one := make([]float32, 0, 20)
		for t := range 5 {
			one = append(one, in.Float32s()[(t*8+b)*4:][:4]...)
		}
		g1 := gorgonia.NewGraph()
		twin, err := net.In(g1)
		if err != nil {
			return err
		}
		got, err := membraneOf(twin, g1, tensor.New(tensor.WithShape(5, 1, 4), tensor.WithBacking(one)))
		if err != nil {
			return err
		}
		for t := range 5 {
			for k := range 3 {
				if d := got[t*3+k] - all[(t*8+b)*3+k]; !(math.Abs(d) <= 1e-6) {
					return fmt.Errorf("example %d, step %d differs by %v", b, t, d)
				}
			}
		}
	}
	return nil
}

// weightsByGob moves the weights of a network into another, which is saved and read again.
func weightsByGob(dir string) error {
	a, err := models.NewSRNN(gorgonia.NewGraph(), amid(4))
	if err != nil {
		return err
	}
	b, err := models.NewSRNN(gorgonia.NewGraph(), amid(5))
	if err != nil {
		return err
	}
	for i, n := range a.Learnables() {
		var buf bytes.Buffer
		if err := gob.NewEncoder(&buf).Encode(n.Value()); err != nil {
			return err
		}
		var v *tensor.Dense
		if err := gob.NewDecoder(&buf).Decode(&v); err != nil {
			return err
		}
		if err := gorgonia.Let(b.Learnables()[i], v); err != nil {
			return err
		}
	}
	// The network's own graph has its parameters already: a task declares them in another.
	p, err := b.Params().In(gorgonia.NewGraph())
	if err != nil {
		return err
	}
	task := train.Task[*models.Output]{Model: amid(5), Loss: models.SumSoftmax{}}
	net, err := train.NewNetwork(task, p, train.Spec{Steps: 5, Features: 4, Classes: 3}, 1)
	if err != nil {
		return err
	}
	defer net.Close()
	path := filepath.Join(dir, "b.safetensors")
	if err := net.Save(path); err != nil {
		return err
	}
	l, err := train.Load(path)
	if err != nil {
		return err
	}
	defer l.Close()
	for _, n := range a.Learnables() {
		q, ok := l.Params().Get(n.Name())
		if !ok {
			return fmt.Errorf("there is no %s in the file", n.Name())
		}
		if err := alike(q.Node.Value(), n.Value()); err != nil {
			return fmt.Errorf("%s: %w", n.Name(), err)
		}
	}
	return nil
}

// picture draws a graph with gradients, in which our nodes have names.
func picture(draw func(g *gorgonia.ExprGraph) (string, error)) error {
	g, _, _, _, _, err := withLoss()
	if err != nil {
		return err
	}
	s, err := draw(g)
	if err != nil {
		return err
	}
	if !strings.Contains(s, "ALIF") {
		return fmt.Errorf("%d bytes without an ALIF node", len(s))
	}
	return nil
}
