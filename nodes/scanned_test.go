package nodes_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Over a thousand steps, where an unrolled graph is silently wrong, scanning the symbolic step gives
// what the fused op gives: spikes, potentials, thresholds, and the gradients of a loss.
func TestScanIsFusedOverAThousandSteps(t *testing.T) {
	const steps, batch, in, units = 1000, 3, 4, 5
	x := normal(1, steps*batch*in)
	weights := normal(2, steps*batch*units)
	names := []string{nodes.Spikes, nodes.Membrane, nodes.Adaptation, nodes.Threshold}
	run := func(cell nodes.Cell) (values [][]float64) {
		p := newParams(3)
		layer := nodes.Layer{Units: units, Cell: cell, Recurrent: true, Initial: nodes.Random(1)}
		n := must(layer.Declare(p, "a", in))
		sequence := input(p, "x", x, steps, batch, in)
		a := must(n.Forward(sequence))
		var outputs gorgonia.Nodes
		for _, name := range names {
			outputs = append(outputs, must(a.Series(name)))
		}
		loss := must(gorgonia.Sum(must(gorgonia.HadamardProd(outputs[1], input(p, "weights", weights, steps, batch, units)))))
		outputs = append(outputs, must(gorgonia.Grad(loss, append(p.Nodes(), sequence)...))...)
		m := must(graph.NewMachine(outputs...))
		defer m.Close()
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		for _, n := range outputs {
			values = append(values, must(graph.Float64s(n.Value())))
		}
		return values
	}
	cell := nodes.ALIF{TauM: graph.Uniform{Low: 5, High: 15}, TauAdp: graph.Uniform{Low: 20, High: 80}, B0: new(.02)}
	fused, scanned := run(cell), run(nodes.Scanned(cell))
	count := 0.0
	for _, s := range fused[0] {
		count += s
	}
	if rate := count / float64(len(fused[0])); rate < .05 || rate > .6 {
		t.Errorf("the firing rate is %v: the test shows little", rate)
	}
	for i := range fused {
		name := fmt.Sprint("gradient ", i-len(names))
		if i < len(names) {
			name = names[i]
		}
		if d := farthest(scanned[i], fused[i]); d > 1e-10 {
			t.Errorf("%s differs by %v of its largest value", name, d)
		}
	}
}

// farthest is the largest difference of two slices, relative to the largest element.
func farthest(got, want []float64) float64 {
	var d, largest float64
	for i := range want {
		largest = max(largest, math.Abs(want[i]))
		if diff := math.Abs(got[i] - want[i]); !(diff <= d) { // NaN too
			d = diff
		}
	}
	if largest == 0 {
		return d
	}
	return d / largest
}

// program is somebody's Gorgonia program with a layer of neurons in its midst: a dense layer and
// tanh at every step, the neurons, the mean of their spikes, and softmax regression on it.
type program struct {
	loss, scores *gorgonia.Node
	learn        gorgonia.Nodes
}

func declareProgram(cell nodes.Cell, dt tensor.Dtype) program {
	const steps, batch, in, middle, units, classes = 20, 6, 3, 4, 5, 2
	p := must(graph.NewParams(gorgonia.NewGraph(), dt, 4))
	rows := normal(9, steps*batch*in)
	x := gorgonia.NewMatrix(p.Graph(), dt, gorgonia.WithShape(steps*batch, in), gorgonia.WithName("x"), gorgonia.WithValue(dense(dt, rows, steps*batch, in)))
	w1 := must(p.Declare("w1", "weight", graph.XavierUniform{}, in, middle))
	w2 := must(p.Declare("w2", "weight", graph.XavierUniform{}, units, classes))
	labels := make([]float64, batch*classes)
	for i := range batch {
		labels[i*classes+i%classes] = 1
	}
	y := gorgonia.NewMatrix(p.Graph(), dt, gorgonia.WithShape(batch, classes), gorgonia.WithName("y"), gorgonia.WithValue(dense(dt, labels, batch, classes)))

	hidden := must(gorgonia.Tanh(must(gorgonia.Mul(x, w1))))
	n := must(nodes.Layer{Units: units, Cell: cell, Recurrent: true}.Declare(p, "neurons", middle))
	a := must(n.Forward(must(gorgonia.Reshape(hidden, tensor.Shape{steps, batch, middle}))))
	rates := must(gorgonia.Mean(must(a.Spikes()), 0))
	scores := must(gorgonia.SoftMax(must(gorgonia.Mul(rates, w2))))
	loss := must(gorgonia.Neg(must(gorgonia.Mean(must(gorgonia.HadamardProd(y, must(gorgonia.Log(scores))))))))
	return program{loss, scores, p.Nodes()}
}

func dense(dt tensor.Dtype, x []float64, shape ...int) *tensor.Dense {
	if dt == tensor.Float64 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
	}
	x32 := make([]float32, len(x))
	for i := range x {
		x32[i] = float32(x[i])
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x32))
}

