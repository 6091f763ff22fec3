package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkNeurons is one step of eight examples, and one back.
func BenchmarkNeurons(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, units := range []int{36, 128} {
		n := 8 * units
		a := Borrow[float32]()
		for range 2 { // the second time there is memory
			a.Return()
			a = Borrow[float32]()
			a.Floats(20 * n)
		}
		a.Return()
		a = Borrow[float32]()
		x := make([][]float32, 14)
		for i := range x {
			x[i] = a.Floats(n)
			copy(x[i], normal[float32](rng, n))
		}
		c := Neurons[float32]{Alpha: normal[float32](rng, units), Gain: normal[float32](rng, units), Rho: normal[float32](rng, units),
			Kappa: normal[float32](rng, units), B0: .1, Beta: .1, ResetBeta: .1, Dt: 1, GainSlope: 1, KappaSlope: 1}
		c.Repeat(8)
		for i := range c.Alpha {
			c.Alpha[i], c.Rho[i], c.Kappa[i] = .9, .9, .1
		}
		b.Run(fmt.Sprintf("step/%d", units), func(b *testing.B) {
			s := step(x)
			for b.Loop() {
				c.ALIF(s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/neuron")
		})
		b.Run(fmt.Sprintf("back/%d", units), func(b *testing.B) {
			s := back(x)
			for i := range s.GS {
				s.GS[i], s.GU[i], s.GEta[i] = 0, 0, 0
			}
			for b.Loop() {
				c.BackALIF(s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/neuron")
		})
	}
}
