package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func draw(t *testing.T, w Waveform, seed uint64, steps int, frequency float64) []float64 {
	t.Helper()
	x, err := w.Draw(rand.New(rand.NewPCG(seed, 0)), steps, frequency)
	if err != nil || len(x) != steps {
		t.Fatalf("%s: %d steps, %v", w, len(x), err)
	}
	return x
}

// Waveforms have the frequency that they are to have, and depend on what they are drawn from alone.
func TestWaveforms(t *testing.T) {
	for _, w := range Waveforms {
		a, b, c := draw(t, w, 1, 1000, .01), draw(t, w, 1, 1000, .01), draw(t, w, 2, 1000, .01)
		if !slices.Equal(a, b) || slices.Equal(a, c) {
			t.Errorf("%s: the same seed gives another signal, or another one the same", w)
		}
	}
	for at, v := range draw(t, Sine, 1, 1000, .01)[:850] {
		x := draw(t, Sine, 1, 1000, .01)
		if math.Abs(v-x[at+100]) > 1e-9 || math.Abs(v+x[at+50]) > 1e-9 {
			t.Fatalf("a sine of 100 steps has %v at %d, %v after 100 and %v after 50", v, at, x[at+100], x[at+50])
		}
	}
	// A sum of sines has the power of three, which is a half each, over a time in which each has whole periods.
	power := 0.
	for _, v := range draw(t, ThreeSines, 3, 10000, .01) {
		power += v * v / 10000
	}
	if math.Abs(power-1.5) > 1e-6 {
		t.Errorf("three sines have a power of %v, want 1.5", power)
	}
	changes := 0
	levels := draw(t, RandomSteps, 1, 1000, .01)
	for i, v := range levels {
		if v < 0 || v >= 1 {
			t.Errorf("a level is %v", v)
		}
		if i > 0 && v != levels[i-1] {
			changes++
		}
	}
	if changes < 9 || changes > 10 {
		t.Errorf("levels change %d times in 1000 steps, want each 100", changes)
	}
	// The variance of white noise behind four leaks λ is that of the filter's response, (1−λ)⁸ Σ (C(n+3,3) λⁿ)².
	const frequency = .02
	leak, want := math.Exp(-2*math.Pi*frequency), 0.
	for n := range 2000 {
		k := float64(n)
		h := math.Pow(1-leak, 4) * (k + 1) * (k + 2) * (k + 3) / 6 * math.Pow(leak, k)
		want += h * h
	}
	variance := 0.
	for _, v := range draw(t, LowPassNoise, 1, 200000, frequency) {
		variance += v * v / 200000
	}
	if math.Abs(variance/want-1) > .1 {
		t.Errorf("noise has a variance of %v, want %v", variance, want)
	}
}

func TestWrongWaveforms(t *testing.T) {
	for _, c := range []struct {
		w         Waveform
		steps     int
		frequency float64
		want      string
	}{{"cat", 10, .1, `"cat"`}, {Sine, 0, .1, "0 steps"}, {Sine, 1 << 40, .1, "steps"}, {Sine, 10, 0, "0 periods"}, {Sine, 10, math.NaN(), "NaN"}, {Sine, 10, math.Inf(1), "Inf"}} {
		if _, err := c.w.Draw(rand.New(rand.NewPCG(1, 1)), c.steps, c.frequency); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v, want one with %q", c, err, c.want)
		}
	}
}