// The program trains alike under Gorgonia's machine and ours, with Gorgonia's solver.
func TestLayerWithinAProgram(t *testing.T) {
	for _, c := range []struct {
		cell      nodes.Cell
		dt        tensor.Dtype
		tolerance float64
	}{
		{nodes.ALIF{TauM: graph.Constant(4)}, tensor.Float64, 1e-10}, {nodes.Scanned(nodes.ALIF{TauM: graph.Constant(4)}), tensor.Float64, 1e-10},
		{nodes.ALIF{TauM: graph.Constant(4)}, tensor.Float32, 1e-4}, {nodes.Scanned(nodes.LIF{TauM: graph.Constant(4)}), tensor.Float32, 1e-4},
	} {
		train := func(machine func(p program, grads gorgonia.Nodes) gorgonia.VM) (losses []float64) {
			p := declareProgram(c.cell, c.dt)
			grads := must(gorgonia.Grad(p.loss, p.learn...))
			var loss gorgonia.Value
			gorgonia.Read(p.loss, &loss)
			vm := machine(p, grads)
			defer vm.Close()
			solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(.01))
			for range 12 {
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				losses = append(losses, must(graph.Float64s(loss))[0])
				if err := solver.Step(gorgonia.NodesToValueGrads(p.learn)); err != nil {
					t.Fatal(err)
				}
				vm.Reset()
			}
			return losses
		}
		theirs := train(func(p program, _ gorgonia.Nodes) gorgonia.VM {
			return gorgonia.NewTapeMachine(p.loss.Graph(), gorgonia.BindDualValues(p.learn...))
		})
		ours := train(func(p program, _ gorgonia.Nodes) gorgonia.VM { return must(graph.NewGraphMachine(p.loss.Graph())) })
		if d := farthest(ours, theirs); d > c.tolerance {
			t.Errorf("%T, %v: losses are %v, under Gorgonia's machine %v", c.cell, c.dt, ours, theirs)
		}
		if !(ours[11] < ours[0]) {
			t.Errorf("%T, %v: losses %v do not fall", c.cell, c.dt, ours)
		}
	}
}

// A thousand runs leave nothing behind.
func TestRunsLeakNothing(t *testing.T) {
	for _, cell := range []nodes.Cell{nodes.ALIF{}, nodes.Scanned(nodes.ALIF{})} {
		p := declareProgram(cell, tensor.Float32)
		grads := must(gorgonia.Grad(p.loss, p.learn...))
		m := must(graph.NewMachine(append(grads, p.loss)...))
		used := func(runs int) uint64 {
			for range runs {
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
			}
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			return s.HeapAlloc
		}
		used(20)
		goroutines := runtime.NumGoroutine()
		before := used(10)
		if after := used(1000); after > before+100_000 {
			t.Errorf("%T: %d bytes are in use after a thousand runs more, before %d", cell, after, before)
		}
		if n := runtime.NumGoroutine(); n > goroutines+1 {
			t.Errorf("%T: %d goroutines, before %d", cell, n, goroutines)
		}
		m.Close()
	}
}

// Several machines run one graph at once, each on inputs of its own.
func TestMachinesAtOnce(t *testing.T) {
	for _, cell := range []nodes.Cell{nodes.ALIF{TauM: graph.Constant(4)}, nodes.Scanned(nodes.ALIF{TauM: graph.Constant(4)})} {
		p := declareProgram(cell, tensor.Float64)
		grads := must(gorgonia.Grad(p.loss, p.learn...))
		asked := append(gorgonia.Nodes{p.loss}, grads...)
		x := p.loss.Graph().ByName("x")[0]
		rows := func(k int) *tensor.Dense {
			return dense(tensor.Float64, normal(uint64(100+k), x.Shape().TotalSize()), x.Shape()...)
		}
		alone := func(k int) (values [][]float64, err error) {
			m, err := graph.NewMachine(asked...)
			if err != nil {
				return nil, err
			}
			defer m.Close()
			if err := m.Let(x, rows(k)); err != nil {
				return nil, err
			}
			for range 5 {
				if err := m.RunAll(); err != nil {
					return nil, err
				}
			}
			for _, n := range asked {
				v, err := m.Value(n)
				if err != nil {
					return nil, err
				}
				numbers, err := graph.Float64s(v)
				if err != nil {
					return nil, err
				}
				values = append(values, numbers)
			}
			return values, nil
		}
		const machines = 4
		var together [machines][][]float64
		var errs [machines]error
		var wait sync.WaitGroup
		for k := range machines {
			wait.Go(func() { together[k], errs[k] = alone(k) })
		}
		wait.Wait()
		for k := range machines {
			if errs[k] != nil {
				t.Fatal(errs[k])
			}
			want := must(alone(k))
			for i := range want {
				if !slices.Equal(together[k][i], want[i]) {
					t.Errorf("%T: value %d of machine %d is %v among others, %v alone", cell, i, k, together[k][i], want[i])
				}
			}
		}
	}
}
