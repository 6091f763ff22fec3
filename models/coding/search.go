package coding

import (
	"context"
	"math"
	"slices"
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

// Results measures encoders, those of one kind in a row together, and calls done after each time, with how many.
func (b *Bench) Results(ctx context.Context, list []Encoder, done func(encoders int)) (out []Result, err error) {
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(e Encoder) bool { return e.Adaptation != list[0].Adaptation })
		if n < 0 {
			n = len(list)
		}
		all, err := b.Measure(ctx, list[:n], done)
		if err != nil {
			return nil, err
		}
		for i, m := range all {
			out = append(out, b.Result(list[i], m))
		}
		list = list[n:]
	}
	return out, nil
}

// Candidates are encoders of one kind, of which the best is looked for: with each of many time constants, from tau/4 to
// 32 tau, and, where the threshold adapts, with tauAdp and strengths of adaptation from .03 to 3. The heights of their
// thresholds do not matter, see [Bench.AtRate].
func (b *Bench) Candidates(kind string, tau, tauAdp float64) (list []Encoder) {
	betas, octave := []float64{.03, .1, .3, 1, 3}, 1.
	if kind == Kinds[0] {
		betas, octave = betas[:1], 2 // there is nothing else to vary: twice as many time constants
	}
	for k := -2 * octave; k <= 5*octave; k++ {
		for _, beta := range betas {
			list = append(list, b.Encoder(kind, tau*math.Pow(2, k/octave), 1, tauAdp, beta))
		}
	}
	return list
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
