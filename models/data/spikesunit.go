package data

import (
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/hdf5"
)

// sampled is how many examples are read to find out whether times can be seconds.
const sampled = 32

// findTimeUnit finds the unit of times.
func (s *Spikes) findTimeUnit() error {
	said, err := s.saidUnit()
	if err != nil {
		return err
	}
	name := s.o.TimeUnit
	switch {
	case name == "" && said == "":
		name = "s"
	case name == "":
		name = said
	}
	unit, ok := timeUnits[name]
	if !ok {
		return errors.Errorf("times are in %q, want s, ms, us or ns: TimeUnit says it", name)
	}
	if other, ok := timeUnits[said]; ok && other != unit {
		return errors.Errorf("TimeUnit is %q, but %s has units of %q", s.o.TimeUnit, s.times.d.Path(), said)
	}
	s.toMS = unit.ms
	if s.o.TimeUnit == "" && said == "" {
		return s.seconds()
	}
	return nil
}

// saidUnit is the unit of times that an attribute says.
func (s *Spikes) saidUnit() (string, error) {
	a, err := s.times.d.Attribute("units")
	if err == nil && a == nil {
		a, err = s.times.d.Attribute("unit")
	}
	if err != nil || a == nil {
		return "", err
	}
	text, ok := a.Text()
	if text = strings.TrimSpace(text); !ok || len(text) > 40 {
		return "", errors.Errorf("%s has an attribute units that is no short text", s.times.d.Path())
	}
	return text, nil
}

// seconds reports an error if times can hardly be seconds.
func (s *Spikes) seconds() error {
	if t := s.times.number; t != nil && t.Class == hdf5.Integer && s.examples > 0 {
		return errors.Errorf("%s: holds %v, which are hardly seconds: set TimeUnit", s.times.d.Path(), t)
	}
	spoken, long, fraction := 0, 0, false
	for k := range min(s.examples, sampled) {
		i := k * s.examples / min(s.examples, sampled)
		times, _, err := s.read(i)
		if err != nil {
			return errors.Wrapf(err, "example %d", i)
		}
		last := 0.
		for _, t := range times {
			last = math.Max(last, t)
			fraction = fraction || math.Mod(t, 1000) != 0
		}
		if last > 0 {
			spoken++
		}
		if last > 100e3 {
			long++
		}
	}
	switch {
	case spoken > 0 && long == spoken:
		return errors.Errorf("%s: all examples that were looked at last longer than 100, which is hardly in seconds: set TimeUnit", s.times.d.Path())
	case spoken > 0 && !fraction:
		return errors.Errorf("%s: all times that were looked at are whole numbers, which are hardly seconds: set TimeUnit", s.times.d.Path())
	}
	return nil
}
