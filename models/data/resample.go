package data

import "math"

// resampler brings samples that come one after the other to the steps of a window. The value at a step at position
// p, in samples, is that of a straight line which is fitted to the samples around it, sample j with the weight
// 1 − |j − p|/r within the reach r of one sample or, where that is longer, one step. So a signal that is a straight
// line stays that line, steps of one sample each give the samples themselves, and shorter ones linear interpolation.
type resampler struct {
	ratio, reach float64 // samples
	first        int64   // step
	steps        int64
	next         int64        // sample
	sums         [][5]float64 // of weights, weighted x and x², weighted values and their products with x = j − p
}

// newResampler is for the steps of a window that are so many samples long.
func newResampler(ratio float64, x wfdbWindow) *resampler {
	return &resampler{ratio: ratio, reach: max(1, ratio), first: x.from, steps: int64(x.steps), sums: make([][5]float64, x.steps)}
}

// samples are those that the steps need, from ≤ j < to, of so many that there are. They are to be added in their order.
func (r *resampler) samples(there int64) (from, to int64) {
	from = max(0, int64(math.Floor(float64(r.first)*r.ratio-r.reach)))
	to = min(there, int64(math.Ceil(float64(r.first+r.steps-1)*r.ratio+r.reach))+1)
	r.next = from
	return from, to
}

// add takes the next sample.
func (r *resampler) add(v float64) {
	j := float64(r.next)
	r.next++
	k := max(int64(math.Ceil((j-r.reach)/r.ratio)), r.first)
	last := min(int64(math.Floor((j+r.reach)/r.ratio)), r.first+r.steps-1)
	for ; k <= last; k++ {
		x := j - float64(k)*r.ratio
		if h := 1 - math.Abs(x)/r.reach; h > 0 {
			s := &r.sums[k-r.first]
			s[0] += h
			s[1] += h * x
			s[2] += h * x * x
			s[3] += h * v
			s[4] += h * x * v
		}
	}
}

// value is that of step k of the window. One that no sample reaches has that of the step before.
func (r *resampler) value(k int) float32 {
	for ; k >= 0; k-- {
		s := &r.sums[k]
		if s[0] == 0 {
			continue
		}
		if d := s[0]*s[2] - s[1]*s[1]; d > 1e-9*s[0]*s[0] {
			return float32((s[2]*s[3] - s[1]*s[4]) / d)
		}
		return float32(s[3] / s[0])
	}
	return 0
}
