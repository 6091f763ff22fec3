package nodes_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// constants are values of one example.
func constants(values ...float64) numbers { return numbers{values, tensor.Shape{1, len(values)}} }

// spikesAt are the steps at which each feature of one example spikes, −1 for never.
func spikesAt(steps int, at ...int) numbers {
	v := make([]float64, steps*len(at))
	for i, t := range at {
		if t >= 0 {
			v[t*len(at)+i] = 1
		}
	}
	return numbers{v, tensor.Shape{steps, 1, len(at)}}
}

func ExampleLatency() {
	x := tensor.New(tensor.WithShape(1, 3), tensor.WithBacking([]float32{1, .5, .1})) // one example of three features
	spikes, err := nodes.Encoded(nodes.Latency{Steps: 5}, x)
	if err != nil {
		panic(err)
	}
	for step := range 5 {
		fmt.Println(spikes.Data().([]float32)[3*step : 3*step+3])
	}
	// Output:
	// [1 0 0]
	// [0 0 0]
	// [0 1 0]
	// [0 0 0]
	// [0 0 1]
}

func TestLatency(t *testing.T) {
	c := nodes.Latency{Steps: 5}
	wantCoded(t, encode(c), constants(1, .75, .6, .5, 0), spikesAt(5, 0, 1, 2, 2, 4), 0)
	wantCoded(t, decode(c), spikesAt(5, 0, 1, 2, 4, -1), constants(1, .75, .5, 0, 0), 0)
	wantCoded(t, encode(nodes.Latency{Steps: 3, Low: -1, High: 3}), constants(-1, 3, 1.5), spikesAt(3, 2, 0, 1), 0)

	log := nodes.Latency{Steps: 3, Logarithmic: true}
	wantCoded(t, encode(log), constants(1, .1, .01, .005, 0), spikesAt(3, 0, 1, 2, -1, -1), 0)
	wantCoded(t, decode(log), spikesAt(3, 0, 1, 2, -1), constants(1, .1, .01, 0), 1e-6)
	wantCoded(t, encode(nodes.Latency{Steps: 3, High: .1}), constants(.1), spikesAt(3, 0), 0) // in single precision, .1 is more
	wantCoded(t, encode(nodes.Latency{Steps: 2}), constants(1), spikesAt(2, 0), 0)
}

// The first of several spikes counts.
func TestLatencyDecodesTheFirstSpike(t *testing.T) {
	wantCoded(t, decode(nodes.Latency{Steps: 3}), sequenceOf(0, 1, 1), constants(.5), 0)
}

func TestLatencyComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := nodes.Latency{Steps: rapid.IntRange(2, 300).Draw(t, "steps"), Logarithmic: rapid.Bool().Draw(t, "logarithmic")}
		c.Low = rapid.Float64Range(.001, 5).Draw(t, "low")
		c.High = c.Low * rapid.Float64Range(1.01, 1000).Draw(t, "ratio")
		x := c.Low + (c.High-c.Low)*rapid.Float64Range(0, .999).Draw(t, "value")
		spikes := must(nodes.Encoded(c, tensorOf[float64]([]float64{x}, 1, 1)))
		count := 0.
		for _, s := range must(graph.Float64s(spikes)) {
			count += s
		}
		if count != 1 {
			t.Fatalf("%v has %v spikes, want one", x, count)
		}
		back := must(graph.Float64s(must(nodes.Decoded(c, spikes))))[0]
		d, resolution := math.Abs(back-x), .5*(c.High-c.Low)/float64(c.Steps-1)
		if c.Logarithmic {
			d, resolution = math.Abs(math.Log(back/x)), .5*math.Log(c.High/c.Low)/float64(c.Steps-1)
		}
		if d > resolution*(1+1e-9)+1e-12 {
			t.Fatalf("%v comes back as %v, %v away, want at most %v", x, back, d, resolution)
		}
	})
}

func TestLatencyGradients(t *testing.T) { wantNoGradient(t, nodes.Latency{Steps: 3}, 2, 2) }

func TestLatencyRefuses(t *testing.T) {
	one := constants(.5)
	for _, c := range []struct {
		coding nodes.Latency
		want   string
	}{
		{nodes.Latency{}, "there are 0 steps"},
		{nodes.Latency{Steps: 1}, "there are 1 steps, want at least 2"},
		{nodes.Latency{Steps: 5, Low: 2, High: 1}, "from 2 to 1"},
		{nodes.Latency{Steps: 5, Low: 1, High: 1}, "from 1 to 1"},
		{nodes.Latency{Steps: 5, High: nan}, "to NaN"},
		{nodes.Latency{Steps: 5, High: inf}, "to +Inf"},
		{nodes.Latency{Steps: 5, High: 1, Logarithmic: true}, "begins at 0"},
	} {
		wantCodingError(t, "settings", encode(c.coding), one, "latency", c.want)
		wantCodingError(t, "settings", decode(c.coding), spikesAt(5, 1), "latency decoder", c.want)
	}
	c := nodes.Latency{Steps: 5}
	wantCodingError(t, "NaN", encode(c), constants(0, nan), "x[0 1] is NaN")
	wantCodingError(t, "negative", encode(c), constants(-.1), "x[0 0] is -0.1", "from 0 to 1")
	wantCodingError(t, "negative", encode(nodes.Latency{Steps: 5, Logarithmic: true}), constants(-.1), "x[0 0] is -0.1")
	wantCodingError(t, "too large", encode(c), constants(1.5), "x[0 0] is 1.5")
	wantCodingError(t, "a sequence", encode(c), sequenceOf(1), "[batch, features]")
	wantCodingError(t, "other steps", decode(c), spikesAt(4, 0), "(4, 1, 1)", "want 5 steps")
}
