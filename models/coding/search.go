package coding

import (
	"context"
	"math"
)

// Result is what an encoder does at all amplitudes.
type Result struct {
	Encoder
	Report
}

// Report is what an encoder does at all amplitudes of the test range.
type Report struct {
	MeanRate float64   `json:"mean_rate_hz"` // over the amplitudes, as are the others
	MeanBits float64   `json:"mean_bits_per_second"`
	MeanSNR  float64   `json:"mean_snr_db"`
	Range    *Span     `json:"usable_range"` // null: no amplitude is coded well enough
	SNR      []float64 `json:"snr_db"`
	NRMSE    []float64 `json:"nrmse"`
	Rate     []float64 `json:"rate_hz"`
	Bits     []float64 `json:"bits_per_second"`
}

// Result is what measures of an encoder, one at each amplitude, come to.
func (b *Bench) Result(e Encoder, m []Measures) Result {
	r := Report{
		SNR: each(m, func(m Measures) float64 { return m.SNR }), NRMSE: each(m, func(m Measures) float64 { return m.NRMSE }),
		Rate: each(m, func(m Measures) float64 { return m.Rate }), Bits: each(m, func(m Measures) float64 { return m.Bits }),
	}
	r.MeanRate, r.MeanBits, r.MeanSNR = mean(r.Rate), mean(r.Bits), mean(r.SNR)
	r.Range = Usable(b.Amplitudes, r.SNR, b.Limit)
	return Result{e, r}
}

// Halvings are how often AtRate halves nine powers of ten or more, of thresholds: to half a percent.
const Halvings = 12

// AtRate finds for each encoder the height of its threshold for which it has that mean rate over the test
// range: the rate falls as the threshold rises. It leaves out encoders that cannot have it.
func (b *Bench) AtRate(ctx context.Context, list []Encoder, rate float64, done func(encoders int)) ([]Result, error) {
	low, high := make([]float64, len(list)), make([]float64, len(list))
	for i := range list {
		low[i], high[i] = 1e-4*b.Amplitudes[0], 10*b.Amplitudes[len(b.Amplitudes)-1]
	}
	var at []Encoder
	var all [][]Measures
	for range Halvings {
		at = at[:0]
		for i, e := range list {
			at = append(at, e.Scaled(math.Sqrt(low[i]*high[i])/e.B0[0]))
		}
		var err error
		if all, err = b.Measure(ctx, at, done); err != nil {
			return nil, err
		}
		for i, m := range all {
			if meanRate(m) > rate {
				low[i] = at[i].B0[0]
			} else {
				high[i] = at[i].B0[0]
			}
		}
	}
	var out []Result
	for i, m := range all {
		if math.Abs(meanRate(m)/rate-1) < RateTolerance {
			out = append(out, b.Result(at[i], m))
		}
	}
	return out, nil
}

// RateTolerance is by what share rates may differ that count as equal.
const RateTolerance = .01

// Best is the encoder with the widest usable range; of those that reach as far, the one with the highest
// mean SNR. It is nil where there is none.
func Best(list []Result) *Result {
	var best *Result
	for i := range list {
		e := &list[i]
		if best == nil || e.Range.Width() > best.Range.Width() || e.Range.Width() == best.Range.Width() && e.MeanSNR > best.MeanSNR {
			best = e
		}
	}
	return best
}
