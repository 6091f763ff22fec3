package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		r       labelReader
		labels  []float64
		want    []int
		classes int
		err     string
	}{
		{labelReader{}, []float64{2, 0, -1}, []int{2, 0, -1}, 3, ""},
		{labelReader{Classes: 5}, []float64{2, 1}, []int{2, 1}, 5, ""},
		{labelReader{FirstClass: 1}, []float64{2, 1, -1, 3}, []int{1, 0, -1, 2}, 3, ""},
		{labelReader{FirstClass: -1}, []float64{-1, 0, 1}, []int{0, 1, 2}, 3, ""},
		{labelReader{FirstClass: 10, Classes: 3}, []float64{11}, []int{1}, 3, ""},
		{labelReader{Classes: 1 << 20}, []float64{1<<20 - 1}, []int{1<<20 - 1}, 1 << 20, ""},
		{labelReader{}, []float64{1, 2, 3}, nil, 0, "labels run from 1 to 3, and none is 0: set FirstClass to 1 if they count from there, or Classes to 4"},
		{labelReader{}, []float64{-1, 1}, nil, 0, "labels run from 1 to 1, and none is 0 (-1 is for none, or set FirstClass to it)"},
		{labelReader{FirstClass: 1}, []float64{3}, nil, 0, "labels run from 3 to 3, and none is 1"},
		{labelReader{}, []float64{-1}, nil, 0, "no label other than -1"},
		{labelReader{}, nil, nil, 0, "no label"},
		{labelReader{FirstClass: 1}, []float64{0}, nil, 0, "label is 0, want at least 1"},
		{labelReader{}, []float64{-2}, nil, 0, "label is -2, want at least 0"},
		{labelReader{Classes: 3}, []float64{0, 3}, nil, 0, "set FirstClass to 1"},
		{labelReader{Classes: 3, FirstClass: 1}, []float64{4}, nil, 0, "want at most 3 of 3 classes"},
		{labelReader{}, []float64{.5}, nil, 0, "label is 0.5, want a whole number"},
		{labelReader{}, []float64{math.NaN()}, nil, 0, "label is NaN"},
		{labelReader{}, []float64{math.Inf(1)}, nil, 0, "label is +Inf"},
		{labelReader{}, []float64{1e18}, nil, 0, "label is 1e+18"},
		{labelReader{}, []float64{1 << 16}, nil, 0, "set Classes"},
		{labelReader{Classes: -1}, nil, nil, 0, "Classes is -1"},
		{labelReader{FirstClass: math.MinInt}, nil, nil, 0, "FirstClass is -9"},
	} {
		err := c.r.check()
		var got []int
		for _, v := range c.labels {
			if err != nil {
				break
			}
			var class int
			class, err = c.r.class(v)
			got = append(got, class)
		}
		classes := 0
		if err == nil {
			classes, err = c.r.classes()
		}
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v: %v, want an error with %q", c.labels, err, c.err)
			}
		} else if err != nil || !slices.Equal(got, c.want) || classes != c.classes {
			t.Errorf("%v: %v of %d classes, want %v of %d: %v", c.labels, got, classes, c.want, c.classes, err)
		}
	}
}

func TestOneHot(t *testing.T) {
	for _, c := range []struct {
		row   []float64
		class int
		ok    bool
	}{
		{[]float64{0, 1, 0}, 1, true}, {[]float64{1}, 0, true}, {[]float64{0, 0}, -1, true}, {[]float64{1, 1}, 0, false},
		{[]float64{0, 2}, 0, false}, {[]float64{.1, .9}, 0, false}, {[]float64{0, math.NaN()}, 0, false}, {[]float64{-1, 1}, 0, false},
	} {
		if class, ok := oneHot(c.row); class != c.class || ok != c.ok {
			t.Errorf("%v: %d, %t, want %d, %t", c.row, class, ok, c.class, c.ok)
		}
	}
}
