package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The loops over slabs are the equations of the neurons, element by element: in groups of eight
// by the assembly as one at a time by the Go code, bit for bit.
func TestNeuronLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for n := 1; n < 40; n++ {
		slab := func() []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			return x
		}
		whole, single := make([][]float32, 17), make([][]float32, 17)
		for i := range whole {
			whole[i] = slab()
			single[i] = slices.Clone(whole[i])
		}
		whole[1][n/2] = whole[0][n/2] // u = θ is no spike
		single[1][n/2] = whole[1][n/2]
		for name, loop := range map[string]func(x [][]float32){
			"Integrate": func(x [][]float32) { Integrate(x[0], x[1], x[2], x[3], x[4], x[5], x[6], .7) },
			"in place":  func(x [][]float32) { Integrate(x[0], x[0], x[2], x[3], x[4], x[5], x[6], .7) },
			"Fire":      func(x [][]float32) { Fire(x[0], x[1], x[2], x[3]) },
			"spikes":    func(x [][]float32) { Fire(x[0], x[1], nil, x[3]) },
			"Adapt":     func(x [][]float32) { Adapt(x[0], x[1], x[2], x[3], .01, 1.8) },
			"LIF":       func(x [][]float32) { back(x).LIF(1.3, .4) },
			"ALIF":      func(x [][]float32) { back(x).ALIF(1.3, 1.8, .7) },
		} {
			loop(whole)
			for i := range n {
				one := make([][]float32, len(single))
				for k := range one {
					one[k] = single[k][i : i+1]
				}
				loop(one)
			}
			for k := range whole {
				for i := range n {
					if math.Float32bits(whole[k][i]) != math.Float32bits(single[k][i]) {
						t.Fatalf("%s: element %d of %d in slab %d is %v, one by one %v", name, i, n, k, whole[k][i], single[k][i])
					}
				}
			}
		}
	}
}

func back(x [][]float32) *Back[float32] {
	return &Back[float32]{GU: x[0], GEta: x[1], GS: x[2], Psi: x[3], GCur: x[4], S1: x[5], U1: x[6], Eta1: x[7],
		Theta: x[8], Cur: x[9], DTheta: x[10], DAlpha: x[11], DRho: x[12], Alpha: x[13], Gain: x[14], Rho: x[15]}
}

// active finds what is not zero, NaN included, and tells whether all of that is 1.
func TestActive(t *testing.T) {
	nan := float32(math.NaN())
	for n := 1; n <= block; n++ {
		for at := range n {
			for _, c := range []struct {
				x    float32
				ones bool
			}{{1, true}, {.5, false}, {-1, false}, {nan, false}} {
				x := make([]float32, n)
				x[at], x[0] = c.x, max(x[0], 1)
				if at == 0 {
					x[0] = c.x
				}
				want := uint64(1)<<at | 1
				y := make([]float64, n)
				for i, v := range x {
					y[i] = float64(v)
				}
				for _, got := range []struct {
					mask uint64
					ones bool
				}{first(active(x)), first(active(y))} {
					if got.mask != want || got.ones != c.ones {
						t.Fatalf("%v at %d of %d: mask %b, ones %v", c.x, at, n, got.mask, got.ones)
					}
				}
			}
		}
	}
}

func first(mask uint64, ones bool) struct {
	mask uint64
	ones bool
} {
	return struct {
		mask uint64
		ones bool
	}{mask, ones}
}
