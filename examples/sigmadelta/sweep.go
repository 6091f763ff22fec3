package main

import (
	"context"
	"math"

	"github.com/srnn-go/srnn/internal/cli"
)

// swept is an encoder of the sweep, at all amplitudes.
type swept struct {
	encoder
	report
}

// sweep is everything against everything else: encoders with each kind of threshold, of many heights, for
// many time constants, at all amplitudes. β and τ_adp are those of start, or the usual ones where start
// does not adapt.
func (s *settings) sweep(ctx context.Context, start encoder) ([]swept, error) {
	tauAdp, beta := 100., .1
	if start.Beta != nil {
		tauAdp, beta = start.TauAdp[0], start.Beta[0]
	}
	lists := map[string][]encoder{}
	for _, kind := range kinds {
		for _, tau := range s.sweepTaus(start) {
			for _, b0 := range s.sweepThresholds(start) {
				lists[kind] = append(lists[kind], s.encoder(kind, tau, b0, tauAdp, beta))
			}
		}
	}
	bar := cli.NewProgress(len(kinds)*len(lists[kinds[0]]), "sweep")
	defer bar.Close()
	done := 0
	var out []swept
	for _, kind := range kinds {
		all, err := s.measure(ctx, lists[kind], func(n int) { done += n; bar.Set(done, kind) })
		if err != nil {
			return nil, err
		}
		for i, m := range all {
			out = append(out, swept{lists[kind][i], s.report(m)})
		}
	}
	return out, nil
}

// sweepThresholds are around that of start, half a power of ten apart.
func (s *settings) sweepThresholds(start encoder) (list []float64) {
	for k := -2; k <= 6; k++ {
		list = append(list, start.B0[0]*math.Pow(10, float64(k)/2))
	}
	return list
}

// sweepTaus are around that of start, by factors of two.
func (s *settings) sweepTaus(start encoder) (list []float64) {
	for k := -2; k <= 3; k++ {
		list = append(list, start.Tau[0]*math.Pow(2, float64(k)))
	}
	return list
}

// candidates are encoders of one kind, of which the best is looked for: with each of many time constants
// and, where the threshold adapts, strengths of adaptation. The heights of their thresholds do not matter.
func (s *settings) candidates(kind string, start encoder) (list []encoder) {
	tauAdp := 100.
	if start.TauAdp != nil {
		tauAdp = start.TauAdp[0]
	}
	betas, octave := []float64{.03, .1, .3, 1, 3}, 1.
	if kind == kinds[0] {
		betas, octave = betas[:1], 2 // there is nothing else to vary: twice as many time constants
	}
	for k := -2 * octave; k <= 5*octave; k++ {
		for _, beta := range betas {
			list = append(list, s.encoder(kind, start.Tau[0]*math.Pow(2, k/octave), 1, tauAdp, beta))
		}
	}
	return list
}

// halvings are how often atRate halves nine powers of ten or more, of thresholds: to half a percent.
const halvings = 12

// atRate finds for each encoder the height of its threshold for which it has that mean rate over the test
// range: the rate falls as the threshold rises. It leaves out encoders that cannot have it.
func (s *settings) atRate(ctx context.Context, list []encoder, rate float64, done func(encoders int)) ([]swept, error) {
	low, high := make([]float64, len(list)), make([]float64, len(list))
	for i := range list {
		low[i], high[i] = 1e-4*s.amplitudes[0], 10*s.amplitudes[len(s.amplitudes)-1]
	}
	var at []encoder
	var all [][]measures
	for range halvings {
		at = at[:0]
		for i, e := range list {
			at = append(at, e.scaled(math.Sqrt(low[i]*high[i])/e.B0[0]))
		}
		var err error
		if all, err = s.measure(ctx, at, done); err != nil {
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
	var out []swept
	for i, m := range all {
		if math.Abs(meanRate(m)/rate-1) < rateTolerance {
			out = append(out, swept{at[i], s.report(m)})
		}
	}
	return out, nil
}

// fixedAtAnyRate is the fixed threshold of the sweep with the widest usable range, whatever its rate.
func fixedAtAnyRate(all []swept) *swept {
	var fixed []swept
	for _, e := range all {
		if e.Adaptation == kinds[0] {
			fixed = append(fixed, e)
		}
	}
	return best(fixed)
}

// rateTolerance is by what share rates may differ that count as equal.
const rateTolerance = .01

// best is the encoder with the widest usable range; of those that reach as far, the one with the highest
// mean SNR. It is nil where there is none.
func best(list []swept) *swept {
	var b *swept
	for i := range list {
		e := &list[i]
		if b == nil || e.Range.ratio() > b.Range.ratio() || e.Range.ratio() == b.Range.ratio() && e.MeanSNR > b.MeanSNR {
			b = e
		}
	}
	return b
}
