package nodes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// Probabilities of 0 and 1 leave nothing to chance.
func TestPoissonWithoutChance(t *testing.T) {
	wantCoded(t, encode(nodes.Poisson{Steps: 3}), constants(0, 1), numbers{[]float64{0, 1, 0, 1, 0, 1}, tensor.Shape{3, 1, 2}}, 0)
	wantCoded(t, encode(nodes.Poisson{}), sequenceOf(1, 0, 1), sequenceOf(1, 0, 1), 0)
	wantCoded(t, encode(nodes.Poisson{Rate: 1}), sequenceOf(1000, 0), sequenceOf(1, 0), 0)        // Hz
	wantCoded(t, encode(nodes.Poisson{Rate: 100, Dt: 10}), sequenceOf(1, 0), sequenceOf(1, 0), 0) // 100 Hz in 10 ms
	wantCoded(t, decode(nodes.Poisson{}), sequenceOf(1, 0, 0, 1), constants(.5), 0)
	wantCoded(t, decode(nodes.Poisson{Rate: 50, Dt: 2}), sequenceOf(1, 0, 0, 1), constants(5), 1e-6)
}

// The spikes of a seed are always the same, in both precisions, whatever machine draws them.
func TestPoissonIsReproducible(t *testing.T) {
	wantCoded(t, encode(nodes.Poisson{Steps: 20, Seed: 7}), constants(.5),
		sequenceOf(0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0), 0)
	draw := func(seed uint64) []float64 {
		return must(graph.Float64s(must(nodes.Encoded(nodes.Poisson{Steps: 100, Seed: seed}, tensorOf[float32](constants(.5).values, 1, 1)))))
	}
	equal(t, "the second draw", draw(3), draw(3))
	if slices.Equal(draw(3), draw(4)) {
		t.Error("two seeds give the same spikes")
	}
}

// The number of spikes lies within its confidence interval, for each of several rates at once; steps,
// neurons and seeds are uncorrelated.
func TestPoissonStatistics(t *testing.T) {
	const steps, deviations = 40000, 3.5
	rates := []float64{1, 10, 50, 200, 900} // Hz
	draw := func(seed uint64) [][]float64 {
		c := nodes.Poisson{Steps: steps, Rate: 1, Dt: .5, Seed: seed}
		all := must(graph.Float64s(must(nodes.Encoded(c, tensorOf[float64](rates, 1, len(rates))))))
		trains := make([][]float64, len(rates))
		for i, s := range all {
			trains[i%len(rates)] = append(trains[i%len(rates)], s)
		}
		return trains
	}
	first, second := draw(1), draw(2)
	for i, rate := range rates {
		p := rate * .5e-3
		mean, deviation := p*steps, math.Sqrt(steps*p*(1-p))
		count := 0.
		for _, s := range first[i] {
			count += s
		}
		if math.Abs(count-mean) > deviations*deviation {
			t.Errorf("%v Hz: %v spikes in %v ms, want %.0f ± %.0f", rate, count, steps*.5, mean, deviations*deviation)
		}
		for _, pair := range []struct {
			what string
			a, b []float64
			q    float64 // the probability of a spike in b
		}{
			{"successive steps", first[i][1:], first[i][:steps-1], p},
			{"two neurons", first[i], first[(i+1)%len(rates)], rates[(i+1)%len(rates)] * .5e-3},
			{"two seeds", first[i], second[i], p},
		} {
			sum := 0.
			for t := range pair.a {
				sum += (pair.a[t] - p) * (pair.b[t] - pair.q)
			}
			if z := sum / math.Sqrt(float64(len(pair.a))*p*(1-p)*pair.q*(1-pair.q)); math.Abs(z) > deviations+1 {
				t.Errorf("%v Hz: %s are correlated, by %.1f standard deviations", rate, pair.what, z)
			}
		}
	}
}

func TestPoissonComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const steps = 2000
		c := nodes.Poisson{Steps: steps, Rate: rapid.Float64Range(1, 400).Draw(t, "rate"), Dt: rapid.Float64Range(.1, 2).Draw(t, "dt"),
			Seed: rapid.Uint64().Draw(t, "seed")}
		x := rapid.Float64Range(0, 1).Draw(t, "value")
		back := must(graph.Float64s(must(nodes.Decoded(c, must(nodes.Encoded(c, tensorOf[float64]([]float64{x}, 1, 1)))))))[0]
		scale := c.Rate * c.Dt / 1000
		deviation := math.Sqrt(x*scale*(1-x*scale)/steps) / scale
		if math.Abs(back-x) > 6*deviation+6/(steps*scale) { // a single spike counts where there are few
			t.Fatalf("%v comes back as %v, want ± %v", x, back, 6*deviation)
		}
	})
}

func TestPoissonGradients(t *testing.T) {
	wantNoGradient(t, nodes.Poisson{Steps: 3}, 2, 2)
	wantLinear(t, nodes.Poisson{Rate: 20}, 4, 2, 3)
}

func TestPoissonRefuses(t *testing.T) {
	one := constants(.5)
	wantCodingError(t, "steps", encode(nodes.Poisson{Steps: -1}), one, "Poisson: there are -1 steps")
	for _, x := range []float64{-1, nan, inf} {
		wantCodingError(t, "rate", encode(nodes.Poisson{Steps: 1, Rate: x}), one, "Poisson: the rate is")
		wantCodingError(t, "dt", encode(nodes.Poisson{Steps: 1, Dt: x}), one, "Poisson: dt is")
		wantCodingError(t, "dt", decode(nodes.Poisson{Dt: x}), sequenceOf(1), "Poisson decoder: dt is")
	}
	c := nodes.Poisson{Steps: 2, Rate: 500, Dt: 4}
	wantCodingError(t, "NaN", encode(c), constants(.1, nan), "x[0 1] is NaN")
	wantCodingError(t, "negative", encode(c), constants(-.1), "x[0 0] is -0.1", "from 0 to 1")
	wantCodingError(t, "too fast", encode(c), constants(.75), "x[0 0] is 0.75", "1.5 per step")
	wantCodingError(t, "a sequence", encode(c), sequenceOf(1), "[batch, features]")
	wantCodingError(t, "no sequence", encode(nodes.Poisson{}), one, "(1, 1)", "[T, batch, features], as no number of steps is given")
}
