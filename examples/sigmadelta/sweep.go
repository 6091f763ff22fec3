package main

import (
	"context"
	"math"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/coding"
)

// sweep is everything against everything else: encoders with each kind of threshold, of many heights, for
// many time constants, at all amplitudes. β and τ_adp are those of start, or the usual ones where start
// does not adapt.
func (s *settings) sweep(ctx context.Context, start coding.Encoder) ([]coding.Result, error) {
	tauAdp, beta := 100., .1
	if start.Beta != nil {
		tauAdp, beta = start.TauAdp[0], start.Beta[0]
	}
	lists := map[string][]coding.Encoder{}
	for _, kind := range coding.Kinds {
		for _, tau := range s.sweepTaus(start) {
			for _, b0 := range s.sweepThresholds(start) {
				lists[kind] = append(lists[kind], s.bench.Encoder(kind, tau, b0, tauAdp, beta))
			}
		}
	}
	bar := cli.NewProgress(len(coding.Kinds)*len(lists[coding.Kinds[0]]), "sweep")
	defer bar.Close()
	done := 0
	var out []coding.Result
	for _, kind := range coding.Kinds {
		all, err := s.bench.Measure(ctx, lists[kind], func(n int) { done += n; bar.Set(done, kind) })
		if err != nil {
			return nil, err
		}
		for i, m := range all {
			out = append(out, s.bench.Result(lists[kind][i], m))
		}
	}
	return out, nil
}

// sweepThresholds are around that of start, half a power of ten apart.
func (s *settings) sweepThresholds(start coding.Encoder) (list []float64) {
	for k := -2; k <= 6; k++ {
		list = append(list, start.B0[0]*math.Pow(10, float64(k)/2))
	}
	return list
}

// sweepTaus are around that of start, by factors of two.
func (s *settings) sweepTaus(start coding.Encoder) (list []float64) {
	for k := -2; k <= 3; k++ {
		list = append(list, start.Tau[0]*math.Pow(2, float64(k)))
	}
	return list
}

// candidates are encoders of one kind, of which the best is looked for: with each of many time constants
// and, where the threshold adapts, strengths of adaptation. The heights of their thresholds do not matter.
func (s *settings) candidates(kind string, start coding.Encoder) (list []coding.Encoder) {
	tauAdp := 100.
	if start.TauAdp != nil {
		tauAdp = start.TauAdp[0]
	}
	betas, octave := []float64{.03, .1, .3, 1, 3}, 1.
	if kind == coding.Kinds[0] {
		betas, octave = betas[:1], 2 // there is nothing else to vary: twice as many time constants
	}
	for k := -2 * octave; k <= 5*octave; k++ {
		for _, beta := range betas {
			list = append(list, s.bench.Encoder(kind, start.Tau[0]*math.Pow(2, k/octave), 1, tauAdp, beta))
		}
	}
	return list
}

// fixedAtAnyRate is the fixed threshold of the sweep with the widest usable range, whatever its rate.
func fixedAtAnyRate(all []coding.Result) *coding.Result {
	var fixed []coding.Result
	for _, e := range all {
		if e.Adaptation == coding.Kinds[0] {
			fixed = append(fixed, e)
		}
	}
	return coding.Best(fixed)
}
