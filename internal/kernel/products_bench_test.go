package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkProducts is one step of the recurrence of eight examples: spikes of a rate times
// weights, as sums of weight rows and dense. GFLOP/s count the operations that are done.
func BenchmarkProducts(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	const rows = 8
	for _, n := range []int{6, 20, 36, 128, 256} {
		w, y := normal[float32](rng, n*Pad(n)+Slack), make([]float32, rows*n)
		m, to := Lines[float32]{w, Pad(n)}, Lines[float32]{y, n}
		for _, rate := range []float64{.02, .1, .3, .6} {
			x := sparse[float32](rng, rows, n, rate, true)
			set := make([]uint64, rows*Words(n))
			of := Pack(x, rows, n, set)
			b.Run(fmt.Sprintf("rows/%d/%v", n, rate), func(b *testing.B) {
				for b.Loop() {
					AddRows(set, rows, n, m, to, to, n)
				}
				report(b, int(of.Count)*n)
			})
		}
		x := normal[float32](rng, rows*n)
		b.Run(fmt.Sprintf("dense/%d", n), func(b *testing.B) {
			for b.Loop() {
				MulAdd(rows, n, n, x, n, 1, m, to, to)
			}
			report(b, 2*rows*n*n)
		})
	}
}

func report(b *testing.B, operations int) {
	b.ReportMetric(float64(operations)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}
