package plot

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot"
	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		ticks     Ticks
		low, high float64
		want      []string
	}{
		{Ticks{}, 0, 5200, []string{"0", "1000", "2000", "3000", "4000", "5000"}},
		{Ticks{N: 4}, -0.3, 0.3, []string{"−0.2", "0.0", "0.2"}},
		{Ticks{N: 4}, 0.85, 0.87, []string{"0.85", "0.86", "0.87"}},
		{Ticks{N: 5}, 0.85, 0.87, []string{"0.850", "0.855", "0.860", "0.865", "0.870"}},
		{Ticks{N: 3}, 0, 3e7, []string{"0", "2e7"}},
		{Ticks{N: 3}, 0, 3e-7, []string{"0", "2e−7"}},
		{Ticks{N: 9, Whole: true}, 0.5, 1.5, []string{"1"}},
		{Ticks{N: 9, Whole: true}, 0, 3.2, []string{"0", "1", "2", "3"}},
		{Ticks{N: 1}, -1, 1, []string{"0"}},
		{Ticks{}, 1, 1, nil},
		{Ticks{}, 2, 1, nil},
		{Ticks{}, 1e9, 1e9 + 1e-6, nil},
		{Ticks{}, 0, math.Inf(1), nil},
		{Ticks{}, math.NaN(), 1, nil},
		{Ticks{}, 0, 5e-324, nil},
		{Ticks{}, -math.MaxFloat64, math.MaxFloat64, nil},
		{Ticks{N: 1}, 1, math.MaxFloat64, nil},
	} {
		var got []string
		for _, tick := range c.ticks.Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v from %v to %v (-want +got):\n%s", c.ticks, c.low, c.high, diff)
		}
	}
}

func TestTicksAreInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := Ticks{N: rapid.IntRange(0, 20).Draw(t, "N"), Whole: rapid.Bool().Draw(t, "whole")}
		low, high := rapid.Float64().Draw(t, "low"), rapid.Float64().Draw(t, "high")
		marks := ticks.Ticks(low, high)
		most := ticks.N
		if most == 0 {
			most = 6
		}
		if len(marks) > most {
			t.Errorf("%d marks, want at most %d", len(marks), most)
		}
		slack := 1e-6 * (high - low)
		labels := map[string]bool{}
		for i, m := range marks {
			if m.Value < low-slack || m.Value > high+slack {
				t.Errorf("mark %v is outside %v to %v", m.Value, low, high)
			}
			if i > 0 && m.Value <= marks[i-1].Value {
				t.Errorf("mark %v follows %v", m.Value, marks[i-1].Value)
			}
			if ticks.Whole && m.Value != math.Trunc(m.Value) {
				t.Errorf("mark %v is not whole", m.Value)
			}
			labels[m.Label] = true
		}
		if wide := high-low > 1e-3*math.Max(math.Abs(low), math.Abs(high)); wide && len(labels) != len(marks) {
			t.Errorf("marks with the same label: %v", marks)
		}
		// An axis of some width has at least two marks, so that it can be read.
		if wide := high-low > 1e-90 && !math.IsInf(high-low, 0) && high-low > 1e-9*math.Max(math.Abs(low), math.Abs(high)); wide && most >= 4 && !ticks.Whole && len(marks) < 2 {
			t.Errorf("%d marks from %v to %v", len(marks), low, high)
		}
	})
}

var _ plot.Ticker = Ticks{}
