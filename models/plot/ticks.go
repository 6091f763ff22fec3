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
	// N is the most marks there may be. 0 means as many as the axis has room for in a
	// [Figure], and 6 elsewhere.
	N int
	// Whole keeps the marks to whole numbers, as for counts and epochs.
	Whole bool
}

// Ticks returns the marks between low and high, with the finest step that the number of marks
// allows.
func (t Ticks) Ticks(low, high float64) []plot.Tick {
	n := t.N
	if n <= 0 {
		n = 6
	}
	scale := math.Max(math.Abs(low), math.Abs(high))
	if width := high - low; !(width > math.Max(1e-12*scale, minWidth)) || math.IsInf(width, 0) {
		return nil
	}
	// One power of ten below the range over n marks is too fine a step for them; the next two
	// powers hold one that is not.
	exponent := math.Floor(math.Log10((high - low) / float64(n)))
	for e := exponent; e <= exponent+2; e++ {
		for _, m := range []float64{1, 2, 5} {
			step := m * math.Pow(10, e)
			if t.Whole && step < 1 {
				continue
			}
			if math.IsInf(step, 0) { // no number is that large
				return nil
			}
			// The slack keeps a mark at the very end of a range, whatever the rounding.
			first, last := math.Ceil(low/step-1e-9), math.Floor(high/step+1e-9)
			if last-first+1 <= float64(n) {
				return marks(first, last, step)
			}
		}
	}
	return nil
}

// marks returns the multiples of step from the first to the last.
func marks(first, last, step float64) []plot.Tick {
	var ticks []plot.Tick
	for i := first; i <= last; i++ {
		v := i*step + 0 // no negative zero
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, step)})
	}
	return ticks
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
	return minus(s)
}

// nominal puts the marks of an axis of named rows or columns.
func nominal(at []float64, names []string) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(at))
	for i := range at {
		ticks[i] = plot.Tick{Value: at[i], Label: names[i]}
	}
	return ticks
}

// minus writes a number with a true minus sign.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
