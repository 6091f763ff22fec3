package data

import (
	"math"

	"github.com/pkg/errors"
)

// Signal is a recording of one quantity. Its values are finite, and its times ascend.
type Signal struct {
	Times  []float64 // ms
	Values []float64

	// Interval is that between values of a file without times, ms, and 0 where it has its own.
	Interval float64
}

// SignalOptions say of a text file with a signal what it does not tell itself.
type SignalOptions struct {
	Dialect
	Clock

	// Interval is between values in ms, where the file has no times.
	Interval float64

	// Value is the name of the column of values, where there are others than it and the times.
	Value string
}

// Bounds of values, and of the steps that a signal is taken in.
const (
	maxSignalValue = 1e18 // leaves single precision room for amplitudes
	maxSignalSteps = 1 << 24
)

// ReadSignalCSV reads a signal from a text file with columns, see [Dialect]: values, one a line, which are an interval
// apart, or times and values. Where the columns have names, that of the times is time, t or timestamp, perhaps with
// their unit, as time_s, or the unit alone; otherwise times come first. Errors name the path, the line and the column.
//
// The file is read twice: no more memory is taken than for the signal, and 64 KB.
func ReadSignalCSV(path string, o SignalOptions) (*Signal, error) {
	s, err := o.parse(func() (*tableFile, error) { return o.open(path) })
	return s, errors.Wrapf(err, "data: signal %s", path)
}

// signalTable reads the lines of a file with a signal.
type signalTable struct {
	o           SignalOptions
	clock       clockReader
	time, value int // columns; time is −1 where there are no times
	first       instant
	signal      Signal
}

func (o SignalOptions) parse(open func() (*tableFile, error)) (*Signal, error) {
	r := &signalTable{o: o, clock: clockReader{Clock: o.Clock}}
	if err := r.clock.check(); err != nil {
		return nil, err
	}
	if err := readTwice(open, r.begin, r.room, r.add); err != nil {
		return nil, err
	}
	return &r.signal, nil
}

// room makes room for so many values.
func (r *signalTable) room(rows int) error {
	if rows == 0 {
		return errors.New("the file has no values")
	}
	r.signal = Signal{Times: make([]float64, 0, rows), Values: make([]float64, 0, rows)}
	if r.time < 0 {
		r.signal.Interval = r.o.Interval
	}
	return nil
}

// begin finds the columns of a file.
func (r *signalTable) begin(t *tableFile) error {
	r.time, r.value = -1, -1
	var err error
	switch {
	case t.names != nil:
		err = r.named(t)
	case r.o.Value != "":
		err = errors.Errorf("Value is %q, but columns have no names: Columns gives them", r.o.Value)
	case t.columns == 1:
		r.value = 0
	case t.columns == 2:
		r.time, r.value = 0, 1
	default:
		err = errors.Errorf("there are %d columns without names, want one of values, or two: time, and value; Columns names them", t.columns)
	}
	if err != nil {
		return err
	}
	if r.time >= 0 {
		return r.clock.begin(t, map[role]int{timeRole: r.time})
	}
	if r.o.Clock != (Clock{}) {
		return errors.New("TimeUnit, TimeOrigin or FromFirst are set, but the file has no times")
	}
	if !(r.o.Interval > 0 && r.o.Interval <= maxSignalValue) {
		return errors.Errorf("values have no times, and Interval is %v ms, want a positive time", r.o.Interval)
	}
	return nil
}

// named finds the columns by their names.
func (r *signalTable) named(t *tableFile) error {
	for k, name := range t.names {
		role, _, _ := roleOf(name)
		switch {
		case t.ignored[k]:
		case r.o.Value != "" && name == r.o.Value:
			r.value = k
		case role == timeRole && r.time >= 0:
			return errors.Errorf("%s and %s are both times: Ignore takes one out", t.column(r.time), t.column(k))
		case role == timeRole:
			r.time = k
		case r.o.Value != "": // one of the others
		case r.value >= 0:
			return errors.Errorf("%s and %s may both be values: Value says which, or Columns gives other names, as time", t.column(r.value), t.column(k))
		default:
			r.value = k
		}
	}
	if r.value < 0 && r.o.Value != "" {
		return errors.Errorf("Value is %q, which is no column", r.o.Value)
	}
	if r.value < 0 {
		return errors.New("no column has values")
	}
	return nil
}

// add adds the value of a row.
func (r *signalTable) add(t *tableFile) error {
	v, err := t.number(t.fields[r.value])
	if err == nil && math.Abs(v) > maxSignalValue {
		err = errors.Errorf("%s, want a number within ±%v", short(t.fields[r.value]), maxSignalValue)
	}
	if err != nil {
		return t.wrong(err, r.value, "value")
	}
	s := &r.signal
	n := len(s.Times)
	time := float64(n) * r.o.Interval
	if r.time >= 0 {
		var at instant
		if time, at, err = r.clock.read(t, r.time); err != nil {
			return err
		}
		if n == 0 {
			r.first = at
		}
		if r.o.FromFirst {
			time = r.clock.unit.ms(at.since(r.first))
		}
		if n > 0 && !(time > s.Times[n-1]) {
			return errors.Errorf("%s: the time is %v ms after one of %v ms, want ascending times", t.column(r.time), time, s.Times[n-1])
		}
	}
	s.Times, s.Values = append(s.Times, time), append(s.Values, v)
	return nil
}

// Resample gives the signal in steps of dt ms from its first time to its last, on the straight lines
// between the values that are there.
func (s *Signal) Resample(dt float64) ([]float64, error) {
	if !(dt > 0) || len(s.Times) == 0 || len(s.Times) != len(s.Values) {
		return nil, errors.Errorf("data: signal: %d times and %d values are to be taken in steps of %v ms, want at least one, and a positive step",
			len(s.Times), len(s.Values), dt)
	}
	start, last := s.Times[0], s.Times[len(s.Times)-1]
	steps := timeGrid{dt: dt, start: start}.step(last) + 1
	if !(steps >= 1 && steps <= maxSignalSteps) {
		return nil, errors.Errorf("data: signal: from %v to %v ms there are %v steps of %v ms, want at most %d", start, last, steps, dt, maxSignalSteps)
	}
	out := make([]float64, int(steps))
	k := 0
	for t := range out {
		at := math.Min(start+float64(t)*dt, last)
		for k+2 < len(s.Times) && s.Times[k+1] <= at {
			k++
		}
		if len(s.Times) == 1 {
			out[t] = s.Values[0]
			continue
		}
		share := (at - s.Times[k]) / (s.Times[k+1] - s.Times[k])
		out[t] = s.Values[k] + share*(s.Values[k+1]-s.Values[k])
	}
	return out, nil
}
