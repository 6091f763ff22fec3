package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

func TestEveryOutputIsWritten(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testEveryOutputIsWritten(t, graph.Function.Kernel32) })
	t.Run("float64", func(t *testing.T) { testEveryOutputIsWritten(t, graph.Function.Kernel64) })
}

// What was in the memory of outputs and gradients before does not matter: each element is written,
// those of the steps and labels that do not count as zero.
func testEveryOutputIsWritten[F graph.Float](t *testing.T, kernel func(graph.Function) graph.Kernel[F]) {
	rng := rand.New(rand.NewPCG(1, 2))
	const steps, batch, units = 5, 11, 6
	shape := tensor.Shape{steps, batch, units}
	x := make([]F, shape.TotalSize())
	for i := range x {
		x[i] = F(rng.NormFloat64())
	}
	labels, none := make([]F, steps*batch), slices.Repeat([]F{-1}, steps*batch)
	for i := range labels {
		labels[i] = F(i%(units+1) - 1)
	}
	scores := slices.Clone(x)
	for i, y := range labels {
		if y < 0 {
			scores[i*units] = F(math.NaN()) // of a row that does not count
		}
	}
	array := func(s tensor.Shape, data []F) graph.Array[F] { return graph.Array[F]{Shape: s, Data: data} }
	for _, c := range []struct {
		f     graph.Function
		in    []graph.Array[F]
		zeros func(i int) bool // which elements of the first gradient are
	}{
		{crossEntropy{Skip: 2}, []graph.Array[F]{array(shape, scores), array(shape[:2], labels)}, func(i int) bool {
			return i/units < 2*batch || labels[i/units] < 0
		}},
		{crossEntropy{Skip: 2, Smoothing: .2}, []graph.Array[F]{array(shape, scores), array(shape[:2], labels)}, func(i int) bool {
			return i/units < 2*batch || labels[i/units] < 0
		}},
		{crossEntropy{}, []graph.Array[F]{array(shape, x), array(shape[:2], none)}, func(int) bool { return true }},
		{softmaxOverTime{timeSum{2}}, []graph.Array[F]{array(shape, x)}, func(i int) bool { return i < 2*batch*units }},
		{sumOverTime{timeSum: timeSum{2}}, []graph.Array[F]{array(shape, x)}, func(i int) bool { return i < 2*batch*units }},
	} {
		name := fmt.Sprintf("%T%v", c.f, c.f)
		in := make([]tensor.Shape, len(c.in))
		for i, a := range c.in {
			in[i] = a.Shape
		}
		out, err := c.f.Shapes(in)
		if err != nil {
			t.Fatal(err)
		}
		size := max(1, out[0].TotalSize())
		var first *graph.Call[F]
		for _, before := range []F{0, 7, F(math.NaN())} {
			call := &graph.Call[F]{
				In:   c.in,
				Out:  []graph.Array[F]{array(out[0], slices.Repeat([]F{before}, size))},
				DOut: []graph.Array[F]{array(out[0], slices.Repeat([]F{.5}, size))},
				DIn:  []graph.Array[F]{array(shape, slices.Repeat([]F{before}, len(x))), {}},
			}
			for i := range call.DOut[0].Data {
				call.DOut[0].Data[i] += F(i)
			}
			k := kernel(c.f)
			if err := k.Forward(call); err != nil {
				t.Fatal(err)
			}
			if err := k.Backward(call); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = call
			}
			if !slices.Equal(call.Out[0].Data, first.Out[0].Data) {
				t.Errorf("%s of outputs that were %v: %v, want %v", name, before, call.Out[0].Data, first.Out[0].Data)
			}
			for i, d := range call.DIn[0].Data {
				if d != first.DIn[0].Data[i] || (d == 0) != c.zeros(i) {
					t.Errorf("%s: gradient %d, which was %v, is %v", name, i, before, d)
				}
			}
		}
	}
}

// The rows that are not finite are found in whatever shard and group of rows they are.
func TestScoreErrorsInLongSequences(t *testing.T) {
	const batch, classes = 3, 6
	shape := tensor.Shape{700, batch, classes}
	for _, at := range []int{0, 100, lossShard - 1, lossShard, lossShard + lossRows, 700*batch - 1} {
		x := make([]float32, shape.TotalSize())
		x[at*classes+4] = float32(math.Inf(1))
		x[len(x)-1] = float32(math.NaN())
		if at == 700*batch-1 {
			x[len(x)-1] = 0
		}
		call := &graph.Call[float32]{
			In: []graph.Array[float32]{
				{Shape: shape, Data: x},
				{Shape: shape[:2], Data: make([]float32, 700*batch)},
			},
			Out: []graph.Array[float32]{{Data: make([]float32, batch*classes)}},
		}
		where := fmt.Sprintf("[%d %d 4] is +Inf", at/batch, at%batch)
		for _, c := range []struct {
			f      graph.Function
			inputs int
			want   string
		}{{crossEntropy{}, 2, "score" + where}, {softmaxOverTime{}, 1, "x" + where}, {softmaxOverTime{timeSum{699}}, 1, "x" + where}} {
			call := *call
			call.In = call.In[:c.inputs]
			if err := c.f.Kernel32().Forward(&call); err == nil || err.Error() != c.want {
				t.Errorf("%v: error is %v, want %s", c.f, err, c.want)
			}
		}
	}
}
