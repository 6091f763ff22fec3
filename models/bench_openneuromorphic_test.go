package models_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkOpenNeuromorphic has the sizes of the library comparison of Open Neuromorphic (Lenz
// et al. 2023): n inputs, fully connected to n LIF neurons, batch 16, 500 steps; forward, and
// the gradient of the sum of all spikes; no solver. Its inputs are normal deviates, which is
// "input=normal" here, though spiking networks see spikes: "input=spikes" has 1 % of them.
//
// A step is forward and backward. The forward pass alone, in a graph without gradients, is
// fwd-ms, and what the step takes longer is bwd-ms.
func BenchmarkOpenNeuromorphic(b *testing.B) {
	for _, c := range []struct {
		n     int
		input string
	}{
		{512, "normal"}, {512, "spikes"}, {4096, "spikes"}, // normal deviates at 4096 are half a TFLOP
	} {
		b.Run(fmt.Sprintf("n=%d/input=%s", c.n, c.input), func(b *testing.B) {
			if testing.Short() && c.n > 512 {
				b.Skip("large")
			}
			benchmarkOpenNeuromorphic(b, c.n, c.input)
		})
	}
}

func benchmarkOpenNeuromorphic(b *testing.B, n int, input string) {
	const steps, batch = 500, 16
	measured := resetPeak()
	x := randomSpikes(steps*batch*n, .01)
	if input == "normal" {
		rng := rand.New(rand.NewPCG(9, 10))
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
	}
	layer := nodes.Layer{Units: n, Cell: nodes.LIF{}}
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
	if err != nil {
		b.Fatal(err)
	}
	// declare is the layer's run in the graph of p.
	declare := func(p *graph.Params) *gorgonia.Node {
		neurons, err := layer.Declare(p, "layer", n)
		if err != nil {
			b.Fatal(err)
		}
		a, err := neurons.Forward(leaf(p.Graph(), "x", x, steps, batch, n))
		if err != nil {
			b.Fatal(err)
		}
		spikes, err := a.Spikes()
		if err != nil {
			b.Fatal(err)
		}
		return spikes
	}
	// twin shares the parameters of p.
	twin := func() *graph.Params {
		t, err := p.In(gorgonia.NewGraph())
		if err != nil {
			b.Fatal(err)
		}
		return t
	}

	counts, err := ops.SumOverTime(declare(p), nil, 0)
	if err != nil {
		b.Fatal(err)
	}
	loss, err := gorgonia.Sum(counts)
	if err != nil {
		b.Fatal(err)
	}
	grads, err := gorgonia.Grad(loss, p.Nodes()...)
	if err != nil {
		b.Fatal(err)
	}
	both, err := ours(loss, grads, nil)
	if err != nil {
		b.Fatal(err)
	}
	forward, err := graph.NewMachine(declare(twin()))
	if err != nil {
		b.Fatal(err)
	}

	var times, forwardTimes fastest
	for _, f := range []func() error{both.RunAll, forward.RunAll} { // the first run is slower: it takes memory
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := times.time(both.RunAll); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := forwardTimes.time(forward.RunAll); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	if measured {
		reportPeak(b)
	}

	q := twin()
	spikes, err := countSpikes(gorgonia.Nodes{declare(q)})
	if err != nil {
		b.Fatal(err)
	}
	r := layerRun{layer: layer, steps: steps, batch: batch, in: n, input: eventsOf(x), spikes: spikes[0], first: true}
	w := r.forward()
	w.add(r.backward())
	reportSpeed(b, times.ms, w)
	b.ReportMetric(forwardTimes.ms, "fwd-ms")
	b.ReportMetric(times.ms-forwardTimes.ms, "bwd-ms")
	b.ReportMetric(r.rate(), "rate0")
}
