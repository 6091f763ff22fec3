package plot

import (
	"math"

	"gonum.org/v1/plot"
)

// Logarithmic gives an axis of a panel a logarithmic scale, with marks at the powers of ten. The
// range, and all that is drawn along the axis, must be greater than zero.
func Logarithmic(a *plot.Axis) {
	a.Scale = plot.LogScale{}
	a.Tick.Marker = LogTicks{}
}

// LogTicks puts tick marks at powers of ten, or, where the range holds no two of them, at round
// numbers as [Ticks] does. Within six decades, 2 to 9 times each have marks without a label.
type LogTicks struct {
	// N is the most labelled marks there may be. 0 means 6.
	N int
}

// Ticks returns the marks between low and high. There are none unless both are greater than zero.
func (t LogTicks) Ticks(low, high float64) []plot.Tick {
	n := t.N
	if n <= 0 {
		n = 6
	}
	if !(low > 0 && high > low) || math.IsInf(high, 0) {
		return nil
	}
	const slack = 1e-9 // keeps a mark at the very end of a range, whatever the rounding
	first, last := math.Ceil(math.Log10(low)-slack), math.Floor(math.Log10(high)+slack)
	if last-first < 1 {
		return Ticks{N: n}.Ticks(low, high)
	}
	every := math.Ceil((last - first + 1) / float64(n))
	var ticks []plot.Tick
	for e := first - 1; e <= last; e++ {
		power := math.Pow(10, e)
		if e >= first {
			tick := plot.Tick{Value: power}
			if math.Mod(e-first, every) == 0 {
				tick.Label = tickLabel(power, power)
			}
			ticks = append(ticks, tick)
		}
		for k := 2.; k < 10 && last-first <= 6; k++ {
			if v := k * power; v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v})
			}
		}
	}
	return ticks
}
