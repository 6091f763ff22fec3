package plot

import (
	"image/color"
	"math"
)

// curve is a number over the epochs, NaN where there is none.
type curve struct {
	name   string
	colour color.Color
	values []float64
}

// empty tells whether there is nothing to draw.
func (c curve) empty() bool { return len(c.stretches()) == 0 }

// stretches are the runs of values without a gap, as first index and the one after the last.
func (c curve) stretches() (runs [][2]int) {
	for i := 0; i < len(c.values); {
		from := i
		for i < len(c.values) && !math.IsNaN(c.values[i]) {
			i++
		}
		if i > from {
			runs = append(runs, [2]int{from, i})
		}
		if i == from {
			i++
		}
	}
	return runs
}
