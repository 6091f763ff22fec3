package data

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Signal is a recording of one quantity. Its values are finite, and its times ascend.
type Signal struct {
	Times  []float64 // ms
	Values []float64
}

// Bounds of the bytes of a file with a signal, of its values, and of the steps that it is taken in.
const (
	maxSignal      = 16 << 20
	maxSignalValue = 1e18 // leaves single precision room for amplitudes
	maxSignalSteps = 1 << 24
)

// ReadSignalCSV reads a signal: values, one a line, which are an interval in ms apart, or times in ms and
// values. The first line may name the columns. Errors name the path, the line and the column.
func ReadSignalCSV(path string, interval float64) (*Signal, error) {
	raw, err := readBounded(path, maxSignal)
	if err != nil {
		return nil, errors.Wrap(err, "data: signal")
	}
	s, err := parseSignal(raw, interval)
	return s, errors.Wrapf(err, "data: signal %s", path)
}

func parseSignal(raw []byte, interval float64) (*Signal, error) {
	if !(interval > 0 && interval <= maxSignalValue) {
		return nil, errors.Errorf("values are %v ms apart, want a positive time", interval)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.TrimLeadingSpace, r.ReuseRecord, r.FieldsPerRecord = true, true, -1
	s := new(Signal)
	columns := 0
	for first := true; ; first = false {
		fields, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if first {
			columns = len(fields)
			if columns > 2 {
				return nil, errors.Errorf("line %d has %d columns, want one of values, or two: time in ms, and value", line, columns)
			}
			if namesColumns(fields) {
				continue
			}
		}
		if len(fields) != columns {
			return nil, errors.Errorf("line %d has %d columns, want %d as the first line", line, len(fields), columns)
		}
		if err := s.parse(line, fields, interval); err != nil {
			return nil, err
		}
	}
	if len(s.Values) == 0 {
		return nil, errors.New("the file has no values")
	}
	return s, nil
}

// parse adds the value of a line.
func (s *Signal) parse(line int, fields []string, interval float64) error {
	var row [2]float64
	for k, text := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(math.Abs(v) <= maxSignalValue) {
			return errors.Errorf("line %d, column %d is %q, want a finite number within ±%v", line, k+1, text, maxSignalValue)
		}
		row[k] = v
	}
	n := len(s.Times)
	time, value := float64(n)*interval, row[0]
	if len(fields) == 2 {
		time, value = row[0], row[1]
		if n > 0 && !(time > s.Times[n-1]) {
			return errors.Errorf("line %d: the time is %v ms after one of %v ms, want ascending times", line, time, s.Times[n-1])
		}
	}
	s.Times, s.Values = append(s.Times, time), append(s.Values, value)
	return nil
}

// namesColumns says whether a first line has the names of columns: none of its fields is a number.
func namesColumns(fields []string) bool {
	for _, text := range fields {
		if _, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return false
		}
	}
	return true
}

// Resample gives the signal in steps of dt ms from its first time to its last, on the straight lines
// between the values that are there.
func (s *Signal) Resample(dt float64) ([]float64, error) {
	if !(dt > 0) || len(s.Times) == 0 || len(s.Times) != len(s.Values) {
		return nil, errors.Errorf("data: signal: %d times and %d values are to be taken in steps of %v ms, want at least one, and a positive step",
			len(s.Times), len(s.Values), dt)
	}
	start, last := s.Times[0], s.Times[len(s.Times)-1]
	// A time that rounding has left just short of a step counts as one.
	steps := math.Floor((last-start)/dt+1e-6) + 1
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
