package plot

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// Ticks puts tick marks at round numbers: multiples of 1, 2 or 5 times a power of ten. It is a
// [plot.Ticker] that takes every range: one without room for a mark gets none.
type Ticks struct {
	// N is about how many marks there are: at most N + 1. 0 means 5.
	N int
	// Whole keeps the marks to whole numbers, as for counts and epochs.
	Whole bool
}

// Ticks returns the marks between low and high.
func (t Ticks) Ticks(low, high float64) []plot.Tick {
	n := t.N
	if n <= 0 {
		n = 5
	}
	step := roundStep((high - low) / float64(n))
	if t.Whole {
		step = math.Max(1, step)
	}
	first, last := math.Ceil(low/step-1e-9), math.Floor(high/step+1e-9)
	if !(last-first <= float64(n)) || math.Abs(first) > 1<<52 || math.Abs(last) > 1<<52 {
		return nil // an empty or infinite range, or one too narrow for its distance from zero
	}
	var ticks []plot.Tick
	for i := int64(first); i <= int64(last); i++ {
		v := float64(i) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, step)})
	}
	return ticks
}

// roundStep returns the least of 1, 2, 5 and 10 times a power of ten that is not less than step.
func roundStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= step*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// tickLabel writes v with the decimals that multiples of step need, and with a true minus sign.
func tickLabel(v, step float64) string {
	var s string
	if math.Abs(v) >= 1e6 || step < 1e-4 {
		s = strconv.FormatFloat(v, 'g', 6, 64)
		s = strings.Replace(s, "e+0", "e", 1)
		s = strings.Replace(s, "e+", "e", 1)
		s = strings.Replace(s, "e-0", "e-", 1)
	} else {
		decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
		s = strconv.FormatFloat(v, 'f', decimals, 64)
	}
	return strings.ReplaceAll(s, "-", "−")
}

// nominal puts the marks of an axis of named rows or columns.
func nominal(at []float64, names []string) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(at))
	for i := range at {
		ticks[i] = plot.Tick{Value: at[i], Label: names[i]}
	}
	return ticks
}
