package plot

import (
	"math"

	"github.com/pkg/errors"
)

// maxMagnitude bounds the values that are drawn, so that no range or square overflows.
const maxMagnitude = 1e100

// finite refuses a series with a value that cannot be drawn.
func finite(series string, values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.Abs(v) > maxMagnitude {
			return errors.Errorf("%s: value %d is %v, want a finite number up to ±%g", series, i, v, maxMagnitude)
		}
	}
	return nil
}

// bounds returns the least and the greatest of some finite series.
func bounds(series ...[]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, values := range series {
		for _, v := range values {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	return low, high
}

// minWidth is the least width of a range that is drawn. Values closer to zero count as zero.
const minWidth = 1e-100

// widen returns a range around low..high with a margin of a share of it on either side. A range
// of one value, or one too narrow to tell its ends apart, becomes wide enough for an axis.
func widen(low, high, share float64) (float64, float64) {
	scale := math.Max(math.Abs(low), math.Abs(high))
	if width := high - low; width > math.Max(1e-6*scale, minWidth) {
		return low - share*width, high + share*width
	}
	if scale <= minWidth {
		scale = 1
	}
	return low - 0.05*scale, high + 0.05*scale
}
