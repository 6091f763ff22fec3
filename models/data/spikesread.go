package data

import (
	"math"

	"github.com/pkg/errors"
)

// ReadEvents implements [EventReader].
func (s *Spikes) ReadEvents(i int) (times []float64, units []uint32, err error) {
	if s.closed.Load() {
		return nil, nil, errors.Errorf("%s: is closed", s.path)
	}
	times, units, err = s.read(i)
	return times, units, errors.Wrap(err, s.path)
}

func (s *Spikes) read(i int) ([]float64, []uint32, error) {
	times, err := spikeRow[float64](s.times, i)
	if err != nil {
		return nil, nil, err
	}
	numbers, err := spikeRow[float64](s.units, i)
	if err != nil {
		return nil, nil, err
	}
	if len(times) != len(numbers) {
		return nil, nil, errors.Errorf("%s: %d times, but %s: %d units", s.times.d.Path(), len(times), s.units.d.Path(), len(numbers))
	}
	n := len(times)
	switch {
	case s.counts != nil && s.counts[i] > n:
		return nil, nil, errors.Errorf("%s: %d times, but the example has %d events", s.times.d.Path(), n, s.counts[i])
	case s.counts != nil:
		n = s.counts[i]
	case s.times.form.padded():
		if n, err = s.unpadded(times, numbers); err != nil {
			return nil, nil, err
		}
	}
	times = times[:n]
	units := make([]uint32, n)
	for k, t := range times {
		u := numbers[k] - float64(s.o.FirstUnit)
		if !(t >= 0 && t <= math.MaxFloat64) {
			return nil, nil, errors.Errorf("%s: event %d is at %v, want a finite time that is not negative", s.times.d.Path(), k, t)
		}
		if most := s.mostUnits(); u != math.Trunc(u) || !(u >= 0 && u < float64(most)) {
			return nil, nil, errors.Errorf("%s: event %d is of unit %v, want a whole number from %d to %d: Units is their number, FirstUnit the first",
				s.units.d.Path(), k, numbers[k], s.o.FirstUnit, s.o.FirstUnit+most-1)
		}
		if times[k] = s.toMS(t); math.IsInf(times[k], 0) {
			return nil, nil, errors.Errorf("%s: event %d is at %v, which is beyond the range of ms", s.times.d.Path(), k, t)
		}
		units[k] = uint32(u)
	}
	return times, units, nil
}

// countUnits reads all examples for their highest unit.
func (s *Spikes) countUnits() (int, error) {
	most := uint32(0)
	for i := range s.examples {
		_, units, err := s.read(i)
		if err != nil {
			return 0, errors.Wrapf(err, "example %d", i)
		}
		for _, u := range units {
			most = max(most, u)
		}
	}
	return int(most) + 1, nil
}

// mostUnits is the number of units, or what it can be at most where it is not yet known.
func (s *Spikes) mostUnits() int {
	if s.o.Units == 0 {
		return maxUnits
	}
	return s.o.Units
}
