package ops

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// BenchmarkSpikeTime is the hidden layer of Bohte et al. for the Iris data set, 50 inputs with 16
// terminals each and 10 units, on 75 examples: all inputs spike, or one in four, as those of a
// population code do.
func BenchmarkSpikeTime(b *testing.B) {
	const batch, in, units, each = 75, 50, 10, 16
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(lo, hi float64, shape ...int) graph.Array[float64] {
		a := graph.Array[float64]{Shape: shape, Data: make([]float64, tensor.Shape(shape).TotalSize())}
		for i := range a.Data {
			a.Data[i] = lo + (hi-lo)*rng.Float64()
		}
		return a
	}
	array := func(shape ...int) graph.Array[float64] { return random(0, 1, shape...) }
	for _, active := range []float64{1, .25} {
		for _, shared := range []bool{true, false} {
			delays := array(each)
			if !shared {
				delays = array(units, in, each)
			}
			for i := range delays.Data {
				delays.Data[i] = 1 + float64(i%each)
			}
			times := random(0, 9, batch, in)
			for i := range times.Data {
				if rng.Float64() > active {
					times.Data[i] = 50
				}
			}
			call := graph.Call[float64]{
				In:     []graph.Array[float64]{times, random(0, .7/active/in, units, in, each), delays},
				Out:    []graph.Array[float64]{array(batch, units)},
				DOut:   []graph.Array[float64]{array(batch, units)},
				DIn:    []graph.Array[float64]{array(batch, in), array(units, in, each), {Shape: delays.Shape}},
				Record: true,
			}
			k := spikeTime{SpikeTime{Tau: 7, Threshold: 1, Horizon: 50}.withDefaults()}.Kernel64()
			name := fmt.Sprintf("active %v, shared delays %v", active, shared)
			b.Run(name+"/forward", func(b *testing.B) {
				for b.Loop() {
					if err := k.Forward(&call); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(name+"/backward", func(b *testing.B) {
				for b.Loop() {
					if err := k.Backward(&call); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
