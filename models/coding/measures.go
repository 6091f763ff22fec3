package coding

import (
	"fmt"
	"math"
)

// Measures say how well signals of one amplitude are coded, and with what effort.
type Measures struct {
	SNR   float64 // variance of the signal over mean squared error, dB
	NRMSE float64 // root of the mean squared error over the standard deviation of the signal
	Rate  float64 // spikes in a second, of all neurons, Hz
	Bits  float64 // at most, in a second
}

// tally adds up what there is to measure.
type tally struct {
	error, power float64   // Σ of squared errors and of squared deviations of the signal from its mean
	spikes       []float64 // of each neuron
	steps        int
}

// noiseless is the SNR of what is coded without an error, dB: more than single precision can tell.
const noiseless = 150

// measures are those of a tally with time steps of dt ms.
//
// The bits are the entropy of a spike train of which nothing is known but its rate: H(p)/dt for spikes with
// the probability p in each step, independent of each other. No code with that rate says more, and none
// needs a channel that carries more. A neuron that spikes in every step says nothing.
func (t tally) measures(dt float64) (m Measures) {
	m.SNR = noiseless
	if t.error > 0 {
		m.SNR = min(noiseless, 10*math.Log10(t.power/t.error))
	}
	m.NRMSE = math.Sqrt(t.error / t.power)
	for _, n := range t.spikes {
		p := n / float64(t.steps)
		m.Rate += 1000 * p / dt
		m.Bits += 1000 * entropy(p) / dt
	}
	return m
}

// entropy of a spike with probability p, bits.
func entropy(p float64) float64 {
	if p <= 0 || p >= 1 {
		return 0
	}
	return -p*math.Log2(p) - (1-p)*math.Log2(1-p)
}

// Span is the usable range: the amplitudes, from the lowest to the highest, over which the SNR is at least
// the limit throughout.
type Span struct {
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Ratio    float64 `json:"ratio"`
	Decibels float64 `json:"db"`
	// Whether the test range ends before the usable range does, which then is at least that wide.
	AtLow  bool `json:"at_least_low"`
	AtHigh bool `json:"at_least_high"`
}

// Usable is the widest range of ascending amplitudes with an SNR of at least the limit. Its ends are where
// straight lines through the SNR over the logarithm of the amplitude cross the limit. It is nil where there
// is none.
func Usable(amplitudes, snr []float64, limit float64) *Span {
	var best *Span
	for from := 0; from < len(snr); from++ {
		if snr[from] < limit {
			continue
		}
		to := from
		for to+1 < len(snr) && snr[to+1] >= limit {
			to++
		}
		s := &Span{Low: amplitudes[from], High: amplitudes[to], AtLow: from == 0, AtHigh: to == len(snr)-1}
		if !s.AtLow {
			s.Low = crossing(amplitudes, snr, from-1, limit)
		}
		if !s.AtHigh {
			s.High = crossing(amplitudes, snr, to, limit)
		}
		s.Ratio = s.High / s.Low
		s.Decibels = 20 * math.Log10(s.Ratio)
		if best == nil || s.Ratio > best.Ratio {
			best = s
		}
		from = to
	}
	return best
}

// crossing is the amplitude between i and i+1 at which the SNR is the limit.
func crossing(amplitudes, snr []float64, i int, limit float64) float64 {
	share := (limit - snr[i]) / (snr[i+1] - snr[i])
	return amplitudes[i] * math.Pow(amplitudes[i+1]/amplitudes[i], share)
}

// Width is the ratio of the ends; 1, a range without width, where there is none.
func (s *Span) Width() float64 {
	if s == nil {
		return 1
	}
	return s.Ratio
}

// String is the range as a ratio.
func (s *Span) String() string {
	switch {
	case s == nil:
		return "none"
	case s.AtLow || s.AtHigh:
		return fmt.Sprintf("at least 1:%.3g", s.Ratio)
	}
	return fmt.Sprintf("1:%.3g", s.Ratio)
}

func mean(w []float64) float64 {
	sum := 0.
	for _, v := range w {
		sum += v
	}
	return sum / float64(len(w))
}

func variance(w []float64) float64 {
	m, sum := mean(w), 0.
	for _, v := range w {
		sum += (v - m) * (v - m)
	}
	return sum / float64(len(w))
}
