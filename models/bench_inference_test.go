package models_test

import (
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// BenchmarkSMNISTInference is the forward pass of the sequential MNIST network of Yin et al.
// 2021 on 500 images: 784 steps, 8-64r-256r-256-10, classes from the spikes of adaptive readout
// neurons. There is no gradient in the graph. Images and weights are random, but as active as
// the real ones: the layers of the published network fire at .119, .073 and .042.
func BenchmarkSMNISTInference(b *testing.B) {
	if testing.Short() {
		b.Skip("large")
	}
	const batch, steps = 500, imageSize * imageSize
	cell := nodes.ALIF{TauM: graph.Normal{Mean: 20, Std: 5}, TauAdp: graph.Normal{Mean: 700, Std: 25}}
	layer := func(units int, recurrent bool, weight float64) nodes.Layer {
		return nodes.Layer{Units: units, Cell: cell, Recurrent: recurrent, Initial: nodes.Random(1),
			Linear: nodes.Linear{Weight: graph.Uniform{Low: -weight, High: weight}}}
	}
	c := models.SRNN{
		In: imageWindow,
		// These weights make the layers fire at .11, .08 and .05.
		Hidden:  []nodes.Layer{layer(64, true, 6), layer(256, true, .55), layer(256, false, .22)},
		Readout: models.Readout{Kind: models.AdpSpike, Layer: layer(10, false, 1)},
	}
	measured := resetPeak()
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, c)
	if err != nil {
		b.Fatal(err)
	}
	x := imageSequences(batch)
	out, err := net.Forward(leaf(g, "x", x, steps, batch, c.In))
	if err != nil {
		b.Fatal(err)
	}
	scores, err := models.SpikeCount{}.Scores(out, train.Batch{})
	if err != nil {
		b.Fatal(err)
	}
	vm, err := graph.NewMachine(scores)
	if err != nil {
		b.Fatal(err)
	}
	ms := measure(b, vm.RunAll)
	if measured {
		reportPeak(b)
	}
	runs, err := runsOf(net, x, steps, batch)
	if err != nil {
		b.Fatal(err)
	}
	var w work
	for _, r := range runs {
		w.add(r.forward())
	}
	reportSpeed(b, ms, w)
	reportRates(b, runs)
	b.ReportMetric(batch/ms*1e3, "images/s")
}

const (
	imageSize   = 28 // pixels in a row, and rows
	imageWindow = 8  // pixels that the network sees at a time
)

// imageSequences are random images as the network sees them, [784, n, 8]: a window that moves
// by a pixel each step, and rests at the end.
func imageSequences(n int) []float32 {
	const steps = imageSize * imageSize
	rng := rand.New(rand.NewPCG(7, 8))
	x := make([]float32, steps*n*imageWindow)
	for i := range n {
		pixels := randomImage(rng)
		for t := range steps {
			copy(x[(t*n+i)*imageWindow:][:imageWindow], pixels[min(t, steps-imageWindow):])
		}
	}
	return x
}

// randomImage has what MNIST's images have on average: 19 % of the pixels are not zero, with a
// mean of .69; they lie in 25 runs, 6 long, in the 20 rows in the middle.
func randomImage(rng *rand.Rand) []float32 {
	pixels := make([]float32, imageSize*imageSize)
	stroke := func(row int) {
		length := 3 + rng.IntN(7)
		at := row*imageSize + 4 + rng.IntN(20-length)
		for k := range length {
			pixels[at+k] = .38 + .62*rng.Float32()
		}
	}
	for row := 4; row < 24; row++ {
		stroke(row)
		if rng.IntN(3) == 0 { // some of these lie on the first
			stroke(row)
		}
	}
	return pixels
}
