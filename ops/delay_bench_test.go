package ops

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// delayBench is a layer of 128 units behind as many inputs, with delays up to a tenth of a sequence.
type delayBench struct {
	steps, batch, in, out, most int
}

var delayBenchSize = delayBench{steps: 250, batch: 16, in: 128, out: 128, most: 25}

func (s delayBench) random(draw func(rng *rand.Rand) float64, shape ...int) graph.Array[float32] {
	rng := rand.New(rand.NewPCG(uint64(len(shape)), 7))
	a := graph.Array[float32]{Shape: shape, Data: make([]float32, tensor.Shape(shape).TotalSize())}
	for i := range a.Data {
		a.Data[i] = float32(draw(rng))
	}
	return a
}

// naiveDelayedLinear is the definition, with all elements of x.
func naiveDelayedLinear(x, w, delays, y []float32, s delayBench) {
	for t := range s.steps {
		for b := range s.batch {
			for j := range s.out {
				var sum float32
				for i := range s.in {
					d := delays[j*s.in+i]
					whole := int(d)
					f := d - float32(whole)
					if whole <= t {
						sum += w[j*s.in+i] * (1 - f) * x[((t-whole)*s.batch+b)*s.in+i]
					}
					if whole < t {
						sum += w[j*s.in+i] * f * x[((t-whole-1)*s.batch+b)*s.in+i]
					}
				}
				y[(t*s.batch+b)*s.out+j] = sum
			}
		}
	}
}

// naiveDelay is the definition, with all elements of x.
func naiveDelay(x, delays, y []float32, s delayBench) {
	for t := range s.steps {
		for b := range s.batch {
			for i := range s.in {
				d := delays[i]
				whole := int(d)
				f := d - float32(whole)
				var sum float32
				if whole <= t {
					sum += (1 - f) * x[((t-whole)*s.batch+b)*s.in+i]
				}
				if whole < t {
					sum += f * x[((t-whole-1)*s.batch+b)*s.in+i]
				}
				y[(t*s.batch+b)*s.in+i] = sum
			}
		}
	}
}

// BenchmarkDelay compares both ops with the plain loops over all elements, on spikes of some rates
// and on real numbers, for whole delays and for others.
func BenchmarkDelay(b *testing.B) {
	s := delayBenchSize
	signals := []struct {
		name string
		draw func(*rand.Rand) float64
	}{
		{"spikes2%", func(rng *rand.Rand) float64 { return float64(max(0, rng.IntN(50)-48)) }},
		{"spikes10%", func(rng *rand.Rand) float64 { return float64(max(0, rng.IntN(10)-8)) }},
		{"reals", (*rand.Rand).NormFloat64},
	}
	delays := []struct {
		name string
		draw func(*rand.Rand) float64
	}{
		{"whole", func(rng *rand.Rand) float64 { return float64(rng.IntN(s.most + 1)) }},
		{"between", func(rng *rand.Rand) float64 { return float64(s.most) * rng.Float64() }},
	}
	for _, op := range []struct {
		name    string
		kernel  graph.Kernel[float32]
		weights []graph.Array[float32]
		shape   []int
		naive   func(in []graph.Array[float32], y []float32)
	}{
		{"Delay", delay{delayed{s.most}}.Kernel32(), nil, []int{s.in},
			func(in []graph.Array[float32], y []float32) { naiveDelay(in[0].Data, in[1].Data, y, s) }},
		{"DelayedLinear", delayedLinear{delayed{s.most}, wiring{X: 1, W: 2}, 3}.Kernel32(),
			[]graph.Array[float32]{s.random((*rand.Rand).NormFloat64, s.out, s.in)}, []int{s.out, s.in},
			func(in []graph.Array[float32], y []float32) {
				naiveDelayedLinear(in[0].Data, in[1].Data, in[2].Data, y, s)
			}},
	} {
		for _, signal := range signals {
			for _, d := range delays {
				in := append([]graph.Array[float32]{s.random(signal.draw, s.steps, s.batch, s.in)}, op.weights...)
				in = append(in, s.random(d.draw, op.shape...))
				y := s.random((*rand.Rand).NormFloat64, s.steps, s.batch, s.out)
				gradients := make([]graph.Array[float32], len(in))
				for i, a := range in {
					gradients[i] = graph.Array[float32]{Shape: a.Shape, Data: make([]float32, len(a.Data))}
				}
				ofX, others := slices.Clone(gradients), slices.Clone(gradients)
				ofX, others[0] = append(ofX[:1], make([]graph.Array[float32], len(in)-1)...), graph.Array[float32]{}
				backward := func(wanted []graph.Array[float32]) error {
					return op.kernel.Backward(&graph.Call[float32]{In: in, DOut: []graph.Array[float32]{y}, DIn: wanted})
				}
				for _, c := range []struct {
					name string
					run  func() error
				}{
					{"naive", func() error { op.naive(in, y.Data); return nil }},
					{"forward", func() error {
						return op.kernel.Forward(&graph.Call[float32]{In: in, Out: []graph.Array[float32]{y}})
					}},
					{"backward-x", func() error { return backward(ofX) }},
					{"backward-others", func() error { return backward(others) }},
				} {
					b.Run(fmt.Sprintf("%s/%s/%s/%s", op.name, signal.name, d.name, c.name), func(b *testing.B) {
						b.ReportAllocs()
						for b.Loop() {
							if err := c.run(); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
			}
		}
	}
}
