package nodetest

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// outcome is what a program gives: the values of its quantities by their names and, as "gradient of
// spikes by x", the gradients of a weighted sum of each.
type outcome map[string][]float64

const gradientOf = "gradient of "

// sorted are the names, those of gradients behind: a fault is best seen where it comes up first.
func (o outcome) sorted() []string {
	gradient := func(name string) int {
		if strings.HasPrefix(name, gradientOf) {
			return 1
		}
		return 0
	}
	return slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		return cmp.Or(gradient(a)-gradient(b), strings.Compare(a, b))
	})
}

// agree compares two outcomes, with a tolerance relative to the largest element of each tensor.
func agree(got, want outcome, tolerance float64) error {
	if g, w := got.sorted(), want.sorted(); !slices.Equal(g, w) {
		return errors.Errorf("there are %q, want %q", g, w)
	}
	for _, name := range want.sorted() {
		if len(got[name]) != len(want[name]) {
			return errors.Errorf("%s has %d elements, want %d", name, len(got[name]), len(want[name]))
		}
		scale := largest(want[name])
		for i, x := range want[name] {
			if !(math.Abs(got[name][i]-x) <= tolerance*scale) {
				return errors.Errorf("%s: element %d is %.17g, want %.17g", name, i, got[name][i], x)
			}
		}
	}
	return nil
}

func largest(v []float64) float64 {
	most := 0.0
	for _, x := range v {
		most = math.Max(most, math.Abs(x))
	}
	return most
}
