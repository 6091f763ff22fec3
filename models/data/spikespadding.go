package data

import (
	"math"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/hdf5"
)

// Padding is how rows of an array of events are filled up.
type Padding int

const (
	PaddingFound Padding = iota // as the file itself shows, see [SpikesFile]
	PaddingZeros                // zeros at the end of a row, of time and unit, are no events, in whatever order times are
	PaddingNone                 // all are events
)

// unpadded is how many of a row are events, see [SpikesFile].
func (s *Spikes) unpadded(times, units []float64) (n int, err error) {
	if s.o.Padding == PaddingNone {
		return len(times), nil
	}
	// No event is at a time that is negative, infinite or not a number, is of a unit before the first, or has the
	// value of what was never written.
	none := func(k int) bool {
		return !(times[k] >= 0 && times[k] <= math.MaxFloat64) || !(units[k] >= float64(s.o.FirstUnit)) || s.timeFill(times[k]) || s.unitFill(units[k])
	}
	n = len(times)
	for n > 0 && none(n-1) {
		n--
	}
	marked := n < len(times)
	for k := range n {
		if none(k) {
			return 0, errors.Errorf("%s: element %d of the row is %v, and of %s %v: padding, but events follow it", s.times.d.Path(), k, times[k], s.units.d.Path(), units[k])
		}
	}
	end := n
	for end > 0 && times[end-1] == 0 && units[end-1] == 0 {
		end--
	}
	if end == n || marked { // zeros before other padding are events
		return n, nil
	}
	for k := 1; k < end && s.o.Padding != PaddingZeros; k++ {
		if times[k] < times[k-1] {
			return 0, errors.Errorf("%s: the times of a row do not ascend, so that zeros at its end may be padding, or events of unit 0 at time 0: "+
				"Padding says which, or Lengths names a dataset with the numbers of events", s.times.d.Path())
		}
	}
	return end, nil
}

// fillOf is what tells the value of elements that have not been written, as the file declares it: netCDF by an
// attribute, too. Zero is not told apart by it.
func fillOf(d *hdf5.Dataset) (func(float64) bool, error) {
	fill, ok := d.Fill()
	missing, also := 0., false
	for _, name := range []string{"_FillValue", "missing_value"} {
		a, err := d.Attribute(name)
		if err != nil {
			return nil, err
		}
		if a != nil && !also {
			missing, also = a.Float()
		}
	}
	return func(v float64) bool { return v != 0 && (ok && v == fill || also && v == missing) }, nil
}
