package data

import "math"

// timePrecision is by how much, relative to a time, the number that stands for it may be off: it and the
// step are rounded once as they are read, each by 2⁻⁵³ at most, and once more by a factor of units, as 1000.
const timePrecision = 0x1p-51

// timeGrid divides time into steps.
type timeGrid struct {
	dt        float64 // length of a step, ms
	start     float64 // where step 0 begins, ms
	precision float64 // of the times, relative to them; 0: timePrecision
}

// step is the step that a time in ms lies in: the whole number k with start + k·dt ≤ time < start + (k+1)·dt.
// A time that rounding has left just short of start + k·dt counts as one of step k, so that .3 is in step 3
// of .1, although .3/.1 is less than 3 in floating point.
func (g timeGrid) step(time float64) float64 {
	k, on := g.nearest(time)
	if on {
		return k
	}
	return math.Floor((time - g.start) / g.dt)
}

// steps is the number of steps that reach from the start to an end in ms: the least k with
// end ≤ start + k·dt, rounding set aside.
func (g timeGrid) steps(end float64) float64 {
	k, on := g.nearest(end)
	if on {
		return k
	}
	return math.Ceil((end - g.start) / g.dt)
}

// nearest is the border between steps that is nearest to a time, and whether the time lies on it as far as
// its precision tells.
func (g timeGrid) nearest(time float64) (k float64, on bool) {
	since := time - g.start
	k = math.Round(since / g.dt)
	precision := g.precision
	if precision == 0 {
		precision = timePrecision
	}
	// Where times are coarser than the steps, the border says nothing.
	within := math.Min(precision*math.Max(math.Abs(time), math.Abs(g.start)), g.dt/4)
	return k, math.Abs(math.FMA(k, g.dt, -since)) <= within
}
