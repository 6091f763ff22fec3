package models_test

import (
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkECGTrainStep is one training step at the size of the ECG task: batch 64, 1301 steps,
// 4-36-6, float32; forward, backward and Adam. "paper" is the network of Yin et al. 2020, LIF
// with an adp-mem readout and a loss on every step. "alif" has adaptive hidden neurons, an
// integrator and one label for a sequence.
func BenchmarkECGTrainStep(b *testing.B) {
	const steps, batch, in, units, classes = 1301, 64, 4, 36, 6
	hidden := nodes.Layer{Units: units, Recurrent: true, Initial: nodes.Random(1)}
	readout := nodes.Layer{Units: classes, Initial: nodes.Random(1)}
	lif, alif := hidden, hidden
	lif.Cell, alif.Cell = nodes.LIF{}, nodes.ALIF{}
	for name, c := range map[string]models.SRNN{
		"paper": {In: in, Hidden: []nodes.Layer{lif}, Readout: models.Readout{Kind: models.AdpMem, Layer: readout}, Loss: models.PerStep{Skip: 10}},
		"alif":  {In: in, Hidden: []nodes.Layer{alif}, Readout: models.Readout{Kind: models.Integrator, Layer: readout}, Loss: models.SumSoftmax{From: 1}},
	} {
		b.Run(name, func(b *testing.B) { benchmarkTrainStep(b, c, steps, batch, .08) })
	}
}

// benchmarkTrainStep trains on random input spikes of a given rate.
func benchmarkTrainStep(b *testing.B, c models.SRNN, steps, batch int, rate float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, c)
	if err != nil {
		b.Fatal(err)
	}
	classes := c.Readout.Layer.Units
	spikes := make([]float32, steps*batch*c.In)
	for i := range spikes {
		if rng.Float64() < rate {
			spikes[i] = 1
		}
	}
	shape := tensor.Shape{batch}
	if _, ok := c.Loss.(models.PerStep); ok {
		shape = tensor.Shape{steps, batch}
	}
	labels := make([]float32, shape.TotalSize())
	for i := range labels {
		labels[i] = float32(rng.IntN(classes))
	}
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(steps, batch, c.In), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(steps, batch, c.In), tensor.WithBacking(spikes))))
	y := gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName("labels"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(labels))))
	out, err := net.Forward(x)
	if err != nil {
		b.Fatal(err)
	}
	loss, err := models.CrossEntropy(c.Loss, out, y)
	if err != nil {
		b.Fatal(err)
	}
	grads, err := gorgonia.Grad(loss, net.Learnables()...)
	if err != nil {
		b.Fatal(err)
	}
	vm, err := graph.NewMachine(append(grads, loss)...)
	if err != nil {
		b.Fatal(err)
	}
	defer vm.Close()
	solver := optim.New(optim.Adam(optim.Constant(1e-3)))
	b.ReportAllocs()
	for b.Loop() {
		if err := vm.RunAll(); err != nil {
			b.Fatal(err)
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(net.Learnables())); err != nil {
			b.Fatal(err)
		}
		vm.Reset()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/step")
}
