package nodes_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/nodes"
)

// Numbers are coded as the formula has it, and what is missing by silence alone.
func TestReceptiveTimesOfNumbers(t *testing.T) {
	r := nodes.ReceptiveTimes{Fields: 4, Low: []float64{0, -1}, High: []float64{2, 3}, Gamma: 1, Horizon: 40}
	values := [][]float64{{.3, 2}, {math.NaN(), -1}, {1.2, math.NaN()}}
	times, err := r.Times(values)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range values {
		var want []float64
		for k, v := range row {
			width := (r.High[k] - r.Low[k]) / 2
			for field := 1.; field <= 4; field++ {
				z := (v - r.Low[k] - (2*field-3)/2*width) / width
				at := 10 * (1 - math.Exp(-z*z/2))
				if !(at <= 9) {
					at = 40
				}
				want = append(want, at)
			}
		}
		if !slices.EqualFunc(times[i], want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%v is coded by %v, want %v", row, times[i], want)
		}
	}
	// Twelve fields and 50 ms are the defaults.
	if times, err = (nodes.ReceptiveTimes{}).Times([][]float64{{math.NaN()}}); err != nil || !slices.Equal(times[0], slices.Repeat([]float64{50}, 12)) {
		t.Errorf("a value that is missing is coded by %v, %v", times, err)
	}
	for want, values := range map[string][][]float64{
		"no examples":            nil,
		"example 1 has 2":        {{1}, {1, 2}},
		"there are 0 features":   {{}},
		"want a finite number":   {{math.Inf(1), 0}},
		"one for each of 3 feat": {{1, 2, 3}},
	} {
		if _, err := r.Times(values); err == nil || !strings.HasPrefix(err.Error(), "srnn: ReceptiveTimes: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error is %v, want one with %q", values, err, want)
		}
	}
}
