package data

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

func TestTachogram(t *testing.T) {
	const mean, deviation, ratio = .9, .05, .5
	beat := newTachogram(rand.New(rand.NewPCG(1, 2)), mean, deviation, .25, ratio)

	sum, power := 0., 0.
	for _, v := range beat {
		sum += v
	}
	for _, v := range beat {
		power += (v - mean) * (v - mean)
	}
	n := float64(len(beat))
	if m, d := sum/n, math.Sqrt(power/n); math.Abs(m-mean) > 1e-12 || math.Abs(d-deviation) > 1e-12 {
		t.Errorf("mean is %v and deviation %v, want %v and %v", m, d, mean, deviation)
	}

	var low, high, rest float64
	for k, c := range fourier.NewFFT(len(beat)).Coefficients(nil, beat) {
		p := cmplx.Abs(c) * cmplx.Abs(c)
		switch f := float64(k) * tachogramRate / tachogramLength; {
		case k == 0:
		case math.Abs(f-lowFrequency) < 4*peakDeviation:
			low += p
		case math.Abs(f-.25) < 4*peakDeviation:
			high += p
		default:
			rest += p
		}
	}
	if r := low / high; math.Abs(r-ratio) > .01 {
		t.Errorf("ratio of low to high frequency power is %v, want %v", r, ratio)
	}
	if rest > 1e-3*high {
		t.Errorf("power outside the peaks is %v, %v in one of them", rest, high)
	}
}

func TestTachogramAt(t *testing.T) {
	beat := tachogram{1, 2, 4}
	for _, c := range []struct{ at, want float64 }{
		{0, 1}, {.25, 1.5}, {.5, 2}, {1, 4}, {1.25, 2.5}, {1.5, 1}, {150.25, 1.5},
	} {
		if got := beat.at(c.at); got != c.want {
			t.Errorf("at(%v) = %v, want %v", c.at, got, c.want)
		}
	}
}
