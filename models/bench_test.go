package models_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The benchmarks are described in BENCHMARKS.md, and how they count operations in
// bench_flops_test.go. What all of them need is here.

// fastest is the shortest of several times. Other programs make a step slower and never
// faster, so it is the figure that a noisy machine changes least. PyTorch is measured so too.
type fastest struct{ ms float64 }

// time calls f and takes the time.
func (t *fastest) time(f func() error) error {
	start := time.Now()
	err := f()
	if ms := float64(time.Since(start).Nanoseconds()) / 1e6; t.ms == 0 || ms < t.ms {
		t.ms = ms
	}
	return err
}

// measure is the body of a benchmark: it returns the fastest of the times that step takes.
func measure(b *testing.B, step func() error) (ms float64) {
	b.Helper()
	if err := step(); err != nil { // the first step is slower: it takes memory
		b.Fatal(err)
	}
	var t fastest
	b.ReportAllocs()
	for b.Loop() {
		if err := t.time(step); err != nil {
			b.Fatal(err)
		}
	}
	return t.ms
}

// reportSpeed reports what was done, and how fast.
func reportSpeed(b *testing.B, ms float64, w work) {
	b.ReportMetric(ms, "ms/step")
	b.ReportMetric(w.done/ms/1e6, "GFLOP/s")
	b.ReportMetric(w.dense/ms/1e6, "dense-GFLOP/s")
}

// resetPeak gives back unused memory and starts the measurement of the peak anew. It reports
// whether the system can do that; Linux can.
func resetPeak() bool {
	runtime.GC() // runs finalizers, which is what Gorgonia's machines wait for
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
}

// reportPeak reports the largest resident memory that the process has had since resetPeak, all
// of the process: program, graph, garbage.
func reportPeak(b *testing.B) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if kB, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			var n float64
			if _, err := fmt.Sscan(kB, &n); err == nil {
				b.ReportMetric(n/1024, "peak-MiB")
			}
		}
	}
}

// leaf is an input with its values.
func leaf(g *gorgonia.ExprGraph, name string, x []float32, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))))
}

// randomSpikes are n elements, each of which is 1 with the probability rate.
func randomSpikes(n int, rate float64) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		if rng.Float64() < rate {
			x[i] = 1
		}
	}
	return x
}

// randomLabels are n classes.
func randomLabels(n, classes int) []float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	y := make([]float32, n)
	for i := range y {
		y[i] = float32(rng.IntN(classes))
	}
	return y
}

// training is a network with all that a training step needs.
type training struct {
	net    *models.Network
	loss   *gorgonia.Node
	vm     gorgonia.VM
	solver *optim.Solver
	rng    *rand.Rand
}

// machine makes a machine for a loss and its gradients with respect to parameters.
type machine func(loss *gorgonia.Node, grads, params gorgonia.Nodes) (gorgonia.VM, error)

// ours is the machine that package train uses. It leaves out what nobody asks for, such as
// the gradient of the input, which PyTorch leaves out as well.
func ours(loss *gorgonia.Node, grads, _ gorgonia.Nodes) (gorgonia.VM, error) {
	return graph.NewMachine(append(grads, loss)...)
}

// theirs is Gorgonia's, which runs every node of the graph.
func theirs(loss *gorgonia.Node, _, params gorgonia.Nodes) (gorgonia.VM, error) {
	return gorgonia.NewTapeMachine(loss.Graph(), gorgonia.BindDualValues(params...)), nil
}

// newTraining declares a network and its training by a loss on sequences x [steps, batch, in].
func newTraining(m machine, c models.SRNN, l train.Loss[*models.Output], x []float32, steps, batch int) (*training, error) {
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, c)
	if err != nil {
		return nil, err
	}
	in := leaf(g, "x", x, steps, batch, c.In)
	out, err := net.Forward(in)
	if err != nil {
		return nil, err
	}
	shape := tensor.Shape{batch}
	if _, ok := l.(models.PerStep); ok {
		shape = tensor.Shape{steps, batch}
	}
	y := leaf(g, "labels", randomLabels(shape.TotalSize(), c.Readout.Layer.Units), shape...)
	loss, err := lossOn(l, out, in, y)
	if err != nil {
		return nil, err
	}
	return trainingOf(m, net, loss)
}

// trainingOf is a training of a network's parameters with a loss.
func trainingOf(m machine, net *models.Network, loss *gorgonia.Node) (*training, error) {
	grads, err := gorgonia.Grad(loss, net.Learnables()...)
	if err != nil {
		return nil, err
	}
	vm, err := m(loss, grads, net.Learnables())
	return &training{net: net, loss: loss, vm: vm, solver: optim.New(optim.Adam(optim.Constant(1e-3))), rng: rand.New(rand.NewPCG(5, 6))}, err
}

// step draws initial states, runs forward and backward, and moves the parameters.
func (t *training) step() error {
	if err := t.net.Params().Run().Begin(t.rng); err != nil {
		return err
	}
	if err := t.vm.RunAll(); err != nil {
		return err
	}
	if err := t.solver.Step(gorgonia.NodesToValueGrads(t.net.Learnables())); err != nil {
		return err
	}
	t.vm.Reset()
	return nil
}

// benchmarkTrainStep trains on random input spikes of a given rate.
func benchmarkTrainStep(b *testing.B, c models.SRNN, l train.Loss[*models.Output], steps, batch int, rate float64) {
	benchmarkTrainStepOn(b, ours, c, l, steps, batch, rate)
}

func benchmarkTrainStepOn(b *testing.B, m machine, c models.SRNN, l train.Loss[*models.Output], steps, batch int, rate float64) {
	measured := resetPeak()
	x := randomSpikes(steps*batch*c.In, rate)
	t, err := newTraining(m, c, l, x, steps, batch)
	if err != nil {
		b.Fatal(err)
	}
	defer t.vm.Close()
	ms := measure(b, t.step)
	if measured {
		reportPeak(b)
	}
	untrained, err := models.NewSRNN(gorgonia.NewGraph(), c)
	if err != nil {
		b.Fatal(err)
	}
	w, runs, err := trainingWork(untrained, t.net, x, steps, batch)
	if err != nil {
		b.Fatal(err)
	}
	reportSpeed(b, ms, w)
	reportRates(b, runs)
}

// reportRates reports the spikes per neuron and step of each hidden layer.
func reportRates(b *testing.B, runs []layerRun) {
	for i, r := range runs[:len(runs)-1] {
		b.ReportMetric(r.rate(), fmt.Sprintf("rate%d", i))
	}
}
