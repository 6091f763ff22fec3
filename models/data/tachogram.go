package data

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/dsp/fourier"
)

// tachogram is the beat length T(t) in seconds, sampled at tachogramRate and periodic.
type tachogram []float64

const (
	tachogramRate   = 2   // Hz, well above twice the respiratory frequency
	tachogramLength = 512 // samples: resolves the spectrum's peaks, .01 Hz wide

	lowFrequency  = .1  // Hz: Mayer waves of the blood pressure
	peakDeviation = .01 // Hz: the width of both peaks
)

// newTachogram draws beat lengths with the given mean and standard deviation in seconds, from
// a spectrum with a Gaussian peak at .1 Hz and one at the respiratory frequency, the first with
// ratio times the power of the second, and with random phases (McSharry et al. 2003, section II).
func newTachogram(rng *rand.Rand, mean, deviation, respiration, ratio float64) tachogram {
	peak := func(f, centre, power float64) float64 {
		d := (f - centre) / peakDeviation
		return power * math.Exp(-d*d/2)
	}
	spectrum := make([]complex128, tachogramLength/2+1)
	for k := 1; k < len(spectrum)-1; k++ {
		f := float64(k) * tachogramRate / tachogramLength
		amplitude := math.Sqrt(peak(f, lowFrequency, ratio) + peak(f, respiration, 1))
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		spectrum[k] = complex(amplitude*cos, amplitude*sin)
	}
	t := tachogram(fourier.NewFFT(tachogramLength).Sequence(nil, spectrum))

	// The mean is zero, as spectrum[0] is.
	power := 0.
	for _, v := range t {
		power += v * v
	}
	scale := deviation / math.Sqrt(power/float64(len(t)))
	for i := range t {
		t[i] = mean + scale*t[i]
	}
	return t
}

// at interpolates the beat length at time s ≥ 0 in seconds.
func (t tachogram) at(s float64) float64 {
	s *= tachogramRate
	i := int(s)
	w := s - float64(i)
	return (1-w)*t[i%len(t)] + w*t[(i+1)%len(t)]
}
