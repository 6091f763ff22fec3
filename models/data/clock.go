package data

import "github.com/pkg/errors"

// Clock says of the times in a text file what it does not tell itself.
type Clock struct {
	// TimeUnit is that of the times, as "s", "ms", "us" or "ns", where the name of their column does not say it.
	// Default: ms.
	TimeUnit string

	// TimeOrigin is subtracted from all times, before they are rounded: a decimal number in their unit. So Unix
	// times in ns, which are too long for floating point, keep their last digit.
	TimeOrigin string

	// FromFirst has the times of each example, or of a signal, count from the first.
	FromFirst bool
}

// clockReader reads times.
type clockReader struct {
	Clock
	unit   timeUnit
	origin *instant
}

// check finds out whether the settings make sense.
func (c *clockReader) check() error {
	if c.TimeOrigin == "" {
		return nil
	}
	if c.FromFirst {
		return errors.Errorf("times count from TimeOrigin %q, and FromFirst: want one of them", c.TimeOrigin)
	}
	origin, err := new(decimalMark).instantOf([]byte(c.TimeOrigin))
	if err != nil {
		return errors.Errorf("TimeOrigin is %v", err)
	}
	c.origin = &origin
	return nil
}

// begin finds the unit of times, which the name of their column says, or else TimeUnit. Without both, it is ms.
func (c *clockReader) begin(t *tableFile, columns map[role]int) error {
	unit, named := c.TimeUnit, ""
	k, ok := columns[timeRole]
	if ok && t.names != nil {
		if _, named, _ = roleOf(t.names[k]); named != "" {
			unit = named
		}
	}
	if unit == "" {
		unit = "ms"
	}
	var known bool
	if c.unit, known = timeUnits[unit]; !known {
		return errors.Errorf("times are in %s, want s, ms, us or ns: TimeUnit says it, and Columns gives the column another name", short([]byte(unit)))
	}
	if named != "" && c.TimeUnit != "" && timeUnits[c.TimeUnit] != c.unit {
		return errors.Errorf("TimeUnit is %s, but the times of %s are in %s", short([]byte(c.TimeUnit)), t.column(k), short([]byte(named)))
	}
	return nil
}

// read reads the time in a column: ms, but for FromFirst an instant, which has no first yet.
func (c *clockReader) read(t *tableFile, k int) (ms float64, at instant, err error) {
	switch text := t.fields[k]; {
	case c.FromFirst:
		at, err = t.instantOf(text)
	case c.origin != nil:
		at, err = t.instantOf(text)
		ms = c.unit.ms(at.since(*c.origin))
	default:
		ms, err = c.unit.parse(&t.decimalMark, text)
	}
	return ms, at, t.wrong(err, k, "time")
}
