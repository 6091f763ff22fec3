package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The loops over slabs are the equations of the neurons, element by element: in groups of eight
// by the assembly as one at a time by the Go code, bit for bit; constants given once for all
// examples as repeated for each.
func TestNeuronLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, units := range []int{1, 3, 7, 8, 9, 16, 24, 36} {
		for examples := 1; examples < 5; examples++ {
			n := units * examples
			c := Neurons[float32]{Alpha: normal[float32](rng, units), Gain: normal[float32](rng, units),
				Rho: normal[float32](rng, units), Kappa: normal[float32](rng, units), B0: .3, Beta: 1.8, ResetBeta: 1.8, Dt: .7,
				GainSlope: 1.3, KappaSlope: .6, Refractory: 4, DetachReset: examples == 3}
			if examples%2 == 0 {
				c.ResetBeta = 0
			}
			repeated := c
			repeated.Repeat(examples)
			for name, loop := range map[string]func(c *Neurons[float32], x [][]float32){
				"LIF":      func(c *Neurons[float32], x [][]float32) { c.LIF(step(x)) },
				"ALIF":     func(c *Neurons[float32], x [][]float32) { c.ALIF(step(x)) },
				"BackLIF":  func(c *Neurons[float32], x [][]float32) { c.BackLIF(back(x)) },
				"BackALIF": func(c *Neurons[float32], x [][]float32) { c.BackALIF(back(x)) },
				"back in place": func(c *Neurons[float32], x [][]float32) {
					b := back(x)
					b.GCur = b.Cur
					c.BackALIF(b)
					c.BackLIF(b)
				},
				"Rest": func(c *Neurons[float32], x [][]float32) { c.Rest(step(x)) },
				"Mute": func(_ *Neurons[float32], x [][]float32) { Mute(x[0], x[1]) },
				"in place": func(c *Neurons[float32], x [][]float32) {
					s := step(x)
					s.U, s.Eta, s.S, s.V, s.Silence = s.U1, s.Eta1, s.S1, s.S1, s.Silence1
					c.ALIF(s)
					c.LIF(s)
					c.Rest(s)
				},
			} {
				whole := make([][]float32, 14)
				for i := range whole {
					whole[i] = normal[float32](rng, n)
				}
				single := clone(whole)
				loop(&repeated, whole)
				for i := range n {
					one := make([][]float32, len(single))
					for k := range one {
						one[k] = single[k][i : i+1]
					}
					u := i % units
					d := c
					d.Alpha, d.Gain, d.Rho, d.Kappa = c.Alpha[u:u+1], c.Gain[u:u+1], c.Rho[u:u+1], c.Kappa[u:u+1]
					loop(&d, one)
				}
				for k := range whole {
					for i := range n {
						if math.Float32bits(whole[k][i]) != math.Float32bits(single[k][i]) {
							t.Fatalf("%s: element %d of %d × %d in slab %d is %v, one by one %v", name, i, examples, units, k, whole[k][i], single[k][i])
						}
					}
				}
			}
		}
	}
}

// A membrane potential that is equal to the threshold is no spike.
func TestAtThreshold(t *testing.T) {
	ones, zeros := make([]float32, 9), make([]float32, 9)
	for i := range ones {
		ones[i] = 1
	}
	c := Neurons[float32]{Alpha: ones, Gain: zeros, Rho: zeros, Kappa: zeros, B0: .5, Dt: 1}
	for u, want := range map[float32]float32{.5: 0, .4: 0, .50001: 1, float32(math.NaN()): 0} {
		s := &Step[float32]{U1: make([]float32, 9), Eta1: zeros, S1: zeros, Cur: zeros,
			U: make([]float32, 9), Eta: make([]float32, 9), V: make([]float32, 9), S: make([]float32, 9)}
		for _, loop := range []func(*Step[float32]){c.LIF, c.ALIF} {
			for i := range s.U1 {
				s.U1[i] = u
			}
			loop(s)
			for i, got := range s.S {
				if got != want {
					t.Errorf("u = %v at %d: %v spikes, want %v", u, i, got, want)
				}
			}
		}
	}
}

// After a spike a neuron is silent for as many steps as are asked for, and what is taken for a spike
// or a count is what is next to it.
func TestRest(t *testing.T) {
	for _, n := range []int{1, 11} {
		s := &Step[float32]{S: make([]float32, n), Silence1: make([]float32, n)}
		s.Silence = s.Silence1
		c := Neurons[float32]{Refractory: 2}
		for k, x := range []struct{ tries, spikes, silence float32 }{
			{0, 0, 0}, {1, 1, 2}, {1, 0, 1}, {1, 0, 0}, {1, 1, 2}, {0, 0, 1}, {1, 0, 0}, {.4, .4, 0}, {.6, .6, 2}, {.6, 0, 1},
		} {
			fill(s.S, x.tries)
			psi := slices.Clone(s.S)
			Mute(psi, s.Silence1)
			c.Rest(s)
			for i := range n {
				if s.S[i] != x.spikes || s.Silence[i] != x.silence || psi[i] != x.spikes {
					t.Fatalf("step %d: neuron %d has spikes %v, is silent for %v steps and has %v left of %v, want %+v",
						k, i, s.S[i], s.Silence[i], psi[i], x.tries, x)
				}
			}
		}
		fill(s.Silence1, .4)
		fill(s.S, 0)
		c.Rest(s)
		if r := s.Silence[n-1]; r != 0 {
			t.Errorf("0.4 silent steps leave %v, want none", r)
		}
		fill(s.Silence1, 1.7)
		c.Rest(s)
		if r := s.Silence[n-1]; r < .69 || r > .71 {
			t.Errorf("1.7 silent steps leave %v, want 0.7", r)
		}
	}
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

func clone(x [][]float32) [][]float32 {
	y := make([][]float32, len(x))
	for i := range x {
		y[i] = slices.Clone(x[i])
	}
	return y
}

func step(x [][]float32) *Step[float32] {
	return &Step[float32]{U1: x[0], Eta1: x[1], S1: x[2], Cur: x[3], U: x[4], Eta: x[5], V: x[6], S: x[7],
		Silence1: x[8], Silence: x[9]}
}

func back(x [][]float32) *Back[float32] {
	return &Back[float32]{GU: x[0], GEta: x[1], GS: x[2], DS: x[3], DTheta: x[4], Psi: x[5], GCur: x[6],
		U1: x[7], Eta1: x[8], S1: x[9], Eta: x[10], Cur: x[11], DAlpha: x[12], DRho: x[13]}
}
