package ops

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// BenchmarkSoftmax is softmax and its gradient, in nanoseconds per score, over sequences of the
// sizes of the tasks: labels per step, as in ECG, and one label per sequence.
func BenchmarkSoftmax(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range []tensor.Shape{{1301, 64, 6}, {784, 64, 10}, {250, 64, 20}} {
		n := s.TotalSize()
		random := func(shape tensor.Shape) graph.Array[float32] {
			x := make([]float32, shape.TotalSize())
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			return graph.Array[float32]{Shape: shape, Data: x}
		}
		scores, labels := random(s), graph.Array[float32]{Shape: s[:2], Data: make([]float32, n/s[2])}
		for i := range labels.Data {
			labels.Data[i] = float32(rng.IntN(s[2]))
		}
		gradient := graph.Array[float32]{Shape: s, Data: make([]float32, n)}
		for _, c := range []struct {
			name   string
			kernel graph.Kernel[float32]
			call   graph.Call[float32]
		}{
			{"CrossEntropy", crossEntropy{}.Kernel32(), graph.Call[float32]{
				In: []graph.Array[float32]{scores, labels}, Out: []graph.Array[float32]{random(tensor.Shape{1})},
				DOut: []graph.Array[float32]{random(tensor.Shape{1})}, DIn: []graph.Array[float32]{gradient, {}},
			}},
			{"SoftmaxOverTime", softmaxOverTime{}.Kernel32(), graph.Call[float32]{
				In: []graph.Array[float32]{scores}, Out: []graph.Array[float32]{random(s[1:])},
				DOut: []graph.Array[float32]{random(s[1:])}, DIn: []graph.Array[float32]{gradient},
			}},
		} {
			for _, pass := range []struct {
				name string
				run  func(*graph.Call[float32]) error
			}{{"forward", c.kernel.Forward}, {"backward", c.kernel.Backward}} {
				b.Run(fmt.Sprintf("%s/%d/%s", c.name, s[2], pass.name), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := pass.run(&c.call); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/score")
				})
			}
		}
	}
}
