package nodetest

import (
	"math"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// timeConstants runs with time constants that are next to nothing or huge, all of them and each alone: values
// and gradients must be finite, and those of the limit, in both precisions. Those of zero and infinity are what
// such numbers are rounded to in single precision.
func (s *suite) timeConstants() error {
	var names []string
	for _, q := range s.cell.Parameters() {
		if q.Group == "tau" {
			names = append(names, q.Name)
		}
	}
	sets := [][]string{names}
	if len(names) > 1 {
		for _, name := range names {
			sets = append(sets, []string{name})
		}
	}
	for _, set := range sets {
		for _, limit := range [][]float64{
			{1e-10, 1e-20, 1e-44, 1e-320, 0},
			{1e17, 1e38, 1e300, math.Inf(1)},
		} {
			if err := s.limit(set, limit[0], limit[1:]); len(names) > 0 && err != nil {
				return errors.Wrapf(err, "%q", set)
			}
		}
	}
	return nil
}

// limit checks that the outcome at each of some time constants is that at one which is near the limit, that a fused
// layer is no other than one that is scanned, and that eligibility traces are finite.
func (s *suite) limit(names []string, near float64, extremes []float64) error {
	scanned := map[tensor.Dtype]outcome{}
	for _, e := range s.waysInBoth() {
		tolerance := 1e-6
		if e.dtype == tensor.Float32 {
			tolerance = 1e-4
		}
		want, err := e.with(names, near).outcome(layered)
		if err != nil {
			return errors.Wrapf(err, "%T in %v with %v ms", e.cell, e.dtype, near)
		}
		if other, ok := scanned[e.dtype]; ok {
			err = s.near(want, other, tolerance)
		} else {
			scanned[e.dtype] = want
			var traced outcome
			if traced, err = e.with(names, extremes[len(extremes)-1]).traced(s.output()); err == nil {
				err = traced.finite()
			}
		}
		if err != nil {
			return errors.Wrapf(err, "%T in %v with %v ms", e.cell, e.dtype, near)
		}
		for _, tau := range extremes {
			got, err := e.with(names, tau).outcome(layered)
			if err == nil {
				err = got.finite()
			}
			if err == nil {
				err = s.near(got, want, tolerance)
			}
			if err != nil {
				return errors.Wrapf(err, "%T in %v with %v ms, against %v ms", e.cell, e.dtype, tau, near)
			}
		}
	}
	return nil
}

// near compares two outcomes, with a tolerance relative to the largest element of each tensor, or to what the
// quantity usually spans: gradients can be as good as zero.
func (s *suite) near(got, want outcome, tolerance float64) error {
	for _, name := range want.sorted() {
		quantity, _, _ := strings.Cut(strings.TrimPrefix(name, gradientOf), " by ")
		scale := math.Max(s.spread[quantity], largest(want[name]))
		if len(got[name]) != len(want[name]) {
			return errors.Errorf("%s has %d elements, want %d", name, len(got[name]), len(want[name]))
		}
		for i, x := range want[name] {
			if !(math.Abs(got[name][i]-x) <= tolerance*scale) {
				return errors.Errorf("%s: element %d is %.17g, want %.17g", name, i, got[name][i], x)
			}
		}
	}
	return nil
}

// with is the experiment with these time constants.
func (e experiment) with(names []string, tau float64) experiment {
	e.taus = map[string]float64{}
	for _, name := range names {
		e.taus[name] = tau
	}
	return e
}
