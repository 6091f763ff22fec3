package main

import (
	"context"
	"math"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/coding"
)

// overKinds does something for each kind of threshold, and shows how far it is, of so many encoders in all.
func overKinds(what string, total int, of func(kind string, done func(encoders int)) error) error {
	bar := cli.NewProgress(total, what)
	defer bar.Close()
	done := 0
	for _, kind := range coding.Kinds {
		if err := of(kind, func(n int) { done += n; bar.Set(done, kind) }); err != nil {
			return err
		}
	}
	return nil
}

// sweep is everything against everything else: encoders with each kind of threshold, of many heights, for
// many time constants, at all amplitudes. β and τ_adp are those of start, or the usual ones where start
// does not adapt.
func (s *settings) sweep(ctx context.Context, start coding.Encoder) (out []coding.Result, err error) {
	tauAdp, beta := 100., .1
	if start.Beta != nil {
		tauAdp, beta = start.TauAdp[0], start.Beta[0]
	}
	total := len(coding.Kinds) * len(sweepTaus(start)) * len(sweepThresholds(start))
	err = overKinds("sweep", total, func(kind string, done func(int)) error {
		var list []coding.Encoder
		for _, tau := range sweepTaus(start) {
			for _, b0 := range sweepThresholds(start) {
				list = append(list, s.bench.Encoder(kind, tau, b0, tauAdp, beta))
			}
		}
		all, err := s.bench.Results(ctx, list, done)
		out = append(out, all...)
		return err
	})
	return out, err
}

// sweepThresholds are around that of start, half a power of ten apart.
func sweepThresholds(start coding.Encoder) (list []float64) {
	for k := -2; k <= 6; k++ {
		list = append(list, start.B0[0]*math.Pow(10, float64(k)/2))
	}
	return list
}

// sweepTaus are around that of start, by factors of two.
func sweepTaus(start coding.Encoder) (list []float64) {
	for k := -2; k <= 3; k++ {
		list = append(list, start.Tau[0]*math.Pow(2, float64(k)))
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
